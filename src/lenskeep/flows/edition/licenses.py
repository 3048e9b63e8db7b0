"""Licenses for HoloLens (1st gen): kept sealed, told apart from what is none."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.errors import Conflict, Invalid
from lenskeep.enrollment.edition import License, read_license
from lenskeep.flows.entrance import Item, ItemKind
from lenskeep.flows.house import House
from lenskeep.flows.people import audit_line, name_complaints

_PURPOSE: Final = "license"


@dataclass(frozen=True, slots=True)
class ListedLicense:
    """A license as an administrator sees it; its text stays sealed."""

    id: str
    name: str
    root: str
    size_bytes: int
    sha256: str
    automatic: bool
    """Whether every new 1st gen headset is upgraded with it."""
    notice: str
    created_at: datetime


async def add_license(
    house: House, caller: Caller, name: str, data: bytes, *, automatic: bool = False
) -> ListedLicense:
    """Keep a license. Raises Invalid that says what it is instead, Conflict for a taken name or a
    second automatic one.
    """
    demand(caller, Permission.ADMINISTER)
    name = name.strip()
    complaints = name_complaints(name)
    if complaints:
        raise Invalid(*complaints)
    found = read_license(data)
    for each in await list_licenses(house, caller):
        if automatic and each.automatic:
            raise Conflict(f"{each.name} is the automatic one already")
    item = _item(house, name, found, automatic=automatic)
    detail = {"name": name, "automatic": "yes" if automatic else "no"}
    await house.entry.items.add(item, audit_line(house, caller, "license.add", item.id, detail))
    return _listed(item)


async def list_licenses(house: House, caller: Caller) -> tuple[ListedLicense, ...]:
    """Return all licenses, by name."""
    demand(caller, Permission.SEE)
    return tuple(_listed(each) for each in await house.entry.items.items(ItemKind.LICENSE))


async def remove_license(house: House, caller: Caller, name_or_id: str) -> ListedLicense:
    """Forget a license; headsets that it upgraded stay upgraded. Raises Missing."""
    demand(caller, Permission.ADMINISTER)
    item = await house.entry.items.item(ItemKind.LICENSE, name_or_id)
    line = audit_line(house, caller, "license.remove", item.id, {"name": item.name})
    await house.entry.items.remove(ItemKind.LICENSE, item.id, line)
    return _listed(item)


def _item(house: House, name: str, found: License, *, automatic: bool) -> Item:
    text = found.xml.encode("utf-8")
    return Item(
        id=house.ids.new("lic"),
        kind=ItemKind.LICENSE,
        name=name,
        body={
            "root": found.root,
            "bytes": len(text),
            "sha256": hashlib.sha256(text).hexdigest(),
            "automatic": automatic,
            "notice": found.notice,
        },
        sealed=house.keyring.seal(_PURPOSE, text),
        created_at=house.clock.now(),
    )


def _listed(item: Item) -> ListedLicense:
    body = item.body
    return ListedLicense(
        id=item.id,
        name=item.name,
        root=str(body["root"]),
        size_bytes=int(str(body["bytes"])),
        sha256=str(body["sha256"]),
        automatic=bool(body["automatic"]),
        notice=str(body["notice"]),
        created_at=item.created_at,
    )


async def chosen_license(house: House, name: str) -> Item:
    """Return the license of this name, or the only one. Raises Missing, or Invalid for several."""
    if name:
        return await house.entry.items.item(ItemKind.LICENSE, name)
    items = await house.entry.items.items(ItemKind.LICENSE)
    if len(items) != 1:
        raise Invalid.field(
            "license", f"there are {len(items)} licenses", "the name of one of them"
        )
    return items[0]


def text_of(house: House, item: Item) -> str:
    """Return the license itself, as it goes to a headset."""
    return house.keyring.open(_PURPOSE, item.sealed).decode("utf-8")
