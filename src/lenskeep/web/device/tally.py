"""What the devices' doors log, count and trace: one line for what is over, none for what goes on.

A session that ended is one line, an enrollment is one line, a refusal is one line. Messages
within a session, and steps before the last of an enrollment, are counted and traced only.
"""

from typing import Final

import structlog

from lenskeep.base.errors import Refused, Unavailable
from lenskeep.flows.device.attempting import ENROLLMENT, OK, REFUSED, RENEWAL, Trail
from lenskeep.flows.device.manage import Answered
from lenskeep.flows.house import House
from lenskeep.web.watching.meters import Meters
from lenskeep.wire.errors import BadMessage

log = structlog.get_logger()

FAILED: Final = "failed"
UNREADABLE: Final = "unreadable"
UNAVAILABLE: Final = "unavailable"
_STEP_NAMES: Final = {"discovery": "discover", "policy": "policies", "enrollment": "enroll"}


class Tally:
    """The doors' book-keeping for one process."""

    def __init__(self, house: House, meters: Meters) -> None:
        self.house = house
        self._meters = meters

    # --- enrollment -----------------------------------------------------------------------

    def step_done(self, trail: Trail, address: str) -> None:
        """Note a step of an enrollment that went well."""
        self._count_step(trail.phase, OK)
        self.house.tools.spans.note(device=trail.device_id, outcome=OK)
        told = {"device": trail.device_id, "address": address}
        if trail.phase == RENEWAL:
            log.info("renewed", **told)
        elif trail.phase == ENROLLMENT and trail.device_id:
            log.info("enrolled", way=trail.way, **told)

    def step_failed(self, error: Exception, trace: str, address: str, phase: str) -> None:
        """Note one that did not: a refusal, or a mistake of ours."""
        told = {"step": _STEP_NAMES.get(phase, phase), "trace": trace, "address": address}
        self.house.tools.spans.note(outcome=REFUSED, trace=trace)
        if isinstance(error, Refused | BadMessage):
            self._count_step(phase, REFUSED)
            log.info("enrollment_refused", reason=str(error), **told)
            return
        self._count_step(phase, FAILED)
        log.error("enrollment_failed", exc_info=error, **told)

    def _count_step(self, phase: str, outcome: str) -> None:
        self._meters.steps.labels(phase, outcome).inc()

    # --- management -----------------------------------------------------------------------

    def message(self, answered: Answered, address: str) -> None:
        """Note a message that got its answer."""
        self._meters.messages.labels(answered.outcome).inc()
        if answered.again:
            self._meters.again.inc(answered.again)
        if answered.outcome == "refused":
            log.info("message_refused", reason=answered.reason, address=address)
        ended = answered.ended
        session = ended.session if ended else ""
        self.house.tools.spans.note(
            device=answered.device, session=session, outcome=answered.outcome
        )
        if ended:
            self._meters.sessions.labels(ended.how).inc()
            log.info(
                "session_over",
                device=answered.device,
                session=ended.session,
                outcome=ended.how,
                reason=ended.reason,
                messages=ended.messages,
            )

    def message_unreadable(self, error: BadMessage, address: str) -> None:
        """Note a message that is none."""
        self._meters.messages.labels(UNREADABLE).inc()
        log.info("message_unreadable", reason=str(error), address=address)

    def message_unanswered(self, error: Unavailable, address: str) -> None:
        """Note one that could not be answered: something is not there."""
        self._meters.messages.labels(UNAVAILABLE).inc()
        log.error("message_unanswered", reason=str(error), address=address)
