"""Commands that speak REST: what is asked of devices, and what became of it."""

import time
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from lenskeep.cli.arguments import (
    AfterOption,
    DeviceArgument,
    LimitOption,
    find_device,
    note_more,
    say,
)
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
from lenskeep.cli.several import OPEN, Aim, TargetArgument, aimed_command, ask_several, the_one

FIRST_POLL_S: Final = 0.25
LAST_POLL_S: Final = 2.0
"""Seconds between two looks at an open operation: at first often, then seldom."""

UriArgument = Annotated[
    str | None,
    typer.Argument(metavar="URI", help="LocURI, e.g. ./DevDetail/SwV", show_default=False),
]
ValueArgument = Annotated[
    str | None, typer.Argument(metavar="[VALUE]", help="After `--` where it begins with a dash.")
]
FormatOption = Annotated[
    str | None, typer.Option("--format", help="chr, int, bool, b64, xml, ...; else told by value.")
]
FileOption = Annotated[
    Path | None, typer.Option("--file", help="Take the value from this file (UTF-8).")
]
WaitOption = Annotated[
    float | None, typer.Option("--wait", min=0, help="Wait up to so many SECONDS for the outcome.")
]
ConfirmOption = Annotated[
    str, typer.Option("--confirm", help="Typed where nothing takes it back: the lock to a tenant.")
]
OperationArgument = Annotated[str, typer.Argument(metavar="OPERATION", help="op_...")]


def register(app: typer.Typer) -> None:
    """Add the commands for one operation."""
    operation = typer.Typer(help="One operation.", no_args_is_help=True)
    operation.command("show")(operation_show)
    operation.command("cancel")(operation_cancel)
    operation.command("retry")(operation_retry)
    app.add_typer(operation, name="operation")


def add_verbs(device: typer.Typer) -> None:
    """Add the commands that ask something of one device."""
    for name, command in (
        ("get", get),
        ("replace", replace),
        ("add", add),
        ("delete", delete),
        ("exec", execute),
        ("operations", operations),
    ):
        device.command(name)(command)


# --- asking ---


@aimed_command
def get(
    remote: Remote,
    aim: Aim,
    device: TargetArgument = None,
    uri: UriArgument = None,
    wait: WaitOption = None,
) -> None:
    """Read a node; with --wait its value is printed."""
    target, node, _ = aim.words(device, uri)
    _queue(remote, aim, target, {"verb": "get", "uri": node}, wait)


@aimed_command
def replace(
    remote: Remote,
    aim: Aim,
    device: TargetArgument = None,
    uri: UriArgument = None,
    value: ValueArgument = None,
    format_: FormatOption = None,
    file: FileOption = None,
    confirm: ConfirmOption = "",
    wait: WaitOption = None,
) -> None:
    """Set a node's value."""
    target, node, text = aim.words(device, uri, value)
    wish = {**_wish("replace", node, format_, _value(text, file)), "confirmation": confirm}
    _queue(remote, aim, target, wish, wait)


@aimed_command
def add(
    remote: Remote,
    aim: Aim,
    device: TargetArgument = None,
    uri: UriArgument = None,
    value: ValueArgument = None,
    format_: FormatOption = None,
    file: FileOption = None,
    wait: WaitOption = None,
) -> None:
    """Add a node; without a value an interior one."""
    target, node, text = aim.words(device, uri, value)
    _queue(remote, aim, target, _wish("add", node, format_, _value(text, file)), wait)


@aimed_command
def delete(
    remote: Remote,
    aim: Aim,
    device: TargetArgument = None,
    uri: UriArgument = None,
    wait: WaitOption = None,
) -> None:
    """Delete a node."""
    target, node, _ = aim.words(device, uri)
    _queue(remote, aim, target, {"verb": "delete", "uri": node}, wait)


@aimed_command
def execute(
    remote: Remote,
    aim: Aim,
    device: TargetArgument = None,
    uri: UriArgument = None,
    value: ValueArgument = None,
    format_: FormatOption = None,
    file: FileOption = None,
    wait: WaitOption = None,
) -> None:
    """Execute a node."""
    target, node, text = aim.words(device, uri, value)
    _queue(remote, aim, target, _wish("exec", node, format_, _value(text, file)), wait)


# --- looking ---


@remote_command
def operations(
    remote: Remote, device: DeviceArgument, limit: LimitOption = 50, after: AfterOption = None
) -> None:
    """List a device's operations, newest first."""
    path = f"/devices/{find_device(remote, device)}/operations"
    body = remote.get(path, limit=limit, after=after)
    if remote.wants_json:
        print_json(body)
        return
    names = ("id", "state", "verb", "uri", "status", "status_text", "result")
    columns = ("ID", "STATE", "VERB", "URI", "STATUS", "", "RESULT")
    print_table(columns, (tuple(each[name] for name in names) for each in body["items"]))
    note_more(body)


@remote_command
def operation_show(remote: Remote, operation: OperationArgument, wait: WaitOption = None) -> None:
    """Show an operation and what became of it."""
    body = remote.get(f"/operations/{operation}")
    _report(remote, body, wait) if wait is not None else _show_operation(remote, body)


@remote_command
def operation_cancel(remote: Remote, operation: OperationArgument) -> None:
    """Cancel an operation that was not sent yet."""
    body = remote.delete(f"/operations/{operation}")
    say(remote, body, f"{body['id']} is {body['state']}")


@remote_command
def operation_retry(remote: Remote, operation: OperationArgument, wait: WaitOption = None) -> None:
    """Queue a copy of an operation that failed or whose outcome is unknown."""
    _follow(remote, remote.post(f"/operations/{operation}/retry"), wait)


def _wish(verb: str, uri: str, format_: str | None, value: str | None) -> Json:
    return {"verb": verb, "uri": uri, "format": format_, "value": value}


def _value(value: str | None, file: Path | None) -> str | None:
    if file is None:
        return value
    if value is not None:
        raise CommandError(ExitCode.USAGE, "a value and a file", ["give one of them"])
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(ExitCode.USAGE, f"{file} cannot be read as UTF-8 ({error})") from None


def _queue(remote: Remote, aim: Aim, target: str | None, wish: Json, wait: float | None) -> None:
    device = the_one(remote, aim, target)
    if device is None:
        ask_several(remote, aim, target, wish, wait)
        return
    _follow(remote, remote.post(f"/devices/{device}/operations", wish), wait)


def _follow(remote: Remote, body: Json, wait: float | None) -> None:
    for warning in body["warnings"]:
        note(f"warning: {warning}")
    if wait is None:
        say(remote, body, f"{body['id']} queued")
    else:
        _report(remote, body, wait)


def _report(remote: Remote, body: Json, wait_s: float) -> None:
    """Wait for the outcome, print it, and end with the exit code that says it."""
    body = _wait(remote, body, wait_s)
    state = body["state"]
    if remote.wants_json:
        print_json(body)
    elif state == "done" and body["verb"] == "get":
        print_value(body["result"] or "")
    else:
        print_value(f"{body['id']} {state}{_because(body)}")
    if state in ("failed", "cancelled"):
        raise typer.Exit(ExitCode.OPERATION_FAILED)
    if state != "done":
        raise typer.Exit(ExitCode.NOT_FINISHED)


def _because(body: Json) -> str:
    status = f" {body['status']}" if body["status"] is not None else ""
    return f":{status} {body['status_text']}" if status or body["status_text"] else ""


def _wait(remote: Remote, body: Json, wait_s: float) -> Json:
    until = time.monotonic() + wait_s
    pause_s = FIRST_POLL_S
    with Console(stderr=True).status(f"{body['id']}: waiting for the device"):
        while body["state"] in OPEN and (left_s := until - time.monotonic()) > 0:
            time.sleep(min(pause_s, left_s))
            pause_s = min(pause_s * 1.5, LAST_POLL_S)
            body = remote.get(f"/operations/{body['id']}")
    return body


def _show_operation(remote: Remote, body: Json) -> None:
    if remote.wants_json:
        print_json(body)
        return
    print_pairs(
        (name.replace("_", " "), moment(value) if name.endswith("_at") else value)
        for name, value in body.items()
    )
