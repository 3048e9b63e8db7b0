"""The page that holds a headset while it is set up: what is expected, and when it is let go."""
