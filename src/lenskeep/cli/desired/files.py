"""Documents from files and from standard input, and what is typed as NAME=VALUE."""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from lenskeep.cli.output import CommandError, ExitCode

STDIN: Final = "-"
_MARK: Final = re.compile(r"^---(?=\s|$)", re.MULTILINE)
"""Only the beginning of a YAML document stands so at the beginning of a line ([YAML 1.2] 9.1)."""
_NAME: Final = re.compile(
    r"""^name:[ \t]*(?:"([^"\\]*)"|'([^']*)'|([^#\n"'|>&*]+))""", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: where it is from, and its text. Lines keep their numbers."""

    place: str
    text: str = field(repr=False)

    @property
    def name(self) -> str:
        """The name that it gives the profile, empty where it is not told plainly."""
        found = _NAME.search(self.text)
        return next((each.strip() for each in found.groups() if each), "") if found else ""


def read_text(name: str) -> str:
    """Return a file's text, that of standard input for `-`. Raises CommandError."""
    try:
        body = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
        return body.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(ExitCode.USAGE, f"{name} cannot be read as UTF-8 ({error})") from None


def read_json(name: str) -> Any:
    """Return what a JSON file says; `-` is standard input. Raises CommandError."""
    try:
        return json.loads(read_text(name))
    except (ValueError, RecursionError) as error:
        raise CommandError(ExitCode.USAGE, f"{name} is not JSON: {error}") from None


def write_text(path: Path, text: str) -> None:
    """Write a file. Raises CommandError."""
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise CommandError(ExitCode.USAGE, f"{path} cannot be written ({error})") from None


def documents(names: Iterable[str]) -> tuple[Document, ...]:
    """Return every document of these files. Raises CommandError."""
    found = [each for name in names for each in _divided(name, read_text(name))]
    if not found:
        raise CommandError(ExitCode.USAGE, "there is no document in it", ["lenskeep: profile/1"])
    return tuple(found)


def the_document(name: str) -> Document:
    """Return the one document of a file. Raises CommandError."""
    found = documents([name])
    if len(found) > 1:
        raise CommandError(ExitCode.USAGE, f"{name} holds {len(found)} documents", ["one profile"])
    return found[0]


def _divided(name: str, text: str) -> Iterator[Document]:
    starts = [0, *(each.start() for each in _MARK.finditer(text) if each.start()), len(text)]
    for start, end in pairwise(starts):
        piece = text[start:end]
        if any(_says_something(line) for line in piece.splitlines()):
            before = text.count("\n", 0, start)
            yield Document(f"{name}, line {before + 1}", "\n" * before + piece)


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#") and line.strip() != "---"


def pairs(typed: Iterable[str], what: str) -> dict[str, str]:
    """Return what was typed as NAME=VALUE; for `@FILE` the file's text. Raises CommandError."""
    found: dict[str, str] = {}
    for each in typed:
        name, mark, value = each.partition("=")
        if not mark or not name.strip():
            raise CommandError(ExitCode.USAGE, f"{each!r} is no {what}", ["NAME=VALUE, NAME=@FILE"])
        found[name.strip()] = read_text(value[1:]) if value.startswith("@") else value
    return found
