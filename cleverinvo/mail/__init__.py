"""What we send: letters in a queue of their own, until somebody has taken them."""
