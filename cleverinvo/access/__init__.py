"""The second factor: one-time codes beside the password, and what stands in for them when the device is lost."""
