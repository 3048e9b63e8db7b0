"""Wrong secrets, counted by all processes together: who guesses gains nothing by trying many doors.

Each process counts in memory what it sees itself, and adds what the others have put into the store
when a secret was wrong. A right secret is neither counted nor looked up.
"""

from typing import Final

import structlog

from lenskeep.base.errors import LenskeepError
from lenskeep.enrollment.credentials import (
    ATTEMPTS_WINDOW,
    WRONG_PER_ACCOUNT,
    WRONG_PER_ADDRESS,
    Ages,
    Attempts,
    Subjects,
    subjects_of,
)
from lenskeep.flows.house import House
from lenskeep.flows.ports import Stumble

log = structlog.get_logger()

ENROLLMENT: Final = "enrollment"
SIGN_IN: Final = "sign-in"
_DIGEST: Final = "stumble"


async def count_wrong(house: House, purpose: str, account: str, address: str) -> int | None:
    """Count a wrong secret; return the seconds to wait where it is one too many, else None.

    Where the store cannot be asked, or a flood is held off, what this process saw counts alone.
    """
    attempts, now = _attempts(house, purpose), house.clock.now()
    wait = attempts.wrong(account, address, now)
    if house.guard.counted.take(now) is None:
        return wait
    subjects = subjects_of(account, address)
    try:
        found = await house.guard.stumbles.add(_stumble(house, purpose, subjects), ATTEMPTS_WINDOW)
    except LenskeepError as error:
        log.warning("stumble_not_shared", reason=str(error))
        return wait
    return attempts.learn(subjects, Ages(found.of_account, found.of_address), now)


def _attempts(house: House, purpose: str) -> Attempts:
    return house.guard.sign_in if purpose == SIGN_IN else house.guard.enrollment


def _stumble(house: House, purpose: str, subjects: Subjects) -> Stumble:
    """Return what is stored: no name and no address, only what tells two apart."""

    def digest(kind: str, text: str) -> str:
        octets = text.encode("utf-8", "surrogatepass")
        return house.keyring.digest(f"{_DIGEST}.{kind}", octets).hex()

    return Stumble(
        purpose=purpose,
        account=digest("account", subjects.account),
        address=digest("address", subjects.address),
        most_of_account=WRONG_PER_ACCOUNT + 1,
        most_of_address=WRONG_PER_ADDRESS + 1,
    )
