"""What a change brings about among all the profiles of the devices that it reaches.

The one that is changed is examined by itself; here are the others: who loses a node that nobody
contested before, and which lock-outs come of what they want together.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from lenskeep.base.errors import Conflict
from lenskeep.base.identifiers import ProfileId
from lenskeep.desired.merge.wish import Clash, ClashKind, Merged
from lenskeep.flows.desired.casting.clashing import (
    MAX_LISTED,
    MAX_NAMED,
    Clashing,
    Where,
    in_order,
    names_in,
)
from lenskeep.flows.desired.casting.examining import Examined
from lenskeep.flows.desired.casting.reached import affected, devices_in
from lenskeep.flows.desired.casting.recast import Cast, recast
from lenskeep.flows.desired.casting.stranding import Danger, Stranding, dangers, may_strand
from lenskeep.flows.house import House
from lenskeep.flows.mandate import Cohort, Mandate


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a change does that somebody has to accept, or at least to know."""

    clashes: tuple[Clashing, ...] = ()
    """Those that nobody decided first."""
    strandings: tuple[Stranding, ...] = ()


class Unaccepted(Conflict):
    """Profiles want different things, or strand headsets together, and nobody accepted that."""

    def __init__(self, consequences: Consequences) -> None:
        super().__init__("; ".join(_said(consequences)))
        self.clashes = consequences.clashes
        self.strandings = consequences.strandings


def refuse(consequences: Consequences) -> None:
    """Raise Unaccepted where one of them is for a person to accept."""
    conflicts = tuple(each for each in consequences.clashes if each.clash.kind.is_conflict)
    found = replace(consequences, clashes=conflicts)
    if found.clashes or found.strandings:
        raise Unaccepted(found)


def _said(consequences: Consequences) -> Iterator[str]:
    if consequences.clashes:
        listed = _listed([each.sentence for each in consequences.clashes])
        yield f"another profile wants something else, and that was not accepted: {listed}"
    if consequences.strandings:
        listed = _listed([each.sentence for each in consequences.strandings])
        yield f"this can strand headsets, and that was not accepted: {listed}"


def _listed(sentences: list[str]) -> str:
    more = len(sentences) - MAX_LISTED
    return "; ".join(sentences[:MAX_LISTED]) + (f"; and {more} more" if more > 0 else "")


# --- What comes of a change -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shift:
    """Devices of which something else may be wanted after a change."""

    origin: Cohort | None
    """The cohort in which they were; None where they were in none."""
    cohort: Cohort
    devices: int
    names: tuple[str, ...] = ()
    """Empty where they are looked for when somebody asks."""


async def follow(
    house: House, before: Mandate, after: Mandate, found: Examined | None = None
) -> tuple[Cast, Consequences]:
    """Return the wanted trees that a change of who gets what makes, and what comes of it.

    `found` is what was noticed of the profile that it is about, where that is wanted after it.
    """
    reached = affected(before, after)
    bodies, made = (found.bodies, found.cast.made) if found else (None, None)
    cast = await recast(house, after, reached, bodies, made)
    shifts = [Shift(each, each, devices_in(after, (each,))) for each in reached]
    others = await consequences(house, (before, after), cast, shifts, found.own if found else None)
    own = found.clashes if found else ()
    return cast, replace(others, clashes=in_order((*own, *others.clashes)))


async def consequences(
    house: House,
    mandates: tuple[Mandate, Mandate],
    cast: Cast,
    shifts: Collection[Shift],
    own: ProfileId | None = None,
) -> Consequences:
    """Return what comes of these shifts; what is of the profile `own` was told already.

    `mandates` are as it was and as it will be; `cast` has what is wanted then.
    """
    before, after = mandates
    suspects = [each for each in shifts if each.devices and _may_harm(cast.of(each.cohort))]
    origins = {each.origin for each in suspects if each.origin is not None}
    was = await recast(house, before, origins) if origins else Cast()
    clashes: dict[Clash, list[Shift]] = {}
    strandings: dict[Danger, list[Shift]] = {}
    for each in suspects:
        then, old = cast.of(each.cohort), was.of(each.origin)
        for clash in _fresh(old, then, own):
            clashes.setdefault(clash, []).append(each)
        for danger in dangers(old.tree, then.tree, own):
            strandings.setdefault(danger, []).append(each)
    return Consequences(
        in_order([Clashing(c, await _where(house, after, s)) for c, s in clashes.items()]),
        tuple([Stranding(d, await _where(house, after, s)) for d, s in strandings.items()]),
    )


def _may_harm(merged: Merged) -> bool:
    return bool(merged.conflicts) or may_strand(merged.tree)


def _fresh(was: Merged, then: Merged, own: ProfileId | None) -> Iterator[Clash]:
    """Yield the conflicts that harm somebody whom none harmed before."""
    before = {_harm(clash, loser) for clash in was.conflicts for loser in _losers(clash)}
    for clash in then.conflicts:
        if own is not None and own in _parties(clash):
            continue
        if any(_harm(clash, loser) not in before for loser in _losers(clash)):
            yield clash


def _harm(clash: Clash, loser: ProfileId) -> tuple[str, ProfileId, bool]:
    return clash.uri.casefold(), loser, clash.kind is ClashKind.UNDECIDED


def _losers(clash: Clash) -> frozenset[ProfileId]:
    return frozenset(each.owner.profile for each in clash.losers)


def _parties(clash: Clash) -> frozenset[ProfileId]:
    return frozenset(each.owner.profile for each in (*clash.winners, *clash.losers))


async def _where(house: House, mandate: Mandate, shifts: Iterable[Shift]) -> Where:
    many = tuple(shifts)
    names = tuple(name for each in many for name in each.names)
    if not names:
        names = await names_in(house, mandate, frozenset(each.cohort for each in many))
    return Where(sum(each.devices for each in many), names[:MAX_NAMED])
