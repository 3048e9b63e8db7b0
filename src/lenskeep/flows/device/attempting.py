"""Who tried to come in, step by step, as the console shows arrivals. No secret is written down.

Each step carries a trail that those who handle it fill as they find things out; the door has it
written when the step is over, however it ended.
"""

from dataclasses import dataclass, field
from typing import Final

import structlog

from lenskeep.base.errors import LenskeepError
from lenskeep.enrollment.lifecycle import Claim, shown
from lenskeep.flows.entrance import Attempt
from lenskeep.flows.house import House

log = structlog.get_logger()

DISCOVERY: Final = "discovery"
SIGN_IN: Final = "sign-in"
TERMS: Final = "terms"
POLICY: Final = "policy"
ENROLLMENT: Final = "enrollment"
RENEWAL: Final = "renewal"

OK: Final = "ok"
REFUSED: Final = "refused"

_MAX_TEXT: Final = 256
_MAX_REASON: Final = 500


@dataclass(slots=True)
class Trail:
    """What is known of one step so far. Filled in on the way, read once at the end."""

    phase: str
    way: str = ""
    user: str = ""
    device_name: str = ""
    hw_dev_id: str = ""
    os_version: str = ""
    device_id: str = ""
    note: str = ""
    """More for the administrator of a step that went well: what a dry run would have refused."""
    is_proven: bool = False
    """Whether somebody proved who he is: no stranger any more."""

    def tell_claim(self, claim: Claim) -> None:
        """Take over what the headset says of itself."""
        self.device_name = claim.device_name
        self.hw_dev_id = claim.hw_dev_id
        self.os_version = claim.os_version


@dataclass(frozen=True, slots=True)
class Refusing:
    """How a step ended that did not go well."""

    reason: str
    """For the administrator."""
    hresult: int = 0
    """What the headset shows, if it was a fault."""
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step that is over."""

    trail: Trail
    address: str
    refusing: Refusing | None = field(default=None)


async def attempted(house: House, step: Step) -> None:
    """Write the step down; of strangers only as much as the allowance lets us, the rest counted.

    Never fails: the answer to the headset does not wait for a store that is not there.
    """
    missed = 0
    if not step.trail.is_proven:
        taken = house.guard.strangers.take(house.clock.now())
        if taken is None:
            return
        missed = taken
    try:
        await house.entry.attempts.note(_attempt(house, step, missed))
    except LenskeepError as error:
        log.warning("attempt_lost", reason=str(error), step=step.trail.phase)


def _attempt(house: House, step: Step, missed: int) -> Attempt:
    trail, refusing = step.trail, step.refusing
    reason = refusing.reason if refusing else trail.note
    if missed:
        reason = f"{reason} (and {missed} more steps before it, not written down)".strip()
    return Attempt(
        id=house.ids.new("att"),
        at=house.clock.now(),
        phase=trail.phase,
        outcome=REFUSED if refusing else OK,
        way=trail.way,
        user=shown(trail.user, _MAX_TEXT),
        device_name=shown(trail.device_name, _MAX_TEXT),
        hw_dev_id=shown(trail.hw_dev_id, _MAX_TEXT),
        os_version=shown(trail.os_version, _MAX_TEXT),
        address=step.address,
        reason=shown(reason, _MAX_REASON),
        hresult=refusing.hresult if refusing else 0,
        trace=refusing.trace if refusing else "",
        device_id=trail.device_id,
    )
