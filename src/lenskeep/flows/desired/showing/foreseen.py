"""What would be sent to devices if a profile were assigned, or a body saved: only thought of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from lenskeep.base.errors import Invalid
from lenskeep.base.identifiers import AssignmentId, DeviceId, GroupId, ProfileId
from lenskeep.desired.applies import DeviceFacts, device_facts
from lenskeep.desired.known import Known
from lenskeep.desired.plan.preview import Preview, preview
from lenskeep.desired.plan.step import Situation, Staged
from lenskeep.desired.profile import ProfileBody
from lenskeep.desired.standing import DeviceStanding
from lenskeep.desired.wanted import WantedTree
from lenskeep.flows.desired.casting.bodies import open_body
from lenskeep.flows.desired.casting.deciding import profile_in
from lenskeep.flows.desired.casting.examining import Examined, examine
from lenskeep.flows.desired.casting.reached import with_assignment, with_profile
from lenskeep.flows.house import House
from lenskeep.flows.mandate import Assignment, Guard, GuardState, Mandate, Profile
from lenskeep.tree.catalog.load import Catalog
from lenskeep.tree.sensitive import redacted

DRAFT = ProfileId("prf_draft")
"""Stands for a profile that does not exist yet."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A mandate that is only thought of, and what was noticed of the body in it."""

    mandate: Mandate
    profile: Profile
    found: Examined


async def foresee(
    house: House,
    mandate: Mandate,
    body: ProfileBody | None,
    *,
    profile: ProfileId | None = None,
    group: GroupId | None = None,
) -> Foreseen:
    """Return what would be if this body were the profile's next revision, assigned to the group.

    Without a body the profile stays as it is; without a profile there would be a new one.
    """
    draft = await _draft(house, mandate, profile, is_changed=body is not None)
    if body is None:
        stored = await house.mandate.revision(draft.id, draft.revision)
        body = open_body(house, stored.sealed)
    after = with_profile(mandate, draft)
    if group is not None:
        after = with_assignment(after, _assumed(house, after, draft.id, group))
    return Foreseen(after, draft, await examine(house, after, (draft.id, draft.revision), body))


async def _draft(
    house: House, mandate: Mandate, profile: ProfileId | None, *, is_changed: bool
) -> Profile:
    if profile is None:
        if not is_changed:
            raise Invalid.field("body", "neither a profile nor settings are given", "one of them")
        return Profile(DRAFT, "this profile", "", house.clock.now(), 1)
    before = profile_in(mandate, profile)
    return replace(before, revision=before.revision + is_changed)


def _assumed(house: House, mandate: Mandate, profile: ProfileId, group: GroupId) -> Assignment:
    """Return the assignment as it is, but of the latest revision; or one that is thought of."""
    for each in mandate.assignments:
        if (each.profile, each.group) == (profile, group):
            return replace(each, revision=None, excludes=False)
    now = house.clock.now()
    return Assignment(AssignmentId("asg_draft"), profile, None, group, False, 0, now, "")


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of one device, or of one that stands for many."""

    device: DeviceId
    known: Known
    standing: DeviceStanding
    facts: DeviceFacts


def told(
    device: DeviceId, known: Known, standing: DeviceStanding, *, by_autopilot: bool | None = None
) -> Told:
    """Return a device as previews see it; None: it is not looked at how it came."""
    facts = replace(device_facts(known), by_autopilot=by_autopilot)
    return Told(device, known, standing, facts)


@dataclass(frozen=True, slots=True)
class Foresight:
    """What previews go by, besides the device: the catalog and the staged roll-outs."""

    house: House
    catalog: Catalog
    guards: Mapping[str, Staged]

    def previews(self, tree_id: str, tree: WantedTree, device: Told) -> tuple[Preview, ...]:
        """Return what would be sent to a device, for people to look at: nobody reads secrets."""
        return tuple(map(_shielded, self.commands(tree_id, tree, device)))

    def commands(self, tree_id: str, tree: WantedTree, device: Told) -> tuple[Preview, ...]:
        """Return the same as it would be sent, with secrets in it."""
        now = self.house.clock.now()
        around = Situation(
            device=device.device,
            facts=device.facts,
            now=now,
            session_started=now,
            user_is_there=True,
            tree=tree_id,
            staged=self.guards,
        )
        return preview(self.catalog, tree, device.standing, device.known, around)


def _shielded(row: Preview) -> Preview:
    return replace(row, value=redacted(row.uri, row.value))


def staged(guards: Iterable[Guard]) -> Mapping[str, Staged]:
    """Return the staged roll-outs as planning sees them."""
    return {g.key: Staged(g.scout, g.state is GuardState.RELEASED) for g in guards}


def alike(
    plans: Sequence[tuple[DeviceId, tuple[Preview, ...]]],
) -> Mapping[tuple[Preview, ...], tuple[DeviceId, ...]]:
    """Return the devices by what would be sent to them."""
    found: dict[tuple[Preview, ...], tuple[DeviceId, ...]] = {}
    for device, rows in plans:
        found[rows] = (*found.get(rows, ()), device)
    return found
