"""Who we are: accounts, what stands on their documents, and the keys that speak for them."""
