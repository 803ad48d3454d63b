"""The ledger: what makes the business record, entry after entry, each sealed with the one before."""
