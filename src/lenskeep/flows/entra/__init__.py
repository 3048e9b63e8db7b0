"""Entra tenants as they are kept, and whom their tokens vouch for; asked by every door."""
