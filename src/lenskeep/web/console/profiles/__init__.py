"""Profiles in the console: list, editor, one profile's page, templates, import."""
