"""Commands for licenses of HoloLens (1st gen), and the upgrade of a headset with one."""

from pathlib import Path
from typing import Annotated

import typer

from lenskeep.cli.arguments import DeviceArgument, find_device
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
from lenskeep.enrollment.edition import read_license

LicenseArgument = Annotated[str, typer.Argument(metavar="LICENSE", help="Name or id.")]


def register(app: typer.Typer) -> None:
    """Add the commands for licenses."""
    group = typer.Typer(help="Licenses for HoloLens (1st gen).", no_args_is_help=True)
    for name, command in (("add", add), ("list", list_licenses), ("remove", remove)):
        group.command(name)(command)
    app.add_typer(group, name="license")


def add_verbs(device: typer.Typer) -> None:
    """Add the commands about the edition of one device."""
    device.command("edition")(edition)
    device.command("upgrade-edition")(upgrade_edition)


@remote_command
def add(
    remote: Remote,
    name: Annotated[str, typer.Argument(help="How you call it.")],
    file: Annotated[Path, typer.Argument(help="The license XML as Microsoft sent it.")],
    automatic: Annotated[
        bool, typer.Option("--automatic", help="Upgrade every new 1st gen headset with it.")
    ] = False,
) -> None:
    """Keep a license; what is none is said to be what it is."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise CommandError(ExitCode.USAGE, f"{file} cannot be read: {error.strerror}") from None
    found = read_license(data)
    body = {"name": name, "document": found.xml, "automatic": automatic}
    added = remote.post("/licenses", body)
    if remote.wants_json:
        print_json(added)
        return
    print_value(f"license {added['name']} added")
    if added["notice"]:
        note(added["notice"])


@remote_command
def list_licenses(remote: Remote) -> None:
    """List the licenses."""
    body = remote.get("/licenses")
    if remote.wants_json:
        print_json(body)
        return
    columns = ("ID", "NAME", "BYTES", "AUTOMATIC", "ADDED")
    names = ("id", "name", "size_bytes", "automatic")
    rows = ([*(each[n] for n in names), moment(each["created_at"])] for each in body["items"])
    print_table(columns, rows)


@remote_command
def remove(remote: Remote, license_name: LicenseArgument) -> None:
    """Forget a license; upgraded headsets stay upgraded."""
    found = _find(remote, license_name)
    remote.delete(f"/licenses/{found['id']}")
    print_value(f"{found['name']} removed")


@remote_command
def edition(remote: Remote, device: DeviceArgument) -> None:
    """Say how a headset stands with its edition."""
    _show(remote, remote.get(f"/devices/{find_device(remote, device)}/edition"))


@remote_command
def upgrade_edition(
    remote: Remote,
    device: DeviceArgument,
    license_name: Annotated[
        str, typer.Option("--license", help="Which one; not needed where there is only one.")
    ] = "",
) -> None:
    """Upgrade a 1st gen headset to Windows Holographic for Business; it does not restart."""
    path = f"/devices/{find_device(remote, device)}/edition"
    chosen = _find(remote, license_name)["id"] if license_name else ""
    _show(remote, remote.post(path, {"license": chosen}))


def _show(remote: Remote, body: Json) -> None:
    if remote.wants_json:
        print_json(body)
        return
    print_pairs(
        (
            ("headset", body["generation"]),
            ("edition", body["edition"]),
            ("upgrade", body["state"]),
            ("", body["words"]),
            ("do", body["remedy"]),
            ("license sent", moment(body["sent_at"])),
        )
    )


def _find(remote: Remote, text: str) -> Json:
    """Return the license meant; names are unique without regard to case."""
    wanted = text.strip()
    for each in remote.get("/licenses")["items"]:
        if each["id"] == wanted or each["name"].casefold() == wanted.casefold():
            return dict(each)
    hint = "`lenskeep license list` shows them"
    raise CommandError(ExitCode.NOT_FOUND, f"no license is {text!r}", [hint])
