"""Provisioning packages: made for a fleet, kept with their secrets sealed, read again, removed."""
