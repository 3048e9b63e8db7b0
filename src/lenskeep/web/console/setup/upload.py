"""Forms with a file: bounded as they come, and unread where their sender may not send them."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from typing import Final

from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import Response

from lenskeep.access import Permission, demand
from lenskeep.base.errors import Invalid
from lenskeep.web.console.page import Console, Form, Visit
from lenskeep.web.console.visitor import Endpoint, forged, is_ours, page

MAX_TEXT_BYTES: Final = 1024 * 1024
"""A field that is no file."""
MAX_FIELDS: Final = 16
_TYPE: Final = "multipart/form-data"

Upload = Callable[[Visit, bytes], Awaitable[Response]]
"""What is done with a form and its file; empty where none was chosen."""


class _TooLarge(MultiPartException):
    """More came than is taken."""


def upload(console: Console, act: Upload, permission: Permission, most_bytes: int) -> Endpoint:
    """Return the endpoint that takes a form with a file of at most so many bytes."""

    async def proved(visit: Visit) -> Response:
        demand(visit.caller, permission)
        fields, body = await _read(visit.request, most_bytes)
        if not is_ours(fields, visit.form_proof):
            return forged(visit.console)
        return await act(replace(visit, form=fields), body)

    return page(console, proved)


async def _read(request: Request, most_bytes: int) -> tuple[Form, bytes]:
    if not request.headers.get("content-type", "").startswith(_TYPE):
        raise Invalid.field("form", "it is of another media type", _TYPE)
    stream = _bounded(request, most_bytes + MAX_TEXT_BYTES)
    parser = MultiPartParser(
        request.headers, stream, max_files=1, max_fields=MAX_FIELDS, max_part_size=MAX_TEXT_BYTES
    )
    try:
        parts = await parser.parse()
    except _TooLarge:
        raise Invalid.field("form", "it is too large", f"at most {most_bytes} bytes") from None
    except MultiPartException:
        raise Invalid.field("form", "it cannot be read") from None
    fields: list[tuple[str, str]] = []
    body = b""
    for name, part in parts.multi_items():
        if isinstance(part, str):
            fields.append((name, part))
        else:
            body = await part.read()
            await part.close()
    return Form(fields), body


async def _bounded(request: Request, most_bytes: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > most_bytes:
            raise _TooLarge("too large")
        yield piece
