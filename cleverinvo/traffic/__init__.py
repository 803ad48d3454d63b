"""What was asked of the API: a log of the last days' requests, and how many there were in each hour."""
