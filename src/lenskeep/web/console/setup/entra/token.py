"""A token is tried: each question that is asked of it, in words. Nothing of it is kept or shown."""

from dataclasses import dataclass
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
    "user": "Whom does it name?",
    "device": "Which headset does it name?",
}
"""What is asked, by the names of the checks."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One check as a person reads it."""

    question: str
    check: Check


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
    return tuple(Asked(QUESTIONS.get(each.name, each.name), each) for each in tried.checks)
