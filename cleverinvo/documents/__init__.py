"""An invoice as bytes that can be held, printed and kept."""
