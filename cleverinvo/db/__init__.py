"""Rows on disk: every table on one page, one engine over SQLite and PostgreSQL."""
