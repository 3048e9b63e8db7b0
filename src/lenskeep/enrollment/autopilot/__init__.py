"""Autopilot's records of headsets: the file with the hardware hashes, names, and what is merged."""
