"""Enrollment by provisioning package: its answer file, and the signature of its certificate."""
