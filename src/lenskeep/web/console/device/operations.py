"""Operations from the console: queue, cancel, try again."""

from typing import Final

from starlette.responses import Response

from lenskeep.base.errors import Conflict, Invalid, Missing
from lenskeep.base.identifiers import OperationId
from lenskeep.flows.operations import (
    Wish,
    cancel_operation,
    queue_operations,
    retry_operation,
    show_operation,
)
from lenskeep.web.console.device.doing import whole
from lenskeep.web.console.device.pages import device_id, form_values, part, show_operations
from lenskeep.web.console.page import Visit, go

EMPTY: Final = {"verb": "get", "uri": "", "format": "", "value": "", "confirmation": ""}
"""The form for a new operation before anything is typed."""

OPERATIONS_CHANGED: Final = {"HX-Trigger": "operations-changed"}
"""Lets the lists on the page look again at once."""


async def queue(visit: Visit) -> Response:
    """Queue what the form says; without script the whole page comes back."""
    draft = {name: visit.form.get(name, usual) for name, usual in EMPTY.items()}
    try:
        queued = await queue_operations(
            visit.house, visit.caller, [device_id(visit)], wish_of(draft)
        )
    except Invalid as invalid:
        return await _again(visit, draft, complaints=invalid.complaints)
    if not visit.is_live:
        return go(visit.request, f"/devices/{device_id(visit)}")
    words = f"{draft['verb'].capitalize()} {queued.operations[0].operation.uri.text} is queued."
    kept = {**EMPTY, "verb": draft["verb"]}
    return await _again(visit, kept, queued=words, warnings=queued.warnings)


async def cancel(visit: Visit) -> Response:
    """Take back an operation that was not sent; when it just was, its state says so."""
    operation_id = OperationId(visit.request.path_params["operation"])
    try:
        await cancel_operation(visit.house, visit.caller, operation_id)
    except Missing:
        raise
    except Conflict:
        if not visit.is_live:
            raise
    return await _list(visit, operation_id)


async def retry(visit: Visit) -> Response:
    """Queue a failed operation, or one of unknown outcome, once more."""
    operation_id = OperationId(visit.request.path_params["operation"])
    await retry_operation(visit.house, visit.caller, operation_id)
    return await _list(visit, operation_id)


async def _list(visit: Visit, operation_id: OperationId) -> Response:
    device = (await show_operation(visit.house, visit.caller, operation_id)).device_id
    if visit.is_live:
        return await show_operations(visit, device)
    return go(visit.request, f"/devices/{device}#operations-title")


def wish_of(draft: dict[str, str]) -> Wish:
    """Return what the form says; an empty value is none, unless its format makes a text of it."""
    value = draft["value"].replace("\r\n", "\n")
    form = draft["format"] or None
    if draft["verb"] in ("get", "delete"):
        return Wish(draft["verb"], draft["uri"])
    is_given = bool(value) or form in ("chr", "xml", "b64", "bin")
    text = value if is_given else None
    return Wish(draft["verb"], draft["uri"], form, text, draft["confirmation"])


async def _again(visit: Visit, draft: dict[str, str], **said: object) -> Response:
    """Show the form again: with its complaints, or empty with what was queued."""
    status = 422 if "complaints" in said else 200
    form = form_values(draft, f"/devices/{device_id(visit)}/operations")
    if not visit.is_live:
        values = {**await whole(visit), **form, **said}
        return visit.answer("device.html", values, status)
    values = {**form, **said}
    return part(visit, "operation_form.html", values, status, OPERATIONS_CHANGED)
