"""Whether what is stored is sound: everything that can be worked out again is, and compared."""
