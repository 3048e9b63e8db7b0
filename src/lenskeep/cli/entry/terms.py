"""Commands for the terms of use that Entra users accept before a headset enrolls."""

from typing import Annotated

import typer

from lenskeep.cli.arguments import AfterOption, LimitOption
from lenskeep.cli.desired.files import read_text
from lenskeep.cli.output import Json, moment, note, print_json, print_table, print_value
from lenskeep.cli.remote import Remote, remote_command


def register(app: typer.Typer) -> None:
    """Add the commands for the terms of use."""
    group = typer.Typer(help="Terms of use, for users of Entra.", no_args_is_help=True)
    for name, command in (
        ("show", show),
        ("set", set_terms),
        ("off", off),
        ("versions", versions),
        ("acceptances", acceptances),
    ):
        group.command(name)(command)
    app.add_typer(group, name="terms")


@remote_command
def show(remote: Remote) -> None:
    """Print the terms in force."""
    body = remote.get("/terms")
    if remote.wants_json:
        print_json(body)
        return
    note(_state(body))
    if body["version"]:
        print_value(f"{body['title']}\n\n{body['text']}")


@remote_command
def set_terms(
    remote: Remote,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Plain text; - for stdin.")],
    title: Annotated[str, typer.Option(help="What stands above it.")] = "Terms of use",
) -> None:
    """Put a text in force: `# ` for headings, `- ` for items, blank lines between paragraphs."""
    body = remote.put("/terms", {"title": title, "text": read_text(file)})
    if remote.wants_json:
        print_json(body)
        return
    print_value(_state(body))


@remote_command
def off(remote: Remote) -> None:
    """Ask nobody for terms any more; every version is kept."""
    remote.delete("/terms")
    print_value("nobody is asked for terms")


@remote_command
def versions(remote: Remote) -> None:
    """List the versions, the newest first."""
    body = remote.get("/terms/versions")
    if remote.wants_json:
        print_json(body)
        return
    rows = (
        (each["version"], each["on"], each["title"], moment(each["at"]), each["actor"])
        for each in body["items"]
    )
    print_table(("VERSION", "ON", "TITLE", "AT", "BY"), rows)


@remote_command
def acceptances(remote: Remote, limit: LimitOption = 50, after: AfterOption = None) -> None:
    """List who accepted which version, the newest first."""
    body = remote.get("/terms/acceptances", limit=limit, after=after)
    if remote.wants_json:
        print_json(body)
        return
    rows = (
        (
            each["user"],
            each["version"],
            moment(each["accepted_at"]),
            moment(each["enrolled_at"]),
            each["enrollment"],
        )
        for each in body["items"]
    )
    print_table(("USER", "VERSION", "ACCEPTED", "ENROLLED", "ENROLLMENT"), rows)
    if body["next"]:
        note(f"more: --after {body['next']}")


def _state(body: Json) -> str:
    if not body["version"]:
        return "no terms were ever written"
    state = "in force" if body["on"] else "switched off"
    return f"version {body['version']} is {state}, since {moment(body['at'])} by {body['actor']}"
