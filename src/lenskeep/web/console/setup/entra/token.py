"""A token is tried: each question that is asked of it, in words. Nothing of it is kept or shown."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from starlette.responses import Response

from lenskeep.base.errors import Complaint
from lenskeep.enrollment.entra.decode import MAX_PACKED
from lenskeep.enrollment.entra.token import Check
from lenskeep.flows.entry.tenants import Tried, try_token
from lenskeep.web.console.page import Visit
from lenskeep.web.console.setup.entra import tenants

QUESTIONS: Final = {
    "token": "Is it a token of a tenant that is set up?",
    "algorithm": "Is it signed as Entra signs?",
    "header": "Does it ask for nothing unusual?",
    "key": "Is its key one of the tenant's?",
    "signature": "Did that key sign it?",
    "tenant": "Is it of this tenant?",
    "issuer": "Did Entra issue it?",
    "audience": "Is it meant for this server?",
    "time": "Is it good now?",
    "scope": "May it be used to enroll?",
    "user": "Does it name somebody who can be told apart?",
    "device": "Is its headset named as it has to be?",
}
"""What is asked, by the names of the checks."""
_SECONDS: Final = re.compile(r"\b[0-9]{1,10}\b")
"""Moments as tokens write them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One check as a person reads it."""

    question: str
    check: Check
    found: str
    """What the token says there; moments as people write them."""


async def try_out(visit: Visit) -> Response:
    """Say what would become of a token now."""
    token = visit.form.get("token", "").strip()
    if not token or len(token) > 2 * MAX_PACKED:
        wrong = Complaint("token", "there is no token", "the text that begins with eyJ")
        return await _answer(visit, {"complaints": (wrong,)}, 422)
    tried = await try_token(visit.house, visit.caller, token)
    return await _answer(visit, {"tried": tried, "asked": _asked(tried)})


async def _answer(visit: Visit, said: dict[str, object], status: int = 200) -> Response:
    if not visit.is_live:
        return await tenants.answer(visit, None, status, said)
    values = {"tried": None, "complaints": (), "part": "setup/token.html"}
    return visit.answer("part.html", values | said, status)


def _asked(tried: Tried) -> tuple[Asked, ...]:
    return tuple(
        Asked(QUESTIONS.get(each.name, each.name), each, _found(each)) for each in tried.checks
    )


def _found(check: Check) -> str:
    return _SECONDS.sub(_moment, check.found) if check.name == "time" else check.found


def _moment(seconds: re.Match[str]) -> str:
    return f"{datetime.fromtimestamp(int(seconds[0]), UTC):%Y-%m-%d %H:%M:%S} UTC"
