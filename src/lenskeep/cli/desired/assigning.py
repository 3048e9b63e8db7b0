"""Commands for assignments, for staged roll-outs, and for the fleet as a whole."""

from typing import Annotated, Any

import typer

from lenskeep.cli.arguments import say
from lenskeep.cli.desired.named import (
    AcceptOption,
    GroupArgument,
    ProfileArgument,
    RevisionOption,
    find_assignment,
    find_group,
    find_profile,
    names_of,
)
from lenskeep.cli.desired.profiles import show_assignments
from lenskeep.cli.desired.shown.findings import show_consequences
from lenskeep.cli.desired.shown.pictures import compliance_picture, devices
from lenskeep.cli.output import (
    CommandError,
    ExitCode,
    Json,
    moment,
    note,
    print_json,
    print_table,
    screen,
)
from lenskeep.cli.remote import Remote, remote_command

KeyArgument = Annotated[
    str, typer.Argument(metavar="KEY", help="PROFILE/REVISION, by name or id; a list shows them.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only say what it would do.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("assign")(assign)
    app.command("unassign")(unassign)
    app.command("assignments")(list_assignments)
    app.command("compliance")(compliance)
    guard = typer.Typer(
        help="Staged roll-outs of settings that can lock a headset out.", no_args_is_help=True
    )
    guard.command("list")(list_guards)
    guard.command("release")(release)
    guard.command("reset")(reset)
    app.add_typer(guard, name="guard")


# --- assignments --------------------------------------------------------------------------


@remote_command
def assign(
    remote: Remote,
    profile: ProfileArgument,
    group: GroupArgument,
    revision: RevisionOption = None,
    exclude: Annotated[
        bool | None,
        typer.Option("--exclude/--include", help="The devices of the group do not get it."),
    ] = None,
    priority: Annotated[
        int | None, typer.Option(help="Where profiles differ, the higher wins; 0 by default.")
    ] = None,
    change: Annotated[
        bool, typer.Option("--change", help="Change what is assigned: only what is said here.")
    ] = False,
    latest: Annotated[
        bool, typer.Option("--latest", help="With --change: always the latest revision again.")
    ] = False,
    dry_run: DryRunOption = False,
    accept_conflicts: AcceptOption = False,
) -> None:
    """Assign a profile to a group: always its latest revision, or a fixed one."""
    said = {"revision": revision, "excludes": exclude, "priority": priority}
    wanted: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    wanted |= {"dry_run": dry_run, "accept_conflicts": accept_conflicts}
    if latest and (revision is not None or not change):
        raise CommandError(ExitCode.USAGE, "--latest goes with --change, without --revision")
    if change:
        found = find_assignment(remote, profile, group)
        more = {"revision": None} if latest else {}
        body = remote.patch(f"/assignments/{found['id']}", {**wanted, **more})
    else:
        both = {
            "profile": find_profile(remote, profile)["id"],
            "group": find_group(remote, group)["id"],
        }
        body = remote.post("/assignments", {**both, **wanted})
    if remote.wants_json:
        print_json(body)
    else:
        _report(body, dry_run=dry_run)


def _report(body: Json, *, dry_run: bool) -> None:
    show_consequences(body)
    for each in body["guards"]:
        note(f"staged: {each['key']} goes to one device first ({each['state']})")
    words = f"{devices(body['devices'])} in the group, {body['trees']} different wanted trees"
    made = body["assignment"]
    if dry_run or made is None:
        typer.echo(f"nothing was done: {words}")
    else:
        typer.echo(f"{made['id']}: {words}")


@remote_command
def unassign(
    remote: Remote,
    profile: Annotated[
        str, typer.Argument(metavar="PROFILE", help="Name or id; or an assignment's id, alone.")
    ],
    group: Annotated[
        str | None, typer.Argument(metavar="[GROUP]", help="Name or id of its group.")
    ] = None,
    accept_conflicts: AcceptOption = False,
) -> None:
    """End an assignment: what it set is taken away from the devices."""
    found = find_assignment(remote, profile, group)
    accepting = "?accept_conflicts=true" if accept_conflicts else ""
    remote.delete(f"/assignments/{found['id']}{accepting}")
    say(remote, {"id": found["id"]}, f"{found['id']} has ended")


@remote_command
def list_assignments(
    remote: Remote,
    profile: Annotated[str | None, typer.Option(help="Only of this profile.")] = None,
    group: Annotated[str | None, typer.Option(help="Only to this group.")] = None,
) -> None:
    """List the assignments, highest priority first."""
    body = remote.get(
        "/assignments",
        profile=find_profile(remote, profile)["id"] if profile else None,
        group=find_group(remote, group)["id"] if group else None,
    )
    if remote.wants_json:
        print_json(body)
    else:
        show_assignments(remote, body["items"])


# --- staged roll-outs ---------------------------------------------------------------------


@remote_command
def list_guards(
    remote: Remote,
    profile: Annotated[str | None, typer.Option(help="Only of this profile.")] = None,
) -> None:
    """List the staged roll-outs, newest first."""
    body = remote.get("/guards", profile=find_profile(remote, profile)["id"] if profile else None)
    if remote.wants_json:
        print_json(body)
        return
    names = names_of(remote)
    print_table(
        ("KEY", "PROFILE", "STATE", "FIRST DEVICE", "BEGAN", "RELEASED", "BY"),
        (
            (
                each["key"],
                names.get(each["profile"], each["profile"]),
                each["state"],
                each["scout"],
                moment(each["created_at"]),
                moment(each["released_at"]),
                each["released_by"],
            )
            for each in body["items"]
        ),
    )


@remote_command
def release(remote: Remote, key: KeyArgument) -> None:
    """Let the rest follow although the first device has not come back."""
    _turn(remote, key, "release")


@remote_command
def reset(remote: Remote, key: KeyArgument) -> None:
    """Let another device be the first one."""
    _turn(remote, key, "reset")


def _turn(remote: Remote, key: str, verb: str) -> None:
    profile, mark, number = key.rpartition("/")
    if not mark or not number.isdecimal():
        raise CommandError(ExitCode.USAGE, f"{key!r} is no staged roll-out", ["PROFILE/REVISION"])
    body = remote.post(f"/guards/{find_profile(remote, profile)['id']}/{number}/{verb}")
    say(remote, body, f"{body['key']}: {body['state']}")


# --- the fleet ----------------------------------------------------------------------------


@remote_command
def compliance(remote: Remote) -> None:
    """Draw how the fleet stands to all that is wanted of it."""
    body = remote.get("/compliance")
    if remote.wants_json:
        print_json(body)
    else:
        screen().print(compliance_picture(body))
