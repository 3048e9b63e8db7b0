"""All commands of the desired state, under their names."""

import typer

from lenskeep.cli.desired import assigning, groups, profiles, templates, trials


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for each in (profiles, groups, assigning, trials, templates):
        each.register(app)
