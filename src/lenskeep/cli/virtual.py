"""`lenskeep virtual`: play a HoloLens - enroll it, sync it, look at it, let it leave.

Exit codes: 0 done, 1 the server broke a rule or refused (or this asks for something impossible),
3 the server cannot be reached.
"""

import asyncio
import json
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from lenskeep.base.errors import Invalid, LenskeepError, Unavailable
from lenskeep.virtual.builds import PROFILES
from lenskeep.virtual.enrollment.certificate_request import Style
from lenskeep.virtual.enrollment.keys import KeyPool
from lenskeep.virtual.fleet import DEFAULT_TEMPLATE, FleetPlan, FleetReport, FleetRow, run_fleet
from lenskeep.virtual.headset import DEFAULT_BUILD, Habits, VirtualHeadset
from lenskeep.virtual.polling import Polling, keep_polling
from lenskeep.virtual.session.report import Origin, SessionReport, SyncOptions
from lenskeep.virtual.transport import Accidents

REFUSED: Final = 1
UNREACHABLE: Final = 3
_LONGEST_SHOWN: Final = 100

app = typer.Typer(
    name="virtual",
    help="Play a HoloLens: a strict headset that enrolls and syncs like a real one.",
    no_args_is_help=True,
)
_errors = Console(stderr=True, highlight=False)


class Who(StrEnum):
    """Who is signed in at the headset."""

    USER = "user"
    OTHERS = "others"
    NONE = "none"


State = Annotated[Path, typer.Option("--state", help="Folder in which the headset lives.")]
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
def _plainly() -> Iterator[None]:
    """Turn trouble into a sentence on the error output and an exit code."""
    try:
        yield
    except Unavailable as error:
        _errors.print(f"Not reachable: {error}", markup=False)
        raise typer.Exit(UNREACHABLE) from error
    except LenskeepError as error:
        _errors.print(f"{_kind(error)}: {error}", markup=False)
        raise typer.Exit(REFUSED) from error


def _kind(error: LenskeepError) -> str:
    return {
        "Breach": "The server breaks a rule",
        "EnrollmentRefused": "Enrollment failed",
        "SessionRefused": "Refused",
    }.get(type(error).__name__, "Not possible")


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    with _plainly():
        return asyncio.run(work)


@app.command()
def enroll(
    state: State,
    user: Annotated[str, typer.Option("--user", help="User name, as typed: name@domain.")],
    secret: SecretOption,
    server: Server = "",
    ca: Ca = None,
    build: Annotated[str, typer.Option("--build", help="See `virtual builds`.")] = DEFAULT_BUILD,
    sync: Annotated[
        bool, typer.Option(help="Run the first session at once, as a real headset does.")
    ] = True,
    windows_10_request: Annotated[
        bool, typer.Option("--windows-10-request", help="The awkward certificate request.")
    ] = False,
    lose_answer: Annotated[
        int, typer.Option(help="Lose the answer to call N: 1 probe, 2 discovery, 3, 4.")
    ] = 0,
) -> None:
    """Enroll a headset, as Settings > Access work or school would."""
    style = Style.WINDOWS_10 if windows_10_request else None
    habits = Habits(style=style, accidents=Accidents(lose_answer=lose_answer))

    async def work() -> None:
        headset = _open_or_create(state, build)
        print(f"{headset.device.state.hardware.name} is a {headset.profile.name}.")
        await headset.enroll(server, user, secret, ca, habits=habits, tell=print)
        if sync:
            report = await headset.sync(SyncOptions(origin=Origin.ENROLLMENT))
            _print_report(report)

    _run(work())


def _open_or_create(state: Path, build: str) -> VirtualHeadset:
    """Return the headset of the folder, new where there is none; it keeps its build."""
    if (state / "state.json").exists():
        return VirtualHeadset.open(state)
    return VirtualHeadset.create(state, build=build)


@app.command()
def sync(
    state: State,
    user: UserAtHeadset = Who.USER,
    lose_answer: Annotated[int, typer.Option(help="Lose the answer to message N.")] = 0,
    lose_request: Annotated[int, typer.Option(help="Lose message N on its way.")] = 0,
    double: Annotated[int, typer.Option(help="Send message N twice.")] = 0,
    truncate: Annotated[int, typer.Option(help="Cut message N short once.")] = 0,
    slow: Annotated[float, typer.Option(help="Wait so many seconds before each message.")] = 0.0,
    fail: Annotated[
        list[str] | None, typer.Option("--fail", help="URI=STATUS: this node fails so.")
    ] = None,
    drop_on: Annotated[
        str | None, typer.Option(help="Fall silent when this node is addressed.")
    ] = None,
    no_client_certificate: Annotated[
        bool, typer.Option("--no-client-certificate", help="Prove itself by digest alone.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run one management session, or finish the one that was interrupted."""
    accidents = Accidents(
        lose_request=lose_request,
        lose_answer=lose_answer,
        double=double,
        truncate=truncate,
        slow_s=slow,
    )

    async def work() -> None:
        options = SyncOptions(
            user=user.value,
            accidents=accidents,
            failing=dict(_failing(each) for each in fail or []),
            drop_on=drop_on,
            client_certificate=not no_client_certificate,
        )
        report = await VirtualHeadset.open(state).sync(options)
        _print_report(report, as_json=as_json)

    _run(work())


def _failing(text: str) -> tuple[str, int]:
    uri, _, status = text.rpartition("=")
    if not uri or not status.isdecimal():
        raise Invalid.field("fail", f"{text!r} is not URI=STATUS")
    return uri, int(status)


@app.command()
def unenroll(state: State, user: UserAtHeadset = Who.USER) -> None:
    """Leave management, as the wearer does with Disconnect."""
    headset = _run(_opened(state))
    report = _run(headset.unenroll(SyncOptions(user=user.value)))
    _print_report(report)


async def _opened(state: Path) -> VirtualHeadset:
    return VirtualHeadset.open(state)


@app.command()
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
    with KeyPool(plan.count) as keys, Progress(console=_errors) as progress:
        bar = progress.add_task("headsets", total=plan.count)

        def done(_: FleetRow) -> None:
            progress.advance(bar)

        report: FleetReport = _run(run_fleet(plan, keys, done))
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
        _errors.print(f"{row.number} {row.name} {row.build}: {row.problem}", markup=False)


@app.command()
def run(state: State, user: UserAtHeadset = Who.USER) -> None:
    """Keep polling by the schedule that the server gave, until Ctrl-C. Takes a fleet's folder."""

    async def work() -> None:
        folders = [state] if (state / "state.json").exists() else sorted(state.glob("*/"))
        headsets = [VirtualHeadset.open(folder) for folder in folders or [state]]
        how = Polling(SyncOptions(user=user.value), print)
        await asyncio.gather(*(keep_polling(each, how) for each in headsets))

    try:
        _run(work())
    except KeyboardInterrupt:
        print("Stopped.")


@app.command()
def show(state: State, as_json: AsJson = False) -> None:
    """Show the headset: its Settings page, and its management tree."""
    headset = _run(_opened(state))
    settings, tree = _settings(headset), _tree_lines(headset)
    if as_json:
        print(json.dumps({"settings": settings, "tree": dict(tree)}, indent=1))
        return
    for name, value in settings.items():
        print(f"{name}: {value}")
    print()
    for uri, value in tree:
        print(f"{uri} = {_brief(value)}")


def _settings(headset: VirtualHeadset) -> dict[str, str]:
    """Return what Settings > Accounts > Access work or school would show."""
    state, account = headset.device.state, headset.account
    found = {
        "Device": f"{state.hardware.name} ({headset.profile.name}), serial {state.hardware.serial}",
    }
    if account is None:
        return {**found, "Connected": "no"}
    policies = f"./Device/Vendor/MSFT/DMClient/Provider/{account.provider}/"
    found |= {
        "Connected": f"to {account.name}, as {account.user}",
        "DeviceID": account.device_id,
        "Management address": account.address,
        "Last sync": str(state.last_session_at or "never"),
        "Next sync": str(headset.next_poll()),
    }
    for label, node in (
        ("Help phone", "HelpPhoneNumber"),
        ("Help website", "HelpWebsite"),
        ("Help e-mail", "HelpEmailAddress"),
    ):
        if value := headset.tree.value(policies + node):
            found[label] = value
    areas = headset.tree.children("./Device/Vendor/MSFT/Policy/Config")
    found["Areas managed"] = ", ".join(n.path.rpartition("/")[2] for n in areas) or "none"
    for index, line in enumerate(state.sessions, start=1):
        found[f"Session {index}"] = line
    return found


def _tree_lines(headset: VirtualHeadset) -> list[tuple[str, str]]:
    return [(n.path, n.value) for n in headset.tree.under(".") if n.value is not None]


@app.command()
def builds() -> None:
    """List the headsets that can be played."""
    table = Table("build", "version", "edition", "offers")
    for profile in PROFILES:
        edition = "Business" if profile.edition == 136 else "Holographic"
        table.add_row(profile.name, profile.os_version, edition, profile.request_version)
    Console().print(table)


def _print_report(report: SessionReport, *, as_json: bool = False) -> None:
    if as_json:
        print(json.dumps(_report_json(report), indent=1))
        return
    resumed = " (went on after an interruption)" if report.resumed else ""
    proof = ", with a digest" if report.challenged else ""
    print(f"Session {report.session_id}{resumed}{proof}: {report.messages} messages.")
    for done in report.commands:
        print(f"  {done.verb} {done.uri} -> {done.status} {_brief(done.value or '')}".rstrip())
    print(f"End: {report.ended.value}.")


def _brief(value: str) -> str:
    """Return a value in one line of bearable length."""
    line = " ".join(value.split())
    return line if len(line) <= _LONGEST_SHOWN else f"{line[:_LONGEST_SHOWN]}..."


def _report_json(report: SessionReport) -> dict[str, object]:
    return {
        "session": report.session_id,
        "messages": report.messages,
        "ended": report.ended.name.lower(),
        "resumed": report.resumed,
        "challenged": report.challenged,
        "commands": [
            {"verb": d.verb, "uri": d.uri, "status": d.status, "value": d.value}
            for d in report.commands
        ],
    }
