"""Commands that exchange the master key of a data folder, under a running server."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from lenskeep.app.keeping import KeyStatus, MasterKeys
from lenskeep.certificates.keyring import Stage
from lenskeep.cli.output import (
    note,
    print_heading,
    print_json,
    print_pairs,
    print_secret,
    print_table,
)
from lenskeep.cli.server.progress import progress

DataOption = Annotated[
    Path | None,
    typer.Option("--data", envvar="LENSKEEP_DATA", help="The data folder.", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
PatienceOption = Annotated[
    int, typer.Option("--patience", min=1, help="Seconds to wait for the processes that serve.")
]
_PATIENCE_S = 240
_ADVICE = {
    Stage.AT_REST: "",
    Stage.ANNOUNCED: "`lenskeep keys rotate` goes on",
    Stage.SWITCHED: "`lenskeep keys rotate` seals what is left, `lenskeep keys drop` ends it",
}


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    group = typer.Typer(help="The master key.", no_args_is_help=True)
    group.command("status")(status)
    group.command("rotate")(rotate)
    group.command("drop")(drop)
    group.command("next")(next_)
    app.add_typer(group, name="keys")


def status(
    data: DataOption = None,
    look: Annotated[
        bool, typer.Option("--look", help="Look through everything: what is sealed with which.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the master keys, how far a rotation is, and which processes have which key."""
    with progress() as tell:
        found = asyncio.run(MasterKeys(data, tell).status(look=look))
    _show(found, as_json=as_json)


def rotate(
    data: DataOption = None, patience: PatienceOption = _PATIENCE_S, as_json: JsonOption = False
) -> None:
    """Make a new master key and seal everything with it, while the server runs.

    Broken off anywhere, it goes on when it is run again. The old key stays until `drop`.
    """
    with progress() as tell:
        found = asyncio.run(MasterKeys(data, tell).rotate(timedelta(seconds=patience)))
    _show(found, as_json=as_json)
    note("Nothing is sealed with the old key any more. Make a backup, then: lenskeep keys drop")


def drop(
    data: DataOption = None, patience: PatienceOption = _PATIENCE_S, as_json: JsonOption = False
) -> None:
    """Drop the old master keys. Refused while anything is sealed with one."""
    with progress() as tell:
        found = asyncio.run(MasterKeys(data, tell).drop(timedelta(seconds=patience)))
    _show(found, as_json=as_json)
    note("Backups without a master key in them, made before, still need the old one.")


def next_(data: DataOption = None) -> None:
    """Print the master key text of a rotation's next step, where it is kept out of our reach."""
    with progress() as tell:
        text = asyncio.run(MasterKeys(data, tell).next_text())
    print_secret(text.rstrip())


def _show(found: KeyStatus, *, as_json: bool) -> None:
    if as_json:
        print_json(_plain(found))
        return
    print_pairs(
        (
            ("state", found.stage.value),
            ("kept in", str(found.file or "the environment")),
            ("next", _ADVICE[found.stage]),
        )
    )
    rows = [(name, "seals" if number == 0 else "opens") for number, name in enumerate(found.keys)]
    rows += [(found.coming, "announced")] if found.coming else []
    if found.found is None:
        print_table(("KEY", "DOES"), rows)
    else:
        counted = [(*row, found.sealed_with(row[0])) for row in rows]
        print_table(("KEY", "DOES", "SEALED TEXTS"), counted)
    if found.serving:
        print_heading("Processes that serve")
        print_table(
            ("HOST", "PROCESS", "KEYS"),
            [(each.host, str(each.pid), each.master_keys) for each in found.serving],
        )


def _plain(found: KeyStatus) -> dict[str, object]:
    serving = [
        {"host": each.host, "pid": each.pid, "keys": each.master_keys.split(",")}
        for each in found.serving
    ]
    pairs = found.found.items() if found.found is not None else ()
    return {
        "state": found.stage.value,
        "keys": list(found.keys),
        "announced": found.coming,
        "kept_in": str(found.file or ""),
        "serving": serving,
        "sealed": [{"key": k, "where": where, "texts": n} for (k, where), n in pairs],
    }
