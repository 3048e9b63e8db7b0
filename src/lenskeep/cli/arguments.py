"""What several remote commands share: arguments, which device is meant, what is said at the end."""

from typing import Annotated, Final

import typer

from lenskeep.cli.output import CommandError, ExitCode, Json, note, print_json, print_value
from lenskeep.cli.remote import Remote

_ID_LENGTH: Final = len("dev_") + 26
DeviceArgument = Annotated[
    str,
    typer.Argument(
        metavar="ID", help="Id (or a unique beginning or end of it), DevId, serial or name."
    ),
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=200, help="Rows.")]
AfterOption = Annotated[str | None, typer.Option("--after", help="`next` of the page before.")]


def find_device(remote: Remote, text: str) -> str:
    """Return the id of the device meant. Raises CommandError where none or several fit."""
    wanted = text.strip().casefold()
    if not wanted:
        raise CommandError(ExitCode.USAGE, "an empty text names no device")
    if wanted.startswith("dev_") and len(wanted) == _ID_LENGTH:
        return wanted
    found = {
        row["id"]: row
        for row in remote.items("/devices", text=text.strip())
        if wanted in (row[name].casefold() for name in ("device_id", "serial", "name"))
    }
    if not found:
        found = {row["id"]: row for row in remote.items("/devices") if _fits(row["id"], wanted)}
    if len(found) == 1:
        return str(next(iter(found)))
    if not found:
        raise CommandError(
            ExitCode.NOT_FOUND, f"no device is {text!r}", ["`lenskeep devices` lists them"]
        )
    several = [f"{row['id']} {row['name']} {row['serial']}" for row in found.values()]
    raise CommandError(ExitCode.NOT_FOUND, f"{text!r} fits {len(found)} devices", several[:10])


def _fits(device_id: str, wanted: str) -> bool:
    return device_id.startswith((wanted, f"dev_{wanted}")) or device_id.endswith(wanted)


def say(remote: Remote, body: Json, text: str) -> None:
    """Print the REST body where it is wanted, else the text."""
    if remote.wants_json:
        print_json(body)
    else:
        print_value(text)


def note_more(body: Json) -> None:
    """Say how to get the following page, if there is one."""
    if body["next"]:
        note(f"there are more: --after {body['next']}")
