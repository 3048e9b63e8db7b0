"""What is asked of a fleet: which sessions, when, and what shall go wrong."""
