"""Many headsets at once."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from lenskeep.cli.virtual.plainly import REFUSED, AsJson, Ca, SecretOption, Server, errors, run
from lenskeep.virtual.enrollment.keys import KeyPool
from lenskeep.virtual.fleet import DEFAULT_TEMPLATE, FleetPlan, FleetReport, FleetRow, run_fleet
from lenskeep.virtual.headset import DEFAULT_BUILD


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="fleet")(fleet)


def fleet(
    count: Annotated[int, typer.Option("--count", min=1, help="How many headsets.")],
    secret: SecretOption,
    server: Server = "",
    ca: Ca = None,
    user_template: Annotated[
        str, typer.Option(help="{n} becomes the headset's number.")
    ] = DEFAULT_TEMPLATE,
    state: Annotated[
        Path | None, typer.Option("--state", help="Keep them in DIR/0001 and so on.")
    ] = None,
    build: Annotated[list[str] | None, typer.Option("--build", help="May be repeated.")] = None,
    syncs: Annotated[int, typer.Option(help="Sessions of each headset.")] = 1,
    at_once: Annotated[int, typer.Option(help="At work at the same time.")] = 50,
    starts_per_second: Annotated[float, typer.Option(help="Bound on starts.")] = 50.0,
    as_json: AsJson = False,
) -> None:
    """Enroll and sync many headsets in one process."""
    plan = FleetPlan(
        count=count,
        server=server,
        secret=secret,
        ca=ca.read_bytes() if ca else b"",
        user_template=user_template,
        builds=tuple(build or [DEFAULT_BUILD]),
        state_dir=state,
        syncs=syncs,
        at_once=at_once,
        starts_per_s=starts_per_second,
    )
    report = _sail(plan)
    if as_json:
        print(json.dumps([_row_json(row) for row in report.rows], indent=1))
    else:
        _print_fleet(report)
    if report.failures:
        raise typer.Exit(REFUSED)


def _sail(plan: FleetPlan) -> FleetReport:
    with KeyPool(plan.count) as keys, Progress(console=errors) as progress:
        bar = progress.add_task("headsets", total=plan.count)

        def done(_: FleetRow) -> None:
            progress.advance(bar)

        report: FleetReport = run(run_fleet(plan, keys, done))
    return report


def _row_json(row: FleetRow) -> dict[str, object]:
    return {
        "number": row.number,
        "name": row.name,
        "build": row.build,
        "device_id": row.device_id,
        "enrolled_s": round(row.enrolled_s, 3),
        "synced_s": round(row.synced_s, 3),
        "messages": row.messages,
        "commands": row.commands,
        "problem": row.problem or None,
    }


def _print_fleet(report: FleetReport) -> None:
    good = len(report.rows) - len(report.failures)
    print(f"{good} of {len(report.rows)} headsets are well, in {report.seconds:.1f} s.")
    for what, values in (
        ("enroll", sorted(row.enrolled_s for row in report.rows if row.enrolled_s)),
        ("sync", sorted(row.synced_s for row in report.rows if row.synced_s)),
    ):
        if values:
            slow = values[min(len(values) - 1, int(len(values) * 0.95))]
            print(f"{what}: half within {values[len(values) // 2]:.2f} s, 95% within {slow:.2f} s")
    for row in report.failures:
        errors.print(f"{row.number} {row.name} {row.build}: {row.problem}", markup=False)
