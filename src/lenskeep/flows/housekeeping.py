"""What the house does for itself, round after round: lost sessions, and what is past its time."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from lenskeep.flows.desired.regrouping import regroup_by_time
from lenskeep.flows.edition.upgrading import tend_editions
from lenskeep.flows.house import House
from lenskeep.flows.leaving.sweeping import end_departures
from lenskeep.flows.ports import Retention

KEEP_REPLIES: Final = timedelta(days=2)
"""A device that lost our answer asks again within hours, or starts a new session."""
KEEP_SIGN_INS: Final = timedelta(days=1)
KEEP_CODES: Final = timedelta(days=30)
"""Codes that ended stay on the list for a month."""
KEEP_TICKETS: Final = timedelta(days=30)
"""So that one who shows an old one is told apart from one who made it up, in our log."""


async def keep_house(house: House) -> Mapping[str, int]:
    """Do one round; return what was done, in numbers."""
    now = house.clock.now()
    settings = house.settings
    silence = timedelta(minutes=settings.session_silence_minutes)
    lost = await house.housekeeping.lose_sessions(now - silence, now)
    swept = await house.housekeeping.sweep(
        Retention(
            replies_before=now - KEEP_REPLIES,
            timeline_before=now - timedelta(days=settings.keep_timeline_days),
            bodies_before=now - timedelta(days=settings.keep_bodies_days),
            sign_ins_before=now - KEEP_SIGN_INS,
            operations_before=now - timedelta(days=settings.keep_operations_days),
            codes_before=now - KEEP_CODES,
            tickets_before=now - KEEP_TICKETS,
        )
    )
    moved = await regroup_by_time(house)
    gone = await end_departures(house)
    editions = await tend_editions(house)
    return {"lost": lost, "regrouped": moved, "gone": gone, "editions": editions, **swept}
