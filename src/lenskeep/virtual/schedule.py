"""When a headset calls next: the three sets of the DMClient poll schedule.

CSP: DMClient/Provider/{ID}/Poll. A set is an interval in minutes and a count; a count of 0 with
an interval repeats for ever and what comes after it never starts; without any such set a day's
rhythm follows.
"""

from datetime import datetime, timedelta
from typing import Final

from lenskeep.virtual.tree.rules import VENDOR
from lenskeep.virtual.tree.store import Tree
from lenskeep.wire.wap import Poll

EVERY_DAY: Final = timedelta(hours=24)
"""What Windows falls back to when the sets are used up."""

FOREVER: Final = 0


def complaints(poll: Poll) -> tuple[str, ...]:
    """Return what makes a schedule invalid for a headset, nothing where it is fine."""
    found = []
    sets = poll.sets()
    if not any(interval or count for interval, count in sets):
        found.append("all intervals and counts are zero")
    if sum(1 for interval, count in sets if interval and count == FOREVER) > 1:
        found.append("more than one set repeats for ever")
    if any(number < 0 for each in sets for number in each):
        found.append("a number is negative")
    return tuple(found)


def interval_after(poll: Poll, polls_done: int) -> timedelta:
    """Return how long the headset waits after so many polls of this schedule."""
    for interval, count in poll.sets():
        if interval == 0:
            continue
        if count == FOREVER or polls_done < count:
            return timedelta(minutes=interval)
        polls_done -= count
    return EVERY_DAY


def next_poll(poll: Poll, last_poll_at: datetime, polls_done: int) -> datetime:
    """Return the moment of the next poll. Failed sessions have their own retries beside this."""
    return last_poll_at + interval_after(poll, polls_done)


def poll_of(tree: Tree, provider: str) -> Poll:
    """Return the schedule as the tree holds it; the server may have changed it since."""
    root = f"{VENDOR}DMClient/Provider/{provider}/Poll/"

    def number(name: str) -> int:
        return int(tree.value(root + name) or 0)

    return Poll(
        first_interval_min=number("IntervalForFirstSetOfRetries"),
        first_count=number("NumberOfFirstRetries"),
        second_interval_min=number("IntervalForSecondSetOfRetries"),
        second_count=number("NumberOfSecondRetries"),
        remaining_interval_min=number("IntervalForRemainingScheduledRetries"),
        remaining_count=number("NumberOfRemainingScheduledRetries"),
        on_login=tree.value(root + "PollOnLogin") == "true",
        all_users_on_first_login=tree.value(root + "AllUsersPollOnFirstLogin") == "true",
    )
