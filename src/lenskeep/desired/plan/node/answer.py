"""What became of a command on a node: the engine's word, taken into how the node stands."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from lenskeep.desired.plan import words
from lenskeep.desired.plan.node.case import is_of_user
from lenskeep.desired.plan.node.fate import anew, failed, removal_failed, to
from lenskeep.desired.plan.step import Outcome
from lenskeep.desired.standing import NodeStanding, SettingState
from lenskeep.tree.operation import OperationState, Verb
from lenskeep.wire.syncml.codes import StatusCode, meaning

_GONE: Final = (StatusCode.NOT_FOUND, StatusCode.GONE)


def answered(node: NodeStanding, outcome: Outcome, now: datetime) -> NodeStanding:
    """Return how the node stands after this; the same where the outcome is not of its command."""
    node = replace(node, changed_at=now, asks=0, sure_at=None)
    if outcome.state is OperationState.QUEUED:
        return _lost(node, outcome, now)
    gone = node.verb is Verb.DELETE and outcome.status in _GONE
    if outcome.state is OperationState.DONE or gone:
        return _done(node, outcome, now)
    if node.state is SettingState.REMOVING:
        return _not_removed(node, outcome, now)
    return _refused(node, outcome, now)


def _lost(node: NodeStanding, outcome: Outcome, now: datetime) -> NodeStanding:
    """It may have been carried out: the node is asked before the command is sent again."""
    count = node.deliveries if outcome.deliveries is None else outcome.deliveries
    lost = replace(node, verb=None, ours=True, deliveries=count, text=outcome.text)
    if node.state is SettingState.REMOVING:
        return lost
    return to(lost, SettingState.PENDING, now, outcome.text)


def _done(node: NodeStanding, outcome: Outcome, now: datetime) -> NodeStanding:
    done = replace(node, status=outcome.status, verb=None, deliveries=0)
    if node.state is SettingState.REMOVING:
        return replace(done, emptied=True, retry_at=None, text=words.LOOKING)
    if node.verb is Verb.DELETE:
        return emptied(done, now)
    text = words.ACCEPTED if outcome.status == StatusCode.ACCEPTED else words.READING_BACK
    applied = replace(
        done, ours=True, set_mark=node.mark, retry_at=None, read_at=None, emptied=False
    )
    return to(applied, SettingState.APPLIED, now, text)


def emptied(node: NodeStanding, now: datetime) -> NodeStanding:
    """Return a wanted node as one that was taken away, to be added anew."""
    clear = replace(anew(node, now), emptied=True, set_mark="", changed_at=now, status=None)
    return to(clear, SettingState.PENDING, now, "it was removed in order to be added anew")


def _refused(node: NodeStanding, outcome: Outcome, now: datetime) -> NodeStanding:
    status = outcome.status
    if status == StatusCode.NOT_ALLOWED and is_of_user(node.key):
        waiting = replace(anew(node, now), status=status, deliveries=0)
        return to(waiting, SettingState.PENDING, now, words.USER_NOT_READY)
    known_before = node.status == StatusCode.ALREADY_EXISTS or node.emptied
    if node.verb is Verb.ADD and status == StatusCode.ALREADY_EXISTS and not known_before:
        there = replace(anew(node, now), status=status, deliveries=0)
        return to(there, SettingState.PENDING, now, "the headset has one already")
    if status is None and node.failures == 0:
        node = replace(node, failures=2)  # a message dropped three times is not tried soon again
    return failed(node, status, in_words(outcome), now)


def _not_removed(node: NodeStanding, outcome: Outcome, now: datetime) -> NodeStanding:
    status = outcome.status
    if status == StatusCode.NOT_ALLOWED and is_of_user(node.key):
        again = replace(node, verb=None, status=status, text=words.USER_NOT_READY)
        return replace(again, retry_at=None)
    return removal_failed(node, status, in_words(outcome), now)


def in_words(outcome: Outcome) -> str:
    """Return why it failed, with the next step; the number goes before the words."""
    if outcome.status is None:
        return outcome.text or "the headset did not answer"
    text = outcome.text or meaning(outcome.status)
    return f"{outcome.status}: {text}"
