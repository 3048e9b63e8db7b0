"""docs/reference/command-line.md, from the typer application."""

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, Final

from tools.pages.source import MADE, assemble, code, field_docs, table
from typer.core import TyperGroup
from typer.main import get_command

from lenskeep.cli.main import make_app
from lenskeep.cli.output import ExitCode

_REMOTE: Final = ("server", "token", "ca", "data", "as_json")
"""The parameters that every command has that speaks REST."""
_BEFORE: Final = """
All commands of `lenskeep`. `lenskeep COMMAND --help` says the same.

Commands come in two kinds. **On the data folder** (`init`, `serve`, `doctor`, `ca`, `admin`,
`account`, `code`, `token`): they read and write the folder itself, also beside a running server,
and need the rights to do so. **Over REST** (marked *speaks REST*): they ask a running server.
Beside the server they find it and a token in the data folder; elsewhere say `--server`, `--token`
and `--ca`, or set `LENSKEEP_SERVER`, `LENSKEEP_TOKEN` and `LENSKEEP_CA`.

With `--json` a command prints the REST body ([rest.md](rest.md)). What is not the answer (warnings,
progress, errors) goes to the error output. A secret that a command makes is printed once, alone on
the last line: `CODE=$(lenskeep code new | tail -n 1)`.

## Options of every command that speaks REST
"""
_CODES: Final = """
## Exit codes

The `virtual` commands use three of them: 0 done, 1 the server broke a rule or refused (or the
request makes no sense), 3 the server cannot be reached. `doctor` ends with 1 where something is
bad, warnings alone end with 0. Ctrl-C ends with 130.
"""
_CODE_WORDS: Final = {"OK": "Done."}


def page() -> str:
    """Return the page."""
    root = get_command(make_app())
    found = [(path, each) for path, each in walk(root, "lenskeep")]
    remote = next(each for _, each in found if _is_remote(each))
    shared = [_row(each) for each in remote.params if each.name in _REMOTE]
    sections = [_section(path, each) for path, each in found]
    options = table(("option", "environment", "what it does"), shared)
    return assemble(
        "# Command line", MADE, _BEFORE, options, "## Commands", *sections, _exit_codes()
    )


def walk(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield every command that does something, with its full name."""
    if isinstance(command, TyperGroup):
        for name, each in command.commands.items():
            yield from walk(each, f"{path} {name}")
    else:
        yield path, command


def _section(path: str, command: Any) -> str:
    remote = _is_remote(command)
    own = [each for each in command.params if not (remote and each.name in _REMOTE)]
    usage = " ".join(
        [path, *(_spelled(each) for each in own if _is_argument(each) or each.required)]
    )
    if any(not each.required and not _is_argument(each) for each in own) or remote:
        usage += " [OPTIONS]"
    words = " ".join((command.help or "").split())
    if remote:
        words += " *Speaks REST.*"
    rows = [_row(each) for each in own if _meaning(each) or not _is_argument(each)]
    body = table(("argument or option", "environment", "what it does"), rows) if rows else ""
    return assemble(f"### {path}", words, f"```text\n{usage}\n```", body)


def _row(parameter: Any) -> tuple[str, str, str]:
    return code(_spelled(parameter)), code(parameter.envvar or ""), _meaning(parameter)


def _is_remote(command: Any) -> bool:
    return {"server", "token", "as_json"} <= {each.name for each in command.params}


def _is_argument(parameter: Any) -> bool:
    return not str(parameter.opts[0]).startswith("-")


def _spelled(parameter: Any) -> str:
    if _is_argument(parameter):
        name = parameter.metavar or parameter.name.upper()
        return name if parameter.required or name.startswith("[") else f"[{name}]"
    names = "/".join((*parameter.opts, *parameter.secondary_opts))
    return names if parameter.is_flag else f"{names} {parameter.metavar or _kind(parameter)}"


def _kind(parameter: Any) -> str:
    """Return what stands for the option's value."""
    kind = parameter.type_descriptor.annotation
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "|".join(str(each.value) for each in kind)
    return {int: "N", float: "NUMBER", Path: "PATH"}.get(kind, "TEXT")


def _meaning(parameter: Any) -> str:
    words = " ".join((getattr(parameter, "help", "") or "").split())
    default = parameter.default
    if _is_argument(parameter) or callable(default) or not default or default is True:
        return words
    return f"{words} Default: {getattr(default, 'value', default)}.".strip()


def _exit_codes() -> str:
    docs = dict(field_docs("cli/output.py", "ExitCode"))
    rows = [
        (str(int(each)), docs[each.name] or _CODE_WORDS[each.name], each.name.lower())
        for each in ExitCode
    ]
    return assemble(_CODES, table(("code", "meaning", "name"), rows))
