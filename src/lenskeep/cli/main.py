"""The `lenskeep` command: all commands under one name, and trouble in plain words.

No traceback reaches a person: families of trouble have their exit codes in `web.respond`, and
anything else says that it is ours, and how to see more.
"""

import importlib
import importlib.util
import os
import traceback
from collections.abc import Sequence
from typing import Annotated, Final

import typer
from typer.main import get_command

from lenskeep import __version__
from lenskeep.base.errors import Invalid, LenskeepError
from lenskeep.cli import devices, operations, people
from lenskeep.cli.output import CommandError, ExitCode, complain
from lenskeep.web import respond
from lenskeep.wire.errors import WireError

TRACE: Final = "LENSKEEP_TRACE"
"""Set to anything, this environment variable shows the traceback of what went wrong."""
_INTERRUPTED: Final = 130
"""128 + SIGINT, as shells say it."""


def make_app() -> typer.Typer:
    """Return the command line with all its commands."""
    app = typer.Typer(
        name="lenskeep",
        help="Lenskeep, the open MDM server for Microsoft HoloLens.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        callback=_main,
    )
    for name in ("local", "demo"):
        room = _room(name)
        if room is not None:
            room.register(app)  # type: ignore[attr-defined]
    devices.register(app)
    operations.register(app)
    people.register(app)
    virtual = _room("virtual")
    if virtual is not None:
        app.add_typer(virtual.app, name="virtual")  # type: ignore[attr-defined]
    return app


def _room(name: str) -> object | None:
    """Return the module of these commands, None where this build has none."""
    full = f"lenskeep.cli.{name}"
    if importlib.util.find_spec(full) is None:
        return None
    return importlib.import_module(full)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    try:
        get_command(make_app()).main(args=arguments, prog_name="lenskeep")
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
