"""Who wins one node: all who agree, the node's own rule, priority, or nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lenskeep.desired.compare import integer
from lenskeep.desired.merge.wish import Claim, Clash, ClashKind, Mark, Wish, mark_text, names
from lenskeep.desired.profile import Drift, Owner
from lenskeep.desired.wanted import WantedNode
from lenskeep.tree.catalog.record import Conflict, Record
from lenskeep.tree.sensitive import redacted
from lenskeep.tree.uri import parse_uri
from lenskeep.tree.value import Format

_RULES: Final = {
    Conflict.LOWEST: "the lowest value wins",
    Conflict.HIGHEST: "the highest value wins",
    Conflict.LOWEST_ZERO_UNLIMITED: "the lowest value wins, and 0, which is no limit, last",
    Conflict.HIGHEST_ZERO_UNLIMITED: "the highest value wins, and 0, which is no limit, last",
}
_FREE: Final = 0
"""The value that is no limit, where the rule says so."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Who won a node. `kind` is None where all agree."""

    winners: tuple[Wish, ...] = ()
    losers: tuple[Wish, ...] = ()
    undecided: tuple[Wish, ...] = ()
    kind: ClashKind | None = None


def decide(record: Record | None, wishes: Sequence[Wish]) -> Outcome:
    """Return who wins a node; the wishes are in their order (`Wish.order`)."""
    if len({each.typed for each in wishes}) == 1:
        return Outcome(tuple(wishes))
    strongest = strongest_by_rule(record, wishes)
    if strongest is not None:
        return _won(wishes, strongest, ClashKind.OWN_RULE)
    top = [each for each in wishes if each.priority == wishes[0].priority]
    if len({each.typed for each in top}) > 1:
        rest = tuple(each for each in wishes if each not in top)
        return Outcome((), rest, tuple(top), ClashKind.UNDECIDED)
    return _won(wishes, top[0], ClashKind.PRIORITY)


def strongest_by_rule(record: Record | None, wishes: Sequence[Wish]) -> Wish | None:
    """Return the wish that wins by the node's own rule, None where it has none for these values.

    The rules are about numbers. "Last write" is no rule here: what should be true has no order of
    writing but priority, so it is treated as a node that does not merge.
    """
    if record is None or record.conflict not in _RULES:
        return None
    numbers = [integer(each.value or "") for each in wishes if each.format is Format.INT]
    known = [each for each in numbers if each is not None]
    if len(known) < len(wishes):
        return None
    return wishes[known.index(_strongest(record.conflict, known))]


def _strongest(rule: Conflict, numbers: Sequence[int]) -> int:
    limits = numbers
    if rule in (Conflict.LOWEST_ZERO_UNLIMITED, Conflict.HIGHEST_ZERO_UNLIMITED):
        limits = [each for each in numbers if each != _FREE] or [_FREE]
    return min(limits) if rule in (Conflict.LOWEST, Conflict.LOWEST_ZERO_UNLIMITED) else max(limits)


def _won(wishes: Sequence[Wish], best: Wish, kind: ClashKind) -> Outcome:
    winners = tuple(each for each in wishes if each.typed == best.typed)
    losers = tuple(each for each in wishes if each.typed != best.typed)
    return Outcome(winners, losers, (), kind)


def node_of(outcome: Outcome, mark: Mark) -> WantedNode:
    """Return the node of the wanted tree; one that is undecided has no value."""
    if outcome.undecided:
        return _undecided(outcome, mark)
    first = outcome.winners[0]
    return WantedNode(
        parse_uri(first.uri),
        first.format,
        first.value,
        mark(mark_text(first.format, first.value)),
        _owners(outcome.winners),
        _owners(outcome.losers),
        drift=_drift(outcome.winners),
        guard=next((each.guard for each in outcome.winners if each.guard), ""),
    )


def _undecided(outcome: Outcome, mark: Mark) -> WantedNode:
    first = outcome.undecided[0]
    texts = sorted({mark_text(each.format, each.value) for each in outcome.undecided})
    return WantedNode(
        parse_uri(first.uri),
        first.format,
        None,
        mark("\n".join(("undecided", *texts))),
        (),
        _owners(outcome.losers),
        _owners(outcome.undecided),
        _drift(outcome.undecided),
    )


def _owners(wishes: Sequence[Wish]) -> tuple[Owner, ...]:
    return tuple(dict.fromkeys(each.owner for each in wishes))


def _drift(wishes: Sequence[Wish]) -> Drift:
    return Drift.CORRECT if any(each.drift is Drift.CORRECT for each in wishes) else Drift.REPORT


def clash_of(record: Record | None, outcome: Outcome) -> Clash | None:
    """Return what is to be said of a node, None where all agree."""
    match outcome.kind:
        case None:
            return None
        case ClashKind.OWN_RULE:
            assert record is not None
            words = f"merged by the node's own rule: {_RULES[record.conflict]}"
        case ClashKind.PRIORITY:
            words = (
                f"{names(outcome.winners)} {_wins(outcome.winners)} by priority over "
                f"{names(outcome.losers)}; "
                "the node has no rule of its own by which values merge"
            )
        case _:
            words = (
                f"{names(outcome.undecided)} want different values at priority "
                f"{outcome.undecided[0].priority}, so nothing is sent; give one a higher priority"
            )
    losers = (*outcome.undecided, *outcome.losers)
    uri = (outcome.winners or outcome.undecided)[0].uri
    return Clash(uri, outcome.kind, claims(outcome.winners), claims(losers), words)


def _wins(wishes: Sequence[Wish]) -> str:
    return "wins" if len(wishes) == 1 else "win"


def claims(wishes: Sequence[Wish]) -> tuple[Claim, ...]:
    """Return who wants what, secrets hidden."""
    return tuple(Claim(each.owner, redacted(each.uri, each.value)) for each in wishes)
