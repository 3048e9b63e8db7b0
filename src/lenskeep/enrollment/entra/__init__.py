"""Tokens of Microsoft Entra ID: what they must look like, and what a good one proves. Pure."""
