"""Commands that look after the database: status, migrate, move."""

import asyncio
from pathlib import Path
from typing import Annotated, Final

import typer

from lenskeep import app as house_app
from lenskeep.app.database import VARIABLE, DatabaseReport
from lenskeep.base.errors import Invalid
from lenskeep.base.secret import Secret
from lenskeep.cli.output import note, print_json, print_pairs, print_table, print_value
from lenskeep.cli.server.progress import progress
from lenskeep.config import FILE_NAME, POSTGRESQL

TARGET: Final = "LENSKEEP_MOVE_TO"
_SQLITE: Final = "sqlite"
DataOption = Annotated[
    Path | None,
    typer.Option("--data", envvar="LENSKEEP_DATA", help="The data folder.", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    database = typer.Typer(help="The database of this server.", no_args_is_help=True)
    database.command()(status)
    database.command()(migrate)
    database.command()(move)
    app.add_typer(database, name="database")


def status(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show where the database is, how far it was brought, how full it is and who serves it."""
    report = asyncio.run(house_app.database_status(data))
    if as_json:
        print_json(_plain(report))
        return
    state = report.state
    print_pairs(
        (
            ("database", f"{state.server}, {state.where}"),
            ("schema", _schema(report)),
            ("size", f"{state.size_bytes / 1024**2:.1f} MiB"),
            ("headsets", state.rows.get("device", "")),
            ("rows", sum(state.rows.values()) if state.rows else ""),
            ("served by", len(report.serving) or "nobody"),
        )
    )
    full = sorted(((n, name) for name, n in state.rows.items() if n), reverse=True)
    print_table(("table", "rows"), ((name, n) for n, name in full))
    print_table(
        ("process", "host", "version", "schema", "last seen"),
        ((w.pid, w.host, w.version, w.schema, f"{w.seen_at:%H:%M:%S}") for w in report.serving),
    )


def _schema(report: DatabaseReport) -> str:
    state = report.state
    if state.pending:
        return f"{state.schema.version or 'none'}; to be run: {', '.join(state.pending)}"
    return f"{state.schema.version}; code of {state.schema.oldest} and later may serve"


def _plain(report: DatabaseReport) -> dict[str, object]:
    state = report.state
    return {
        "kind": state.kind,
        "server": state.server,
        "where": state.where,
        "schema": state.schema.version,
        "oldest": state.schema.oldest,
        "pending": list(state.pending),
        "size_bytes": state.size_bytes,
        "rows": state.rows,
        "workers": [
            {"id": w.id, "host": w.host, "pid": w.pid, "version": w.version, "schema": w.schema}
            for w in report.serving
        ],
    }


def migrate(data: DataOption = None) -> None:
    """Bring the database up to date, also while servers of the version before run."""
    before, after = house_app.migrate_database(data)
    if before.is_behind:
        print_value(f"schema {before.version or 'none'} -> {after.version}")
    else:
        print_value(f"Nothing to do: schema {after.version}.")


def move(
    target: Annotated[
        str,
        typer.Argument(
            envvar=TARGET,
            metavar="TARGET",
            help="postgresql://USER:PASSWORD@HOST/NAME, an empty database; or `sqlite`.",
            show_default=False,
        ),
    ],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Move everything to another database, checked row by row; no server may run meanwhile."""
    if target != _SQLITE and not target.startswith(POSTGRESQL):
        allowed = f"postgresql://USER:PASSWORD@HOST/NAME, or {_SQLITE}"
        raise Invalid.field("TARGET", "it is no address of a database", allowed)
    place = Secret("" if target == _SQLITE else target)
    with progress() as tell:
        moved = asyncio.run(house_app.move_database(data, place, tell))
    if as_json:
        print_json({"where": moved.target, "kept": moved.kept, "rows": moved.rows})
        return
    print_value(f"{sum(moved.rows.values())} rows are in {moved.target}, each compared.")
    note(f"{FILE_NAME} names it now. The old database is kept: {moved.kept}")
    if moved.by_environment:
        note(f"{VARIABLE} is set here and wins over {FILE_NAME}: change it where servers start.")
