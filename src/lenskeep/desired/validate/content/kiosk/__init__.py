"""Kiosk documents: what is wrong with one, and what can be mended. CSP: AssignedAccess."""
