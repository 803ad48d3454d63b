"""A document as PDF/A-3 and PDF/UA, set by typst."""
