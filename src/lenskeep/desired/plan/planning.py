"""What is to be asked, set and taken away next: phase by phase, the same for the same input."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from lenskeep.desired.known import Known
from lenskeep.desired.plan import words
from lenskeep.desired.plan.due import device_print, due_at
from lenskeep.desired.plan.node.case import Case
from lenskeep.desired.plan.node.decision import Decision
from lenskeep.desired.plan.node.fate import anew
from lenskeep.desired.plan.node.group import together
from lenskeep.desired.plan.node.removal import Frame, decide_removal
from lenskeep.desired.plan.node.wish import decide_wish
from lenskeep.desired.plan.order import Phase
from lenskeep.desired.plan.step import Plan, Situation, Staged, Step
from lenskeep.desired.standing import DeviceStanding, NodeStanding, SettingState
from lenskeep.desired.wanted import WantedNode, WantedTree
from lenskeep.tree.catalog.load import Catalog
from lenskeep.tree.uri import node_key

MAX_ASKS_AT_ONCE: Final = 100
"""LocURIs in one Get: its answer is some 50 KiB, more where documents are read."""


def plan(
    catalog: Catalog,
    wanted: WantedTree,
    standing: DeviceStanding,
    known: Known,
    around: Situation,
) -> Plan:
    """Return what to do next; planning again without news gives the same.

    Questions are asked ahead of their phase; commands of a phase go together, once all of it is
    known, and later phases wait until earlier ones are settled or failed.
    """
    frame = Frame(catalog, wanted, around)
    standing = _on_other_build(standing, around)
    decisions = gated(decide(frame, standing, known), standing, around)
    steps = tuple(_steps(decisions))
    nodes = tuple(_told(each, wanted, around) for each in decisions)
    claims = _claims(decisions, around)
    due = due_at((each.node for each in decisions), wanted, around.now)
    releases = tuple(_releases(wanted, nodes, around))
    is_scout = any(_is_scout(each, around) and each not in releases for each in wanted.guards)
    after = replace(
        standing.with_nodes(nodes),
        tree=around.tree,
        due_at=around.now if is_scout else due,
        device_print=device_print(around.facts),
    )
    return Plan(tuple(_asks(decisions)), steps, after, claims, releases)


def _on_other_build(standing: DeviceStanding, around: Situation) -> DeviceStanding:
    """Return it with what failed forgotten where the device is another than it was: an update, or
    another edition, can bring the node.
    """
    if standing.device_print in ("", device_print(around.facts)):
        return standing
    return standing.with_nodes(
        anew(replace(each, deliveries=0, failures=0, status=None), around.now)
        if each.state is SettingState.FAILED
        else each
        for each in standing.nodes
    )


def decide(frame: Frame, standing: DeviceStanding, known: Known) -> list[Decision]:
    """Return what could be done about every node, whatever its phase, in order of phase and key."""
    found = [decide_wish(frame, _case(frame, each, standing, known)) for each in frame.wanted.nodes]
    for node in standing.nodes:
        if node.key not in frame.wanted.by_key:
            case = Case(node, frame.catalog.find(node.uri), known)
            removal = decide_removal(frame, case)
            if removal is not None:
                found.append(removal)

    def again(each: Decision) -> Decision:
        wish = frame.wanted.by_key[each.node.key]
        return decide_wish(frame, _case(frame, wish, standing, known), at_once=True)

    return sorted(together(frame, found, known, again), key=_order)


def _case(frame: Frame, wanted: WantedNode, standing: DeviceStanding, known: Known) -> Case:
    node = standing.by_key.get(wanted.key)
    if node is None:
        state = SettingState.PENDING
        node = NodeStanding(wanted.uri.text, state, frame.around.now, mark=wanted.mark)
    return Case(node, frame.catalog.find(wanted.uri.path), known, wanted)


def _order(each: Decision) -> tuple[Phase, str, str]:
    return (each.phase, node_key(each.group) if each.group else each.node.key, each.node.key)


# --- phase by phase -------------------------------------------------------------------------------


def gated(
    decisions: Sequence[Decision], standing: DeviceStanding, around: Situation
) -> list[Decision]:
    """Return the decisions with everything held that has to wait for an earlier phase."""
    free = [_after_contact(each, decisions, standing, around) for each in decisions]
    current = min((each.phase for each in free if each.is_busy), default=None)
    if current is None:
        return free
    is_asking = any(each.phase is current and _is_asked_first(each) for each in free)
    return [_in_turn(each, current, is_asking=is_asking) for each in free]


def _is_asked_first(each: Decision) -> bool:
    """Return whether the answer decides what is sent: the phase goes together, after it."""
    return bool(each.asks) and each.node.state in (SettingState.PENDING, SettingState.DRIFTED)


def _in_turn(each: Decision, current: Phase, *, is_asking: bool) -> Decision:
    if each.step is None:
        return each
    if each.phase is not current:
        return each.held(words.waits_for(current.title))
    return each.held(words.waits_for("answers about others")) if is_asking else each


def _after_contact(
    each: Decision, decisions: Sequence[Decision], standing: DeviceStanding, around: Situation
) -> Decision:
    """Hold what closes a door until the headset has come back through another."""
    if each.step is None or each.phase not in (Phase.LOCK_DOWNS, Phase.OLD_NETWORKS):
        return each
    changed = standing.network_changed_at
    if changed is not None and changed >= around.session_started:
        return each.held(words.WAITS_FOR_CONTACT)
    return each.held(words.WAITS_FOR_NETWORK) if _network_failed(decisions) else each


def _network_failed(decisions: Iterable[Decision]) -> bool:
    failed = SettingState.FAILED
    return any(each.phase is Phase.NETWORK and each.node.state is failed for each in decisions)


def _steps(decisions: Iterable[Decision]) -> Iterable[Step]:
    for each in decisions:
        if each.first is not None and each.step is not None:
            yield each.first
        if each.step is not None:
            yield each.step


def _asks(decisions: Iterable[Decision]) -> Iterable[str]:
    """Return as many as fit, never one of a pair; the rest is asked next."""
    found: dict[str, None] = {}
    for each in decisions:
        if len(found) + len(each.asks) > MAX_ASKS_AT_ONCE:
            break
        found.update(dict.fromkeys(each.asks))
    return found


# --- staged roll-outs -----------------------------------------------------------------------------


def _is_scout(guard: str, around: Situation) -> bool:
    staged = around.staged.get(guard, Staged())
    return staged.scout == around.device and not staged.released


def _claims(decisions: Iterable[Decision], around: Situation) -> tuple[str, ...]:
    """Return the roll-outs that begin with this device: it is about to be sent their settings."""
    guards = dict.fromkeys(each.guard for each in decisions if each.guard and each.step)
    staged = {each: around.staged.get(each, Staged()) for each in guards}
    return tuple(each for each, now in staged.items() if now.scout is None and not now.released)


def _releases(
    wanted: WantedTree, nodes: Sequence[NodeStanding], around: Situation
) -> Iterable[str]:
    """Yield the roll-outs whose settings this scout has, and has come back with."""
    by_key = {each.key: each for each in nodes}
    for guard in wanted.guards:
        if _is_scout(guard, around):
            theirs = [by_key[each.key] for each in wanted.nodes if each.guard == guard]
            has = [each for each in theirs if each.state in _HAS]
            rest = [each for each in theirs if each.state not in _HAS]
            absent = all(each.state is SettingState.NOT_APPLICABLE for each in rest)
            if has and absent and all(each.since < around.session_started for each in has):
                yield guard


_HAS: Final = (SettingState.VERIFIED, SettingState.APPLIED)


def _told(each: Decision, wanted: WantedTree, around: Situation) -> NodeStanding:
    """Say of a scout's failure that others wait."""
    node = each.node
    wish = wanted.by_key.get(node.key)
    if wish is None or not wish.guard or node.state is not SettingState.FAILED:
        return node
    if not _is_scout(wish.guard, around) or node.text.endswith(words.OTHERS_WAIT):
        return node
    return replace(node, text=node.text + words.OTHERS_WAIT)
