"""Commands that say beforehand: what would be sent, and what a virtual headset says to it."""

from typing import Annotated, Any

import typer

from lenskeep.cli.desired.files import the_document
from lenskeep.cli.desired.named import GroupArgument, find_group, find_profile
from lenskeep.cli.desired.shown.cells import short
from lenskeep.cli.desired.shown.pictures import devices
from lenskeep.cli.output import (
    CommandError,
    ExitCode,
    Json,
    note,
    print_heading,
    print_json,
    print_table,
)
from lenskeep.cli.remote import Remote, remote_command

_NAMED = 10
"""Devices that a plan names; `--json` has them all."""
OfProfile = Annotated[
    str | None, typer.Option("--profile", metavar="PROFILE", help="As if it were assigned.")
]
OfFile = Annotated[
    str | None, typer.Option("--file", metavar="FILE", help="YAML that is not saved; - for stdin.")
]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("plan")(plan)
    app.command("rehearse")(rehearse)


@remote_command
def plan(
    remote: Remote, group: GroupArgument, profile: OfProfile = None, file: OfFile = None
) -> None:
    """Say what would be sent to the devices of a group, and why; nothing is sent."""
    path = f"/groups/{find_group(remote, group)['id']}/plan"
    body = remote.post(path, _wanting(remote, profile, file))
    if remote.wants_json:
        print_json(body)
        return
    for each in body["items"]:
        print_heading(_whom(each["devices"]))
        show_commands(each["commands"])
    if not body["items"]:
        note("there is no device in the group")


def _wanting(remote: Remote, profile: str | None, file: str | None) -> dict[str, Any]:
    found = find_profile(remote, profile)["id"] if profile else None
    return {"profile": found, "document": the_document(file).text if file else None}


def _whom(ids: list[str]) -> str:
    more = ", ..." if len(ids) > _NAMED else ""
    return f"{devices(len(ids))}: {', '.join(ids[:_NAMED])}{more}"


def show_commands(commands: list[Json]) -> None:
    """Print what would be sent, and what would not, each with its reason."""
    print_table(
        ("VERB", "LOCURI", "VALUE", "WHY", "PHASE"),
        (
            (each["verb"] or "-", each["uri"], short(each["value"]), each["reason"], each["phase"])
            for each in commands
        ),
    )
    if not commands:
        note("nothing is wanted")


@remote_command
def rehearse(
    remote: Remote,
    group: GroupArgument,
    profile: OfProfile = None,
    file: OfFile = None,
    removal: Annotated[
        bool, typer.Option("--removal", help="Take it away again in the end.")
    ] = False,
) -> None:
    """Play a profile on a virtual headset of each build; status 1 where one refuses something."""
    if profile is None and file is None:
        raise CommandError(ExitCode.USAGE, "nothing to rehearse", ["give --profile or --file"])
    path = f"/groups/{find_group(remote, group)['id']}/rehearse"
    body = remote.post(path, {**_wanting(remote, profile, file), "removal": removal})
    if remote.wants_json:
        print_json(body)
    else:
        for each in body["items"]:
            print_heading(f"{each['build']}, for {devices(each['devices'])}")
            _show_rehearsed(each["settings"])
    if any(is_refused(each) for build in body["items"] for each in build["settings"]):
        raise typer.Exit(ExitCode.ERROR)


def _show_rehearsed(rows: list[Json]) -> None:
    print_table(
        ("VERB", "LOCURI", "STATUS", "SAID", "HOLDS AFTERWARDS"),
        (
            (
                each["verb"] or "-",
                each["uri"],
                each["status"],
                each["skipped"] or each["words"],
                short(each["value_after"]),
            )
            for each in rows
        ),
    )


def is_refused(row: Json) -> bool:
    """Return whether a command was refused; what was not sent was not."""
    return row["verb"] is not None and not row["accepted"]
