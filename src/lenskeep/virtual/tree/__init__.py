"""The headset's management tree: its nodes, what may be done to them, what they hold."""
