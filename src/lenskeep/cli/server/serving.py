"""`lenskeep serve`, with nothing around it: what a server imports, it holds as long as it runs."""

from pathlib import Path
from typing import Annotated

import typer

from lenskeep import app as house_app
from lenskeep.cli.server.logs import configure_logs

DataOption = Annotated[
    Path | None,
    typer.Option("--data", envvar="LENSKEEP_DATA", help="The data folder.", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(serve)


def serve(
    data: DataOption = None,
    listen: Annotated[
        str | None, typer.Option(envvar="LENSKEEP_LISTEN", help="HOST:PORT to listen on.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            envvar="LENSKEEP_WORKERS", help="Processes that serve; several need PostgreSQL."
        ),
    ] = None,
    debug: Annotated[bool, typer.Option(help="Log more.")] = False,
) -> None:
    """Run the server until Ctrl-C."""
    configure_logs(debug=debug)
    house_app.serve(data, listen, workers)
