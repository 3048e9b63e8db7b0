"""Commands for the ways out: leaving, custody, the owner, and who fell silent."""

import sys
from collections.abc import Callable
from typing import Annotated, Any, Final

import typer

from lenskeep.cli.arguments import DeviceArgument, find_device, say
from lenskeep.cli.output import (
    CommandError,
    ExitCode,
    Json,
    moment,
    note,
    print_heading,
    print_json,
    print_pairs,
    print_table,
)
from lenskeep.cli.remote import Remote, remote_command

ReasonOption = Annotated[str, typer.Option("--reason", help="For the audit.")]
AnywayOption = Annotated[
    bool, typer.Option("--anyway", help="Although something speaks against it.")
]
YesOption = Annotated[bool, typer.Option("--yes", help="Without being asked for its name.")]
RevokeOption = Annotated[
    bool, typer.Option("--revoke", help="Refuse it from now on; it can then not be wiped any more.")
]


def register(app: typer.Typer) -> None:
    """Add the commands that are about no single device."""
    app.command("silent")(silent)


def add_verbs(device: typer.Typer) -> None:
    """Add the commands about one device."""
    commands: tuple[tuple[str, Callable[..., None]], ...] = (
        ("leaving", leaving),
        ("unenroll", unenroll),
        ("wipe", wipe),
        ("retire", retire),
        ("stay", stay),
        ("lost", lost),
        ("stolen", stolen),
        ("spare", spare),
        ("found", found),
        ("revoke", revoke),
        ("owner", owner),
    )
    for name, command in commands:
        device.command(name)(command)


# --- looking ------------------------------------------------------------------------------


@remote_command
def leaving(remote: Remote, device: DeviceArgument) -> None:
    """Say how a device can leave, what each way removes, and which is best."""
    body = remote.get(f"/devices/{find_device(remote, device)}/leaving")
    if remote.wants_json:
        print_json(body)
        return
    going, silence = body["going"], body["silence"]
    print_pairs(
        (
            ("it is", body["kind"]),
            ("on its way", f"{going['departure']}: {going['words']}" if going else None),
            ("last heard of", silence["words"] if silence else None),
            ("best way", f"{body['best']['exit']}: {body['best']['reason']}"),
        )
    )
    for each in body["ways"]:
        print_heading(each["exit"])
        print_pairs(_way_pairs(each))


def _way_pairs(way: Json) -> list[tuple[str, object]]:
    by_fate: dict[str, list[str]] = {}
    for each in way["removals"]:
        said = f"{each['what']} ({each['note']})" if each["note"] else each["what"]
        by_fate.setdefault(each["fate"], []).append(said)
    pairs: list[tuple[str, object]] = [("how", way["how"]), ("not possible", way["why_not"])]
    pairs += [(fate, "; ".join(things)) for fate, things in by_fate.items()]
    pairs += [("against it", each) for each in way["dangers"]]
    return pairs + [("note", each) for each in way["notes"]]


@remote_command
def owner(remote: Remote, device: DeviceArgument) -> None:
    """Say who probably owns a device, why, and what an owner is needed for."""
    body = remote.get(f"/devices/{find_device(remote, device)}/owner")
    if remote.wants_json:
        print_json(body)
        return
    found = body["owner"]
    print_pairs(
        (
            ("it is", body["kind"]),
            ("enrolled by", body["user"]),
            ("owner", f"{found['who'] or 'not known'} ({found['certainty']})"),
            ("because", found["why"]),
            ("policy", found["by_policy"]),
        )
    )
    print_heading("Only an owner can")
    print_table(("WHAT", "WITHOUT ONE"), ((e["what"], e["otherwise"]) for e in body["actions"]))


@remote_command
def silent(
    remote: Remote,
    days: Annotated[int, typer.Option(min=1, help="Not heard of for so many days.")] = 7,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Rows.")] = 50,
) -> None:
    """List devices under management that were not heard of for days, longest first."""
    body = remote.get("/fleet/silent", days=days, limit=limit)
    if remote.wants_json:
        print_json(body)
        return
    print_table(
        ("ID", "NAME", "CUSTODY", "LAST SEEN", "WHAT"),
        (
            (
                row["id"],
                row["name"],
                row["custody"],
                moment(row["last_seen"]),
                each["silence"]["words"],
            )
            for each in body["items"]
            for row in (each["device"],)
        ),
    )
    if not body["items"]:
        note(f"every device was heard of within {days} days")


# --- going --------------------------------------------------------------------------------


@remote_command
def unenroll(
    remote: Remote,
    device: DeviceArgument,
    reason: ReasonOption = "",
    anyway: AnywayOption = False,
) -> None:
    """Tell a device to leave at its next contact. Users and their data stay on it."""
    device_id = find_device(remote, device)
    body = remote.post(f"/devices/{device_id}/unenroll", {"reason": reason, "anyway": anyway})
    say(remote, body, f"{device_id} is told to leave at its next contact; `stay` takes that back")


@remote_command
def wipe(
    remote: Remote,
    device: DeviceArgument,
    keep_provisioning: Annotated[
        bool, typer.Option(help="Keep what packages and Autopilot put on it.")
    ] = False,
    reason: ReasonOption = "",
    anyway: AnywayOption = False,
    yes: YesOption = False,
) -> None:
    """Tell a device to reset itself at its next contact. Everything on it goes."""
    device_id = find_device(remote, device)
    order = _confirmed(remote, device_id, "Wipe", yes=yes)
    order |= {"keep_provisioning": keep_provisioning, "reason": reason, "anyway": anyway}
    body = remote.post(f"/devices/{device_id}/wipe", order)
    said = f"{device_id} is told to reset itself at its next contact; `stay` takes that back"
    say(remote, body, said)


@remote_command
def stay(remote: Remote, device: DeviceArgument) -> None:
    """Take a device back that was told to leave, before it heard it."""
    device_id = find_device(remote, device)
    body = remote.delete(f"/devices/{device_id}/leaving")
    say(remote, body, f"{device_id} stays")


@remote_command
def retire(
    remote: Remote,
    device: DeviceArgument,
    by: Annotated[str, typer.Option(help="now, unenroll or wipe")] = "now",
    reason: ReasonOption = "",
    anyway: AnywayOption = False,
    yes: YesOption = False,
) -> None:
    """Take a device out of service. By default management ends now, and nothing is wiped."""
    device_id = find_device(remote, device)
    order = _confirmed(remote, device_id, "Retire", yes=yes)
    order |= {"by": by, "reason": reason, "anyway": anyway}
    body = remote.post(f"/devices/{device_id}/retire", order)
    going = f", and is told to {body['departing']}" if body["departing"] else ""
    say(remote, body, f"{device_id} is retired ({body['state']}){going}")


# --- custody ------------------------------------------------------------------------------

_WAITS: Final = "it stays under management: it can still be locked or wiped when it calls"


@remote_command
def lost(
    remote: Remote,
    device: DeviceArgument,
    reason: ReasonOption = "",
    revoke: RevokeOption = False,
    yes: YesOption = False,
) -> None:
    """Say that a device is lost; it stays under management unless it is revoked."""
    _miss(remote, device, "lost", {"reason": reason}, revoking=revoke, yes=yes)


@remote_command
def stolen(
    remote: Remote,
    device: DeviceArgument,
    reason: ReasonOption = "",
    revoke: RevokeOption = False,
    yes: YesOption = False,
) -> None:
    """Say that a device is stolen; it stays under management unless it is revoked."""
    _miss(remote, device, "stolen", {"reason": reason}, revoking=revoke, yes=yes)


@remote_command
def spare(remote: Remote, device: DeviceArgument, reason: ReasonOption = "") -> None:
    """Say that a device is kept in reserve."""
    _keep(remote, find_device(remote, device), "spare", reason)


@remote_command
def found(remote: Remote, device: DeviceArgument, reason: ReasonOption = "") -> None:
    """Say that a device is in use: that it was found, or came out of reserve."""
    _keep(remote, find_device(remote, device), "in use", reason)


@remote_command
def revoke(
    remote: Remote, device: DeviceArgument, reason: ReasonOption = "", yes: YesOption = False
) -> None:
    """Refuse a device from now on. It can no longer be wiped, locked or told anything."""
    device_id = find_device(remote, device)
    order = _confirmed(remote, device_id, "Revoke", yes=yes) | {"reason": reason}
    body = remote.post(f"/devices/{device_id}/certificates/revoke", order)
    say(remote, body, f"{device_id} is refused from now on ({body['state']})")


def _miss(
    remote: Remote, device: str, custody: str, why: Json, *, revoking: bool, yes: bool
) -> None:
    """Revoke first: where that is refused, nothing is half done."""
    device_id = find_device(remote, device)
    if revoking:
        order = _confirmed(remote, device_id, "Revoke", yes=yes)
        remote.post(f"/devices/{device_id}/certificates/revoke", {**order, **why})
    body = remote.put(f"/devices/{device_id}/custody", {"custody": custody, **why})
    means = "it is refused from now on" if revoking else _WAITS
    say(remote, body, f"{device_id} is {custody}; {means}")


def _keep(remote: Remote, device_id: str, custody: str, reason: str) -> None:
    wanted = {"custody": custody, "reason": reason}
    body = remote.put(f"/devices/{device_id}/custody", wanted)
    say(remote, body, f"{device_id} is {custody}")


def _confirmed(remote: Remote, device_id: str, verb: str, *, yes: bool) -> dict[str, Any]:
    """Return the confirmation: the name that was typed, or with --yes the id."""
    if yes:
        return {"confirm": device_id}
    name = remote.get(f"/devices/{device_id}")["name"] or device_id
    if not sys.stdin.isatty():
        raise CommandError(
            ExitCode.USAGE, f"{verb} {name}: nobody can be asked", ["repeat it with --yes"]
        )
    typed: str = typer.prompt(f"{verb} {name}? Type its name to go on", err=True)
    return {"confirm": typed}
