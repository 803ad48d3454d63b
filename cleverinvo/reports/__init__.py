"""What the invoices and payments come to, added up: for whoever looks, and never stored."""
