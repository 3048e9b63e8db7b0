"""Validation before sending: is this a setting that a headset can take, and what goes on the wire.

All complaints at once, warnings apart from them. Pure; a headset fails quietly, so it is here that
a wrong value has to be found.
"""
