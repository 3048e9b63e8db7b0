"""What the wearer reads in Settings: a form beside a picture of the page."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Final

from starlette.responses import Response

from lenskeep.base.errors import Conflict, Invalid
from lenskeep.enrollment.wearer.words import MAX_TEXT, PLACES, Named, WearerWords, name_of
from lenskeep.flows.arriving import wearer
from lenskeep.web.console.enrollment.fields import number
from lenskeep.web.console.page import Form, Visit, go

ADDRESS: Final = "/enrollment/wearer"
_EXAMPLE: Final = Named("HOLOLENS-7K2M4Q", "003412771357", "anna@example.org")
"""A headset that nobody has: the picture needs one."""
_SAVED_MEANWHILE: Final = (
    "This was changed meanwhile by somebody else. Load the page again to see how it is now; what"
    " you typed is still here"
)


async def wearer_page(visit: Visit) -> Response:
    """Show what wearers read."""
    return await _answer(visit)


async def preview(visit: Visit) -> Response:
    """Show Settings as it would be with what stands in the form."""
    texts = typed(visit.form)
    if not visit.is_live:
        return await _answer(visit, texts)
    return visit.answer(
        "part.html", {"part": "setup/wearer_picture.html", **_pictured(visit, texts)}
    )


async def save(visit: Visit) -> Response:
    """Set what wearers read."""
    texts = typed(visit.form)
    base = number(visit.form.get("base", ""), 0)
    try:
        await wearer.set_words(visit.house, visit.caller, texts, base)
    except Invalid as invalid:
        return await _answer(visit, texts, 422, {"complaints": invalid.complaints})
    except Conflict:
        return await _answer(visit, texts, 409, {"refused": _SAVED_MEANWHILE})
    return go(visit.request, f"{ADDRESS}?saved=set")


def typed(form: Form) -> dict[str, str]:
    """Return what was typed."""
    names = (each.name for each in fields(WearerWords))
    return {name: form.get(name, "").replace("\r\n", "\n") for name in names}


async def _answer(
    visit: Visit,
    texts: dict[str, str] | None = None,
    status: int = 200,
    said: Mapping[str, object] | None = None,
) -> Response:
    view = await wearer.show_words(visit.house, visit.caller)
    shown = texts or {name: str(each) for name, each in view.body.items()}
    values: dict[str, object] = {
        "view": view,
        "draft": shown,
        "places": ", ".join(PLACES),
        "most": MAX_TEXT,
        "usual_organization": visit.house.settings.organization,
        "saved": visit.request.query_params.get("saved", ""),
        "complaints": (),
        "refused": "",
        **_pictured(visit, shown),
    }
    return visit.answer("setup/wearer.html", values | dict(said or {}), status)


def _pictured(visit: Visit, texts: dict[str, str]) -> dict[str, object]:
    """Return what the picture shows; it complains of nothing."""
    words = WearerWords(**{name: each.strip() for name, each in texts.items()})
    return {
        "words_shown": words,
        "organization": words.organization or visit.house.settings.organization,
        "device_name": name_of(words, _EXAMPLE),
        "example": _EXAMPLE,
        "server": visit.house.settings.url("/"),
    }
