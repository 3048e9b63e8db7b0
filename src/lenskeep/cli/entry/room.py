"""All commands of the ways in and out, under their names."""

import typer

from lenskeep.cli.edition import licenses
from lenskeep.cli.entry import arriving, bulk, entra, leaving, packages, providers, rules, terms


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for each in (arriving, bulk, entra, leaving, licenses, packages, providers, rules, terms):
        each.register(app)
