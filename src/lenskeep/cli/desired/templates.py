"""Commands for templates: profiles to start from."""

from typing import Annotated

import typer

from lenskeep.cli.arguments import find_device
from lenskeep.cli.desired.files import pairs
from lenskeep.cli.desired.named import find_profile
from lenskeep.cli.desired.profiles import saved, show_changes
from lenskeep.cli.desired.shown.cells import short
from lenskeep.cli.output import (
    CommandError,
    ExitCode,
    Json,
    note,
    print_heading,
    print_json,
    print_pairs,
    print_table,
)
from lenskeep.cli.remote import Remote, remote_command

TemplateArgument = Annotated[str, typer.Argument(metavar="TEMPLATE", help="Its id.")]
AnswerOption = Annotated[
    list[str] | None,
    typer.Option("--answer", metavar="NAME=VALUE", help="What is to be filled in; or NAME=@FILE."),
]


def register(app: typer.Typer) -> None:
    """Add the commands for templates."""
    template = typer.Typer(help="Profiles to start from.", no_args_is_help=True)
    for name, command in (
        ("list", list_templates),
        ("show", show),
        ("start", start),
        ("compare", compare),
    ):
        template.command(name)(command)
    app.add_typer(template, name="template")


@remote_command
def list_templates(remote: Remote) -> None:
    """List the templates."""
    body = remote.get("/templates")
    if remote.wants_json:
        print_json(body)
        return
    names = ("id", "title", "audience", "summary")
    columns = ("ID", "TITLE", "FOR", "WHAT")
    print_table(columns, (tuple(each[name] for name in names) for each in body["items"]))


@remote_command
def show(remote: Remote, template: TemplateArgument) -> None:
    """Show what a template sets, asks for, and warns of."""
    body = remote.get(f"/templates/{template}")
    if remote.wants_json:
        print_json(body)
        return
    print_pairs((name, body[name]) for name in ("id", "title", "summary", "audience", "source"))
    print_pairs(("warning", each) for each in body["warnings"])
    if body["blanks"]:
        print_heading("To fill in: --answer NAME=VALUE")
        columns = ("NAME", "WHAT", "DEFAULT", "CHOICES", "EXAMPLE")
        print_table(columns, (_blank(each) for each in body["blanks"]))
    print_heading("Settings")
    print_table(
        ("#", "LOCURI", "VALUE", "TRAP"),
        (
            (number, each["uri"], short(each["value"]), each["trap"])
            for number, each in enumerate(body["settings"])
        ),
    )


def _blank(each: Json) -> tuple[object, ...]:
    what = f"{each['title']}: {each['explanation']}"
    return each["name"], what, each["default"], each["choices"], each["example"]


@remote_command
def start(
    remote: Remote,
    template: TemplateArgument,
    name: Annotated[str, typer.Argument(help="The name of the new profile.")],
    answer: AnswerOption = None,
    acknowledge: Annotated[
        bool, typer.Option("--acknowledge", help="You have read how it can lock headsets out.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why; a lock to the tenant has to be named.")] = "",
) -> None:
    """Create a profile from a template; it reaches nobody until it is assigned."""
    answers = pairs(answer or (), "answer")
    wanted = {"name": name, "answers": answers, "acknowledged": acknowledge}
    wanted["reason"] = reason
    saved(remote, remote.post(f"/templates/{template}/start", wanted))


@remote_command
def compare(
    remote: Remote,
    template: TemplateArgument,
    answer: AnswerOption = None,
    device: Annotated[str | None, typer.Option(help="What a device has in its place.")] = None,
    profile: Annotated[str | None, typer.Option(help="What a profile says otherwise.")] = None,
) -> None:
    """Hold a device, or a profile, against a template."""
    if (device is None) is (profile is None):
        raise CommandError(ExitCode.USAGE, "what to compare?", ["give --device or --profile"])
    wanted = {
        "answers": pairs(answer or (), "answer"),
        "device": find_device(remote, device) if device else None,
        "profile": find_profile(remote, profile)["id"] if profile else None,
    }
    body = remote.post(f"/templates/{template}/compare", wanted)
    if remote.wants_json:
        print_json(body)
    elif body["device"] is not None:
        _show_against(body["device"])
    else:
        show_changes(body["profile"])
        if not body["profile"]:
            note("the profile says the same")


def _show_against(rows: list[Json]) -> None:
    print_table(
        ("VERDICT", "LOCURI", "TEMPLATE", "DEVICE", "WHY"),
        (
            (
                each["verdict"],
                each["uri"],
                short(each["wanted"]),
                short(each["has"]),
                each["reason"],
            )
            for each in rows
        ),
    )
