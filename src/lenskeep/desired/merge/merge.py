"""Merge the profiles that reach a cohort into one wanted tree.

The order in which they come does not matter, priorities do; what one profile alone wants stays as
it is, whatever the others want elsewhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from lenskeep.desired.compare import typed
from lenskeep.desired.merge.node import Outcome, claims, clash_of, decide, node_of
from lenskeep.desired.merge.whole import Shares, Wishes, share
from lenskeep.desired.merge.wish import (
    Assigned,
    Claim,
    Clash,
    ClashKind,
    Mark,
    Merged,
    Records,
    Wish,
    names,
)
from lenskeep.desired.profile import ProfileSetting
from lenskeep.desired.validate.address import concrete
from lenskeep.desired.wanted import WantedNode, WantedTree
from lenskeep.tree.catalog.record import Record
from lenskeep.tree.uri import node_key, parse_uri
from lenskeep.tree.value import Format

Nodes = Mapping[str, Record | None]
"""The catalog's node by comparison key."""


def merge(assigned: Sequence[Assigned], records: Records, mark: Mark) -> Merged:
    """Return the wanted tree and where the profiles differ.

    `mark` makes the keyed digest that stands for a wish. A profile given twice counts once, at
    its higher priority.
    """
    known: dict[str, Record | None] = {}
    wishes: dict[str, list[Wish]] = {}
    for each in _once(assigned):
        for setting in _settings(each):
            if setting.key not in known:
                known[setting.key] = records(setting.uri)
            wishes.setdefault(setting.key, []).append(_wish(each, setting, known[setting.key]))
    shares = _contested(known, wishes)
    nodes: list[WantedNode] = []
    clashes: list[Clash] = []
    for key in sorted(wishes):
        node, clash = _merged(known[key], wishes[key], shares.get(key), mark)
        nodes.extend(() if node is None else (node,))
        clashes.extend(() if clash is None else (clash,))
    return Merged(WantedTree(tuple(nodes)), tuple(clashes))


def _once(assigned: Sequence[Assigned]) -> Iterator[Assigned]:
    """Yield each profile's revision once, the strongest first."""
    ordered = sorted(assigned, key=lambda a: (-a.priority, a.owner.profile, a.owner.revision))
    seen: set[tuple[str, int]] = set()
    for each in ordered:
        identity = (each.owner.profile, each.owner.revision)
        if identity not in seen:
            seen.add(identity)
            yield each


def _settings(assigned: Assigned) -> Iterator[ProfileSetting]:
    """Yield each node's setting once; of two on one node the first counts, as in the body."""
    seen: set[str] = set()
    for setting in assigned.body.settings:
        if setting.key not in seen:
            seen.add(setting.key)
            yield setting


def _wish(assigned: Assigned, setting: ProfileSetting, record: Record | None) -> Wish:
    form = setting.format or (record.format if record else Format.CHR)
    meaning = typed(record, setting.value) if record else setting.value
    return Wish(
        assigned.owner,
        assigned.priority,
        setting.uri,
        form,
        setting.value,
        (form, meaning),
        assigned.body.drift,
        assigned.guards.get(setting.key, ""),
    )


def _contested(known: Nodes, wishes: Wishes) -> Mapping[str, Shares]:
    """Return by key who counts, for the nodes of every whole that profiles contradict each other
    about.
    """
    wholes: dict[str, list[str]] = {}
    for key, many in wishes.items():
        root = _root(known[key], many[0].uri)
        if root:
            wholes.setdefault(root, []).append(key)
    found: dict[str, Shares] = {}
    for keys in wholes.values():
        shares = share(known, {key: wishes[key] for key in keys})
        if shares.is_contested:
            found |= dict.fromkeys(keys, shares)
    return found


def _root(record: Record | None, uri: str) -> str:
    """Return the key of the node below which this one is part of a whole, empty for none."""
    if record is None or not record.atomic_root:
        return ""
    return node_key(concrete(record.atomic_root, record, parse_uri(uri)))


def _merged(
    record: Record | None, wishes: Sequence[Wish], shares: Shares | None, mark: Mark
) -> tuple[WantedNode | None, Clash | None]:
    if shares is None:
        outcome = decide(record, wishes)
        return node_of(outcome, mark), clash_of(record, outcome)
    accepted = [each for each in wishes if each.owner in shares.accepted]
    undecided = tuple(each for each in wishes if each.owner in shares.undecided)
    if accepted:
        outcome = _with_others(decide(record, accepted), wishes)
        return node_of(outcome, mark), clash_of(record, outcome)
    if not undecided:
        return None, _left_out(wishes, shares)
    rest = tuple(each for each in wishes if each not in undecided)
    outcome = Outcome((), rest, undecided, ClashKind.UNDECIDED)
    clash = clash_of(record, outcome)
    assert clash is not None
    return node_of(outcome, mark), replace(clash, words=_torn(undecided, shares))


def _with_others(outcome: Outcome, wishes: Sequence[Wish]) -> Outcome:
    """Return the outcome with those who lost the whole: some may want the same here."""
    best = outcome.winners[0].typed
    winners = tuple(each for each in wishes if each.typed == best)
    losers = tuple(each for each in wishes if each.typed != best)
    by_itself = losers == outcome.losers
    kind = outcome.kind if by_itself else ClashKind.PRIORITY
    return Outcome(winners, losers, (), kind)


def _left_out(wishes: Sequence[Wish], shares: Shares) -> Clash:
    winners = sorted(shares.accepted or shares.undecided, key=lambda each: each.profile)
    words = (
        f"{names(wishes)} contradicts a stronger profile about other nodes that travel together "
        "with this one, and such a whole is taken from one side only; so this node is left out"
    )
    uri = wishes[0].uri
    kept = tuple(Claim(each, None) for each in winners)
    return Clash(uri, ClashKind.WHOLE, kept, claims(wishes), words)


def _torn(undecided: Sequence[Wish], shares: Shares) -> str:
    owners = sorted(f"'{each.name}'" for each in shares.undecided)
    return (
        f"{', '.join(owners)} contradict each other at priority {undecided[0].priority} about "
        "nodes that travel together, so nothing of them is sent; give one a higher priority"
    )
