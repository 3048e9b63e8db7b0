"""The page on which a device is sent away, kept, missed, found, or revoked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.responses import Response

from lenskeep.base.errors import Complaint
from lenskeep.enrollment.leaving.ways import Exit, ExitView
from lenskeep.flows.entrance import Custody
from lenskeep.flows.leaving.keeping import By
from lenskeep.flows.leaving.order import MAX_REASON
from lenskeep.flows.leaving.sending import is_living
from lenskeep.flows.leaving.showing import LeavingView, show_leaving
from lenskeep.web.console.device.leaving import looks
from lenskeep.web.console.device.pages import device_id, part
from lenskeep.web.console.page import Visit

FORMS: Final = {
    Exit.UNENROLL: "unenroll",
    Exit.WIPE: "wipe",
    Exit.WIPE_KEEPING: "wipe-keeping",
}
"""The forms that send a device away, by the name under which complaints come back to them."""
RETIRING: Final = (
    (By.NOW, "Now, on our side alone", "Its certificates are revoked; nothing on it changes."),
    (By.UNENROLL, "Unenroll it first", "It is told to leave; it counts as retired at once."),
    (By.WIPE, "Wipe it first", "It is told to reset itself; it counts as retired at once."),
)
LOCK_URI: Final = "./Device/Vendor/MSFT/RemoteLock/Lock"
"""CSP: RemoteLock."""


@dataclass(frozen=True, slots=True)
class Said:
    """A form that was not taken: which one, what was typed, what is wrong."""

    form: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    complaints: tuple[Complaint, ...] = ()


NOTHING_SAID: Final = Said()


async def leaving_page(visit: Visit) -> Response:
    """Show how the device can leave; for htmx, how its departure goes."""
    if not visit.is_live:
        return await answer(visit)
    view = await show_leaving(visit.house, visit.caller, device_id(visit))
    if visit.request.query_params.get("mark") != looks.mark(view):
        return part(visit, "device/going.html", _going(visit, view), headers=_RELOAD)
    return part(visit, "device/going.html", _going(visit, view))


_RELOAD: Final = {"HX-Refresh": "true"}


async def answer(visit: Visit, said: Said = NOTHING_SAID, status: int = 200) -> Response:
    """Return the page, with what was wrong at its field."""
    view = await show_leaving(visit.house, visit.caller, device_id(visit))
    values = {
        **_going(visit, view),
        "said": said,
        "things": looks.columns(view.ways),
        "fate_look": looks.fate_look,
        "titles": looks.EXITS,
        "forms": FORMS,
        "retiring": RETIRING,
        "dangers": _dangers(view.ways),
        "may_tell": _may_tell(view),
        "custodies": _custodies(view),
        "most_reason": MAX_REASON,
        "lock_uri": LOCK_URI,
        "here": "leaving",
    }
    return visit.answer("device/leaving.html", values, status)


def _going(visit: Visit, view: LeavingView) -> dict[str, object]:
    going = view.going
    days = visit.house.settings.leaving_grace_days
    return {
        "row": view.row,
        "view": view,
        "is_active": is_living(view.row),
        "mark": looks.mark(view),
        "steps": looks.steps(going) if going else (),
        "countdown": looks.countdown(going, days, visit.now) if going else None,
    }


def _may_tell(view: LeavingView) -> bool:
    """Return whether it can be told to go: a command that came to nothing is given again."""
    command = view.going.operation if view.going else None
    return is_living(view.row) and (command is None or not command.state.is_open)


def _dangers(ways: tuple[ExitView, ...]) -> tuple[str, ...]:
    """Return what speaks against telling it to go before it is retired."""
    told = [danger for way in ways if way.exit in FORMS for danger in way.dangers]
    return tuple(dict.fromkeys(told))


def _custodies(view: LeavingView) -> list[tuple[Custody, str]]:
    """Return what can be said of where it is: a managed one is retired by a form of its own."""
    free = not is_living(view.row) or view.row.departing is not None
    told = looks.CUSTODIES if is_living(view.row) else looks.GONE
    return [
        (each, words)
        for each, words in told.items()
        if each is not Custody.RETIRED or free or view.row.custody is each
    ]
