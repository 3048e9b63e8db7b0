"""What the commands of `lenskeep virtual` share: options, exit codes, trouble in plain words."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from lenskeep.base.errors import LenskeepError, Unavailable
from lenskeep.virtual.headset import VirtualHeadset

REFUSED: Final = 1
UNREACHABLE: Final = 3

errors = Console(stderr=True, highlight=False)


class Who(StrEnum):
    """Who is signed in at the headset."""

    USER = "user"
    OTHERS = "others"
    NONE = "none"


State = Annotated[Path, typer.Option("--state", help="Folder in which the headset lives.")]
Home = Annotated[Path, typer.Argument(metavar="DIR", help="Folder in which the headset lives.")]
Server = Annotated[
    str,
    typer.Option("--server", help="HOST, HOST:PORT, https URL; without: by the user's domain."),
]
SecretOption = Annotated[
    str,
    typer.Option("--secret", help="Password or one-time code.", prompt=True, hide_input=True),
]
Ca = Annotated[
    Path | None,
    typer.Option("--ca", help="PEM file with the root to trust.", exists=True, dir_okay=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
UserAtHeadset = Annotated[Who, typer.Option("--user", help="Who is signed in.")]


@contextmanager
def plainly() -> Iterator[None]:
    """Turn trouble into a sentence on the error output and an exit code."""
    try:
        yield
    except Unavailable as error:
        errors.print(f"Not reachable: {error}", markup=False)
        raise typer.Exit(UNREACHABLE) from error
    except LenskeepError as error:
        errors.print(f"{_kind(error)}: {error}", markup=False)
        raise typer.Exit(REFUSED) from error


def _kind(error: LenskeepError) -> str:
    return {
        "Breach": "The server breaks a rule",
        "EnrollmentRefused": "Enrollment failed",
        "SessionRefused": "Refused",
    }.get(type(error).__name__, "Not possible")


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Return what the work returns, trouble told in plain words."""
    with plainly():
        return asyncio.run(work)


def opened(state: Path) -> VirtualHeadset:
    """Return the headset of the folder."""
    with plainly():
        return VirtualHeadset.open(state)


def token_of(file: Path | None) -> str:
    """Return the token in a file, `-` for what comes in by the pipe; empty where none is named."""
    if file is None:
        return ""
    if str(file) == "-":
        return typer.get_text_stream("stdin").read().strip()
    return file.read_text(encoding="utf-8").strip()
