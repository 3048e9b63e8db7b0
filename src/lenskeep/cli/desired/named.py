"""Which profile, group or assignment is meant: by id, or by name where that is one's own."""

from typing import Annotated

import typer

from lenskeep.cli.output import CommandError, ExitCode, Json
from lenskeep.cli.remote import Remote

ProfileArgument = Annotated[str, typer.Argument(metavar="PROFILE", help="Name or id.")]
GroupArgument = Annotated[str, typer.Argument(metavar="GROUP", help="Name or id; all: grp_all.")]
ReasonOption = Annotated[str, typer.Option(help="For the revision and the audit.")]
RevisionOption = Annotated[
    int | None, typer.Option("--revision", min=1, help="A number; by default the latest.")
]
AcceptOption = Annotated[
    bool,
    typer.Option(
        "--accept-conflicts", help="Also where profiles differ, or strand headsets together."
    ),
]


def find_profile(remote: Remote, text: str) -> Json:
    """Return the profile meant. Raises CommandError where none, or several, fit."""
    lines = remote.get("/profiles")["items"]
    return _the_one("profile", text, [each["profile"] for each in lines])


def find_group(remote: Remote, text: str) -> Json:
    """Return the group meant. Raises CommandError where none, or several, fit."""
    return _the_one("group", text, remote.get("/groups")["items"])


def find_assignment(remote: Remote, profile: str, group: str | None) -> Json:
    """Return the assignment of this id, or of this profile to this group.

    Raises CommandError where none, or several, fit.
    """
    rows = remote.get("/assignments")["items"]
    if group is None:
        found = [each for each in rows if each["id"] == profile.strip()]
    else:
        wanted = (find_profile(remote, profile)["id"], find_group(remote, group)["id"])
        found = [each for each in rows if (each["profile"], each["group"]) == wanted]
    if len(found) == 1:
        return dict(found[0])
    words = profile if group is None else f"{profile} -> {group}"
    problem = "no assignment" if not found else f"{len(found)} assignments"
    hints = [each["id"] for each in found] or ["`lenskeep assignments` lists them"]
    raise CommandError(ExitCode.NOT_FOUND, f"{words}: {problem}", hints)


def names_of(remote: Remote) -> dict[str, str]:
    """Return the names of all profiles and groups by id."""
    lines = [each["profile"] for each in remote.get("/profiles")["items"]]
    rows = (*lines, *remote.get("/groups")["items"])
    return {str(each["id"]): str(each["name"]) for each in rows}


def _the_one(noun: str, text: str, rows: list[Json]) -> Json:
    wanted = text.strip()
    folded = wanted.casefold()
    for fits in (
        [each for each in rows if each["id"] == wanted],
        [each for each in rows if each["name"].casefold() == folded],
    ):
        if len(fits) == 1:
            return fits[0]
        if fits:
            several = [f"{each['id']} {each['name']}" for each in fits]
            problem = f"{text!r} fits {len(fits)} {noun}s"
            raise CommandError(ExitCode.NOT_FOUND, problem, several[:10])
    hint = f"`lenskeep {noun} list` lists them"
    raise CommandError(ExitCode.NOT_FOUND, f"no {noun} is {text!r}", [hint])
