"""Reminding clients of what is due, in steps before and after, and never twice of the same."""
