"""Commands that rotate the certificate authority of a data folder; a running server follows."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer

from lenskeep import app as house_app
from lenskeep.access import Caller, CallerKind, Role
from lenskeep.cli.output import (
    note,
    print_heading,
    print_json,
    print_pairs,
    print_table,
    print_value,
)
from lenskeep.flows.authority import rotating as authority
from lenskeep.flows.authority.rotating import AuthorityView
from lenskeep.flows.house import House

T = TypeVar("T")
DataOption = Annotated[
    Path | None,
    typer.Option("--data", envvar="LENSKEEP_DATA", help="The data folder.", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Go on; headsets left behind have to enroll again.")
]
RenewNowOption = Annotated[
    bool,
    typer.Option("--renew-now", help="Headsets renew at their next contact, not within a year."),
]
_CALLER: Final = Caller(CallerKind.CONSOLE, "lenskeep ca", Role.ADMIN)
_FOLLOWS: Final = "A running server follows within a minute."


def register(group: typer.Typer) -> None:
    """Add these commands to the group of the certificate authority."""
    group.command("status")(status)
    group.command("rotate")(rotate)
    group.command("deliver")(deliver)
    group.command("serve-new")(serve_new)
    group.command("finish-rotation")(finish_rotation)


def status(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show the eras of the authority, and which headsets rest on which."""
    _show(_do(data, lambda house: authority.show_authority(house, _CALLER)), as_json=as_json)


def rotate(
    data: DataOption = None,
    keep_root: Annotated[
        bool, typer.Option("--keep-root", help="New issuers under the same root.")
    ] = False,
    renew_now: RenewNowOption = False,
) -> None:
    """Begin a rotation: a new authority beside the old one; both count until it is finished."""

    async def step(house: House) -> AuthorityView:
        return await authority.rotate(house, _CALLER, keep_root=keep_root, renew_now=renew_now)

    _show(_do(data, step))
    note(_FOLLOWS)


def deliver(data: DataOption = None, renew_now: RenewNowOption = False) -> None:
    """Send the new root, again, to headsets that lack it."""

    async def step(house: House) -> int:
        return await authority.deliver(house, _CALLER, renew_now=renew_now)

    print_value(f"{_do(data, step)} headsets get it at their next contact")


def serve_new(data: DataOption = None, force: ForceOption = False) -> None:
    """Let the server show a certificate of the new authority, before the rotation is finished."""

    async def step(house: House) -> AuthorityView:
        return await authority.serve_new(house, _CALLER, force=force)

    _show(_do(data, step))
    note(_FOLLOWS)


def finish_rotation(data: DataOption = None, force: ForceOption = False) -> None:
    """End a rotation: only the new authority counts. Refused while headsets rest on the old one."""

    async def step(house: House) -> AuthorityView:
        return await authority.finish(house, _CALLER, force=force)

    _show(_do(data, step))
    note(_FOLLOWS)


def _do(data: Path | None, step: Callable[[House], Awaitable[T]]) -> T:
    async def done() -> T:
        async with house_app.open_house(data) as house:
            return await step(house)

    return asyncio.run(done())


def _show(view: AuthorityView, *, as_json: bool = False) -> None:
    if as_json:
        print_json(_plain(view))
        return
    columns = ("ERA", "ROOT", "ROOT ENDS", "ISSUER ENDS", "ISSUES", "SERVES", "HEADSETS")
    print_table(columns, ([*row.values()] for row in _rows(view)))
    if view.retiring:
        print_heading("Still resting on the old one")
        rows = ((e.device_id, e.name, e.last_seen, e.not_after, e.has_root) for e in view.retiring)
        print_table(("DEVICE", "NAME", "LAST SEEN", "ENDS", "HAS THE NEW ROOT"), rows)
    print_pairs((("rotate by", f"{view.rotate_by:%Y-%m-%d}"), ("next", view.advice)))


def _plain(view: AuthorityView) -> dict[str, object]:
    waiting = [
        {
            "device": each.device_id,
            "name": each.name,
            "not_after": each.not_after.isoformat(),
            "has_root": each.has_root,
        }
        for each in view.retiring
    ]
    return {
        "eras": _rows(view),
        "is_rotating": view.is_rotating,
        "without_root": view.without_root,
        "waiting_for": waiting,
        "rotate_by": view.rotate_by.isoformat(),
        "advice": view.advice,
    }


def _rows(view: AuthorityView) -> list[dict[str, object]]:
    return [
        {
            "number": each.era.number,
            "root": authority.thumbprint_of(each.era),
            "root_ends": f"{each.era.root.not_valid_after_utc:%Y-%m-%d}",
            "issuer_ends": f"{each.era.devices.not_valid_after_utc:%Y-%m-%d}",
            "issues": each.issues,
            "serves": each.serves,
            "devices": each.devices,
        }
        for each in view.eras
    ]
