"""Packages: made with their bulk account, listed, read again with their secrets, removed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.errors import Conflict, Invalid, Missing
from lenskeep.base.secret import Secret
from lenskeep.config import split_address
from lenskeep.enrollment.package.building import Building, building
from lenskeep.enrollment.package.checking import warnings
from lenskeep.enrollment.package.customizations import customizations
from lenskeep.enrollment.package.definition import XML_FILE, Kept, Proof, SignIn
from lenskeep.enrollment.package.stored import read_back, secret_form, shown_form
from lenskeep.flows.entrance import Item, ItemKind, Plain
from lenskeep.flows.entry.bulk import BulkMade, BulkWish, add_bulk, disable_bulk
from lenskeep.flows.entry.package.wish import PackageWish, draw, endpoints
from lenskeep.flows.house import House
from lenskeep.flows.people import audit_line

SECRETS_PURPOSE: Final = "package.secrets"
_NOT_IN_UPN: Final = re.compile(r"[^a-z0-9]+")
_NAME_IN_UPN: Final = 40


@dataclass(frozen=True, slots=True)
class Listed:
    """A package as lists show it; nothing secret."""

    id: str
    name: str
    version: str
    upn: str
    """Of its bulk account; empty for a package that enrolls nothing."""
    proof: str
    account_id: str
    created_at: datetime
    shown: Mapping[str, Plain]
    """Everything else that may be shown."""


@dataclass(frozen=True, slots=True)
class Folder:
    """What Windows Configuration Designer is given; secrets in the clear."""

    listed: Listed
    files: Mapping[str, bytes]
    """By name; `customizations.xml` is the answer file."""
    building: Building
    warnings: tuple[str, ...]
    user_password: Secret | None = None
    """Of the local account, where it was made here; told once."""

    def __repr__(self) -> str:
        """Return a text without the files, which hold secrets."""
        return f"Folder({self.listed.name!r}, {sorted(self.files)})"


async def add_package(house: House, caller: Caller, wish: PackageWish) -> Folder:
    """Make a package and its bulk account. Raises Invalid, Missing, and Conflict on the name."""
    demand(caller, Permission.ADMINISTER)
    drawn = await draw(house, caller, wish)
    await _refuse_taken(house, drawn.package.name)
    made = await _account(house, caller, wish)
    kept = Kept(replace(drawn.package, sign_in=_sign_in(made)), made.pfx if made else b"")
    item = _item(house, kept, made)
    detail = {"name": item.name, "account": made.account.name if made else ""}
    try:
        await house.entry.items.add(item, audit_line(house, caller, "package.add", item.id, detail))
    except Conflict:  # another one got the name a moment ago
        if made:
            await disable_bulk(house, caller, made.account.id)
        raise
    user = kept.package.user
    is_told = user is not None and wish.user is not None and wish.user.password is None
    told = user.password if user is not None and is_told else None
    folder = _folder(_listed(item), kept, drawn.kiosk_warnings)
    return replace(folder, user_password=told)


async def list_packages(house: House, caller: Caller) -> tuple[Listed, ...]:
    """Return all packages, by name."""
    demand(caller, Permission.SEE)
    items = await house.entry.items.items(ItemKind.PACKAGE)
    return tuple(_listed(each) for each in items)


async def get_package(house: House, caller: Caller, reference: str) -> Listed:
    """Return the package of this id or name. Raises Missing."""
    demand(caller, Permission.SEE)
    return _listed(await house.entry.items.item(ItemKind.PACKAGE, reference))


async def how_to_build(
    house: House, caller: Caller, reference: str
) -> tuple[Building, tuple[str, ...]]:
    """Return how the package is built, and what its builder should know. Raises Missing."""
    demand(caller, Permission.SEE)
    kept = _opened(house, await house.entry.items.item(ItemKind.PACKAGE, reference))
    return building(kept.package), warnings(kept.package)


async def open_package(house: House, caller: Caller, reference: str) -> Folder:
    """Return the files again, secrets in them; that is put on record. Raises Missing."""
    demand(caller, Permission.ADMINISTER)
    item = await house.entry.items.item(ItemKind.PACKAGE, reference)
    line = audit_line(house, caller, "package.read", item.id, {"name": item.name})
    await house.entry.items.change(item, line)
    return _folder(_listed(item), _opened(house, item), ())


async def remove_package(house: House, caller: Caller, reference: str) -> None:
    """Remove a package and disable its bulk account; headsets stay managed. Raises Missing."""
    demand(caller, Permission.ADMINISTER)
    item = await house.entry.items.item(ItemKind.PACKAGE, reference)
    listed = _listed(item)
    if listed.account_id:
        await disable_bulk(house, caller, listed.account_id)
    detail = {"name": item.name, "account": listed.upn}
    line = audit_line(house, caller, "package.remove", item.id, detail)
    await house.entry.items.remove(ItemKind.PACKAGE, item.id, line)


# --- its bulk account ----------------------------------------------------------------------


async def _account(house: House, caller: Caller, wish: PackageWish) -> BulkMade | None:
    """Make the bulk account of a package that enrolls."""
    if wish.proof is None:
        return None
    with_certificate = wish.proof is Proof.CERTIFICATE
    name = wish.upn.strip() or _upn(house, wish.name)
    asked = BulkWish(name, wish.days, wish.uses, with_certificate=with_certificate)
    try:
        return await add_bulk(house, caller, asked)
    except Invalid as invalid:
        raise Invalid(
            *(
                replace(each, field="upn" if each.field == "name" else each.field)
                for each in invalid.complaints
            )
        ) from None


def _upn(house: House, name: str) -> str:
    """Return a user name made of the package's: `package-ward-7@mdm.example`."""
    host = split_address(house.settings.hostname)[0]
    short = _NOT_IN_UPN.sub("-", name.casefold())[:_NAME_IN_UPN].strip("-")
    return f"package-{short}@{host}" if short else f"package@{host}"


def _sign_in(made: BulkMade | None) -> SignIn | None:
    if made is None:
        return None
    if made.password is not None:
        return SignIn(made.account.name, Proof.PASSWORD, made.password)
    thumbprint = Secret(made.thumbprint)
    return SignIn(made.account.name, Proof.CERTIFICATE, thumbprint, made.pfx_password)


# --- what is kept --------------------------------------------------------------------------


async def _refuse_taken(house: House, name: str) -> None:
    """Refuse a name that is taken before an account is made for it."""
    try:
        await house.entry.items.item(ItemKind.PACKAGE, name)
    except Missing:
        return
    raise Conflict(f"there is a package {name!r}")


def _item(house: House, kept: Kept, made: BulkMade | None) -> Item:
    package = kept.package
    body = dict(shown_form(package))
    body["guid"] = package.id
    body["account_id"] = made.account.id if made else ""
    return Item(
        id=house.ids.new("pkg"),
        kind=ItemKind.PACKAGE,
        name=package.name,
        body=body,
        sealed=house.keyring.seal(SECRETS_PURPOSE, secret_form(kept)),
        created_at=house.clock.now(),
    )


def _opened(house: House, item: Item) -> Kept:
    secret = house.keyring.open(SECRETS_PURPOSE, item.sealed)
    return read_back(str(item.body["guid"]), item.name, endpoints(house), item.body, secret)


def _listed(item: Item) -> Listed:
    text = {key: str(item.body.get(key) or "") for key in ("version", "upn", "proof")}
    account_id = str(item.body.get("account_id") or "")
    return Listed(
        id=item.id,
        name=item.name,
        version=text["version"],
        upn=text["upn"],
        proof=text["proof"],
        account_id=account_id,
        created_at=item.created_at,
        shown=item.body,
    )


def _folder(listed: Listed, kept: Kept, more: tuple[str, ...]) -> Folder:
    files = {XML_FILE: customizations(kept.package), **kept.files()}
    return Folder(listed, files, building(kept.package), (*warnings(kept.package), *more))
