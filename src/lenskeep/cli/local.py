"""Commands that work on the data folder: init, serve, doctor, ca."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from lenskeep import app as house_app
from lenskeep.cli.server import authority, keeping, keys
from lenskeep.cli.server.doctor import doctor
from lenskeep.cli.server.serving import DataOption, serve
from lenskeep.config import Settings


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(init)
    app.command()(serve)
    app.command()(doctor)
    keeping.register(app)
    keys.register(app)
    ca = typer.Typer(help="The certificate authority.", no_args_is_help=True)
    ca.command("show")(ca_show)
    authority.register(ca)
    app.add_typer(ca, name="ca")


def init(
    data: DataOption = None,
    hostname: Annotated[
        str | None,
        typer.Option(
            envvar="LENSKEEP_HOSTNAME",
            help="NAME or NAME:PORT by which headsets reach this server; all URLs use it.",
        ),
    ] = None,
    also: Annotated[
        list[str] | None,
        typer.Option(help="A further name, e.g. EnterpriseEnrollment.example.org; repeatable."),
    ] = None,
    listen: Annotated[
        str | None, typer.Option(envvar="LENSKEEP_LISTEN", help="HOST:PORT to listen on.")
    ] = None,
) -> None:
    """Make the data folder: keys, certificates, database. Safe to run again."""
    further = tuple(also) if also else None
    settings, lines = house_app.initialize(data, hostname=hostname, also=further, listen=listen)
    asyncio.run(house_app.make_local_token(settings.data))
    console = Console()
    for line in lines:
        console.print(f"[green]made[/] {line}", highlight=False, soft_wrap=True)
    if not lines:
        console.print(f"Nothing to do: {settings.data} is ready.", highlight=False)
    _next_steps(console, settings)


def _next_steps(console: Console, settings: Settings) -> None:
    folder = settings.data
    console.print("\nNext:", style="bold")
    for number, (command, why) in enumerate(
        (
            (f"lenskeep serve --data {folder}", f"starts the server at {settings.url('/')}"),
            (f"lenskeep code new --data {folder}", "makes a code to type on a headset"),
        ),
        start=1,
    ):
        console.print(f"  {number}. {command}", highlight=False, soft_wrap=True)
        console.print(f"     {why}", style="dim", highlight=False, soft_wrap=True)


def ca_show(data: DataOption = None) -> None:
    """Print the root certificate (PEM): install it on headsets before they enroll.

    During a rotation it is the one of the chain that the server shows.
    """
    typer.echo(house_app.root_pem(data), nl=False)
