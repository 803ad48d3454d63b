"""What CleverInvo takes and how long it takes for it, measured against named references; see README.md."""
