"""A profile while it is being written: what the form holds, and the body it makes."""
