"""Commands for Entra tenants, and for trying a token of one."""

import sys
from typing import Annotated, Any

import typer

from lenskeep.cli.desired.files import read_json
from lenskeep.cli.output import (
    CommandError,
    ExitCode,
    Json,
    moment,
    note,
    print_json,
    print_pairs,
    print_table,
    print_value,
)
from lenskeep.cli.remote import Remote, remote_command

TenantArgument = Annotated[
    str, typer.Argument(metavar="TENANT", help="Directory (tenant) ID of Entra, or our id.")
]
AudienceOption = Annotated[
    list[str] | None,
    typer.Option("--audience", help="Application ID URI; may be given several times."),
]
ClientOption = Annotated[
    str | None, typer.Option("--client-id", help="Application (client) ID, for version 2 tokens.")
]
KeysOption = Annotated[
    str | None,
    typer.Option(
        "--jwks", metavar="FILE|URL", help="Keys: a file, never fetched; or elsewhere than usual."
    ),
]
LabelOption = Annotated[str | None, typer.Option("--label", help="What people call it.")]
CloudOption = Annotated[str | None, typer.Option("--cloud", help="public, us government or china.")]
ScopeOption = Annotated[
    str | None,
    typer.Option("--scope", help="Who needs mdm_delegation: users, always or never."),
]


def register(app: typer.Typer) -> None:
    """Add the commands for Entra."""
    group = typer.Typer(help="Entra tenants whose headsets may enroll.", no_args_is_help=True)
    for name, command in (
        ("add-tenant", add_tenant),
        ("tenants", tenants),
        ("show-tenant", show_tenant),
        ("change-tenant", change_tenant),
        ("remove-tenant", remove_tenant),
        ("refresh-keys", refresh_keys),
        ("try", try_token),
    ):
        group.command(name)(command)
    app.add_typer(group, name="entra")


@remote_command
def add_tenant(
    remote: Remote,
    tenant: Annotated[str, typer.Argument(help="Directory (tenant) ID of Entra.")],
    audience: AudienceOption = None,
    client_id: ClientOption = None,
    jwks: KeysOption = None,
    label: LabelOption = None,
    cloud: CloudOption = None,
    scope: ScopeOption = None,
) -> None:
    """Believe the tokens of a tenant; its keys are fetched at once, or taken from a file."""
    wanted = {"audiences": audience, "client_id": client_id, **_keys(jwks)}
    wanted |= {"label": label, "cloud": cloud, "scope": scope}
    body = remote.post("/entra/tenants", {"tenant": tenant, **_given(wanted)})
    if remote.wants_json:
        print_json(body)
        return
    print_value(f"tenant {body['tenant']} added; {len(body['keys'])} keys")


@remote_command
def tenants(remote: Remote) -> None:
    """List the tenants."""
    body = remote.get("/entra/tenants")
    if remote.wants_json:
        print_json(body)
        return
    names = ("tenant", "label", "enabled", "audiences", "client_id")
    columns = ("TENANT", "LABEL", "ON", "AUDIENCES", "CLIENT ID", "KEYS", "TROUBLE")
    rows = (
        [*(each[name] for name in names), _keys_of(each), each["keys_trouble"]]
        for each in body["items"]
    )
    print_table(columns, rows)
    if not body["items"]:
        note("there is none: nobody enrolls with a token of Entra")


@remote_command
def show_tenant(remote: Remote, tenant: TenantArgument) -> None:
    """Show a tenant with its keys."""
    body = _find(remote, tenant)
    if remote.wants_json:
        print_json(body)
        return
    names = (
        ("tenant", "tenant"),
        ("label", "label"),
        ("on", "enabled"),
        ("audiences", "audiences"),
        ("client id", "client_id"),
        ("cloud", "cloud"),
        ("needs the scope", "scope"),
        ("keys from", "keys_url"),
        ("key ids", "keys"),
        ("trouble", "keys_trouble"),
    )
    print_pairs([*((shown, body[name]) for shown, name in names), ("keys", _keys_of(body))])


@remote_command
def change_tenant(
    remote: Remote,
    tenant: TenantArgument,
    audience: AudienceOption = None,
    client_id: ClientOption = None,
    jwks: KeysOption = None,
    label: LabelOption = None,
    cloud: CloudOption = None,
    scope: ScopeOption = None,
    enabled: Annotated[
        bool | None, typer.Option("--on/--off", help="Whether its tokens are believed.")
    ] = None,
) -> None:
    """Change what is named; the rest stays."""
    found = _find(remote, tenant)
    wanted = {"audiences": audience, "client_id": client_id, **_keys(jwks)}
    wanted |= {"label": label, "cloud": cloud, "scope": scope, "enabled": enabled}
    body = remote.patch(f"/entra/tenants/{found['id']}", _given(wanted))
    if remote.wants_json:
        print_json(body)
        return
    print_value(f"tenant {body['tenant']} changed")


@remote_command
def remove_tenant(remote: Remote, tenant: TenantArgument) -> None:
    """Believe its tokens no more; headsets that are enrolled stay managed."""
    found = _find(remote, tenant)
    remote.delete(f"/entra/tenants/{found['id']}")
    print_value(f"tenant {found['tenant']} removed")


@remote_command
def refresh_keys(
    remote: Remote,
    tenant: TenantArgument,
    jwks: Annotated[
        str | None, typer.Option("--jwks", metavar="FILE", help="Put these in; else fetch them.")
    ] = None,
) -> None:
    """Fetch the keys of a tenant now, or put in those of a file."""
    found = _find(remote, tenant)
    wanted = {} if jwks is None else {"jwks": _document(jwks)}
    body = remote.post(f"/entra/tenants/{found['id']}/keys", wanted)
    if remote.wants_json:
        print_json(body)
        return
    print_value(f"tenant {body['tenant']}: {len(body['keys'])} keys")


@remote_command
def try_token(
    remote: Remote,
    text: Annotated[str, typer.Argument(metavar="TOKEN", help="The token; - for stdin.")],
) -> None:
    """Say what would become of a token, check by check. Status 1 where it is not believed."""
    given = sys.stdin.read() if text == "-" else text
    body = remote.post("/entra/try", {"token": given.strip()})
    if remote.wants_json:
        print_json(body)
    else:
        rows = (
            (each["name"], "ok" if each["passed"] else each["reason"], each["found"])
            for each in body["checks"]
        )
        print_table(("CHECK", "RESULT", "FOUND"), rows)
        note("it is believed" if body["believed"] else "it is not believed")
    if not body["believed"]:
        raise typer.Exit(ExitCode.ERROR)


# --- parts --------------------------------------------------------------------------------


def _find(remote: Remote, text: str) -> Json:
    wanted = text.strip().lower()
    for each in remote.get("/entra/tenants")["items"]:
        if wanted in (each["id"].lower(), each["tenant"], each["label"].lower()):
            return dict(each)
    hint = "`lenskeep entra tenants` lists them"
    raise CommandError(ExitCode.NOT_FOUND, f"no tenant is {text!r}", [hint])


def _keys(jwks: str | None) -> dict[str, Any]:
    if jwks is None:
        return {}
    if jwks.startswith(("https://", "http://")):
        return {"keys_url": jwks}
    return {"jwks": _document(jwks)}


def _document(name: str) -> Json:
    document = read_json(name)
    if not isinstance(document, dict):
        raise CommandError(ExitCode.USAGE, f"{name} is no JWKS", ['{"keys": [...]} is expected'])
    return document


def _given(wanted: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in wanted.items() if value is not None}


def _keys_of(body: Json) -> str:
    origin = "fetched" if body["keys_url"] else "put in"
    return f"{len(body['keys'])}, {origin} {moment(body['keys_at'])}"
