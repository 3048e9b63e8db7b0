"""Nodes that can only go together: those of one Atomic, those that one Delete takes away."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from lenskeep.desired.known import Known
from lenskeep.desired.plan import words
from lenskeep.desired.plan.node.decision import Decision
from lenskeep.desired.plan.node.place import is_begun
from lenskeep.desired.plan.node.removal import Frame
from lenskeep.desired.plan.step import Step, step_id
from lenskeep.desired.standing import SettingState
from lenskeep.tree.operation import Operation, Verb
from lenskeep.tree.uri import node_key, parse_uri
from lenskeep.tree.value import Format
from lenskeep.wire.syncml.codes import StatusCode

Again = Callable[[Decision], Decision]
"""Decides anew about a node that failed, without waiting."""


def together(
    frame: Frame, decisions: Iterable[Decision], known: Known, again: Again
) -> list[Decision]:
    """Return the decisions, each group of one Atomic brought together, each Delete once."""
    groups: dict[str, list[Decision]] = {}
    result: list[Decision] = []
    for each in decisions:
        if each.group:
            groups.setdefault(node_key(each.group), []).append(each)
        else:
            result.append(each)
    for members in groups.values():
        result.extend(_group(frame, members, known, again))
    return _each_delete_once(sorted(result, key=lambda each: each.node.key))


def _each_delete_once(decisions: Iterable[Decision]) -> list[Decision]:
    """What one Delete takes away with it needs none of its own."""
    seen: set[str] = set()
    result = []
    for each in decisions:
        step = each.step
        if step is None or step.operation.verb is not Verb.DELETE:
            result.append(each)
            continue
        key = step.operation.uri.key
        result.append(each.held(words.WAITS_FOR_GROUP) if key in seen else each)
        seen.add(key)
    return result


def _group(frame: Frame, members: list[Decision], known: Known, again: Again) -> list[Decision]:
    """All that is not verified goes in one Atomic, none of it before all of it is known.

    [OMA-DM-Protocol 1.2.1]: an Atomic takes no Get, and undoes itself where one command fails.
    """
    members = [_with_the_node_above(each) for each in members]
    if not any(each.step for each in members):
        return members
    members = [again(each) if _waits_to_retry(each) else each for each in members]
    if any(_is_undecided(each) for each in members):
        return [_held(each) for each in members]
    deletes = [each for each in members if each.step and each.step.operation.verb is Verb.DELETE]
    if deletes:
        return [each if each is deletes[0] else _held(each) for each in members]
    return _in_one(frame, members, known)


def _waits_to_retry(each: Decision) -> bool:
    return each.node.state is SettingState.FAILED and each.node.retry_at is not None


def _is_undecided(each: Decision) -> bool:
    """Return whether it will have to be sent, or may have to, and is not ready to be."""
    waits = each.node.state is SettingState.PENDING and each.step is None
    return waits or each.node.is_on_its_way


def _held(each: Decision) -> Decision:
    return each.held(words.WAITS_FOR_GROUP) if each.step else each


def _with_the_node_above(each: Decision) -> Decision:
    """Ask for the node above, too, where it may have to be added."""
    if not each.asks or each.node.state is not SettingState.PENDING:
        return each
    return replace(each, asks=(each.group, *each.asks)) if is_begun(each.node.key) else each


def _in_one(frame: Frame, members: list[Decision], known: Known) -> list[Decision]:
    group = members[0].group
    result = []
    first = _node_above(frame, group, known)
    for each in members:
        if each.step is None:
            result.append(each)
            continue
        result.append(replace(each, step=replace(each.step, atomic=group), first=first))
        first = None
    return result


def _node_above(frame: Frame, group: str, known: Known) -> Step | None:
    """Return the Add of the node itself, where its CSP wants one and it is known to be missing."""
    key = node_key(group)
    fact = known.get(group)
    if not is_begun(key) or key in frame.wanted.by_key or fact is None:
        return None
    if fact.status != StatusCode.NOT_FOUND or fact.learned_at < frame.around.session_started:
        return None
    operation = Operation(Verb.ADD, parse_uri(group), Format.NODE)
    return Step(step_id(Verb.ADD, key), operation, "what is below needs it", group)
