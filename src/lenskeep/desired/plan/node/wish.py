"""What is done about a wanted node: asked, set, taken away to be added anew, left to wait."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from lenskeep.desired.applies import Verdict, applies
from lenskeep.desired.builds import has_hololens_build
from lenskeep.desired.guard.tenant import NOT_BY_AUTOPILOT, locks_tenant
from lenskeep.desired.plan import words
from lenskeep.desired.plan.node.case import (
    DRIFT_EVERY,
    MAX_ASKS,
    Case,
    is_not_ready,
    is_of_user,
    is_policy,
)
from lenskeep.desired.plan.node.decision import Decision
from lenskeep.desired.plan.node.fate import anew, given_up, to
from lenskeep.desired.plan.node.place import group_of, is_remade, whole_of
from lenskeep.desired.plan.node.reading import read
from lenskeep.desired.plan.node.removal import Frame
from lenskeep.desired.plan.order import phase_of
from lenskeep.desired.plan.step import Situation, Staged, Step, step_id
from lenskeep.desired.profile import Drift
from lenskeep.desired.standing import NodeStanding, SettingState
from lenskeep.desired.wanted import WantedNode
from lenskeep.tree.operation import Operation, Verb
from lenskeep.tree.value import Format
from lenskeep.wire.syncml.codes import StatusCode

_MAY_BE_REMADE: Final = "20348.1531"
"""The first build that takes a VPN profile removed and added in one session."""
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""As the start of a session: every fact is of the session."""
_ASIDE: Final = (
    SettingState.CONFLICTING,
    SettingState.NOT_APPLICABLE,
    SettingState.REMOVING,
    SettingState.LEFT,
)


def decide_wish(frame: Frame, case: Case, *, at_once: bool = False) -> Decision:
    """Return what is done about a wanted node. `at_once`: one that failed does not wait."""
    wanted, around = case.wanted, frame.around
    assert wanted is not None
    node = _known_to(wanted, case.node, around.now)
    bare = Decision(
        node, phase_of(node.key), group=group_of(case.record, wanted.uri), guard=wanted.guard
    )
    if node.is_on_its_way:
        return bare
    if wanted.undecided:
        text = words.conflict(wanted)
        return replace(bare, node=to(node, SettingState.CONFLICTING, around.now, text))
    if around.facts.by_autopilot is False and locks_tenant(wanted.uri.text, wanted.value):
        state = SettingState.NOT_APPLICABLE
        return replace(bare, node=to(node, state, around.now, NOT_BY_AUTOPILOT))
    verdict = None if case.record is None else applies(case.record, around.facts)
    if verdict is not None and verdict.verdict is Verdict.NO:
        state = SettingState.NOT_APPLICABLE
        return replace(bare, node=to(node, state, around.now, verdict.reason))
    due = node.retry_at is not None and around.now >= node.retry_at
    again = node.state is SettingState.FAILED and (due or (at_once and node.retry_at is not None))
    if node.state in _ASIDE or again:
        node = anew(node, around.now)
    if node.state is SettingState.PENDING and not around.facts.build:
        return replace(bare, node=node).held(words.NO_BUILD)
    return _proceed(frame, replace(case, node=node), replace(bare, node=node))


def _known_to(wanted: WantedNode, node: NodeStanding, now: datetime) -> NodeStanding:
    """Return the node with whose wish it is; a changed wish begins it anew.

    What was verified is known, and is not asked for again.
    """
    node = replace(node, owners=wanted.owners or wanted.undecided)
    if node.mark == wanted.mark or node.is_on_its_way:
        return node
    was_sure = node.state is SettingState.VERIFIED
    fresh = anew(replace(node, mark=wanted.mark, deliveries=0, failures=0, status=None), now)
    return replace(fresh, sure_at=now if was_sure else None)


def _proceed(frame: Frame, case: Case, bare: Decision) -> Decision:
    around = frame.around
    match case.node.state:
        case SettingState.PENDING:
            return _resolve(frame, case, bare)
        case SettingState.DRIFTED if case.wanted and case.wanted.drift is Drift.CORRECT:
            return _resolve(frame, case, bare)
        case SettingState.VERIFIED | SettingState.DRIFTED:
            return _watch(case, bare, around)
        case SettingState.APPLIED:
            return _read_back(case, bare, around)
        case _:
            return bare


# --- reading again --------------------------------------------------------------------------------


def _watch(case: Case, bare: Decision, around: Situation) -> Decision:
    """Read again what was verified a day ago."""
    node = case.node
    last = node.read_at or node.since
    due = node.retry_at or last + DRIFT_EVERY
    if around.now < due or not case.allows(Verb.GET) or _lacks_user(node, around):
        return bare
    if node.asks >= MAX_ASKS:
        return replace(bare, node=replace(node, asks=0, retry_at=around.now + DRIFT_EVERY))
    return replace(bare, asks=case.questions)


def _read_back(case: Case, bare: Decision, around: Situation) -> Decision:
    node = case.node
    if not case.is_readable:
        text = node.text if node.asks >= MAX_ASKS and node.text else words.CANNOT_BE_READ
        text = words.CANNOT_BE_READ if text == words.READING_BACK else text
        return replace(bare, node=replace(node, text=text))
    if _lacks_user(node, around):
        return bare
    if node.read_at is not None and node.read_at >= around.session_started:
        return bare
    return replace(bare, asks=case.questions)


# --- asking and setting ---------------------------------------------------------------------------


def _resolve(frame: Frame, case: Case, bare: Decision) -> Decision:
    """Ask what is not certain; send what differs."""
    around = frame.around
    node, wanted = case.node, case.wanted
    assert wanted is not None
    waits = _wait(case, around)
    if waits:
        return bare.held(waits)
    is_sure = node.sure_at is not None and node.sure_at >= around.session_started
    node = read(case, BEGINNING if is_sure else around.session_started, around.now)
    case, bare = replace(case, node=node), replace(bare, node=node)
    if node.state not in (SettingState.PENDING, SettingState.DRIFTED):
        return _proceed(frame, case, bare)
    if _must_ask(case, around):
        text = words.ASKING if node.state is SettingState.PENDING else node.text
        return replace(bare, node=replace(node, text=text), asks=case.questions, blind=_verb(case))
    return _send(frame, case, bare)


def _must_ask(case: Case, around: Situation) -> bool:
    node = case.node
    if node.emptied or not case.is_readable:
        return False
    return node.sure_at is None or node.sure_at < around.session_started


def _wait(case: Case, around: Situation) -> str:
    """Return what the node waits for before anything is asked or sent; empty: nothing."""
    node, wanted = case.node, case.wanted
    assert wanted is not None
    if _lacks_user(node, around):
        return words.WAITS_FOR_USER
    if is_not_ready(node, around.session_started):
        return words.USER_NOT_READY
    staged = around.staged.get(wanted.guard, Staged()) if wanted.guard else None
    if staged and not staged.released and staged.scout not in (None, around.device):
        return words.WAITS_FOR_GUARD
    build = around.facts.build
    in_session = node.changed_at is not None and node.changed_at >= around.session_started
    if node.emptied and in_session and is_remade(node.key):
        may = has_hololens_build(build, _MAY_BE_REMADE) or not around.facts.holographic
        return "" if may else words.WAITS_FOR_SESSION
    return ""


def _lacks_user(node: NodeStanding, around: Situation) -> bool:
    return is_of_user(node.key) and not around.user_is_there


def _send(frame: Frame, case: Case, bare: Decision) -> Decision:
    operation = _operation(frame, case)
    if operation is None:
        return replace(bare, node=given_up(case.node, words.READ_ONLY, frame.around.now))
    assert case.wanted is not None
    step = Step(
        step_id(operation.verb, case.node.key),
        operation,
        _reason(case, operation.verb),
        deliveries=case.node.deliveries,
    )
    return replace(bare, step=step)


def _operation(frame: Frame, case: Case) -> Operation | None:
    """Return the command that brings the node to what is wanted; None where there is none."""
    wanted = case.wanted
    assert wanted is not None
    verb = _verb(case)
    if verb in (Verb.ADD, Verb.REPLACE):
        return Operation(verb, wanted.uri, wanted.format, wanted.value)
    if not (case.allows(Verb.ADD) or wanted.format is Format.NODE):
        return None
    whole = whole_of(frame.catalog, case.record, wanted.uri)
    return None if whole is None else Operation(Verb.DELETE, whole)


def _verb(case: Case) -> Verb:
    """Return how the wish is fulfilled; Delete stands for Delete, and Add in another message."""
    if is_policy(case.node.key) and case.allows(Verb.REPLACE):
        return Verb.REPLACE
    exists = _exists(case)
    if exists and is_remade(case.node.key):
        return Verb.DELETE
    if exists is not True:
        return Verb.ADD if case.allows(Verb.ADD) else Verb.REPLACE
    return Verb.REPLACE if case.allows(Verb.REPLACE) else Verb.DELETE


def _exists(case: Case) -> bool | None:
    """Return whether the headset has the node; None where that cannot be told."""
    node, fact = case.node, case.fact
    if node.emptied:
        return False
    if node.status == StatusCode.ALREADY_EXISTS:
        return True
    if node.sure_at is None:
        return True if node.set_mark else None
    return fact is None or fact.status not in (StatusCode.NOT_FOUND, StatusCode.GONE)


def _reason(case: Case, verb: Verb) -> str:
    wanted = case.wanted
    assert wanted is not None
    if case.node.emptied:
        return "it was removed in order to be added anew"
    why = "it cannot be read" if case.node.sure_at is None else words.difference(wanted, case.fact)
    return f"{why}; it is removed first and then added anew" if verb is Verb.DELETE else why
