"""One operation on one device or on several: who is meant, what is asked before, what is shown.

A name, or an id, alone means one device and is shown as one. Several names with commas, `--all`
and `--where` mean several, even if one is found: they are asked in chunks, and shown as rows.
"""

import functools
import inspect
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, cast

import typer
from rich.console import Console

from lenskeep.cli.arguments import find_device
from lenskeep.cli.output import CommandError, ExitCode, Json, note, print_json, print_table
from lenskeep.cli.remote import Remote, remote_command

CHUNK: Final = 200
"""Devices a request: each is one transaction of some milliseconds."""
FIRST_POLL_S: Final = 0.5
LAST_POLL_S: Final = 5.0
"""Seconds between two looks at all open operations."""
_MANAGED: Final = ("enrolled", "managed")
_ABOUT_ONE: Final = (ExitCode.CONFLICT, ExitCode.NOT_FOUND, ExitCode.USAGE)
"""Refusals that may be about one device of many."""
OPEN: Final = ("queued", "sent")

TargetArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="ID",
        help="Id (or a unique beginning or end of it), DevId, serial or name; several with commas.",
        show_default=False,
    ),
]
AllOption = Annotated[
    bool, typer.Option("--all", help="Every device under management, in place of ID.")
]
WhereOption = Annotated[
    str | None,
    typer.Option("--where", metavar="TEXT", help="Those that `devices TEXT` finds, likewise."),
]
YesOption = Annotated[
    bool, typer.Option("--yes", help="Change several devices without being asked.")
]


@dataclass(frozen=True, slots=True)
class Aim:
    """Which devices are meant, as far as options say it."""

    everywhere: bool = False
    where: str | None = None
    yes: bool = False

    @property
    def is_wide(self) -> bool:
        """Whether the devices are chosen by a filter, so that no ID is typed."""
        return self.everywhere or self.where is not None

    def words(self, *typed: str | None) -> tuple[str | None, str, str | None]:
        """Return ID, URI and VALUE of the words typed; with a filter the first is the URI."""
        if self.where is not None and not self.where.strip():
            raise CommandError(ExitCode.USAGE, "--where without a text", ["--all means all"])
        if self.is_wide:
            if typed[-1] is not None:
                raise CommandError(ExitCode.USAGE, "give devices, or --all or --where: not both")
            typed = (None, *typed[:-1])
        device, uri, value = (*typed, None)[:3]
        if device is None and not self.is_wide:
            raise CommandError(ExitCode.USAGE, "Missing argument 'ID'.", ["or --all, or --where"])
        if uri is None:
            raise CommandError(ExitCode.USAGE, "Missing argument 'URI'.")
        return device, uri, value


@dataclass
class Asked:
    """What became of asking several devices."""

    names: Mapping[str, str]
    operations: list[Json] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    """Device -> why nothing was queued on it."""
    warnings: dict[str, None] = field(default_factory=dict)


def aimed_command(function: Callable[..., None]) -> Callable[..., None]:
    """Return the function as a remote command that takes `--all`, `--where` and `--yes`, too.

    It is handed the Remote, the Aim and its own arguments.
    """
    options = {"everywhere": AllOption, "where": WhereOption, "yes": YesOption}
    first, _, *own = inspect.signature(function).parameters.values()

    @functools.wraps(function)
    def command(remote: Remote, **given: Any) -> None:
        aim = Aim(*(given.pop(name) for name in options))
        function(remote, aim, **given)

    more = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None if name == "where" else False,
            annotation=annotation,
        )
        for name, annotation in options.items()
    ]
    plain = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
    command.__signature__ = inspect.Signature([first, *plain, *more])  # type: ignore[attr-defined]
    return remote_command(cast("Callable[..., None]", command))


def the_one(remote: Remote, aim: Aim, device: str | None) -> str | None:
    """Return the id of the one device that is meant, None where several are."""
    if device is None or aim.is_wide:
        return None
    if "," not in device:
        return find_device(remote, device)
    if all(each.startswith("dev_") for each in _parts(device)):
        return None
    try:
        return find_device(remote, device)  # a name may have a comma in it
    except CommandError:
        return None


def ask_several(
    remote: Remote, aim: Aim, device: str | None, wish: Json, wait_s: float | None
) -> None:
    """Queue the wish on every device that is meant, and show a row for each."""
    names = _meant(remote, aim, device)
    if len(names) > 1 and wish["verb"] != "get" and not aim.yes:
        _confirm(f"{wish['verb']} {wish['uri']} on {len(names)} devices")
    asked = Asked(names)
    devices = list(names)
    for start in range(0, len(devices), CHUNK):
        _queue(remote, devices[start : start + CHUNK], wish, asked)
    for warning in asked.warnings:
        note(f"warning: {warning}")
    if wait_s is not None:
        _wait(remote, asked, wait_s)
    _show(remote, asked)
    _end(asked, waited=wait_s is not None)


def _parts(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _meant(remote: Remote, aim: Aim, device: str | None) -> dict[str, str]:
    """Return id -> name; the name is empty where it was not asked for."""
    if device is not None:
        return {find_device(remote, each): "" for each in _parts(device)}
    found = {
        row["id"]: row["name"]
        for row in remote.items("/devices", text=(aim.where or "").strip())
        if row["state"] in _MANAGED
    }
    if not found:
        raise CommandError(ExitCode.NOT_FOUND, "no device under management is meant by that")
    return found


def _confirm(what: str) -> None:
    if not sys.stdin.isatty():
        raise CommandError(ExitCode.USAGE, f"{what}: nobody can be asked", ["repeat it with --yes"])
    if not typer.confirm(f"{what}?", err=True):
        raise CommandError(ExitCode.USAGE, "nothing was queued")


def _queue(remote: Remote, devices: Sequence[str], wish: Json, asked: Asked) -> None:
    """Queue on all of them at once; where one is in the way, on each alone."""
    try:
        body = remote.post("/operations", {**wish, "devices": list(devices)})
    except CommandError as error:
        if error.code not in _ABOUT_ONE or _is_about_the_wish(error):
            raise
        for device in devices:
            _queue_alone(remote, device, wish, asked)
        return
    asked.operations.extend(body["items"])
    asked.warnings.update(dict.fromkeys(body["warnings"]))


def _is_about_the_wish(error: CommandError) -> bool:
    """Whether no device could be asked this: a complaint is about something else than devices."""
    is_wrong = error.code == ExitCode.USAGE
    return is_wrong and not all(hint.startswith("devices: ") for hint in error.hints or ("",))


def _queue_alone(remote: Remote, device: str, wish: Json, asked: Asked) -> None:
    try:
        body = remote.post(f"/devices/{device}/operations", wish)
    except CommandError as error:
        if error.code not in _ABOUT_ONE:
            raise
        asked.refused[device] = error.message
        return
    asked.operations.append(body)
    asked.warnings.update(dict.fromkeys(body["warnings"]))


def _wait(remote: Remote, asked: Asked, wait_s: float) -> None:
    until = time.monotonic() + wait_s
    pause_s = FIRST_POLL_S
    with Console(stderr=True).status("waiting for the devices"):
        while list(_open(asked)) and (left_s := until - time.monotonic()) > 0:
            time.sleep(min(pause_s, left_s))
            pause_s = min(pause_s * 1.5, LAST_POLL_S)
            for number in list(_open(asked)):
                operation = asked.operations[number]["id"]
                asked.operations[number] = remote.get(f"/operations/{operation}")


def _open(asked: Asked) -> Iterator[int]:
    return (at for at, each in enumerate(asked.operations) if each["state"] in OPEN)


def _show(remote: Remote, asked: Asked) -> None:
    if remote.wants_json:
        refused = [{"device": device, "reason": why} for device, why in asked.refused.items()]
        items = [{k: v for k, v in each.items() if k != "warnings"} for each in asked.operations]
        print_json({"items": items, "warnings": list(asked.warnings), "refused": refused})
        return
    rows = [
        (each["device"], asked.names[each["device"]], each["id"], each["state"], _outcome(each))
        for each in asked.operations
    ]
    rows += [
        (device, asked.names[device], "", "not queued", why)
        for device, why in asked.refused.items()
    ]
    print_table(("DEVICE", "NAME", "OPERATION", "STATE", "OUTCOME"), rows)


def _outcome(each: Json) -> str:
    if each["state"] == "done" and each["result"] is not None:
        return str(each["result"])
    status = "" if each["status"] is None else f"{each['status']} "
    return f"{status}{each['status_text']}"


def _end(asked: Asked, *, waited: bool) -> None:
    """End with the exit code that says the worst of what happened."""
    states = {each["state"] for each in asked.operations}
    if asked.refused or states & {"failed", "cancelled"}:
        raise typer.Exit(ExitCode.OPERATION_FAILED)
    if waited and states - {"done"}:
        raise typer.Exit(ExitCode.NOT_FINISHED)
