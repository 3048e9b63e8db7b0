"""Commands for who enrolls and who signs in; they work on the data folder, beside a server too.

A secret made here is printed once, alone on the last line.
"""

import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import BaseModel

from lenskeep.access import Caller, CallerKind, Role
from lenskeep.app import open_house
from lenskeep.base.identifiers import CodeId
from lenskeep.base.secret import Secret
from lenskeep.cli.output import (
    CommandError,
    ExitCode,
    moment,
    note,
    print_json,
    print_secret,
    print_table,
    print_value,
)
from lenskeep.cli.remote import DataOption, JsonOption
from lenskeep.flows import admins, people
from lenskeep.flows.house import House
from lenskeep.flows.reading import MAX_PAGE, PageRequest
from lenskeep.flows.records import Admin
from lenskeep.web.api.models import (
    AccountRow,
    AdminRow,
    CodeRow,
    Listing,
    NewAccount,
    NewAdmin,
    NewCode,
    NewToken,
    TokenRow,
)

T = TypeVar("T")

PasswordOption = Annotated[
    bool,
    typer.Option("--password-stdin", help="Read the password from stdin, one line; else made."),
]
AdminArgument = Annotated[str, typer.Argument(metavar="ADMIN", help="Name or id.")]
AfterOption = Annotated[str | None, typer.Option("--after", help="`next` of the page before.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for group, about, commands in (
        (
            "account",
            "Enrollment accounts.",
            (("add", account_add), ("list", account_list), ("disable", account_disable)),
        ),
        (
            "admin",
            "People who sign in to the console.",
            (
                ("add", admin_add),
                ("list", admin_list),
                ("role", admin_role),
                ("password", admin_password),
                ("disable", admin_disable),
            ),
        ),
        (
            "code",
            "One-time codes to type on a headset.",
            (("new", code_new), ("list", code_list), ("end", code_end)),
        ),
        (
            "token",
            "Tokens for REST and remote commands.",
            (("new", token_new), ("list", token_list), ("revoke", token_revoke)),
        ),
    ):
        sub = typer.Typer(help=about, no_args_is_help=True)
        for name, command in commands:
            sub.command(name)(command)
        app.add_typer(sub, name=group)


# --- accounts -----------------------------------------------------------------------------


def account_add(
    name: Annotated[str, typer.Argument(help="user@domain, as typed on the headset.")],
    password_stdin: PasswordOption = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add an enrollment account."""
    given = _read_password() if password_stdin else None
    account, secret = _at_home(data, lambda house, me: people.add_account(house, me, name, given))
    made = None if given else secret
    _tell(NewAccount.of(account, made), as_json, f"account {account.name} added", made)


def account_list(
    data: DataOption = None, after: AfterOption = None, as_json: JsonOption = False
) -> None:
    """List the enrollment accounts."""
    page = _at_home(data, lambda house, me: people.list_accounts(house, me, _page(after)))
    body = Listing[AccountRow].model_validate(page)
    _list(body, as_json, ("id", "name", "created_at", "disabled_at"))


def account_disable(
    account: Annotated[str, typer.Argument(help="Name or id.")], data: DataOption = None
) -> None:
    """Disable an account: it enrolls nothing more; its devices stay managed."""
    _at_home(data, lambda house, me: people.disable_account(house, me, account))
    print_value(f"{account} disabled")


# --- administrators -----------------------------------------------------------------------


def admin_add(
    name: str,
    role: Annotated[str, typer.Option(help="viewer, operator or admin")] = "admin",
    password_stdin: PasswordOption = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a person who signs in to the console."""
    given = _read_password() if password_stdin else None
    admin, secret = _at_home(data, lambda house, me: admins.add_admin(house, me, name, role, given))
    made = None if given else secret
    _tell(NewAdmin.of(admin, made), as_json, f"{admin.role} {admin.name} added", made)


def admin_list(
    data: DataOption = None, after: AfterOption = None, as_json: JsonOption = False
) -> None:
    """List the people who sign in to the console."""
    page = _at_home(data, lambda house, me: admins.list_admins(house, me, _page(after)))
    body = Listing[AdminRow].model_validate(page)
    _list(body, as_json, ("id", "name", "role", "created_at", "disabled_at"))


def admin_role(
    admin: AdminArgument,
    role: Annotated[str, typer.Argument(help="viewer, operator or admin")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a person another role, from their next request on."""
    changed = _at_home(data, lambda house, me: admins.change_admin(house, me, admin, role))
    body = AdminRow.model_validate(changed)
    _tell(body, as_json, f"{changed.name} is now {changed.role}", None)


def admin_password(
    admin: AdminArgument,
    password_stdin: PasswordOption = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a person another password; whoever is signed in with the old one is out."""
    given = _read_password() if password_stdin else None

    async def change(house: House, me: Caller) -> tuple[Admin, Secret]:
        secret = given or people.new_password(house)
        return await admins.change_admin(house, me, admin, password=secret), secret

    changed, secret = _at_home(data, change)
    made = None if given else secret
    _tell(NewAdmin.of(changed, made), as_json, f"{changed.name} has another password", made)


def admin_disable(admin: AdminArgument, data: DataOption = None) -> None:
    """Disable a person: sign-ins end at once. The last active administrator stays."""
    changed = _at_home(data, lambda house, me: admins.disable_admin(house, me, admin))
    print_value(f"{changed.name} disabled")


# --- codes --------------------------------------------------------------------------------


def code_new(
    uses: Annotated[int, typer.Option(help="Headsets it enrolls, 1 to 1000.")] = 1,
    minutes: Annotated[int, typer.Option(help="How long it is good, 1 to 43200.")] = 60,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a one-time code; it goes where the password goes, with any user name."""
    code, secret = _at_home(data, lambda house, me: people.new_code(house, me, uses, minutes))
    body = NewCode.of(code, secret)
    until = moment(body.model_dump(mode="json")["expires_at"])
    _tell(body, as_json, f"code {code.id} for {uses} headset(s), good until {until}", secret)


def code_list(
    data: DataOption = None, after: AfterOption = None, as_json: JsonOption = False
) -> None:
    """List the one-time codes."""
    page = _at_home(data, lambda house, me: people.list_codes(house, me, _page(after)))
    body = Listing[CodeRow].model_validate(page)
    _list(body, as_json, ("id", "uses_left", "uses_total", "created_at", "expires_at"))


def code_end(
    code: Annotated[str, typer.Argument(metavar="ID", help="cod_..., as `code list` shows it.")],
    data: DataOption = None,
) -> None:
    """End a code before its time."""
    _at_home(data, lambda house, me: people.end_code(house, me, CodeId(code)))
    print_value(f"{code} ended")


# --- tokens -------------------------------------------------------------------------------


def token_new(
    name: str,
    scope: Annotated[str, typer.Option(help="read, operate or admin")] = "read",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a token for REST and remote commands."""
    token, secret = _at_home(data, lambda house, me: people.new_token(house, me, name, scope))
    _tell(NewToken.of(token, secret), as_json, f"token {token.name} ({token.scope})", secret)


def token_list(
    data: DataOption = None, after: AfterOption = None, as_json: JsonOption = False
) -> None:
    """List the tokens."""
    page = _at_home(data, lambda house, me: people.list_tokens(house, me, _page(after)))
    body = Listing[TokenRow].model_validate(page)
    _list(body, as_json, ("id", "name", "scope", "created_at", "revoked_at"))


def token_revoke(
    token: Annotated[str, typer.Argument(help="Name or id.")], data: DataOption = None
) -> None:
    """Revoke a token, at once and for good."""
    _at_home(data, lambda house, me: people.revoke_token(house, me, token))
    print_value(f"{token} revoked")


# --- shared -------------------------------------------------------------------------------


def _at_home(data: Path | None, flow: Callable[[House, Caller], Awaitable[T]]) -> T:
    """Run one flow on the data folder, as whoever may read its keys: an administrator."""

    async def run() -> T:
        async with open_house(data) as house:
            return await flow(house, Caller(CallerKind.CONSOLE, _user(), Role.ADMIN))

    return asyncio.run(run())


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _read_password() -> Secret:
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise CommandError(ExitCode.USAGE, "no password came on stdin", ["one line is read"])
    return Secret(line)


def _page(after: str | None) -> PageRequest:
    return PageRequest(after, MAX_PAGE)


def _tell(body: BaseModel, as_json: bool, text: str, secret: Secret | None) -> None:
    if as_json:
        print_json(body.model_dump(mode="json"))
        return
    print_value(text)
    if secret is not None:
        print_secret(secret.reveal())


def _list(body: BaseModel, as_json: bool, names: tuple[str, ...]) -> None:
    shown = body.model_dump(mode="json")
    if as_json:
        print_json(shown)
        return
    columns = [name.removesuffix("_at").replace("_", " ").upper() for name in names]
    rows = (
        [moment(row[name]) if name.endswith("_at") else row[name] for name in names]
        for row in shown["items"]
    )
    print_table(columns, rows)
    if shown["next"]:
        note(f"there are more: --after {shown['next']}")
