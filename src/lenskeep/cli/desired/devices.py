"""Commands for what is wanted of one device: its settings, its plan, another try."""

from typing import Annotated

import typer

from lenskeep.cli.arguments import DeviceArgument, find_device, say
from lenskeep.cli.desired.shown.cells import short
from lenskeep.cli.desired.trials import show_commands
from lenskeep.cli.output import (
    Json,
    moment,
    note,
    print_heading,
    print_json,
    print_pairs,
    print_table,
)
from lenskeep.cli.remote import Remote, remote_command


def add_verbs(device: typer.Typer) -> None:
    """Add the commands about the settings of one device."""
    for name, command in (
        ("settings", settings),
        ("plan", plan),
        ("retry", retry),
        ("groups", groups),
    ):
        device.command(name)(command)


@remote_command
def settings(
    remote: Remote,
    device: DeviceArgument,
    state: Annotated[str, typer.Option(help="Only those in this state, e.g. failed.")] = "",
) -> None:
    """Show how every setting stands on a device."""
    body = remote.get(f"/devices/{find_device(remote, device)}/settings")
    if remote.wants_json:
        print_json(body)
        return
    print_pairs((name, count) for name, count in body["counts"].items() if count)
    if body["settings"] and not body["planned"]:
        note("the device was not heard of since this is wanted")
    rows = [each for each in body["settings"] if state in ("", each["state"])]
    if rows:
        print_heading("Settings")
        columns = ("STATE", "LOCURI", "WANTED", "KNOWN", "OWNER", "SINCE", "WHAT")
        print_table(columns, (_cells(each) for each in rows))


def _cells(each: Json) -> tuple[object, ...]:
    owners = ", ".join(f"{owner['name']} r{owner['revision']}" for owner in each["owners"])
    words = [each["text"]]
    if each["retry_at"]:
        words.append(f"again at {moment(each['retry_at'])}")
    said = "; ".join(filter(None, words))
    values = (short(each["wanted"]), short(each["known"]))
    return each["state"], each["uri"], *values, owners, moment(each["since"]), said


@remote_command
def plan(remote: Remote, device: DeviceArgument) -> None:
    """Say what would be sent to a device next, and why; nothing is sent."""
    body = remote.get(f"/devices/{find_device(remote, device)}/plan")
    if remote.wants_json:
        print_json(body)
    else:
        show_commands(body["commands"])


@remote_command
def retry(
    remote: Remote,
    device: DeviceArgument,
    uris: Annotated[
        list[str] | None, typer.Argument(metavar="[URI...]", help="By default all that failed.")
    ] = None,
) -> None:
    """Let failed settings be tried again at the next contact."""
    path = f"/devices/{find_device(remote, device)}/settings/retry"
    body = remote.post(path, {"uris": uris or None})
    say(remote, body, f"{body['retried']} settings are tried again")


@remote_command
def groups(remote: Remote, device: DeviceArgument) -> None:
    """List the groups that a device is in."""
    body = remote.get(f"/devices/{find_device(remote, device)}/groups")
    if remote.wants_json:
        print_json(body)
        return
    names = ("id", "name", "kind", "rule")
    columns = ("ID", "NAME", "KIND", "RULE")
    print_table(columns, (tuple(each[name] for name in names) for each in body["items"]))
