"""`lenskeep virtual fleet`: headsets by the thousand, as a load and as a trial."""

import asyncio
import json
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final

import typer
import uvloop

from lenskeep.base.errors import Missing
from lenskeep.base.secret import Secret
from lenskeep.cli.virtual.fleet.progress import Progress, progress_for
from lenskeep.cli.virtual.fleet.verdict import print_verdict
from lenskeep.cli.virtual.plainly import REFUSED, AsJson, Ca, Server, plainly, token_of
from lenskeep.virtual.enrollment.keys import KeyPool, KeySource, SharedPrimes
from lenskeep.virtual.fleet import (
    DEFAULT_TEMPLATE,
    FleetPlan,
    FleetRow,
    Load,
    Shelf,
    Tally,
    is_packed,
    patience,
    read_arrivals,
    read_faults,
    read_mix,
    run_fleet,
    run_processes,
)
from lenskeep.virtual.headset import DEFAULT_BUILD

_FOLDERS_UP_TO: Final = 500
"""Larger fleets live in one file."""
_SHOW_S: Final = 0.5

Count = Annotated[int, typer.Option("--count", min=1, help="How many headsets.")]
SecretOption = Annotated[str, typer.Option("--secret", help="Password or one-time code.")]
SecretFile = Annotated[
    Path | None,
    typer.Option(help="One password or code a line, used in turn; - reads them from the pipe."),
]
Template = Annotated[str, typer.Option(help="{n} becomes the headset's number.")]
Where = Annotated[
    Path | None,
    typer.Option("--state", help="Keep them in DIR, and go on with those that are there."),
]
Builds = Annotated[list[str] | None, typer.Option("--build", help="May be repeated.")]
Syncs = Annotated[int, typer.Option(help="Sessions of each headset as it arrives.")]
AtOnce = Annotated[int, typer.Option(min=1, help="At work at the same time.")]
Starts = Annotated[float, typer.Option(help="Bound on headsets that arrive in a second.")]
MixText = Annotated[
    str, typer.Option("--mix", help="idle=80,change=10,app=5,renewal=5: what the load is.")
]
ArrivalsText = Annotated[
    str,
    typer.Option("--arrivals", help="steady:50, burst, ramp:5-100/120, schedule:60x."),
]
Sessions = Annotated[int, typer.Option(min=1, help="Sessions of each headset in the load.")]
Duration = Annotated[float | None, typer.Option(help="Seconds of load, instead.")]
Settle = Annotated[
    bool, typer.Option("--settle", help="At the end: sync until nothing more is wanted.")
]
FaultsText = Annotated[
    str,
    typer.Option(
        "--faults", help="lose-answer=1%,lose-request=,double=,truncate=,slow=,reorder=,drop=."
    ),
]
Seed = Annotated[int, typer.Option(help="Repeats a run: the same dice.")]
Keep = Annotated[
    int, typer.Option("--keep-alive", min=0, help="Connections kept open between sessions.")
]
Patient = Annotated[
    float, typer.Option("--patience", help="Seconds for which a headset tries again.")
]
OwnKeys = Annotated[
    bool, typer.Option("--own-keys", help="A secret key for each, 50 ms; else of shared primes.")
]
TokenFile = Annotated[
    Path | None,
    typer.Option("--admin-token-file", help="Token to order changes and apps with."),
]
Processes = Annotated[int, typer.Option(min=1, help="Processes that the fleet is spread over.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(name="fleet")(fleet)
    app.command(name="unpack")(unpack)


def fleet(
    count: Count,
    secret: SecretOption = "",
    secret_file: SecretFile = None,
    server: Server = "",
    ca: Ca = None,
    user_template: Template = DEFAULT_TEMPLATE,
    state: Where = None,
    build: Builds = None,
    syncs: Syncs = 1,
    at_once: AtOnce = 50,
    starts_per_second: Starts = 50.0,
    mix: MixText = "",
    arrivals: ArrivalsText = "burst",
    sessions: Sessions = 1,
    duration: Duration = None,
    settle: Settle = False,
    faults: FaultsText = "",
    seed: Seed = 1,
    keep_alive: Keep = 0,
    patient: Patient = 120.0,
    own_keys: OwnKeys = False,
    admin_token_file: TokenFile = None,
    processes: Processes = 1,
    as_json: AsJson = False,
) -> None:
    """Enroll and sync many headsets; put a load on the server; say whether it held.

    Status 1 where anything was lost, doubled or refused.
    """
    with plainly():
        crowd = _crowd(count, server, ca, user_template, build)
        crowd = _housed(crowd, state, _secret(secret, secret_file, state))
        plan = replace(
            crowd,
            syncs=syncs,
            at_once=at_once,
            starts_per_s=starts_per_second,
            load=_load(mix, arrivals, sessions, duration, settle),
            faults=read_faults(faults),
            seed=seed,
            patience=patience(patient),
            keep=keep_alive,
            token=Secret(token_of(admin_token_file)) if admin_token_file else None,
        )
        ended = _sail(plan, processes, own_keys=own_keys)
    _tell_end(ended, as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Ended:
    """What became of a fleet."""

    rows: tuple[FleetRow, ...]
    tally: Tally
    seconds: float


def _crowd(
    count: int, server: str, ca: Path | None, user_template: str, build: list[str] | None
) -> FleetPlan:
    builds = tuple(build or [DEFAULT_BUILD])
    trusted = ca.read_bytes() if ca else b""
    return FleetPlan(count, server, "", trusted, user_template, builds)


def _housed(plan: FleetPlan, state: Path | None, secret: str) -> FleetPlan:
    packed = state is not None and _is_packed(state, plan.count)
    return replace(plan, state_dir=state, packed=packed, secret=secret)


def _load(
    mix: str, arrivals: str, sessions: int, duration: float | None, settle: bool
) -> Load | None:
    """Return the load that was asked for, None where there is none."""
    if not (mix or duration or settle):
        return None
    return Load(read_mix(mix or "idle=1"), read_arrivals(arrivals), sessions, duration, settle)


def _tell_end(ended: _Ended, *, as_json: bool) -> None:
    """Print what became of the fleet, and end as it deserves."""
    if as_json:
        told = {"seconds": round(ended.seconds, 3), "fleet": ended.tally.told()}
        print(json.dumps(told | {"headsets": [_row_json(row) for row in ended.rows]}, indent=1))
    else:
        print_verdict(ended.rows, ended.tally, ended.seconds)
    if ended.tally.faults:
        raise typer.Exit(REFUSED)


def _secret(secret: str, file: Path | None, state: Path | None) -> str:
    """Return what the headsets enroll with, asked for where it is needed and not given."""
    if file is not None:
        return "\n".join(token_of(file).split())
    if secret or (state is not None and state.exists()):
        return secret
    return str(typer.prompt("Secret", hide_input=True))


def _is_packed(state: Path, count: int) -> bool:
    """Return whether the fleet of that folder is, or is to be, one file."""
    if is_packed(state):
        return True
    has_folders = state.is_dir() and any(state.glob("[0-9]*/"))
    return count > _FOLDERS_UP_TO and not has_folders


def _sail(plan: FleetPlan, processes: int, *, own_keys: bool) -> _Ended:
    """Run the fleet with its progress shown; return what became of it."""
    started = time.monotonic()
    with progress_for(plan) as progress:
        if processes > 1:
            rows = run_processes(plan, processes, progress.show)
        else:
            rows = _run(plan, progress, own_keys=own_keys)
    return _Ended(rows, progress.tally, time.monotonic() - started)


def _run(plan: FleetPlan, progress: Progress, *, own_keys: bool) -> tuple[FleetRow, ...]:
    with KeyPool(plan.count if own_keys else 0) as pool:
        keys = pool if own_keys else SharedPrimes()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_showing(plan, keys, progress))


async def _showing(plan: FleetPlan, keys: KeySource, progress: Progress) -> tuple[FleetRow, ...]:
    tally = Tally()
    progress.show(tally)
    telling = asyncio.create_task(_tell(tally, progress))
    try:
        return (await run_fleet(plan, keys, tally=tally)).rows
    finally:
        telling.cancel()
        progress.show(tally)


async def _tell(tally: Tally, progress: Progress) -> None:
    while True:
        await asyncio.sleep(_SHOW_S)
        progress.show(tally)


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


def unpack(
    fleet: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a packed fleet.")],
    number: Annotated[int, typer.Argument(help="Of the headset, from 1.")],
    to: Annotated[Path, typer.Option("--to", help="Folder for the copy.")],
) -> None:
    """Copy one headset of a large fleet into a folder, for `show`, `settings` and `sync`."""
    with plainly():
        if not is_packed(fleet):
            raise Missing("packed fleet", str(fleet))
        with closing(Shelf(fleet)) as shelf:
            shelf.unpack(number, to)
    print(f"Headset {number} is in {to}.")
