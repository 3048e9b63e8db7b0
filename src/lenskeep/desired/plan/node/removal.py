"""Taking away what is no longer wanted."""

from bisect import bisect_left
from dataclasses import dataclass, replace

from lenskeep.base.errors import Invalid
from lenskeep.desired.plan import words
from lenskeep.desired.plan.node.case import Case, is_not_ready, is_of_user
from lenskeep.desired.plan.node.decision import Decision
from lenskeep.desired.plan.node.fate import to
from lenskeep.desired.plan.node.place import whole_of
from lenskeep.desired.plan.node.reading import read_removed
from lenskeep.desired.plan.order import Phase, phase_of
from lenskeep.desired.plan.step import Situation, Step, step_id
from lenskeep.desired.standing import NodeStanding, SettingState
from lenskeep.desired.validate.formats import on_wire
from lenskeep.desired.validate.values import fitting
from lenskeep.desired.wanted import WantedTree
from lenskeep.tree.catalog.load import Catalog
from lenskeep.tree.catalog.record import Record
from lenskeep.tree.operation import Operation, Verb
from lenskeep.tree.uri import LocUri, parse_uri


@dataclass(frozen=True, slots=True)
class Frame:
    """What is the same for all nodes of one device in one message."""

    catalog: Catalog
    wanted: WantedTree
    around: Situation


def removal_of(catalog: Catalog, wanted: WantedTree, node: NodeStanding) -> Operation | None:
    """Return the command that takes a node away; None where only a reset does.

    Delete where the node, or the node above that a server made, allows it; else the documented
    default.
    """
    uri = _parsed(node.uri)
    record = None if uri is None else catalog.find(uri.path)
    if uri is None:
        return None
    whole = whole_of(catalog, record, uri)
    if whole is not None and whole.key != uri.key and _holds(wanted, whole.key):
        own = record is None or Verb.DELETE in record.access
        whole = uri if own else None
    if whole is not None:
        return Operation(Verb.DELETE, whole)
    return None if record is None else _default(record, uri)


def _parsed(text: str) -> LocUri | None:
    try:
        return parse_uri(text)
    except Invalid:
        return None


def _holds(wanted: WantedTree, key: str) -> bool:
    """Return whether anything at or below the node is wanted."""
    at = bisect_left(wanted.nodes, key, key=lambda each: each.key)
    nearby = wanted.nodes[at : at + 1]
    below = bisect_left(wanted.nodes, key + "/", key=lambda each: each.key)
    children = wanted.nodes[below : below + 1]
    return any(each.key == key for each in nearby) or any(
        each.key.startswith(key + "/") for each in children
    )


def _default(record: Record, uri: LocUri) -> Operation | None:
    """Return the command that sets the documented default, if it is one that the node takes."""
    if record.default is None or Verb.REPLACE not in record.access:
        return None
    text, wrong = on_wire(record.format, record.default)
    if wrong or text is None:
        return None
    text, wrong = fitting(record.allowed, record.format, text)
    return None if wrong else Operation(Verb.REPLACE, uri, record.format, text)


def decide_removal(frame: Frame, case: Case) -> Decision | None:
    """Return what is done about a node that is no longer wanted; None: it is forgotten."""
    node, around = case.node, frame.around
    phase = phase_of(node.key, removing=True)
    if node.is_on_its_way:
        return Decision(node, phase)
    if not node.ours:
        return None
    if node.state is SettingState.LEFT and not _can_go_now(frame, node):
        return Decision(node, phase)
    case = replace(case, node=_begin(node, around) if _is_new(node) else node)
    if case.node.emptied:
        return _look(case, around, phase)
    return _take_away(frame, case, phase)


def _can_go_now(frame: Frame, node: NodeStanding) -> bool:
    """Return whether what had no way to go has one now that its neighbors go, too."""
    return not node.failures and removal_of(frame.catalog, frame.wanted, node) is not None


def _is_new(node: NodeStanding) -> bool:
    return node.state is not SettingState.REMOVING or bool(node.mark)


def _begin(node: NodeStanding, around: Situation) -> NodeStanding:
    """Return the node as one to be removed."""
    fresh = replace(
        node, mark="", deliveries=0, asks=0, failures=0, retry_at=None, sure_at=None, emptied=False
    )
    return to(fresh, SettingState.REMOVING, around.now, words.REMOVING)


def _look(case: Case, around: Situation, phase: Phase) -> Decision | None:
    """Ask whether it is gone."""
    node = read_removed(case, around.session_started, around.now)
    if node is None:
        return None
    if not node.emptied:
        return Decision(node, phase)
    if not case.is_readable:
        return None
    if is_of_user(node.key) and not around.user_is_there:
        return Decision(replace(node, text=words.WAITS_FOR_USER), phase)
    return Decision(replace(node, text=words.LOOKING), phase, asks=case.questions)


def _take_away(frame: Frame, case: Case, phase: Phase) -> Decision:
    node, around = case.node, frame.around
    operation = removal_of(frame.catalog, frame.wanted, node)
    if operation is None:
        left = replace(node, retry_at=None)
        return Decision(to(left, SettingState.LEFT, around.now, words.CANNOT_BE_REMOVED), phase)
    if node.retry_at is not None and around.now < node.retry_at:
        return Decision(node, phase)
    if is_of_user(node.key) and not around.user_is_there:
        return Decision(replace(node, text=words.WAITS_FOR_USER), phase)
    if is_not_ready(node, around.session_started):
        return Decision(replace(node, text=words.USER_NOT_READY), phase)
    node = replace(node, text=words.REMOVING)
    step = Step(
        step_id(operation.verb, node.key),
        operation,
        "no longer wanted" if operation.verb is Verb.DELETE else "no longer wanted: the default",
        deliveries=node.deliveries,
    )
    return Decision(node, phase, step=step)
