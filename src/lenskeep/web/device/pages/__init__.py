"""Pages that a headset shows its wearer while it enrolls."""
