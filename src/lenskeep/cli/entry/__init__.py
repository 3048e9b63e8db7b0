"""Commands for the ways in and out."""
