"""What is taken back of an invoice that was sent: documents of their own, in a series of their own."""
