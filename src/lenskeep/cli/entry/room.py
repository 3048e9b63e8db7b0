"""All commands of the ways in and out, under their names."""

import typer

from lenskeep.cli.entry import providers, rules


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for each in (providers, rules):
        each.register(app)
