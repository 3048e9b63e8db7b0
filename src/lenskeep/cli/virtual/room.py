"""All commands of `lenskeep virtual`, in the order in which a headset's life goes."""

import typer

from lenskeep.cli.virtual import enrolling, leaving, sessions, showing, tokens
from lenskeep.cli.virtual.fleet import command as fleets

app = typer.Typer(
    name="virtual",
    help="Play a HoloLens: a strict headset that enrolls and syncs like a real one.",
    no_args_is_help=True,
)
for _part in (enrolling, tokens, sessions, leaving, fleets, showing):
    _part.register(app)
