"""Serves the ports on the desired state: who gets what, how devices stand, the pictures of it."""
