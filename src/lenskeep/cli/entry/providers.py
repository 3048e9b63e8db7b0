"""Commands for sign-in providers: any that speaks OpenID Connect."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from lenskeep.cli.output import (
    CommandError,
    ExitCode,
    Json,
    note,
    print_json,
    print_pairs,
    print_table,
    print_value,
)
from lenskeep.cli.remote import Remote, remote_command

ProviderArgument = Annotated[str, typer.Argument(metavar="PROVIDER", help="Name or id.")]
SecretOption = Annotated[
    Path | None,
    typer.Option("--client-secret-file", help="A file with the client secret; - is stdin."),
]
DomainOption = Annotated[
    list[str] | None,
    typer.Option("--domain", help="An e-mail domain it serves; may be given several times."),
]
ScopeOption = Annotated[
    list[str] | None, typer.Option("--scope", help="Instead of openid, profile and email.")
]
ClaimOption = Annotated[
    str, typer.Option("--require", metavar="CLAIM=VALUE", help="Only for whom a claim holds it.")
]
KindOption = Annotated[
    list[str] | None,
    typer.Option("--acr", help="A kind of sign-in that it must have been; several times."),
]


def register(app: typer.Typer) -> None:
    """Add the commands for sign-in providers."""
    group = typer.Typer(help="Providers that wearers sign in with.", no_args_is_help=True)
    for name, command in (
        ("add-provider", add_provider),
        ("providers", providers),
        ("check", check),
        ("remove-provider", remove_provider),
    ):
        group.command(name)(command)
    app.add_typer(group, name="sign-in")


@remote_command
def add_provider(
    remote: Remote,
    name: Annotated[str, typer.Argument(help="What wearers read on the button.")],
    issuer: Annotated[str, typer.Option(help="As the provider spells it: https://...")],
    client_id: Annotated[str, typer.Option("--client-id", help="Ours, as it is registered.")],
    client_secret_file: SecretOption = None,
    domain: DomainOption = None,
    scope: ScopeOption = None,
    user_claim: Annotated[str, typer.Option(help="Which claim is the user name.")] = "",
    require: ClaimOption = "",
    acr: KindOption = None,
    prompt: Annotated[str, typer.Option(help="login, consent or select_account.")] = "",
) -> None:
    """Add a provider; then register the redirect URI that is printed, and `check`."""
    claim, equals, value = require.partition("=")
    if require and not (claim and equals and value):
        raise CommandError(ExitCode.USAGE, f"--require {require}", ["CLAIM=VALUE is expected"])
    wanted: dict[str, object] = {
        "name": name,
        "issuer": issuer,
        "client_id": client_id,
        "client_secret": _secret(client_secret_file),
        "domains": domain or [],
        "user_claim": user_claim,
        "required_claim": claim,
        "required_value": value,
        "acr_values": acr or [],
        "prompt": prompt,
    }
    if scope:
        wanted["scopes"] = scope
    body = remote.post("/sign-in-providers", wanted)
    if remote.wants_json:
        print_json(body)
        return
    print_value(f"provider {body['name']} added; register this redirect URI with it:")
    print_value(body["redirect_uri"])


@remote_command
def providers(remote: Remote) -> None:
    """List the providers."""
    body = remote.get("/sign-in-providers")
    if remote.wants_json:
        print_json(body)
        return
    names = ("id", "name", "issuer", "client_id", "domains")
    columns = ("ID", "NAME", "ISSUER", "CLIENT", "DOMAINS")
    print_table(columns, ([each[name] for name in names] for each in body["items"]))
    if not body["items"]:
        note("there is none: passwords and codes are typed, on the headset or on our own page")


@remote_command
def check(remote: Remote, provider: ProviderArgument) -> None:
    """Ask a provider whether it can do what is needed; exit status 1 where it cannot."""
    found = _find(remote, provider)
    body = remote.post(f"/sign-in-providers/{found['id']}/check")
    if remote.wants_json:
        print_json(body)
    else:
        names = (("it", "words"), ("wearers go to", "page"), ("redirect URI", "redirect_uri"))
        print_pairs((shown, body[name]) for shown, name in names)
    if not body["ok"]:
        raise typer.Exit(ExitCode.ERROR)


@remote_command
def remove_provider(remote: Remote, provider: ProviderArgument) -> None:
    """Remove a provider: nobody signs in with it any more; headsets stay managed."""
    found = _find(remote, provider)
    remote.delete(f"/sign-in-providers/{found['id']}")
    print_value(f"{found['name']} removed")


def _find(remote: Remote, text: str) -> Json:
    """Return the provider meant; names are unique without regard to case."""
    wanted = text.strip()
    for each in remote.get("/sign-in-providers")["items"]:
        if each["id"] == wanted or each["name"].casefold() == wanted.casefold():
            return dict(each)
    hint = "`lenskeep sign-in providers` lists them"
    raise CommandError(ExitCode.NOT_FOUND, f"no provider is {text!r}", [hint])


def _secret(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        lines = sys.stdin if str(path) == "-" else path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(ExitCode.USAGE, f"{path} cannot be read: {error}") from None
    text = next(iter(lines), "").rstrip("\r\n")
    if not text:
        raise CommandError(ExitCode.USAGE, f"{path} holds no secret", ["one line is read"])
    return text
