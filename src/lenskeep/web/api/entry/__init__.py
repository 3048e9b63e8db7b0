"""REST: the ways in and out."""
