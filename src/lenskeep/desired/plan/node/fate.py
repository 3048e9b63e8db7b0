"""How a node comes to a state: verified, applied, failed. One function for each way."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from lenskeep.desired.plan import words
from lenskeep.desired.plan.node.case import MAX_ASKS
from lenskeep.desired.standing import NodeStanding, SettingState

RETRIES: Final = (timedelta(minutes=15), timedelta(hours=4), timedelta(hours=24))
"""After the first, second and third failure in a row; after another one nothing is retried."""


def to(node: NodeStanding, state: SettingState, now: datetime, text: str = "") -> NodeStanding:
    """Return the node in this state; the moment stays where the state was the same before."""
    since = node.since if node.state is state else now
    return replace(node, state=state, since=since, text=text)


def anew(node: NodeStanding, now: datetime, text: str = words.ASKING) -> NodeStanding:
    """Return the node as one of which nothing is certain: it is asked first."""
    fresh = replace(node, verb=None, asks=0, retry_at=None, sure_at=None, emptied=False)
    return to(fresh, SettingState.PENDING, now, text)


def verified(node: NodeStanding, read_at: datetime) -> NodeStanding:
    """Return the node as read and found as wanted."""
    fresh = replace(
        node,
        deliveries=0,
        asks=0,
        failures=0,
        retry_at=None,
        read_at=read_at,
        sure_at=read_at,
        emptied=False,
    )
    return to(fresh, SettingState.VERIFIED, read_at)


def failed(node: NodeStanding, status: int | None, text: str, now: datetime) -> NodeStanding:
    """Return the node as refused; it is tried again after a while, a few times."""
    failures = node.failures + 1
    again = RETRIES[failures - 1] if failures <= len(RETRIES) else None
    fresh = replace(
        node,
        status=status,
        verb=None,
        deliveries=0,
        asks=0,
        failures=failures,
        retry_at=now + again if again else None,
        sure_at=None,
        emptied=False,
    )
    after = words.RETRIED if again else words.GIVEN_UP
    return to(fresh, SettingState.FAILED, now, text + after)


def given_up(node: NodeStanding, text: str, now: datetime) -> NodeStanding:
    """Return the node as failed for good: trying again would not help."""
    fresh = replace(node, failures=len(RETRIES) + 1, retry_at=None, sure_at=None, emptied=False)
    return to(fresh, SettingState.FAILED, now, text)


def resting(node: NodeStanding, text: str, now: datetime) -> NodeStanding:
    """Return the node as applied and never read back."""
    fresh = replace(node, asks=MAX_ASKS, failures=0, retry_at=None, emptied=False)
    return to(fresh, SettingState.APPLIED, now, text)


def removal_failed(
    node: NodeStanding, status: int | None, text: str, now: datetime
) -> NodeStanding:
    """Return the node as not taken away; after some tries it is left behind."""
    failures = node.failures + 1
    fresh = replace(
        node, status=status, verb=None, deliveries=0, asks=0, failures=failures, emptied=False
    )
    if failures > len(RETRIES):
        left = replace(fresh, retry_at=None)
        return to(left, SettingState.LEFT, now, f"{words.CANNOT_BE_REMOVED}: {text}")
    waiting = replace(fresh, retry_at=now + RETRIES[failures - 1])
    return to(waiting, SettingState.REMOVING, now, text + words.RETRIED)
