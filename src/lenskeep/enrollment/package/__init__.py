"""Provisioning packages: what is in one, how it is written down, built and applied."""
