"""A document as EN 16931 data: the rules it must meet, and the syntaxes it is written in."""
