"""Commands for profiles: list, show, create, compare, roll back, and how far one has come."""

import time
from collections.abc import Iterator
from typing import Annotated, Final

import typer
from rich.live import Live

from lenskeep.cli.arguments import AfterOption, LimitOption, note_more, say
from lenskeep.cli.desired import documents
from lenskeep.cli.desired.files import pairs
from lenskeep.cli.desired.named import (
    AcceptOption,
    ProfileArgument,
    ReasonOption,
    RevisionOption,
    find_profile,
    names_of,
)
from lenskeep.cli.desired.shown.cells import short
from lenskeep.cli.desired.shown.findings import show_checked
from lenskeep.cli.desired.shown.pictures import devices, rollout_picture
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
    screen,
)
from lenskeep.cli.remote import Remote, remote_command

WATCH_S: Final = 2.0
"""Seconds between two looks at a roll-out."""
NumberArgument = Annotated[int, typer.Argument(metavar="REVISION", min=1, help="A number.")]


def register(app: typer.Typer) -> None:
    """Add the commands for profiles."""
    profile = typer.Typer(help="Profiles: named bundles of settings.", no_args_is_help=True)
    for name, command in (
        ("list", list_profiles),
        ("show", show),
        ("create", create),
        ("rename", rename),
        ("delete", delete),
        ("revisions", revisions),
        ("diff", diff),
        ("rollback", roll_back),
        ("progress", progress),
    ):
        profile.command(name)(command)
    documents.add_verbs(profile)
    app.add_typer(profile, name="profile")


# --- looking ------------------------------------------------------------------------------


@remote_command
def list_profiles(remote: Remote) -> None:
    """List the profiles, and how far each has come."""
    body = remote.get("/profiles")
    if remote.wants_json:
        print_json(body)
        return
    columns = ("ID", "NAME", "REVISION", "ASSIGNED", "DEVICES", "VERIFIED", "TROUBLE")
    print_table(columns, (_line(each) for each in body["items"]))


def _line(line: Json) -> tuple[object, ...]:
    profile, states = line["profile"], line["rollout"]["by_state"]
    trouble = sum(states.get(each, 0) for each in ("failed", "drifted", "conflicting"))
    counts = (len(line["assignments"]), line["rollout"]["devices"], states.get("verified", 0))
    return profile["id"], profile["name"], profile["revision"], *counts, trouble


@remote_command
def show(remote: Remote, profile: ProfileArgument, revision: RevisionOption = None) -> None:
    """Show a profile: its settings, and who gets it."""
    found = find_profile(remote, profile)
    path = f"/profiles/{found['id']}"
    body = remote.get(f"{path}/revisions/{revision or found['revision']}")
    if remote.wants_json:
        print_json(body)
        return
    line = remote.get(path)
    print_pairs(_about(found, body))
    print_heading("Settings")
    print_table(
        ("#", "LOCURI", "VALUE", "TITLE", "LOCK-OUT"),
        (
            (
                number,
                each["uri"],
                short(each["value"]),
                each["title"],
                "acknowledged" if each["acknowledged"] else "",
            )
            for number, each in enumerate(body["settings"])
        ),
    )
    if line["assignments"]:
        print_heading("Assigned to")
        show_assignments(remote, line["assignments"])


def _about(profile: Json, revision: Json) -> Iterator[tuple[str, object]]:
    for name in ("id", "name", "description", "template"):
        yield name, profile[name]
    yield "revision", f"{revision['number']} of {profile['revision']}"
    yield "saved", f"{moment(revision['at'])} by {revision['author']}"
    yield "reason", revision["reason"]
    yield "drift", revision["drift"]


def show_assignments(remote: Remote, rows: list[Json]) -> None:
    """Print assignments with the names of what they join."""
    names = names_of(remote)
    print_table(
        ("ID", "PROFILE", "GROUP", "REVISION", "PRIORITY", ""),
        (
            (
                each["id"],
                names.get(each["profile"], each["profile"]),
                names.get(each["group"], each["group"]),
                each["revision"] or "latest",
                each["priority"],
                "excluded" if each["excludes"] else "",
            )
            for each in rows
        ),
    )


@remote_command
def revisions(remote: Remote, profile: ProfileArgument) -> None:
    """List the saves of a profile, newest first."""
    body = remote.get(f"/profiles/{find_profile(remote, profile)['id']}/revisions")
    if remote.wants_json:
        print_json(body)
        return
    print_table(
        ("REVISION", "WHEN", "WHO", "SETTINGS", "WHY"),
        (
            (
                each["number"],
                moment(each["at"]),
                each["author"],
                each["settings_count"],
                each["reason"],
            )
            for each in body["items"]
        ),
    )


@remote_command
def diff(
    remote: Remote,
    profile: ProfileArgument,
    old: NumberArgument,
    new: Annotated[int | None, typer.Argument(min=1, help="By default the latest.")] = None,
) -> None:
    """Show what differs between two saves of a profile."""
    found = find_profile(remote, profile)
    number = new or found["revision"]
    body = remote.get(f"/profiles/{found['id']}/revisions/{number}/changes", since=old)
    if remote.wants_json:
        print_json(body)
        return
    show_changes(body["items"])
    if not body["items"]:
        note(f"nothing differs between revision {old} and {number}")


def show_changes(changes: list[Json]) -> None:
    """Print what differs between two bodies of settings."""
    columns = ("CHANGE", "LOCURI", "BEFORE", "AFTER", "TITLE")
    if changes:
        print_table(columns, (_change(each) for each in changes))


def _change(each: Json) -> tuple[object, ...]:
    values = (short(each["before"]), short(each["after"]))
    return each["kind"], each["uri"], *values, each["title"]


@remote_command
def progress(
    remote: Remote,
    profile: ProfileArgument,
    state: Annotated[str, typer.Option(help="Only devices in this state, e.g. failed.")] = "",
    watch: Annotated[bool, typer.Option("--watch", help="Look again and again.")] = False,
    limit: LimitOption = 50,
    after: AfterOption = None,
) -> None:
    """Show how far a profile has come: a bar for every state, and the devices."""
    path = f"/profiles/{find_profile(remote, profile)['id']}/progress"
    if watch:
        _watch(remote, path)
    body = remote.get(path, state=state, limit=limit, after=after)
    if remote.wants_json:
        print_json(body)
        return
    screen().print(rollout_picture(body["rollout"]))
    if body["items"]:
        print_heading("Devices")
        columns = ("ID", "NAME", "BUILD", "STATE", "VERIFIED", "FAILED", "REVISION", "LAST SEEN")
        print_table(columns, (_progress(each) for each in body["items"]))
    note_more(body)


def _progress(row: Json) -> tuple[object, ...]:
    found = row["progress"]
    cells: tuple[object, ...] = ("not heard of since", "", "", "")
    if found:
        counts = f"{found['verified']} of {found['total']}"
        cells = (found["state"], counts, found["failed"] or "", found["revision"])
    return row["device"], row["name"], row["os_build"], *cells, moment(row["last_seen"])


def _watch(remote: Remote, path: str) -> None:
    """Draw the roll-out until nothing waits any more."""
    with Live(console=screen(), transient=True) as live:
        while True:
            rollout = remote.get(path, limit=1)["rollout"]
            live.update(rollout_picture(rollout))
            if not rollout["by_state"].get("waiting", 0):
                return
            time.sleep(WATCH_S)


# --- changing -----------------------------------------------------------------------------


@remote_command
def create(
    remote: Remote,
    name: Annotated[str, typer.Argument(help="What people call it.")],
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="URI=VALUE", help="A setting; @FILE for a file's text."),
    ] = None,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    drift: Annotated[str, typer.Option(help="correct or report")] = "correct",
    acknowledge: Annotated[
        bool, typer.Option("--acknowledge", help="You have read how it can lock headsets out.")
    ] = False,
    reason: ReasonOption = "",
) -> None:
    """Create a profile, empty or with settings; it reaches nobody until it is assigned."""
    settings = [
        {"uri": uri, "value": value, "acknowledged": acknowledge}
        for uri, value in pairs(set_ or (), "setting").items()
    ]
    wanted = {"name": name, "description": description, "drift": drift, "reason": reason}
    body = remote.post("/profiles", {**wanted, "settings": settings})
    saved(remote, body)


def saved(remote: Remote, body: Json) -> None:
    """Print what was saved, and what was noticed on the way."""
    if not remote.wants_json:
        show_checked(body["checked"])
    profile = body["profile"]
    say(remote, body, f"{profile['id']} {profile['name']}: revision {profile['revision']} saved")


@remote_command
def rename(
    remote: Remote,
    profile: ProfileArgument,
    name: Annotated[str | None, typer.Argument(help="The new name.")] = None,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
) -> None:
    """Give a profile another name or description."""
    if name is None and description is None:
        raise CommandError(ExitCode.USAGE, "nothing to change", ["give a name or --description"])
    change = {"name": name, "description": description}
    body = remote.patch(f"/profiles/{find_profile(remote, profile)['id']}", change)
    say(remote, body, f"{body['id']} is now called {body['name']}")


@remote_command
def delete(remote: Remote, profile: ProfileArgument) -> None:
    """Delete a profile with its revisions; never while it is assigned."""
    found = find_profile(remote, profile)
    remote.delete(f"/profiles/{found['id']}")
    say(remote, {"id": found["id"]}, f"{found['id']} {found['name']} is deleted")


@remote_command
def roll_back(
    remote: Remote,
    profile: ProfileArgument,
    revision: NumberArgument,
    as_new: Annotated[
        bool, typer.Option("--as-new", help="Save its settings as a new revision instead.")
    ] = False,
    accept_conflicts: AcceptOption = False,
    reason: ReasonOption = "",
) -> None:
    """Let everybody who gets a profile get an earlier revision of it, and keep to that."""
    found = find_profile(remote, profile)
    path = f"/profiles/{found['id']}"
    if as_new:
        old = remote.get(f"{path}/revisions/{revision}")
        settings = [
            {name: each[name] for name in ("uri", "value", "format", "acknowledged")}
            for each in old["settings"]
        ]
        why = reason or f"back to revision {revision}"
        wanted = {"settings": settings, "drift": old["drift"], "base": found["revision"]}
        more = {"reason": why, "accept_conflicts": accept_conflicts}
        saved(remote, remote.post(f"{path}/revisions", {**wanted, **more}))
        return
    rows = [each for each in remote.get(path)["assignments"] if not each["excludes"]]
    if not rows:
        hints = ["--as-new saves the old settings as the latest revision"]
        raise CommandError(ExitCode.CONFLICT, f"{found['name']} is assigned to nobody", hints)
    change = {"revision": revision, "accept_conflicts": accept_conflicts}
    done = [remote.patch(f"/assignments/{each['id']}", change) for each in rows]
    count = sum(each["devices"] for each in done)
    words = f"{found['name']}: revision {revision} for {devices(count)} in {len(rows)} groups"
    say(remote, {"items": done, "next": None}, words)
