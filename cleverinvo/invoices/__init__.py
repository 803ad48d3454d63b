"""What we bill."""
