"""What goes on with a device beyond its settings: first run, edition, departure, whereabouts."""

from typing import Final

from starlette.responses import Response

from lenskeep.access import Permission, demand
from lenskeep.base.errors import Complaint, Conflict, Invalid, Missing
from lenskeep.desired.inventory import HOLOLENS_1
from lenskeep.enrollment.edition import UpgradeState
from lenskeep.flows.arriving.first_run import FirstRunStatus, first_run_of
from lenskeep.flows.edition.licenses import list_licenses
from lenskeep.flows.edition.upgrading import EditionView, show_edition, upgrade_edition
from lenskeep.flows.leaving.showing import show_leaving
from lenskeep.web.console.device.leaving.looks import countdown, steps
from lenskeep.web.console.device.leaving.page import Said
from lenskeep.web.console.device.pages import device_id, is_active, part, whole_page
from lenskeep.web.console.page import Visit, go
from lenskeep.web.console.words import Look, plural

_STAGES: Final = ("announcing", "delivering", "releasing", "over")
_OUTCOMES: Final = {
    "done": "Everything that was expected came; the headset was let go.",
    "failed": "Something that was expected was refused; the headset was let go all the same.",
    "timed out": "Time was up before everything had come; the headset was let go.",
    "no status page": "This build has no status page: nothing held the headset up.",
}
_UPGRADES: Final = {
    UpgradeState.NOT_NEEDED: Look("Not needed", "calm", "There is nothing to upgrade."),
    UpgradeState.NEEDED: Look("Needed", "warn", "It has the development edition."),
    UpgradeState.PENDING: Look("Pending", "wait", "A license is on its way."),
    UpgradeState.IN_PROGRESS: Look("In progress", "busy", "The headset is upgrading itself."),
    UpgradeState.DONE: Look("Done", "good", "It has the business edition."),
    UpgradeState.FAILED: Look("Failed", "bad", "The headset refused the license."),
}
_UNDER_WAY: Final = (UpgradeState.PENDING, UpgradeState.IN_PROGRESS)
_NOTHING: Final = Said()


async def doing_part(visit: Visit) -> Response:
    """Show what goes on, for the live page."""
    return part(visit, "device/doing.html", await doing(visit))


async def edition_part(visit: Visit) -> Response:
    """Show how the edition stands, for the live page."""
    return part(visit, "device/edition.html", await edition(visit))


async def upgrade(visit: Visit) -> Response:
    """Send a license to the device."""
    demand(visit.caller, Permission.OPERATE)
    chosen = visit.form.get("license", "")
    try:
        await upgrade_edition(visit.house, visit.caller, device_id(visit), chosen)
    except (Invalid, Conflict, Missing) as error:
        found = error.complaints if isinstance(error, Invalid) else (Complaint("", str(error)),)
        status = 422 if isinstance(error, Invalid) else 409
        said = Said("edition", visit.form, found)
        return visit.answer("device.html", await whole(visit, said), status)
    return go(visit.request, f"/devices/{device_id(visit)}#edition-title")


async def device_page(visit: Visit) -> Response:
    """Show everything of one device."""
    return visit.answer("device.html", await whole(visit))


async def whole(visit: Visit, said: Said = _NOTHING) -> dict[str, object]:
    """Return all that the page of a device shows."""
    return {**await whole_page(visit), **await doing(visit), **await edition(visit, said)}


async def doing(visit: Visit) -> dict[str, object]:
    """Return what goes on with the device."""
    view = await show_leaving(visit.house, visit.caller, device_id(visit))
    first_run = await first_run_of(visit.house, visit.caller, device_id(visit))
    days = visit.house.settings.leaving_grace_days
    return {
        "row": view.row,
        "is_active": is_active(view.row),
        "view": view,
        "steps": steps(view.going) if view.going else (),
        "countdown": countdown(view.going, days, visit.now) if view.going else None,
        "first_run": first_run,
        "first_run_steps": first_run_steps(first_run),
        "first_run_words": first_run_words(first_run),
    }


async def edition(visit: Visit, said: Said = _NOTHING) -> dict[str, object]:
    """Return how the edition stands; nothing but that for headsets that have no such question."""
    found = await show_edition(visit.house, visit.caller, device_id(visit))
    state = found.upgrade.state
    offers = found.may_upgrade and visit.may(Permission.OPERATE)
    return {
        "device": device_id(visit),
        "edition": found,
        "edition_shown": _has_question(found),
        "edition_look": _UPGRADES[state],
        "edition_runs": state in _UNDER_WAY,
        "edition_said": said,
        "licenses": await list_licenses(visit.house, visit.caller) if offers else (),
        "edition_offered": offers,
    }


def _has_question(found: EditionView) -> bool:
    return found.generation == HOLOLENS_1 or found.upgrade.state is not UpgradeState.NOT_NEEDED


def first_run_steps(status: FirstRunStatus) -> tuple[tuple[str, str], ...]:
    """Return (what happens, `done`, `now`, `next` or `failed`) of a first run."""
    if status.stage not in _STAGES:
        return ()
    here = _STAGES.index(status.stage)
    waiting = f"{plural(status.waiting, 'setting')} to come" if status.waiting else "Settings"
    names = ("Told to wait", waiting if here == 1 else "Settings", "Let go", "Ready")
    return tuple((name, _progress(number, here, status)) for number, name in enumerate(names))


def _progress(number: int, here: int, status: FirstRunStatus) -> str:
    if number == 1 and status.outcome in ("failed", "timed out"):
        return "failed"
    if number < here or status.stage == "over":
        return "done"
    return "now" if number == here else "next"


def first_run_words(status: FirstRunStatus) -> str:
    """Return how a first run ended; empty while it goes on."""
    return _OUTCOMES.get(status.outcome, "")
