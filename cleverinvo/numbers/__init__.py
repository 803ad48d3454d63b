"""The proof that documents are numbered without gaps, and where numbers begin."""
