"""`lenskeep doctor`: is this server ready for headsets, and if not, what to do.

Looks from outside as a headset would (names, TLS, discovery) and from inside (keys, clock,
database, room). Every finding that is not good says the next step.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from lenskeep.cli.server.checks import Finding, Grade, examine

_MARKS: Final = {Grade.GOOD: "[green]✔[/]", Grade.WARNING: "[yellow]![/]", Grade.BAD: "[red]✘[/]"}


def doctor(
    data: Annotated[
        Path | None,
        typer.Option("--data", envvar="LENSKEEP_DATA", help="The data folder.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check names, certificates, clock, ports and database, and say what to do."""
    findings = examine(data)
    if as_json:
        rows = [asdict(each) | {"grade": each.grade.value} for each in findings]
        typer.echo(json.dumps({"items": rows, "next": None}, indent=2))
    else:
        _show(findings)
    if any(each.grade is Grade.BAD for each in findings):
        raise typer.Exit(1)


def _show(findings: tuple[Finding, ...]) -> None:
    table = Table(show_header=False, box=None, padding=(0, 1))
    table.add_column()
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for each in findings:
        words = each.words
        if each.next_step:
            words += f"\n[cyan]→ {each.next_step}[/]"
        table.add_row(_MARKS[each.grade], each.title, words)
    Console().print(table)
