"""The numbers that a headset shows when an enrollment fails, in words."""
