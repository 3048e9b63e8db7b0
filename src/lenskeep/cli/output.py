"""How the command line speaks: exit codes, tables, JSON, and trouble in plain words on stderr.

What a device said of itself is a stranger's text: it is shown without markup and without the
control characters by which it could move the cursor or write to the clipboard.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Any, Final, TypeAlias

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

Json: TypeAlias = Mapping[str, Any]
"""A REST body as it came."""

_WIDE: Final = 220
"""Columns of a table that no terminal shows: identifiers stay whole for `grep` and `cut`."""


class ExitCode(IntEnum):
    """What the number says that a command ends with."""

    OK = 0
    ERROR = 1
    """Something went wrong on our side; or a check, or a rehearsal, found something refused."""
    USAGE = 2
    """The command or its input cannot be accepted."""
    UNAVAILABLE = 3
    """The server, or something it depends on, does not answer."""
    OPERATION_FAILED = 4
    """The device answered that the operation failed, or it was cancelled."""
    NOT_FINISHED = 5
    """The operation is still open after `--wait`, or its outcome is unknown."""
    REFUSED = 6
    """The token is wrong, or its scope does not allow this."""
    NOT_FOUND = 7
    """The thing named does not exist, or the name fits several."""
    CONFLICT = 8
    """The state is not what the command assumed."""


class CommandError(Exception):
    """The command cannot go on; the text is for whoever typed it."""

    def __init__(self, code: ExitCode, message: str, hints: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hints = tuple(hints)


def print_json(body: Json) -> None:
    """Print a REST body."""
    typer.echo(json.dumps(body, indent=2, ensure_ascii=False))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows; the first column is never cut."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, no_wrap=number == 0, overflow="fold")
    for row in rows:
        table.add_row(*(Text(words(cell)) for cell in row))
    screen().print(table)


def print_pairs(pairs: Iterable[tuple[str, object]]) -> None:
    """Print names and values, one a line; empty values are left out."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs:
        if value not in (None, "", []):
            table.add_row(name, Text(words(value)))
    screen().print(table)


def print_heading(text: str) -> None:
    """Print the name of what follows."""
    screen().print(Text(f"\n{words(text)}", style="bold"))


def print_value(value: str) -> None:
    """Print a value: as it is into a pipe, without control characters to a person."""
    typer.echo(words(value) if sys.stdout.isatty() else value)


def print_secret(secret: str) -> None:
    """Print a secret alone on its line: the last of the command."""
    typer.echo(secret)


def note(text: str) -> None:
    """Print to stderr what is not the answer."""
    typer.echo(words(text), err=True)


def complain(message: str, hints: Iterable[str] = ()) -> None:
    """Print what went wrong, and what to do, to stderr."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(Text.assemble(("error: ", "bold red"), words(message)))
    for hint in hints:
        console.print(Text(f"  {words(hint)}"))


def screen() -> Console:
    """Return stdout as a console: as wide as the terminal, wide where there is none."""
    is_terminal = sys.stdout.isatty()
    return Console(highlight=False, width=None if is_terminal else _WIDE)


def words(value: object) -> str:
    """Return the value as text that is safe to show."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(words(each) for each in value)
    return "".join(
        each if each.isprintable() or each in "\n\t" else "\N{REPLACEMENT CHARACTER}"
        for each in str(value)
    )


def moment(text: str | None) -> str:
    """Return a moment of a REST body as a person reads it: `2026-11-23 05:31:02 UTC`."""
    if not text:
        return ""
    day, _, rest = text.partition("T")
    return f"{day} {rest[:8]} UTC"
