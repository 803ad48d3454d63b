"""The people behind an account: who they are, what each may do, and where they are logged in."""
