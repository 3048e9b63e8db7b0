"""The pages about Autopilot, first run, and what the wearer sees."""
