"""What every answer has in common, whichever room it comes from."""
