"""The headset's side of an enrollment."""
