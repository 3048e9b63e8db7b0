"""What the wearer reads of the management: set for all, and previewed for one headset."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.identifiers import DeviceId
from lenskeep.desired.standing import SettingState, load_standing
from lenskeep.desired.wanted import WantedTree
from lenskeep.enrollment.wearer.areas import managed
from lenskeep.enrollment.wearer.words import Named, name_of, read_words, words_body
from lenskeep.flows.arriving.first_run import DocumentView, made, view_of
from lenskeep.flows.desired.casting.recast import open_tree
from lenskeep.flows.entrance import DocumentKind, Way
from lenskeep.flows.house import House
from lenskeep.flows.in_force.documents import words_in_force
from lenskeep.flows.people import audit_line
from lenskeep.flows.ports import DeviceDetail
from lenskeep.flows.records import Enrollment
from lenskeep.tree.uri import node_key

_TARGET: Final = "wearer"
_KEPT: Final = {
    Way.ENTRA_JOIN.value: "joined to Entra: only a reset takes it out of management",
    Way.AUTOPILOT.value: "came by Autopilot: only a reset takes it out of management",
    Way.BULK_TOKEN.value: "joined to Entra by a package: only a reset takes it out of management",
}
_MAY_LEAVE: Final = node_key(
    "./Device/Vendor/MSFT/Policy/Config/Experience/AllowManualMDMUnenrollment"
)


@dataclass(frozen=True, slots=True)
class WearerView:
    """What Settings > Accounts > Access work or school > Info shows."""

    organization: str
    connected_by: str
    """The user name; empty for a headset without one."""
    server: str
    device_name: str
    areas: tuple[str, ...]
    """What is managed, in the words of Settings."""
    policies: int
    apps: tuple[str, ...]
    last_sync: datetime | None
    help_phone: str
    help_website: str
    help_email: str
    may_disconnect: bool
    """Whether the wearer finds a Disconnect that works."""
    why: str
    """Why not; empty where it works."""
    is_told: bool
    """Whether the headset has these words; otherwise it gets them at its next contact."""


async def show_words(house: House, caller: Caller) -> DocumentView:
    """Return what wearers read."""
    demand(caller, Permission.SEE)
    words, stored = await words_in_force(house)
    return view_of(stored, words_body(words))


async def set_words(house: House, caller: Caller, given: object, base: int) -> DocumentView:
    """Set what wearers read, in the place of version `base`; headsets under management are told
    at their next contact. Raises Invalid with every complaint, and Conflict on the base.
    """
    demand(caller, Permission.ADMINISTER)
    body = words_body(read_words(given))
    stored = made(house, caller, DocumentKind.WEARER, body, base)
    line = audit_line(house, caller, "wearer.set", _TARGET, {"version": str(base + 1)})
    await house.entry.documents.save(stored, base, line)
    return view_of(stored, body)


async def preview(house: House, caller: Caller, device_id: DeviceId) -> WearerView:
    """Return what Settings shows on one headset. Raises Missing."""
    demand(caller, Permission.SEE)
    detail = await house.fleet.device(device_id)
    words, _ = await words_in_force(house)
    wanting = await house.standings.standing_of(device_id)
    tree, standing = open_tree(house, wanting.sealed_tree), load_standing(wanting.standing)
    absent = {e.key for e in standing.nodes if e.state is SettingState.NOT_APPLICABLE}
    found = managed(each.uri.path for each in tree.nodes if each.key not in absent)
    enrollment = next(iter(detail.enrollments), None)
    why = " ".join(_kept(enrollment, tree))
    return WearerView(
        organization=words.organization or house.settings.organization,
        connected_by=detail.row.user,
        server=house.settings.url("/"),
        device_name=name_of(words, _named(detail)),
        areas=found.areas,
        policies=found.policies,
        apps=found.apps,
        last_sync=detail.row.last_seen,
        help_phone=words.help_phone,
        help_website=words.help_website,
        help_email=words.help_email,
        may_disconnect=not why,
        why=why,
        is_told=not detail.notice_due,
    )


def _kept(enrollment: Enrollment | None, tree: WantedTree) -> Iterator[str]:
    """Yield what keeps the wearer from disconnecting."""
    if enrollment is not None and enrollment.way in _KEPT:
        yield _KEPT[enrollment.way]
        return
    policy = tree.by_key.get(_MAY_LEAVE)
    if policy is not None and (policy.value or "").strip() == "0":
        yield "Experience/AllowManualMDMUnenrollment is 0"


def _named(detail: DeviceDetail) -> Named:
    return Named(detail.row.name, detail.row.serial, detail.row.user)
