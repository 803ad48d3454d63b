"""The public page of a sent invoice: who may open it, how long, and when it was looked at."""
