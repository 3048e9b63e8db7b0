"""The headset's side of a management session."""
