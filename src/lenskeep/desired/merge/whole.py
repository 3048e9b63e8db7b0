"""Nodes that only make sense together: below a root that travels in one Atomic.

A VPN profile with the server of one wish and the certificate of another would be nobody's wish.
So where profiles contradict each other below such a root, each profile's part is taken whole or
not at all, the strongest first; profiles that contradict nobody stronger add theirs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from lenskeep.desired.merge.node import strongest_by_rule
from lenskeep.desired.merge.wish import Wish
from lenskeep.desired.profile import Owner
from lenskeep.tree.catalog.record import Record

Wishes = Mapping[str, Sequence[Wish]]
"""By comparison key of the node; each in their order."""

Part = Mapping[str, Wish]
"""What one profile wants below a root."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Whose parts of a whole count: `accepted` are sent, `undecided` contradict each other at one
    priority, all others have lost. `is_contested` is false where nobody contradicts anybody.
    """

    accepted: frozenset[Owner]
    undecided: frozenset[Owner] = frozenset()
    is_contested: bool = True


def share(records: Mapping[str, Record | None], wishes: Wishes) -> Shares:
    """Return whose parts of the whole count.

    At one priority, a contradiction leaves all of that priority and all weaker ones out: what is
    left of them might be half a whole.
    """
    parts = _parts(wishes)
    everybody = frozenset(owner for _, owner, _ in parts)
    taken: dict[str, Wish] = {}
    accepted: set[Owner] = set()
    lost = False
    for _, level in groupby(parts, key=lambda each: each[0]):
        fitting = [each for each in level if not _contradicts(records, each[2], taken)]
        if _contradict_each_other(records, [part for _, _, part in fitting]):
            return Shares(frozenset(accepted), frozenset(owner for _, owner, _ in fitting))
        for _, owner, part in fitting:
            accepted.add(owner)
            taken = {**part, **taken}
    lost = accepted != everybody
    return Shares(frozenset(accepted), is_contested=lost)


def _parts(wishes: Wishes) -> list[tuple[int, Owner, Part]]:
    """Return each profile's part with its priority, in order."""
    every = sorted((each for many in wishes.values() for each in many), key=lambda w: w.order)
    keys = {id(each): key for key, many in wishes.items() for each in many}
    parts: list[tuple[int, Owner, Part]] = []
    for _, mine in groupby(every, key=lambda each: each.order):
        own = list(mine)
        parts.append((own[0].priority, own[0].owner, {keys[id(each)]: each for each in own}))
    return parts


def _contradict_each_other(records: Mapping[str, Record | None], parts: Sequence[Part]) -> bool:
    taken: dict[str, Wish] = {}
    for part in parts:
        if _contradicts(records, part, taken):
            return True
        taken |= part
    return False


def _contradicts(records: Mapping[str, Record | None], part: Part, taken: Part) -> bool:
    pairs = ((key, wish, taken[key]) for key, wish in part.items() if key in taken)
    return any(_differ(records[key], one, other) for key, one, other in pairs)


def _differ(record: Record | None, one: Wish, other: Wish) -> bool:
    return one.typed != other.typed and strongest_by_rule(record, (one, other)) is None
