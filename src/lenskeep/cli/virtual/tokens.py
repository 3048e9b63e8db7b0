"""`lenskeep virtual token`: tokens of a test issuer, right and wrong ones."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from lenskeep.base.errors import Invalid
from lenskeep.cli.virtual.plainly import plainly
from lenskeep.virtual.entra.claims import Kind
from lenskeep.virtual.entra.issuer import JWKS_FILE, Shape, TokenIssuer, Wrong


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="token")(token)


def token(
    kind: Annotated[Kind, typer.Option(help="What the token is for.")] = Kind.JOIN,
    user: Annotated[str, typer.Option(help="UPN of the user.")] = "anna@contoso.example",
    issuer_dir: Annotated[
        Path, typer.Option("--issuer-dir", help="Where the issuer's key is, or comes to be.")
    ] = Path("issuer"),
    tenant: Annotated[str, typer.Option(help="Tenant id; kept in the folder.")] = "",
    audience: Annotated[str, typer.Option(help="App ID URI of your server; kept.")] = "",
    client_id: Annotated[str, typer.Option(help="Client id of your application; kept.")] = "",
    version: Annotated[int, typer.Option(min=1, max=2, help="Of the token's format.")] = 1,
    device_id: Annotated[str, typer.Option(help="Another Entra device than the user's.")] = "",
    wrong: Annotated[Wrong | None, typer.Option(help="What shall be wrong with it.")] = None,
    claims: Annotated[
        list[str] | None,
        typer.Option("--claims", help="NAME=VALUE sets a claim (JSON or text), NAME= drops it."),
    ] = None,
    lifetime: Annotated[int, typer.Option(min=1, help="Minutes.")] = 60,
    jwks: Annotated[bool, typer.Option("--jwks", help="Print where the key set is.")] = False,
) -> None:
    """Make a token as Entra would give a headset; whoever trusts the key set lets it in."""
    with plainly():
        issuer = TokenIssuer.open(issuer_dir, tenant, audience, client_id)
        if jwks:
            print(issuer_dir / JWKS_FILE)
            return
        shape = Shape(
            version=version,
            wrong=wrong,
            changes=dict(_claim(each) for each in claims or ()),
            lifetime=timedelta(minutes=lifetime),
            device_id=device_id,
        )
        print(issuer.token(kind, user, shape))


def _claim(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise Invalid.field("claims", f"{text!r} is not NAME=VALUE")
    if not value:
        return name, None
    try:
        return name, json.loads(value)
    except (ValueError, RecursionError):
        return name, value
