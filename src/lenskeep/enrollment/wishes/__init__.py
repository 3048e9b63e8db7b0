"""What the server itself wants of a headset, beside profiles and a person's operations."""
