"""Lists of clients from other programs: read as they come, tried without effect, and taken in step by step."""
