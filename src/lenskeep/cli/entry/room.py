"""All commands of the ways in and out, under their names."""

import typer


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
