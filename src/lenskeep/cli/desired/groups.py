"""Commands for groups, for their devices, and for tags."""

from typing import Annotated

import typer

from lenskeep.cli.arguments import AfterOption, LimitOption, find_device, note_more, say
from lenskeep.cli.desired.named import AcceptOption, GroupArgument, find_group
from lenskeep.cli.desired.shown.findings import show_consequences
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
)
from lenskeep.cli.remote import Remote, remote_command

RuleOption = Annotated[
    str | None, typer.Option(metavar="RULE", help="e.g. 'build >= 22621 and tag = \"ward-3\"'")
]
AboutOption = Annotated[str | None, typer.Option("--description", help="What it is for.")]
DevicesArgument = Annotated[
    list[str], typer.Argument(metavar="DEVICE...", help="Ids, DevIds, serials or names.")
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Only say what would have to be accepted.")
]
TagArgument = Annotated[str, typer.Argument(help="One word, as rules ask for it.")]


def register(app: typer.Typer) -> None:
    """Add the commands for groups and tags."""
    group = typer.Typer(help="Groups of devices, by hand and by rule.", no_args_is_help=True)
    for name, command in (
        ("list", list_groups),
        ("show", show),
        ("create", create),
        ("change", change),
        ("delete", delete),
        ("members", members),
        ("add", add),
        ("remove", remove),
        ("preview", preview),
    ):
        group.command(name)(command)
    app.add_typer(group, name="group")
    tag = typer.Typer(help="Tags on devices.", no_args_is_help=True)
    for name, command in (("list", list_tags), ("add", tag_add), ("remove", tag_remove)):
        tag.command(name)(command)
    app.add_typer(tag, name="tag")


# --- groups -------------------------------------------------------------------------------


@remote_command
def list_groups(remote: Remote) -> None:
    """List the groups."""
    body = remote.get("/groups")
    if remote.wants_json:
        print_json(body)
        return
    names = ("id", "name", "kind", "devices", "rule", "description")
    columns = ("ID", "NAME", "KIND", "DEVICES", "RULE", "DESCRIPTION")
    print_table(columns, (tuple(each[name] for name in names) for each in body["items"]))
    for each in body["items"]:
        if each["fault"]:
            note(f"{each['name']} keeps the devices it has; its rule is wrong: {each['fault']}")


@remote_command
def show(remote: Remote, group: GroupArgument) -> None:
    """Show a group, and what is assigned to it."""
    body = find_group(remote, group)
    if remote.wants_json:
        print_json(body)
        return
    print_pairs(
        (name.replace("_", " "), moment(value) if name.endswith("_at") else value)
        for name, value in body.items()
    )
    rows = remote.get("/assignments", group=body["id"])["items"]
    if rows:
        lines = [each["profile"] for each in remote.get("/profiles")["items"]]
        names = {each["id"]: each["name"] for each in lines}
        print_heading("Profiles")
        print_table(
            ("ASSIGNMENT", "PROFILE", "REVISION", "PRIORITY", ""),
            (
                (
                    each["id"],
                    names.get(each["profile"], each["profile"]),
                    each["revision"] or "latest",
                    each["priority"],
                    "excluded" if each["excludes"] else "",
                )
                for each in rows
            ),
        )


@remote_command
def create(
    remote: Remote,
    name: Annotated[str, typer.Argument(help="What people call it.")],
    devices: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DEVICE...]", help="Those in a group by hand."),
    ] = None,
    rule: RuleOption = None,
    description: AboutOption = None,
) -> None:
    """Create a group: by rule, or by hand with these devices."""
    ids = [find_device(remote, each) for each in devices or ()]
    wanted = {"name": name, "rule": rule, "description": description or "", "devices": ids}
    body = remote.post("/groups", wanted)
    say(remote, body, f"{body['id']} {body['name']}: {body['devices']} devices")


@remote_command
def change(
    remote: Remote,
    group: GroupArgument,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    rule: RuleOption = None,
    description: AboutOption = None,
    accept_conflicts: AcceptOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Change a group's name, rule or description."""
    wanted = {"name": name, "rule": rule, "description": description}
    if all(each is None for each in wanted.values()):
        hints = ["give --name, --rule or --description"]
        raise CommandError(ExitCode.USAGE, "nothing to change", hints)
    path = f"/groups/{find_group(remote, group)['id']}"
    if dry_run:
        if rule is None:
            raise CommandError(ExitCode.USAGE, "only a rule can be tried", ["give --rule"])
        _try(remote, path, {"rule": rule})
        return
    body = remote.patch(path, {**wanted, "accept_conflicts": accept_conflicts})
    say(remote, body, f"{body['id']} {body['name']}: {body['devices']} devices")


@remote_command
def delete(remote: Remote, group: GroupArgument) -> None:
    """Delete a group; its devices stay. Never while a profile is assigned to it."""
    found = find_group(remote, group)
    remote.delete(f"/groups/{found['id']}")
    say(remote, {"id": found["id"]}, f"{found['id']} {found['name']} is deleted")


@remote_command
def members(
    remote: Remote, group: GroupArgument, limit: LimitOption = 200, after: AfterOption = None
) -> None:
    """List the devices of a group."""
    path = f"/groups/{find_group(remote, group)['id']}/devices"
    body = remote.get(path, limit=limit, after=after)
    if remote.wants_json:
        print_json(body)
        return
    names = ("device", "name", "state", "generation", "os_build", "serial", "tags")
    columns = ("ID", "NAME", "STATE", "GENERATION", "BUILD", "SERIAL", "TAGS", "LAST SEEN")
    rows = ((*(each[name] for name in names), moment(each["last_seen"])) for each in body["items"])
    print_table(columns, rows)
    note_more(body)


@remote_command
def add(
    remote: Remote,
    group: GroupArgument,
    devices: DevicesArgument,
    accept_conflicts: AcceptOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Put devices into a group by hand."""
    path, named = _named(remote, group, devices)
    if dry_run:
        _try(remote, path, {"add": named})
    else:
        _move(remote, path, {"add": named, "accept_conflicts": accept_conflicts})


@remote_command
def remove(
    remote: Remote,
    group: GroupArgument,
    devices: DevicesArgument,
    accept_conflicts: AcceptOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Take devices out of a group by hand."""
    path, named = _named(remote, group, devices)
    if dry_run:
        _try(remote, path, {"remove": named})
    else:
        _move(remote, path, {"remove": named, "accept_conflicts": accept_conflicts})


def _named(remote: Remote, group: str, devices: list[str]) -> tuple[str, list[str]]:
    """Return the group's path and the devices' ids."""
    found = find_group(remote, group)["id"]
    return f"/groups/{found}", [find_device(remote, each) for each in devices]


def _move(remote: Remote, path: str, wanted: Json) -> None:
    body = remote.post(f"{path}/devices", wanted)
    say(remote, body, f"{body['id']} {body['name']}: {body['devices']} devices")


def _try(remote: Remote, path: str, wanted: Json) -> None:
    """Say what would have to be accepted."""
    body = remote.post(f"{path}/check", wanted)
    if remote.wants_json:
        print_json(body)
        return
    show_consequences(body)
    if not (body["clashes"] or body["strandings"]):
        typer.echo("nothing was done: there is nothing to accept")
    else:
        typer.echo("nothing was done: --accept-conflicts does it all the same")


@remote_command
def preview(
    remote: Remote,
    rule: Annotated[str, typer.Argument(help="e.g. 'generation = \"HoloLens 2\"'")],
    limit: Annotated[int, typer.Option("--limit", min=0, max=200, help="Devices shown.")] = 20,
) -> None:
    """Say which devices a rule would take, and why."""
    body = remote.post("/groups/preview", {"rule": rule, "limit": limit})
    if remote.wants_json:
        print_json(body)
        return
    typer.echo(f"{body['matching']} of {body['devices']} devices")
    for advice in body["advice"]:
        note(f"note: {advice}")
    rows = [(each["device"], each["name"], each["holds"], _why(each)) for each in body["examples"]]
    if rows:
        print_table(("ID", "NAME", "BELONGS", "WHY"), rows)


def _why(example: Json) -> str:
    return "\n".join(_term(each) for each in example["explained"])


def _term(explained: Json) -> str:
    value = explained["value"] or ("not told" if explained["verdict"] == "unknown" else "")
    return f"{explained['term']}: {explained['verdict']}" + (f" ({value})" if value else "")


# --- tags ---------------------------------------------------------------------------------


@remote_command
def list_tags(remote: Remote) -> None:
    """List the tags in use."""
    body = remote.get("/tags")
    if remote.wants_json:
        print_json(body)
    else:
        print_table(("TAG", "DEVICES"), ((each["tag"], each["devices"]) for each in body["items"]))


@remote_command
def tag_add(remote: Remote, tag: TagArgument, devices: DevicesArgument) -> None:
    """Put a tag on devices."""
    _tag(remote, "add", tag, devices)


@remote_command
def tag_remove(remote: Remote, tag: TagArgument, devices: DevicesArgument) -> None:
    """Take a tag off devices."""
    _tag(remote, "remove", tag, devices)


def _tag(remote: Remote, verb: str, tag: str, devices: list[str]) -> None:
    ids = [find_device(remote, each) for each in devices]
    body = remote.post("/devices/tags", {"devices": ids, verb: [tag]})
    if remote.wants_json:
        print_json(body)
    else:
        print_table(("ID", "TAGS"), ((each["device"], each["tags"]) for each in body["items"]))
