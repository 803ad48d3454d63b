"""What people confirm by a link that was mailed to them: a new password, another address, a new account."""
