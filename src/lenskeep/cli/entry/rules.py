"""Commands for who may enroll: rules, maintenance, ways, names, attempts."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from lenskeep.cli.arguments import find_device
from lenskeep.cli.desired.files import read_json
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

LimitOption = Annotated[int, typer.Option("--limit", min=1, max=2000, help="At most so many.")]


def register(app: typer.Typer) -> None:
    """Add the commands for who may enroll."""
    group = typer.Typer(help="Who and what may enroll, and how.", no_args_is_help=True)
    rules = typer.Typer(help="Rules for who and what may enroll.", no_args_is_help=True)
    for name, command in (("show", rules_show), ("set", rules_set), ("try", rules_try)):
        rules.command(name)(command)
    group.add_typer(rules, name="rules")
    switch = typer.Typer(help="Let nobody enroll for a while.", no_args_is_help=True)
    for name, command in (("on", maintenance_on), ("off", maintenance_off)):
        switch.command(name)(command)
    group.add_typer(switch, name="maintenance")
    for name, command in (("ways", ways), ("check-names", check_names), ("attempts", attempts)):
        group.command(name)(command)
    app.add_typer(group, name="enrollment")


# --- rules --------------------------------------------------------------------------------


@remote_command
def rules_show(remote: Remote) -> None:
    """Print the rules in force as a document for `rules set`."""
    body = remote.get("/enrollment/rules")
    if remote.wants_json:
        print_json(body)
        return
    note(f"version {body['version']}{_by(body)}")
    print_json(body["rules"])


def _by(body: Json) -> str:
    return f", set {moment(body['at'])} by {body['actor']}" if body["at"] else ": no rule is set"


@remote_command
def rules_set(
    remote: Remote,
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON; - for standard input.")],
    base: Annotated[
        int | None,
        typer.Option("--base", help="The version they replace; left out: the one in force."),
    ] = None,
) -> None:
    """Set the rules; maintenance stays as it is unless the file speaks of it."""
    document = read_json(file)
    if base is None:
        base = remote.get("/enrollment/rules")["version"]
    _saved(remote, remote.put("/enrollment/rules", {"base": base, "rules": document}))


def _saved(remote: Remote, body: Json) -> None:
    if remote.wants_json:
        print_json(body)
        return
    named = ", ".join(body["rules"]) or "none: everybody may enroll"
    note(f"version {body['version']} is in force; rules: {named}")


@remote_command
def rules_try(
    remote: Remote,
    device: Annotated[str | None, typer.Option(help="A device, as if it came again.")] = None,
    way: Annotated[str, typer.Option(help="How it comes; lenskeep enrollment ways.")] = (
        "typed password"
    ),
    user: Annotated[str, typer.Option(help="The name that is proved; none for a code.")] = "",
    tenant: Annotated[str, typer.Option(help="Entra tenant (GUID).")] = "",
    edition: Annotated[str, typer.Option(help="135 Holographic, 136 for Business.")] = "136",
    build: Annotated[str, typer.Option(help="Its version: 10.0.22621.1244.")] = "",
    serial: Annotated[str, typer.Option(help="Its serial number.")] = "",
    hardware: Annotated[str, typer.Option(help="Its hardware id (HWDevID).")] = "",
    draft: Annotated[
        Path | None, typer.Option("--rules", help="Rules to try in the place of those in force.")
    ] = None,
    at: Annotated[str | None, typer.Option(help="When: 2026-12-24T18:00:00Z; else now.")] = None,
) -> None:
    """Say what the rules would say; nothing is enrolled. Status 1 where they refuse."""
    wanted: dict[str, Any] = {"rules": read_json(str(draft)) if draft else None, "at": at}
    if device is not None:
        wanted["device"] = find_device(remote, device)
    else:
        wanted["applicant"] = {
            "way": way,
            "user": user,
            "tenant": tenant,
            "edition": edition,
            "os_version": build,
            "serial": serial,
            "hardware": hardware,
        }
    body = remote.post("/enrollment/rules/try", wanted)
    if remote.wants_json:
        print_json(body)
    else:
        _show_trial(body)
    if not body["allowed"]:
        raise typer.Exit(ExitCode.ERROR)


def _show_trial(body: Json) -> None:
    note("it may enroll" if body["allowed"] else "it would be refused")
    if body["refused"]:
        refused = body["refused"]
        print_pairs((("shows", refused["number"]), ("tells the wearer", refused["words"])))
    if body["objections"]:
        columns = ("RULE", "WHY", "WHAT TO DO")
        rows = ((each["rule"], each["reason"], each["remedy"]) for each in body["objections"])
        print_table(columns, rows)


# --- maintenance --------------------------------------------------------------------------


@remote_command
def maintenance_on(
    remote: Remote,
    until: Annotated[
        str | None, typer.Option(help="Until when: 2026-12-24T18:00:00Z; else --hours.")
    ] = None,
    hours: Annotated[int, typer.Option(min=1, max=720, help="For so many hours.")] = 1,
    words: Annotated[str, typer.Option(help="What the wearer is told.")] = "",
) -> None:
    """Let nobody enroll for a while; headsets that are managed go on, and renew."""
    if until is None:
        end = datetime.now(UTC) + timedelta(hours=hours)  # noqa: TID251 - a person's
        until = end.replace(microsecond=0).isoformat().replace("+00:00", "Z")
    _saved(remote, remote.put("/enrollment/maintenance", {"until": until, "words": words}))


@remote_command
def maintenance_off(remote: Remote) -> None:
    """Let headsets enroll again."""
    _saved(remote, remote.put("/enrollment/maintenance", {"until": None}))


# --- ways, names, attempts ----------------------------------------------------------------


@remote_command
def ways(
    remote: Remote,
    letter: Annotated[
        str | None, typer.Argument(metavar="[LETTER]", help="A to G: its steps; else all.")
    ] = None,
) -> None:
    """List the ways in, or show one with what to do and where to press."""
    body = remote.get("/enrollment/ways")
    if letter is not None:
        found = [each for each in body["items"] if each["letter"] == letter.upper()]
        if not found:
            raise CommandError(ExitCode.NOT_FOUND, f"there is no way {letter!r}", ["A to G"])
        body = {"items": found, "next": None}
    if remote.wants_json:
        print_json(body)
    elif letter is not None:
        _show_way(body["items"][0])
    else:
        columns = ("", "WAY", "STATE", "MISSING", "BUILDS")
        print_table(columns, (_way_row(each) for each in body["items"]))


def _way_row(each: Json) -> tuple[object, ...]:
    missing = "; ".join(dict.fromkeys(one["missing"] for one in each["ways"] if one["missing"]))
    shown = missing if each["state"] == "needs set-up" else ""
    return each["letter"], each["title"], each["state"], shown, each["builds"]


def _show_way(body: Json) -> None:
    print_pairs(
        (
            ("way", f"{body['letter']}: {body['title']}"),
            ("state", body["state"]),
            *((each["way"], f"{each['state']} {each['missing']}".strip()) for each in body["ways"]),
            ("builds", body["builds"]),
            ("owner", body["owner"]),
            ("ends", body["leaving"]),
        )
    )
    print_heading("Where to press")
    print_table(("BUILDS", "PATH"), ((each["builds"], each["path"]) for each in body["menus"]))
    for title, steps in (("Administrator", body["administrator"]), ("Wearer", body["wearer"])):
        print_heading(title)
        print_table(("", ""), ((number, step) for number, step in enumerate(steps, 1)))


@remote_command
def check_names(
    remote: Remote,
    domain: Annotated[str, typer.Argument(metavar="DOMAIN", help="What follows @ in user names.")],
) -> None:
    """Look at the names that headsets look for, as they do. Status 1 where something is wrong."""
    body = remote.get("/enrollment/names", domain=domain)
    if remote.wants_json:
        print_json(body)
    else:
        for each in body["items"]:
            _show_name(each)
    if any(each["troubles"] for each in body["items"]):
        raise typer.Exit(ExitCode.ERROR)


def _show_name(body: Json) -> None:
    trusted = {"public": "by every Windows", "lenskeep": "where our root is installed"}
    print_heading(f"{body['name']}:{body['port']}")
    print_pairs(
        (
            ("for", body["why"]),
            ("in DNS", body["addresses"]),
            ("leads to", body["leads_to"]),
            ("trusted", trusted.get(body["trusted"], "")),
            ("certificate until", moment(body["not_after"])),
            ("discovery", f"HTTP {body['status']}" if body["status"] else ""),
            *(("wrong", each) for each in body["troubles"]),
            ("zone line", body["zone_line"] if body["troubles"] else ""),
            ("to do", body["remedy"]),
        )
    )
    if not body["troubles"]:
        note("all is well")


@remote_command
def attempts(remote: Remote, limit: LimitOption = 50) -> None:
    """List who tried to come in, newest first, with the number that the headset shows."""
    items: list[Json] = []
    for each in remote.items("/enrollment/attempts"):
        items.append(each)
        if len(items) == limit:
            break
    if remote.wants_json:
        print_json({"items": items, "next": None})
        return
    columns = ("WHEN", "STEP", "OUTCOME", "USER", "HEADSET", "NUMBER", "WHY")
    print_table(columns, (_attempt_row(each) for each in items))


def _attempt_row(each: Json) -> tuple[object, ...]:
    return (
        moment(each["at"]),
        each["phase"],
        each["outcome"],
        each["user"],
        each["device_name"] or each["address"],
        each["number"],
        each["reason"],
    )
