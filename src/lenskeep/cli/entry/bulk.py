"""Commands for bulk accounts: what provisioning packages enroll with."""

import base64
from pathlib import Path
from typing import Annotated

import typer

from lenskeep.cli.entry.packages import read_text, refuse_existing, write_alone
from lenskeep.cli.output import (
    CommandError,
    ExitCode,
    moment,
    note,
    print_json,
    print_table,
    print_value,
)
from lenskeep.cli.remote import Remote, remote_command


def register(app: typer.Typer) -> None:
    """Add the commands for bulk accounts."""
    group = typer.Typer(
        help="Accounts of packages: one account, many headsets.", no_args_is_help=True
    )
    for name, command in (("add", bulk_add), ("list", bulk_list), ("remove", bulk_remove)):
        group.command(name)(command)
    app.add_typer(group, name="bulk-account")


@remote_command
def bulk_add(
    remote: Remote,
    name: Annotated[str, typer.Argument(help="user@domain")],
    days: Annotated[int, typer.Option(help="How long it enrolls.")] = 365,
    uses: Annotated[int | None, typer.Option(help="Headsets; else as many as come.")] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="PEM of the certificate that proves it.")
    ] = None,
    pfx: Annotated[
        Path | None, typer.Option(help="Make a certificate and its key; write them here.")
    ] = None,
) -> None:
    """Add a bulk account by itself; `lenskeep package new` makes one with each package."""
    if pfx is not None:
        refuse_existing(pfx)
    body = remote.post(
        "/bulk-accounts",
        {
            "name": name,
            "days": days,
            "uses": uses,
            "certificate": read_text(certificate) if certificate else "",
            "make_certificate": pfx is not None,
        },
    )
    if pfx is not None:
        write_alone(pfx, base64.b64decode(body["pfx"]))
    if remote.wants_json:
        print_json({key: value for key, value in body.items() if key != "pfx"})
        return
    note(f"bulk account {body['name']} added, until {moment(body['expires_at'])}")
    print_value(body["password"] or body["pfx_password"] or body["thumbprint"])


@remote_command
def bulk_list(remote: Remote) -> None:
    """List the bulk accounts."""
    body = remote.get("/bulk-accounts")
    if remote.wants_json:
        print_json(body)
        return
    columns = ("ID", "NAME", "BY", "USES LEFT", "ENDS", "DISABLED")
    print_table(
        columns,
        (
            (
                each["id"],
                each["name"],
                each["by"],
                "any" if each["uses_left"] is None else each["uses_left"],
                moment(each["expires_at"]),
                moment(each["disabled_at"]),
            )
            for each in body["items"]
        ),
    )


@remote_command
def bulk_remove(
    remote: Remote, account: Annotated[str, typer.Argument(help="Name or id.")]
) -> None:
    """Disable a bulk account: its packages enroll nothing more; headsets stay managed."""
    wanted = account.strip().casefold()
    for each in remote.get("/bulk-accounts")["items"]:
        if wanted in (each["id"].casefold(), each["name"].casefold()):
            remote.delete(f"/bulk-accounts/{each['id']}")
            print_value(f"{each['name']} enrolls nothing more")
            return
    hint = "`lenskeep bulk-account list` lists them"
    raise CommandError(ExitCode.NOT_FOUND, f"no bulk account is {account!r}", [hint])
