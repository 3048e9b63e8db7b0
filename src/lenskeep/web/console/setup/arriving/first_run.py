"""How first run is held up: a form beside a picture of the page that the wearer sees."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from lenskeep.base.errors import Complaint, Conflict, Invalid
from lenskeep.enrollment.first_run.model import Button, Kind, Trouble
from lenskeep.flows.arriving import first_run
from lenskeep.flows.desired.profiles import list_profiles
from lenskeep.flows.entrance import Plain
from lenskeep.flows.in_force.documents import WAYS
from lenskeep.web.console.enrollment.fields import entries
from lenskeep.web.console.page import Form, Visit, go

ADDRESS: Final = "/enrollment/first-run"
_LISTS: Final = ("ways", "buttons", "kinds", "profiles")
_FLAGS: Final = ("collect_logs", "user_page")
_TEXTS: Final = ("timeout_min", "error_text", "apps", "on_trouble", "name_template")
BUTTONS: Final = {
    Button.RESET.value: ("Reset the headset", "from build 22621.1244 on"),
    Button.RETRY.value: ("Try again", ""),
    Button.CONTINUE.value: ("Continue anyway", ""),
}
KINDS: Final = {
    Kind.POLICIES.value: "Security policies",
    Kind.CERTIFICATES.value: "Certificates",
    Kind.NETWORKS.value: "Network connections",
    Kind.APPS.value: "Apps",
}
TROUBLES: Final = {
    Trouble.LET_IN.value: "Let the wearer in; what is missing is made up for later",
    Trouble.SHOW_ERROR.value: "Show the error, with the buttons ticked below",
}
_SAVED_MEANWHILE: Final = (
    "This was changed meanwhile by somebody else. Load the page again to see how it is now; what"
    " you typed is still here"
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What the fields of the form hold."""

    texts: Mapping[str, str]
    ticks: Mapping[str, frozenset[str]]
    flags: frozenset[str]

    @property
    def minutes(self) -> str:
        """How long it may take, in words."""
        text = self.texts["timeout_min"].strip() or "60"
        if not text.isdecimal():
            return "some minutes"
        return f"{text} minute{'' if text == '1' else 's'}"


async def first_run_page(visit: Visit) -> Response:
    """Show how first run is held up."""
    return await _answer(visit)


async def preview(visit: Visit) -> Response:
    """Show the status page as it would be with what stands in the form."""
    draft = typed(visit.form)
    if not visit.is_live:
        return await _answer(visit, draft)
    values = {"part": "setup/first_run_picture.html", **_hands(visit, draft)}
    return visit.answer("part.html", values)


async def save(visit: Visit) -> Response:
    """Set how first run is held up."""
    draft = typed(visit.form)
    base = visit.form.get("base", "")
    number = int(base) if base.isdecimal() and len(base) < 9 else 0
    try:
        await first_run.set_plan(visit.house, visit.caller, document_of(draft), number)
    except Invalid as invalid:
        return await _answer(visit, draft, 422, {"complaints": invalid.complaints})
    except Conflict:
        return await _answer(visit, draft, 409, {"refused": _SAVED_MEANWHILE})
    return go(visit.request, f"{ADDRESS}?saved=set")


def typed(form: Form) -> Draft:
    """Return what was typed."""
    return Draft(
        {name: form.get(name, "").replace("\r\n", "\n") for name in _TEXTS},
        {name: frozenset(form.getlist(name)) for name in _LISTS},
        frozenset(name for name in _FLAGS if form.get(name) == "1"),
    )


def draft_of(body: Mapping[str, Plain]) -> Draft:
    """Return what the fields show of a document."""
    texts = {name: str(body[name]) for name in _TEXTS if name != "apps"}
    return Draft(
        {**texts, "apps": "\n".join(_list(body["apps"]))},
        {name: frozenset(_list(body[name])) for name in _LISTS},
        frozenset(name for name in _FLAGS if body[name] is True),
    )


def document_of(draft: Draft) -> dict[str, object]:
    """Return the document that the fields mean; what is no number stays as it was typed."""
    minutes = draft.texts["timeout_min"].strip()
    is_number = minutes.isdecimal() and len(minutes) < 9
    return {
        **{name: sorted(draft.ticks[name]) for name in _LISTS},
        **{name: name in draft.flags for name in _FLAGS},
        "timeout_min": int(minutes) if is_number else (minutes or None),
        "error_text": draft.texts["error_text"],
        "apps": entries(draft.texts["apps"]),
        "on_trouble": draft.texts["on_trouble"] or None,
        "name_template": draft.texts["name_template"],
    }


def _list(found: Plain) -> list[str]:
    return [str(each) for each in found] if isinstance(found, list) else []


async def _answer(
    visit: Visit,
    draft: Draft | None = None,
    status: int = 200,
    said: Mapping[str, object] | None = None,
) -> Response:
    view = await first_run.show_plan(visit.house, visit.caller)
    profiles = [each.profile for each in await list_profiles(visit.house, visit.caller)]
    shown = draft or draft_of(view.body)
    values: dict[str, object] = {
        "view": view,
        "ways": WAYS,
        "profiles": profiles,
        "gone": sorted(shown.ticks["profiles"] - {each.id for each in profiles}),
        "troubles": TROUBLES,
        "is_on": bool(view.body["ways"]),
        "saved": visit.request.query_params.get("saved", ""),
        "complaints": (),
        "refused": "",
        **_hands(visit, shown),
    }
    values |= said or {}
    values["elsewhere"] = _elsewhere(values["complaints"])
    return visit.answer("setup/first_run.html", values, status)


def _elsewhere(complaints: object) -> tuple[Complaint, ...]:
    """Return the complaints that no field shows."""
    found = complaints if isinstance(complaints, tuple) else ()
    names = (*_LISTS, *_FLAGS, *_TEXTS)
    return tuple(each for each in found if each.field.partition("[")[0] not in names)


def _hands(visit: Visit, draft: Draft) -> dict[str, object]:
    return {
        "draft": draft,
        "kinds": KINDS,
        "buttons": BUTTONS,
        "organization": visit.house.settings.organization,
    }
