"""Commands for first run, for what wearers read in Settings, and for Autopilot's records."""

import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from lenskeep.cli.arguments import DeviceArgument, find_device
from lenskeep.cli.desired.files import read_json
from lenskeep.cli.output import (
    CommandError,
    ExitCode,
    Json,
    moment,
    note,
    print_json,
    print_pairs,
    print_table,
    print_value,
)
from lenskeep.cli.remote import Remote, remote_command

DocumentArgument = Annotated[str, typer.Argument(metavar="FILE", help="JSON; - for stdin.")]
BaseOption = Annotated[
    int | None,
    typer.Option("--base", help="The version it replaces; left out: the one in force."),
]
CsvArgument = Annotated[Path, typer.Argument(metavar="FILE", help="CSV; - for stdin or stdout.")]
SerialArgument = Annotated[str, typer.Argument(metavar="SERIAL", help="The serial number.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for group, words, commands in (
        (
            "first-run",
            "The page that holds a new headset until it has what it needs.",
            (("show", first_run_show), ("set", first_run_set), ("device", first_run_device)),
        ),
        (
            "wearer",
            "What the wearer reads of the management in Settings.",
            (("show", wearer_show), ("set", wearer_set), ("preview", wearer_preview)),
        ),
        (
            "autopilot",
            "Hardware hashes, group tags and names for Autopilot.",
            (
                ("import", autopilot_import),
                ("export", autopilot_export),
                ("list", autopilot_list),
                ("tag", autopilot_tag),
                ("remove", autopilot_remove),
            ),
        ),
    ):
        typer_group = typer.Typer(help=words, no_args_is_help=True)
        for name, command in commands:
            typer_group.command(name)(command)
        app.add_typer(typer_group, name=group)


# --- first run ----------------------------------------------------------------------------


@remote_command
def first_run_show(remote: Remote) -> None:
    """Print how first run is held up, as a document for `first-run set`."""
    _show(remote, "/first-run", "plan")


@remote_command
def first_run_set(remote: Remote, file: DocumentArgument, base: BaseOption = None) -> None:
    """Set how first run is held up, for headsets that enroll from now on."""
    body = _set(remote, "/first-run", "plan", read_json(file), base)
    ways = ", ".join(body["plan"]["ways"]) or "nobody"
    _say(remote, body, f"version {body['version']} is in force; held up: {ways}")


@remote_command
def first_run_device(remote: Remote, device: DeviceArgument) -> None:
    """Show how far a headset's first run is."""
    body = remote.get(f"/devices/{find_device(remote, device)}/first-run")
    if remote.wants_json:
        print_json(body)
        return
    print_pairs(
        (
            ("stage", body["stage"]),
            ("outcome", body["outcome"]),
            ("began", moment(body["began_at"])),
            ("let go at", moment(body["ends_at"])),
            ("to come", body["waiting"] or ""),
            ("refused", body["failed"]),
        )
    )


# --- what the wearer reads ----------------------------------------------------------------


@remote_command
def wearer_show(remote: Remote) -> None:
    """Print what wearers read, as a document for `wearer set`."""
    _show(remote, "/wearer", "words")


@remote_command
def wearer_set(
    remote: Remote,
    file: Annotated[str | None, typer.Argument(metavar="[FILE]", help="JSON; - for stdin.")] = None,
    organization: Annotated[str | None, typer.Option(help="Who manages the headset.")] = None,
    device_name: Annotated[
        str | None, typer.Option(help="What it is called: %NAME%, %SERIAL%, %USER%.")
    ] = None,
    phone: Annotated[str | None, typer.Option(help="Where help is, by telephone.")] = None,
    website: Annotated[str | None, typer.Option(help="Where help is, on the web.")] = None,
    email: Annotated[str | None, typer.Option(help="Where help is, by mail.")] = None,
    base: BaseOption = None,
) -> None:
    """Set what wearers read, from a file or word by word; what is left out stays then."""
    options = {
        "organization": organization,
        "device_name": device_name,
        "help_phone": phone,
        "help_website": website,
        "help_email": email,
    }
    given = {name: text for name, text in options.items() if text is not None}
    if (file is None) is not bool(given):
        raise CommandError(ExitCode.USAGE, "what to set?", ["give a file, or options"])
    if file is not None:
        words: Json = read_json(file)
    else:
        before = remote.get("/wearer")
        base = before["version"] if base is None else base
        words = {**before["words"], **given}
    body = _set(remote, "/wearer", "words", words, base)
    _say(remote, body, f"version {body['version']} is in force; headsets are told in turn")


@remote_command
def wearer_preview(remote: Remote, device: DeviceArgument) -> None:
    """Show what Settings > Accounts > Access work or school > Info shows on a headset."""
    body = remote.get(f"/devices/{find_device(remote, device)}/wearer")
    if remote.wants_json:
        print_json(body)
        return
    print_pairs(
        (
            ("connected to", body["organization"]),
            ("connected by", body["connected_by"]),
            ("server", body["server"]),
            ("this device", body["device_name"]),
            ("areas managed", body["areas"]),
            ("policies", body["policies"]),
            ("apps", body["apps"]),
            ("last sync", moment(body["last_sync"])),
            ("help", [body[f"help_{each}"] for each in ("phone", "website", "email")]),
            ("disconnect", "works" if body["may_disconnect"] else body["why"]),
        )
    )
    if not body["is_told"]:
        note("the headset gets these words at its next contact")


# --- Autopilot ----------------------------------------------------------------------------


@remote_command
def autopilot_import(
    remote: Remote,
    file: CsvArgument,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look at it.")] = False,
) -> None:
    """Import the file with the hardware hashes: all of it or nothing."""
    query = {"dry_run": "true"} if dry_run else {}
    body = remote.upload("/autopilot/devices", _bytes(file), "text/csv", **query)
    done = "would be" if dry_run else "were"
    counts = (f"{body[name]} {done} {name}" for name in ("added", "changed", "unchanged"))
    _say(remote, body, ", ".join(counts))


@remote_command
def autopilot_export(
    remote: Remote,
    file: CsvArgument,
    text: Annotated[str, typer.Option(help="Only with this in serial, tag or user.")] = "",
) -> None:
    """Write the file with the hardware hashes, for the tenant's Autopilot."""
    body = remote.text("/autopilot/export", text=text).encode()
    if str(file) == "-":
        sys.stdout.buffer.write(body)
        return
    try:
        file.write_bytes(body)
    except OSError as error:
        raise CommandError(ExitCode.USAGE, f"{file} cannot be written: {error}") from None
    count = max(body.count(b"\r\n") - 1, 0)  # without the header line
    note(f"{count} headsets are in {file}")


@remote_command
def autopilot_list(
    remote: Remote,
    text: Annotated[str, typer.Argument(help="In serial number, group tag or user.")] = "",
) -> None:
    """List Autopilot's records."""
    rows = list(remote.items("/autopilot/devices", text=text))
    if remote.wants_json:
        print_json({"items": rows, "next": None})
        return
    names = ("serial", "group_tag", "assigned_user", "source", "has_hash", "device", "name")
    columns = ("SERIAL", "GROUP TAG", "USER", "SOURCE", "HASH", "DEVICE", "NAME")
    print_table(columns, ([each[name] for name in names] for each in rows))


@remote_command
def autopilot_tag(
    remote: Remote,
    serial: SerialArgument,
    tag: Annotated[str | None, typer.Argument(help="The group tag; '' takes it away.")] = None,
    user: Annotated[str | None, typer.Option(help="The assigned user; '' for nobody.")] = None,
) -> None:
    """Change group tag or user of a record; the headset comes into the groups of its tag."""
    change = {"group_tag": tag, "assigned_user": user}
    given = {name: each for name, each in change.items() if each is not None}
    body = remote.patch(f"/autopilot/devices/{quote(serial, safe='')}", given)
    _say(remote, body, f"{body['serial']}: {body['group_tag'] or 'no group tag'}")


@remote_command
def autopilot_remove(remote: Remote, serial: SerialArgument) -> None:
    """Forget a record here; the tenant's Autopilot is not told."""
    remote.delete(f"/autopilot/devices/{quote(serial, safe='')}")
    _say(remote, {"serial": serial}, f"{serial} is forgotten")


# --- documents ----------------------------------------------------------------------------


def _show(remote: Remote, path: str, name: str) -> None:
    body = remote.get(path)
    if remote.wants_json:
        print_json(body)
        return
    by = f", set {moment(body['at'])} by {body['actor']}" if body["at"] else ": nothing is set"
    note(f"version {body['version']}{by}")
    print_json(body[name])


def _set(remote: Remote, path: str, name: str, document: Json, base: int | None) -> Json:
    if base is None:
        base = remote.get(path)["version"]
    return remote.put(path, {"base": base, name: document})


def _bytes(path: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise CommandError(ExitCode.USAGE, f"{path} cannot be read: {error}") from None


def _say(remote: Remote, body: Json, words: str) -> None:
    if remote.wants_json:
        print_json(body)
    else:
        print_value(words)
