"""Support badges: on how many of the devices in question each setting works.

Asked once for each kind of device, not for each device.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lenskeep.base.identifiers import DeviceId
from lenskeep.desired.applies import Applies, DeviceFacts, Verdict, applies, device_facts
from lenskeep.desired.changes import record_of
from lenskeep.desired.known import load_known
from lenskeep.desired.profile import ProfileBody
from lenskeep.flows.desired.casting.deciding import read_catalog
from lenskeep.flows.desired.members.belonging import is_managed
from lenskeep.flows.house import House
from lenskeep.flows.mandate import Cohort, Member
from lenskeep.tree.catalog.record import Record


@dataclass(frozen=True, slots=True)
class Reach:
    """On how many of the devices in question one setting works."""

    uri: str
    yes: int
    no: int
    unknown: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    """In words, why not or why nobody knows: the number of devices by reason."""

    @property
    def devices(self) -> int:
        """How many devices were asked about."""
        return self.yes + self.no + self.unknown


Kind = tuple[str, str, str]
"""Generation, edition and build: the CSPs and their versions come with the build."""


async def support(
    house: House, cohorts: Collection[Cohort], body: ProfileBody
) -> tuple[Reach, ...]:
    """Return on how many devices of these cohorts each setting works, in their order."""
    catalog = await read_catalog(house)
    kinds = await kinds_of(house, cohorts) if cohorts else ()
    return tuple(_reach(each.uri, record_of(each.uri, catalog), kinds) for each in body.settings)


async def kinds_of(
    house: House, cohorts: Collection[Cohort]
) -> Sequence[tuple[DeviceFacts, Sequence[Member]]]:
    """Return the kinds of devices in these cohorts: the facts of one, and all of them."""
    asked = frozenset(cohorts)
    every = await house.mandate.members()
    return await kinds_among(house, [each for each in every if each.groups in asked])


async def kinds_among(
    house: House, members: Collection[Member]
) -> Sequence[tuple[DeviceFacts, Sequence[Member]]]:
    """Return the kinds of these devices: the facts of one, and all of them."""
    by_kind: dict[Kind, list[Member]] = {}
    for each in members:
        if is_managed(each):
            by_kind.setdefault((each.generation, each.edition, each.os_build), []).append(each)
    if not by_kind:
        return ()
    # of a kind, the one heard of last: it has told most
    first = {kind: _newest(many) for kind, many in by_kind.items()}
    asked = [each.device for each in first.values()]
    known = {m.device: m.known for m in await house.mandate.members(asked, with_known=True)}
    return [(_facts(first[kind], known), many) for kind, many in sorted(by_kind.items())]


def _newest(members: Sequence[Member]) -> Member:
    heard = [each for each in members if each.last_seen is not None]
    return max(heard, key=lambda each: (each.last_seen, each.device), default=members[0])


def _facts(member: Member, known: Mapping[DeviceId, bytes]) -> DeviceFacts:
    facts = device_facts(load_known(known.get(member.device, b"")))
    return replace(facts, build=facts.build or member.os_build)


def _reach(
    uri: str, record: Record | None, kinds: Sequence[tuple[DeviceFacts, Sequence[Member]]]
) -> Reach:
    if record is None:
        return Reach(uri, 0, 0, sum(len(many) for _, many in kinds))
    verdicts: Counter[Verdict] = Counter()
    reasons: Counter[str] = Counter()
    for facts, many in kinds:
        found: Applies = applies(record, facts)
        verdicts[found.verdict] += len(many)
        if found.verdict is not Verdict.YES:
            reasons[found.reason] += len(many)
    yes, no, unknown = (verdicts[each] for each in (Verdict.YES, Verdict.NO, Verdict.UNKNOWN))
    return Reach(uri, yes, no, unknown, dict(reasons.most_common()))
