"""Signing in on a web page before a headset enrolls: what is acceptable, and why not."""
