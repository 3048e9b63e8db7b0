"""The `lenskeep` command: all commands under one name, and trouble in plain words.

No traceback reaches a person: families of trouble have their exit codes in `web.respond`, and
anything else says that it is ours, and how to see more.
"""

import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Final

import typer
from typer.main import get_command

from lenskeep import __version__
from lenskeep.base.errors import Invalid, LenskeepError
from lenskeep.cli.output import CommandError, ExitCode, complain
from lenskeep.wire.errors import WireError

TRACE: Final = "LENSKEEP_TRACE"
"""Set to anything, this environment variable shows the traceback of what went wrong."""
_INTERRUPTED: Final = 130
"""128 + SIGINT, as shells say it."""


def make_app(wanted: str | None = None) -> typer.Typer:
    """Return the command line: with all its commands, or only those beside the one wanted."""
    app = typer.Typer(
        name="lenskeep",
        help="Lenskeep, the open MDM server for Microsoft HoloLens.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        callback=_main,
    )
    room = _serve if wanted == "serve" else ROOMS.get(wanted or "")
    for register in dict.fromkeys([room] if room else ROOMS.values()):
        register(app)
    return app


# --- rooms: each is imported only where one of its commands is wanted, or all are shown ---


def _server(app: typer.Typer) -> None:
    from lenskeep.cli import local

    local.register(app)


def _serve(app: typer.Typer) -> None:
    from lenskeep.cli.server import serving

    serving.register(app)


def _database(app: typer.Typer) -> None:
    from lenskeep.cli.server import database

    database.register(app)


def _demo(app: typer.Typer) -> None:
    from lenskeep.cli.server import demo

    demo.register(app)


def _remote(app: typer.Typer) -> None:
    from lenskeep.cli import devices, operations

    devices.register(app)
    operations.register(app)


def _entry(app: typer.Typer) -> None:
    from lenskeep.cli.entry import room

    room.register(app)


def _desired(app: typer.Typer) -> None:
    from lenskeep.cli.desired import room

    room.register(app)


def _people(app: typer.Typer) -> None:
    from lenskeep.cli import people

    people.register(app)


def _virtual(app: typer.Typer) -> None:
    from lenskeep.cli import virtual

    app.add_typer(virtual.app, name="virtual")


def _catalog(app: typer.Typer) -> None:
    from lenskeep.cli.catalog import commands

    app.add_typer(commands.app, name="catalog")


ROOMS: Final[Mapping[str, Callable[[typer.Typer], None]]] = {
    **dict.fromkeys(("init", "serve", "doctor", "ca"), _server),
    **dict.fromkeys(("backup", "restore", "backup-key", "keys"), _server),
    **dict.fromkeys(("database",), _database),
    **dict.fromkeys(("demo",), _demo),
    **dict.fromkeys(("devices", "device", "operation"), _remote),
    **dict.fromkeys(
        ("profile", "group", "tag", "assign", "unassign", "assignments", "guard", "compliance"),
        _desired,
    ),
    **dict.fromkeys(("plan", "rehearse", "template"), _desired),
    **dict.fromkeys(("account", "admin", "code", "token"), _people),
    **dict.fromkeys(("entra", "terms", "sign-in", "enrollment", "autopilot"), _entry),
    **dict.fromkeys(("package", "bulk-account", "first-run", "wearer", "license"), _entry),
    **dict.fromkeys(("silent",), _entry),
    **dict.fromkeys(("virtual",), _virtual),
    **dict.fromkeys(("catalog",), _catalog),
}
"""Command -> what adds it, in the order of the help."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        get_command(make_app(words[0] if words else None)).main(args=words, prog_name="lenskeep")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the outermost door of the command line
        return explain(error)
    return ExitCode.OK


def explain(error: Exception) -> int:
    """Print what went wrong to stderr; return the exit code that stands for it."""
    if os.environ.get(TRACE):
        traceback.print_exception(error)
    if isinstance(error, CommandError):
        complain(error.message, error.hints)
        return error.code
    if isinstance(error, Invalid):
        hints = [f"allowed: {each.allowed}" for each in error.complaints if each.allowed]
        complain(str(error), hints)
    elif isinstance(error, LenskeepError | WireError | OSError):
        complain(str(error) or type(error).__name__)
    else:
        complain(f"{type(error).__name__}: {error}", [f"this is our fault; {TRACE}=1 shows more"])
    from lenskeep.web import respond  # the one table; only where something went wrong

    return respond.exit_code(error)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lenskeep {__version__}")
        raise typer.Exit


def _main(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Lenskeep, the open MDM server for Microsoft HoloLens."""
