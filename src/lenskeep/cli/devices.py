"""Commands that speak REST: the devices, and one device's record."""

from collections.abc import Iterator
from typing import Annotated, Final

import typer

from lenskeep.cli import operations
from lenskeep.cli.arguments import (
    AfterOption,
    DeviceArgument,
    LimitOption,
    find_device,
    note_more,
    say,
)
from lenskeep.cli.desired import devices as desired
from lenskeep.cli.edition import licenses
from lenskeep.cli.entry import leaving
from lenskeep.cli.output import (
    Json,
    moment,
    note,
    print_heading,
    print_json,
    print_pairs,
    print_table,
    print_value,
)
from lenskeep.cli.remote import Remote, remote_command

_COLUMNS: Final = (
    "ID",
    "NAME",
    "STATE",
    "STANDING",
    "TAGS",
    "GENERATION",
    "BUILD",
    "SERIAL",
    "OPEN",
    "LAST SEEN",
)


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("devices")(list_devices)
    device = typer.Typer(help="One device.", no_args_is_help=True)
    for name, command in (
        ("show", show),
        ("timeline", timeline),
        ("messages", messages),
        ("rename", rename),
        ("link", link),
    ):
        device.command(name)(command)
    operations.add_verbs(device)
    desired.add_verbs(device)
    licenses.add_verbs(device)
    leaving.add_verbs(device)
    app.add_typer(device, name="device")


# --- looking ------------------------------------------------------------------------------


@remote_command
def list_devices(
    remote: Remote,
    text: Annotated[str, typer.Argument(metavar="[TEXT]", help="Name, serial, DevId ...")] = "",
    state: Annotated[str, typer.Option(help="enrolled, managed, unenrolled, wiped")] = "",
    generation: Annotated[str, typer.Option(help="e.g. 'HoloLens 2'")] = "",
    os_build: Annotated[str, typer.Option("--build", help="e.g. 22621.1244")] = "",
    trouble: Annotated[bool, typer.Option(help="Only with failed or unknown operations.")] = False,
    standing: Annotated[
        str,
        typer.Option(
            help="How it stands to what is wanted: failed, drifted, conflicting, waiting, "
            "applied, verified, 'not applicable', or none where nothing is wanted"
        ),
    ] = "",
    tag: Annotated[str, typer.Option(help="Only with this tag.")] = "",
    custody: Annotated[
        str, typer.Option(help="Where it is: 'in use', spare, lost, stolen, retired")
    ] = "",
    limit: LimitOption = 200,
    after: AfterOption = None,
) -> None:
    """List the devices."""
    body = remote.get(
        "/devices",
        text=text,
        state=state,
        generation=generation,
        os_build=os_build,
        trouble="true" if trouble else None,
        worst=standing,
        tag=tag,
        custody=custody,
        limit=limit,
        after=after,
    )
    if remote.wants_json:
        print_json(body)
        return
    print_table(_COLUMNS, (_device_cells(each) for each in body["items"]))
    note_more(body)


def _device_cells(row: Json) -> tuple[object, ...]:
    names = ("generation", "os_build", "serial", "operations_open")
    identity = (row["id"], row["name"], _state(row), row["worst"] or "", " ".join(row["tags"]))
    return (*identity, *(row[name] for name in names), moment(row["last_seen"]))


def _state(row: Json) -> str:
    """The state, and what else is to be known of where it is and where it goes."""
    words = [row["state"]]
    if row["custody"] != "in use":
        words.append(row["custody"])
    if row["departing"]:
        words.append(f"told to {row['departing']}")
    return ", ".join(words)


@remote_command
def show(remote: Remote, device: DeviceArgument) -> None:
    """Show a device: who it is, its enrollments, what it told."""
    body = remote.get(f"/devices/{find_device(remote, device)}")
    if remote.wants_json:
        print_json(body)
        return
    hidden = ("enrollments", "inventory")
    print_pairs(
        (name.replace("_", " "), moment(value) if name.endswith("_seen") else value)
        for name, value in body.items()
        if name not in hidden
    )
    for each in body["enrollments"]:
        print_heading(f"Enrollment {each['id']}")
        print_pairs(_enrollment_pairs(each))
    for group in body["inventory"]:
        print_heading(group["title"])
        print_pairs((row["label"], row["value"] or row["status"]) for row in group["rows"])


def _enrollment_pairs(each: Json) -> Iterator[tuple[str, object]]:
    yield "state", each["state"]
    yield "by", f"{each['principal_kind']} {each['principal_name']}"
    yield "began", moment(each["created_at"])
    yield "ended", moment(each["ended_at"])
    yield "reason", each["end_reason"]
    for certificate in each["certificates"]:
        until = moment(certificate["revoked_at"] or certificate["not_after"])
        fate = "revoked" if certificate["revoked_at"] else "until"
        yield "certificate", f"{certificate['serial']} {fate} {until}"


@remote_command
def timeline(
    remote: Remote, device: DeviceArgument, limit: LimitOption = 50, after: AfterOption = None
) -> None:
    """Read a device's timeline, newest first."""
    path = f"/devices/{find_device(remote, device)}/timeline"
    body = remote.get(path, limit=limit, after=after)
    if remote.wants_json:
        print_json(body)
        return
    print_table(
        ("WHEN", "WHAT", "SESSION", "MESSAGE", "DETAIL"),
        (
            (
                moment(each["at"]),
                each["kind"],
                each["session"],
                each["message"],
                ", ".join(f"{name}: {value}" for name, value in each["detail"].items()),
            )
            for each in body["items"]
        ),
    )
    note_more(body)


@remote_command
def messages(
    remote: Remote, device: DeviceArgument, limit: LimitOption = 20, after: AfterOption = None
) -> None:
    """Read a device's messages, newest first; kept only while `keep_bodies` is on."""
    path = f"/devices/{find_device(remote, device)}/messages"
    body = remote.get(path, limit=limit, after=after)
    if remote.wants_json:
        print_json(body)
        return
    for each in body["items"]:
        about = f"session {each['session']}, message {each['message']}"
        print_heading(f"{moment(each['at'])}  {each['direction']}, {about}")
        print_value(each["body"])
    if not body["items"]:
        note("no message is kept; the setting `keep_bodies` keeps them")
    note_more(body)


# --- changing -----------------------------------------------------------------------------


@remote_command
def rename(remote: Remote, device: DeviceArgument, name: str) -> None:
    """Give the device's record another name."""
    body = remote.patch(f"/devices/{find_device(remote, device)}", {"name": name})
    say(remote, body, f"{body['id']} is now called {body['name']}")


@remote_command
def link(
    remote: Remote,
    device: DeviceArgument,
    earlier: Annotated[str, typer.Argument(help="The earlier record of the same headset.")],
) -> None:
    """Join a device to its earlier record, under which the history goes on."""
    device_id, earlier_id = find_device(remote, device), find_device(remote, earlier)
    body = remote.post(f"/devices/{device_id}/link", {"earlier": earlier_id})
    say(remote, body, f"{device_id} goes on as {body['id']}")
