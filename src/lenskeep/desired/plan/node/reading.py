"""What a headset told of a node, held against what is wanted of it."""

from dataclasses import replace
from datetime import datetime

from lenskeep.desired.known import Known
from lenskeep.desired.plan import words
from lenskeep.desired.plan.node.case import MAX_ASKS, Case, is_of_user, result_uri, usable
from lenskeep.desired.plan.node.fate import (
    failed,
    removal_failed,
    resting,
    to,
    verified,
)
from lenskeep.desired.standing import NodeStanding, SettingState
from lenskeep.tree.catalog.record import Reboot
from lenskeep.tree.fact import Fact
from lenskeep.tree.sensitive import is_sensitive
from lenskeep.wire.syncml.codes import StatusCode, is_success

_MISSING = (StatusCode.NOT_FOUND, StatusCode.GONE)
_READ = (SettingState.PENDING, SettingState.APPLIED, SettingState.VERIFIED, SettingState.DRIFTED)
_HAS_BEEN_READ = (SettingState.APPLIED, SettingState.VERIFIED)


def read(case: Case, since: datetime, now: datetime) -> NodeStanding:
    """Return how a wanted node stands with what was learned since then."""
    node, wanted = case.node, case.wanted
    fact = usable(node, case.fact, since, now)
    if fact is None or wanted is None or node.is_on_its_way or node.state not in _READ:
        return node
    if node.mark != wanted.mark or node.emptied:
        return node
    if fact.status == StatusCode.NOT_ALLOWED and is_of_user(node.key):
        return _not_ready(node, fact)
    if is_success(fact.status) and _is_too_long(case, fact):
        return _unreadable(node, fact, words.TOO_LONG, now)
    if is_success(fact.status) and case.is_same(wanted.value, fact):
        return _as_wanted(case, fact)
    if is_success(fact.status) or fact.status in _MISSING:
        return _otherwise(case, fact, now)
    return _unreadable(node, fact, words.CANNOT_BE_READ, now)


def read_removed(case: Case, since: datetime, now: datetime) -> NodeStanding | None:
    """Return how a node stands that was taken away; None once it is gone."""
    node = case.node
    fact = usable(node, case.fact, since, now)
    if fact is None or not node.emptied or node.is_on_its_way:
        return node
    if not is_success(fact.status):
        return None
    record = case.record
    if record is not None and record.default is not None and case.is_same(record.default, fact):
        return None
    if record is not None and record.reboot is not Reboot.NONE:
        return None  # it goes with the restart
    return removal_failed(node, node.status, words.STILL_THERE, now)


def _is_too_long(case: Case, fact: Fact) -> bool:
    """Return whether a value was there and was not kept (`known.MAX_VALUE`)."""
    return fact.value is None and case.wanted is not None and bool(case.wanted.value)


def _not_ready(node: NodeStanding, fact: Fact) -> NodeStanding:
    """assumed: 405 below ./User says that the user's management is not set up yet."""
    if node.state is not SettingState.PENDING:
        return replace(node, asks=0, read_at=fact.learned_at)
    status = StatusCode.NOT_ALLOWED
    waiting = replace(node, status=status, changed_at=fact.learned_at, asks=0)
    return replace(waiting, text=words.USER_NOT_READY)


def _unreadable(node: NodeStanding, fact: Fact, text: str, now: datetime) -> NodeStanding:
    match node.state:
        case SettingState.PENDING:
            return replace(node, asks=MAX_ASKS)
        case SettingState.APPLIED:
            return resting(node, text, now)
        case _:
            return replace(node, asks=0, read_at=fact.learned_at)


def _as_wanted(case: Case, fact: Fact) -> NodeStanding:
    """What is set is as wanted; a policy must be in effect, too."""
    node = verified(case.node, fact.learned_at)
    uri = result_uri(node.uri)
    result = None if uri is None else case.known.get(uri)
    if result is None or not _is_of_this_reading(case.node, result, fact):
        return node
    if _is_in_effect(case, result):
        return node
    applied = replace(node, state=case.node.state, since=case.node.since)
    return _not_in_effect(case, applied, result, fact.learned_at)


def _is_of_this_reading(node: NodeStanding, result: Fact, fact: Fact) -> bool:
    """Return whether a policy's value in effect was told with what is set, or in a message just
    before: an answer may come in several.
    """
    began = node.since if node.state is SettingState.PENDING else None
    before = [each for each in (node.read_at, node.changed_at, began) if each is not None]
    return result.learned_at >= fact.learned_at or result.learned_at > max(before)


def has_news_of_effect(node: NodeStanding, known: Known, now: datetime) -> bool:
    """Return whether this message told what is in effect of a policy that was read before."""
    if node.state not in _HAS_BEEN_READ or node.read_at is None or node.is_on_its_way:
        return False
    uri = result_uri(node.uri)
    result = None if uri is None else known.get(uri)
    return result is not None and result.learned_at >= now


def read_effect(case: Case, now: datetime) -> NodeStanding:
    """Return how a policy stands whose value in effect was told after what is set.

    The count of questions stays, so that a headset that tells only this is not asked for ever.
    """
    node, wanted, fact = case.node, case.wanted, case.fact
    uri = result_uri(node.uri)
    result = None if uri is None else case.known.get(uri)
    if result is None or fact is None or wanted is None or node.read_at != fact.learned_at:
        return node
    if node.mark != wanted.mark:
        return node
    if not (is_success(fact.status) and case.is_same(wanted.value, fact)):
        return node
    if _is_in_effect(case, result):
        return replace(verified(node, fact.learned_at), asks=node.asks)
    return _not_in_effect(case, node, result, now)


def _is_in_effect(case: Case, result: Fact) -> bool:
    """Return whether the policy is in effect as wanted, or does not tell."""
    assert case.wanted is not None
    if is_success(result.status):
        return case.is_same(case.wanted.value, result)
    return result.status not in _MISSING


def _not_in_effect(case: Case, node: NodeStanding, result: Fact, now: datetime) -> NodeStanding:
    needs_restart = case.record is not None and case.record.reboot is not Reboot.NONE
    text = words.NEEDS_RESTART if needs_restart else words.other_source(result)
    return to(node, SettingState.APPLIED, now, text)


def _otherwise(case: Case, fact: Fact, now: datetime) -> NodeStanding:
    """It holds something else, or nothing."""
    node = case.node
    sure_at = max(fact.learned_at, node.sure_at or fact.learned_at)
    seen = replace(node, read_at=fact.learned_at, sure_at=sure_at, asks=0)
    match node.state:
        case SettingState.PENDING:
            return seen
        case SettingState.APPLIED:
            return _not_applied(case, seen, fact, now)
        case _:
            return to(seen, SettingState.DRIFTED, now, words.drifted(fact))


def _not_applied(case: Case, seen: NodeStanding, fact: Fact, now: datetime) -> NodeStanding:
    """The headset said yes to a command, and does not hold what it was sent."""
    if case.record is not None and case.record.reboot is not Reboot.NONE:
        return to(seen, SettingState.APPLIED, now, words.NEEDS_RESTART)
    if seen.status == StatusCode.ACCEPTED:
        return to(seen, SettingState.APPLIED, now, words.ACCEPTED)
    if is_sensitive(seen.uri):
        return resting(seen, words.SHOWS_NOTHING, now)
    if case.node.read_at is not None:
        return to(seen, SettingState.DRIFTED, now, words.drifted(fact))
    return failed(seen, seen.status, words.mismatch(fact), now)
