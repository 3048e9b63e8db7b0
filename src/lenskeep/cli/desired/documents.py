"""Commands for profiles as YAML: export, import, check, edit."""

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from lenskeep.cli.arguments import say
from lenskeep.cli.desired.files import Document, documents, the_document, write_text
from lenskeep.cli.desired.named import (
    AcceptOption,
    ProfileArgument,
    ReasonOption,
    RevisionOption,
    find_group,
    find_profile,
)
from lenskeep.cli.desired.shown.findings import show_checked
from lenskeep.cli.output import CommandError, ExitCode, Json, note, print_heading, print_json
from lenskeep.cli.remote import Remote, remote_command

_EDITOR: Final = "vi"
"""Where neither VISUAL nor EDITOR says another."""
FilesArgument = Annotated[
    list[str], typer.Argument(metavar="FILE...", help="YAML documents; - for standard input.")
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Only show findings, clashes, and where it works.")
]


def add_verbs(profile: typer.Typer) -> None:
    """Add the commands that read and write documents."""
    for name, command in (
        ("export", export),
        ("import", import_),
        ("check", check),
        ("edit", edit),
    ):
        profile.command(name)(command)


@remote_command
def export(
    remote: Remote,
    profile: ProfileArgument,
    revision: RevisionOption = None,
    secrets: Annotated[bool, typer.Option(help="With passwords and keys in it.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file.")] = None,
) -> None:
    """Print a profile as YAML that can be edited and imported."""
    found = find_profile(remote, profile)
    text = _exported(remote, found["id"], revision, secrets=secrets)
    if remote.wants_json:
        print_json({"document": text})
    elif output is None:
        typer.echo(text, nl=False)
    else:
        write_text(output, text)
        note(f"made {output}")


def _exported(remote: Remote, profile: str, revision: int | None, *, secrets: bool) -> str:
    asked = "true" if secrets else None
    return remote.text(f"/profiles/{profile}/document", revision=revision, secrets=asked)


@remote_command
def import_(
    remote: Remote,
    files: FilesArgument,
    into: Annotated[
        str | None, typer.Option(metavar="PROFILE", help="A new revision of this profile.")
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="New revisions of the profiles that are there by name.")
    ] = False,
    dry_run: DryRunOption = False,
    accept_conflicts: AcceptOption = False,
    reason: ReasonOption = "",
) -> None:
    """Save YAML documents as profiles; with --dry-run say what that would say."""
    found = documents(files)
    if into is not None and len(found) > 1:
        raise CommandError(ExitCode.USAGE, "several documents for one profile", ["--update"])
    targets = _targets(remote, found, into, update=update)
    shared = {"reason": reason, "dry_run": dry_run, "accept_conflicts": accept_conflicts}
    answers = []
    for each, target in zip(found, targets, strict=True):
        body = {"document": each.text, "into": target, **shared}
        answers.append(_placed(each, remote, "/profiles/import", body))
        if not remote.wants_json:
            _report(each, answers[-1])
    if remote.wants_json:
        print_json({"items": answers, "next": None})
    if not all(each["checked"]["accepted"] for each in answers):
        raise typer.Exit(ExitCode.ERROR)


def _targets(
    remote: Remote, found: tuple[Document, ...], into: str | None, *, update: bool
) -> list[str | None]:
    """Return for each document the id of the profile that it is of, None for a new one."""
    if into is not None:
        return [find_profile(remote, into)["id"]]
    if not update:
        return [None for _ in found]
    lines = [each["profile"] for each in remote.get("/profiles")["items"]]
    ids = {each["name"].casefold(): each["id"] for each in lines}
    return [ids.get(each.name.casefold()) for each in found]


def _placed(document: Document, remote: Remote, path: str, body: dict[str, Any]) -> Json:
    """Return the answer. A refusal names the document: lines are those of its file."""
    try:
        return remote.post(path, body)
    except CommandError as error:
        message = f"{document.place}: {error.message}"
        raise CommandError(error.code, message, error.hints) from None


def _report(document: Document, answer: Json) -> None:
    checked, profile = answer["checked"], answer["profile"]
    print_heading(document.name or document.place)
    show_checked(checked)
    if profile is not None:
        typer.echo(f"{profile['id']} {profile['name']}: revision {profile['revision']} saved")
    else:
        verdict = "could be saved" if checked["accepted"] else "would be refused"
        typer.echo(f"{document.name or document.place} {verdict}; nothing was saved")


@remote_command
def check(
    remote: Remote,
    file: Annotated[str, typer.Argument(metavar="FILE", help="YAML; - for standard input.")],
    profile: Annotated[
        str | None, typer.Option(metavar="PROFILE", help="As a new revision of this one.")
    ] = None,
    group: Annotated[
        str | None, typer.Option(metavar="GROUP", help="As if it were assigned to this one.")
    ] = None,
) -> None:
    """Say what saving a document would say; status 1 where it would be refused."""
    document = the_document(file)
    body = {
        "document": document.text,
        "profile": find_profile(remote, profile)["id"] if profile else None,
        "group": find_group(remote, group)["id"] if group else None,
    }
    checked = _placed(document, remote, "/profiles/check", body)
    if not remote.wants_json:
        show_checked(checked)
    say(remote, checked, "it can be saved" if checked["accepted"] else "it would be refused")
    if not checked["accepted"]:
        raise typer.Exit(ExitCode.ERROR)


@remote_command
def edit(
    remote: Remote,
    profile: ProfileArgument,
    accept_conflicts: AcceptOption = False,
    reason: ReasonOption = "",
) -> None:
    """Edit a profile's YAML in $VISUAL or $EDITOR, and save that as a new revision.

    Secrets are left out of the text, and stay as they are unless they are written anew.
    """
    found = find_profile(remote, profile)
    before = _exported(remote, found["id"], None, secrets=False)
    after = _edited(before)
    if after == before:
        note("nothing was changed")
        return
    body = {
        "document": after,
        "into": found["id"],
        "reason": reason,
        "accept_conflicts": accept_conflicts,
    }
    try:
        answer = remote.post("/profiles/import", body)
    except CommandError as error:
        kept = _kept(after)
        raise CommandError(
            error.code, error.message, [*error.hints, f"it is kept in {kept}"]
        ) from None
    if remote.wants_json:
        print_json(answer)
    else:
        _report(Document(found["name"], after), answer)


def _edited(text: str) -> str:
    """Return the text as the administrator leaves it. Raises CommandError."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or _EDITOR
    path = Path(_kept(text))
    try:
        subprocess.run([*shlex.split(editor), str(path)], check=True)  # noqa: S603 - their own
        return path.read_text("utf-8")
    except (OSError, subprocess.CalledProcessError, UnicodeDecodeError) as error:
        problem = f"the editor {editor!r} did not do it ({error})"
        raise CommandError(ExitCode.USAGE, problem, ["set EDITOR"]) from None
    finally:
        path.unlink(missing_ok=True)


def _kept(text: str) -> str:
    """Write the text to a file that only its owner reads; return its path."""
    handle, name = tempfile.mkstemp(prefix="lenskeep-", suffix=".yaml")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return name
