"""The terms of use: written beside a picture of the headset's page, kept by version, accepted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from starlette.responses import Response

from lenskeep.base.errors import Conflict, Invalid
from lenskeep.enrollment.entra.page import MAX_TEXT, Block, BlockKind, TermsText
from lenskeep.flows.entra.agreed import Terms
from lenskeep.flows.entry import terms
from lenskeep.flows.reading import PageRequest
from lenskeep.web.console.enrollment.fields import number
from lenskeep.web.console.page import Visit, go

ADDRESS: Final = "/enrollment/terms"
_SHOWN: Final = 50
_SAVED_MEANWHILE: Final = (
    "The terms were changed meanwhile, as the versions below show. Save once more to put yours in"
    " their place"
)


@dataclass(frozen=True, slots=True)
class Group:
    """Blocks that make one piece of the page: items in a row, or one other block."""

    kind: str
    texts: tuple[str, ...]


async def terms_page(visit: Visit) -> Response:
    """Show the terms; `version` in the address puts an earlier one into the form."""
    wanted = visit.request.query_params.get("version", "")
    for each in await terms.terms_versions(visit.house, visit.caller):
        if str(each.version) == wanted:
            return await _answer(visit, each.text, said={"from_version": each.version})
    return await _answer(visit)


async def preview(visit: Visit) -> Response:
    """Show the page of the headset as it would be with what stands in the form."""
    draft = _typed(visit)
    if not visit.is_live:
        return await _answer(visit, draft)
    values = {"part": "setup/terms_picture.html", **_pictured(visit, draft)}
    return visit.answer("part.html", values)


async def save(visit: Visit) -> Response:
    """Put a new version in force."""
    draft = _typed(visit)
    base = number(visit.form.get("base", ""), 0)
    try:
        await terms.set_terms(visit.house, visit.caller, draft.title, draft.text, base)
    except Invalid as invalid:
        return await _answer(visit, draft, 422, {"complaints": invalid.complaints})
    except Conflict:
        return await _answer(visit, draft, 409, {"refused": _SAVED_MEANWHILE})
    return go(visit.request, f"{ADDRESS}?saved=set")


async def end(visit: Visit) -> Response:
    """Ask nobody for terms any more."""
    await terms.end_terms(visit.house, visit.caller)
    return go(visit.request, f"{ADDRESS}?saved=off")


def groups(blocks: Iterable[Block]) -> list[Group]:
    """Return the blocks with items in a row put together."""
    found: list[Group] = []
    for kind, run in groupby(blocks, key=lambda each: each.kind):
        texts = tuple(each.text for each in run)
        together = [texts] if kind is BlockKind.ITEM else [(each,) for each in texts]
        found.extend(Group(kind.value, each) for each in together)
    return found


async def _answer(
    visit: Visit,
    draft: TermsText | None = None,
    status: int = 200,
    said: Mapping[str, object] | None = None,
) -> Response:
    latest = await terms.show_terms(visit.house, visit.caller)
    after = visit.request.query_params.get("after") or None
    page = await terms.acceptances(visit.house, visit.caller, PageRequest(after, _SHOWN))
    shown = draft or (latest.text if latest else TermsText("", ""))
    values: dict[str, object] = {
        "latest": latest,
        "versions": await terms.terms_versions(visit.house, visit.caller),
        "acceptances": page,
        "after": after,
        "draft": shown,
        "from_version": 0,
        "most": MAX_TEXT,
        "saved": visit.request.query_params.get("saved", ""),
        "complaints": (),
        "refused": "",
        **_pictured(visit, shown),
        **_in_words(latest),
    }
    return visit.answer("setup/terms.html", values | dict(said or {}), status)


def _in_words(latest: Terms | None) -> dict[str, object]:
    return {"is_on": latest is not None and latest.on, "version": latest.version if latest else 0}


def _pictured(visit: Visit, draft: TermsText) -> dict[str, object]:
    blocks = TermsText(draft.title, draft.text[:MAX_TEXT]).blocks
    return {
        "title": draft.title.strip(),
        "groups": groups(blocks),
        "organization": visit.house.settings.organization,
    }


def _typed(visit: Visit) -> TermsText:
    text = visit.form.get("text", "").replace("\r\n", "\n")
    return TermsText(visit.form.get("title", ""), text)
