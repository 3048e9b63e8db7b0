"""A profile's body as it is stored: JSON, sealed, since a value may be a secret."""

import json
from collections.abc import Iterable, Mapping
from typing import Final

from lenskeep.base.identifiers import ProfileId
from lenskeep.desired.profile import Drift, ProfileBody, ProfileSetting
from lenskeep.flows.house import House
from lenskeep.tree.value import Format

_PURPOSE: Final = "profile.revision"
_VERSION: Final = 1

Revised = tuple[ProfileId, int]
"""A profile at the revision of this number."""


def dump_body(body: ProfileBody) -> bytes:
    """Return the stored form, unsealed; the same body gives the same bytes."""
    rows = [
        [each.uri, each.value, each.format.value if each.format else None, each.acknowledged]
        for each in body.settings
    ]
    plain = [_VERSION, body.drift.value, rows]
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def load_body(stored: bytes) -> ProfileBody:
    """Return what `dump_body` made."""
    _, drift, rows = json.loads(stored.decode("utf-8", "surrogatepass"))
    settings = tuple(
        ProfileSetting(uri, value, Format(form) if form else None, acknowledged)
        for uri, value, form, acknowledged in rows
    )
    return ProfileBody(settings, Drift(drift))


def seal_body(house: House, body: ProfileBody) -> str:
    """Return the body as it is stored."""
    return house.keyring.seal(_PURPOSE, dump_body(body))


def open_body(house: House, sealed: str) -> ProfileBody:
    """Return the body of a stored one."""
    return load_body(house.keyring.open(_PURPOSE, sealed))


async def read_bodies(
    house: House, wanted: Iterable[Revised], drafts: Mapping[Revised, ProfileBody]
) -> Mapping[Revised, ProfileBody]:
    """Return these bodies: the drafts as they are, the others as they are stored."""
    asked = frozenset(wanted)
    stored = asked - drafts.keys()
    sealed = await house.mandate.bodies(stored) if stored else {}
    opened = {each: open_body(house, text) for each, text in sealed.items()}
    return {each: drafts[each] for each in asked & drafts.keys()} | opened
