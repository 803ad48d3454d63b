"""What lateness costs: worked out to the day, and billed by an invoice of its own."""
