"""REST of first run, of what the wearer reads, and of Autopilot."""
