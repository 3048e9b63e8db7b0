"""A profile's body looked at among all that the devices it reaches shall have."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from lenskeep.base.identifiers import ProfileId
from lenskeep.desired.profile import ProfileBody, ProfileSetting
from lenskeep.desired.validate.profile import ProfileFindings, SettingFindings, check_profile
from lenskeep.flows.desired.casting.bodies import Revised, read_bodies
from lenskeep.flows.desired.casting.clashing import Clashing, with_devices
from lenskeep.flows.desired.casting.deciding import read_catalog
from lenskeep.flows.desired.casting.reached import Effective, devices_in, effective, revised
from lenskeep.flows.desired.casting.recast import Bodies, Cast, recast
from lenskeep.flows.house import House
from lenskeep.flows.mandate import Cohort, Mandate

_MAX_SURROUNDINGS: Final = 12
"""Different sets of other profiles beside which a body is looked at; the rest are alike enough,
and an administrator waits for the answer."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What was noticed, and what comes of the body where it is saved."""

    own: ProfileId
    findings: ProfileFindings
    clashes: tuple[Clashing, ...]
    cohorts: tuple[Cohort, ...]
    """Those that it reaches."""
    devices: int
    body: ProfileBody
    """As it goes on the wire; without the settings that were refused."""
    bodies: Bodies
    """It and those of the others that reach the same cohorts."""
    cast: Cast


async def examine(house: House, mandate: Mandate, own: Revised, body: ProfileBody) -> Examined:
    """Return what is noticed of a revision's body where the mandate has it reach."""
    every = {each.groups: effective(mandate, each.groups) for each in mandate.cohorts}
    reached = {each: f for each, f in every.items() if own in [revised(reach) for reach in f]}
    others = {revised(reach) for found in reached.values() for reach in found} - {own}
    bodies = await read_bodies(house, others, {})
    around = _surroundings(own, tuple(reached.values()), bodies)
    findings = await _findings(house, body, around)
    usable = on_wire(body, findings)
    cast = await recast(house, mandate, reached.keys(), {**bodies, own: usable})
    return Examined(
        own=own[0],
        findings=findings,
        clashes=await with_devices(house, mandate, cast.clashes(own[0])),
        cohorts=tuple(reached),
        devices=devices_in(mandate, reached),
        body=usable,
        bodies={**bodies, own: usable},
        cast=cast,
    )


def on_wire(body: ProfileBody, findings: ProfileFindings) -> ProfileBody:
    """Return the body with its values as they go on the wire, without what was refused."""
    settings = tuple(
        replace(each.setting, uri=each.findings.wire.uri.text, value=each.findings.wire.value)
        for each in findings.settings
        if each.findings.wire is not None
    )
    return replace(body, settings=settings)


def _surroundings(
    own: Revised, reached: Collection[Effective], bodies: Mapping[Revised, ProfileBody]
) -> tuple[tuple[ProfileSetting, ...], ...]:
    """Return what the other profiles want, once for each different set of them."""
    sets = dict.fromkeys(
        tuple(key for each in found if (key := revised(each)) != own) for found in reached
    )
    chosen = list(sets)[:_MAX_SURROUNDINGS] or [()]
    return tuple(tuple(s for key in each for s in bodies[key].settings) for each in chosen)


async def _findings(
    house: House,
    body: ProfileBody,
    surroundings: Sequence[tuple[ProfileSetting, ...]],
) -> ProfileFindings:
    catalog = await read_catalog(house)
    now = house.clock.now()

    def check() -> list[ProfileFindings]:
        # the strongest comes first, and of one node the last counts
        every = ({s.uri: s.value for s in reversed(each)} for each in surroundings)
        return [check_profile(catalog, body, others=others, now=now) for others in every]

    found = await asyncio.to_thread(check)
    return ProfileFindings(
        tuple(_together(each) for each in zip(*(one.settings for one in found), strict=True))
    )


def _together(found: tuple[SettingFindings, ...]) -> SettingFindings:
    """Return what was noticed of a setting in all its surroundings, each thing once."""
    first = found[0]
    noticed = tuple(dict.fromkeys(each for one in found for each in one.findings.found))
    is_refused = any(each.findings.wire is None for each in found)
    wire = None if is_refused else first.findings.wire
    return replace(first, findings=replace(first.findings, found=noticed, wire=wire))
