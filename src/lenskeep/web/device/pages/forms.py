"""Reads what comes to a page: the query and a form, within limits."""

from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from lenskeep.web.device.body import read_body

MAX_QUERY: Final = 16 * 1024
"""Octets; a redirect address and a handful of words."""
MAX_FORM: Final = 16 * 1024
MAX_FIELDS: Final = 20
_FORM_TYPE: Final = "application/x-www-form-urlencoded"


def read_query(request: Request) -> tuple[tuple[str, str], ...]:
    """Return the parameters as they came; none of what is too long, or no query."""
    octets: bytes = request.scope["query_string"]
    return _pairs(octets, MAX_QUERY)


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form. Raises TooLarge and TooSlow."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != _FORM_TYPE:
        return {}
    return dict(_pairs(await read_body(request, MAX_FORM), MAX_FORM))


def _pairs(octets: bytes, most: int) -> tuple[tuple[str, str], ...]:
    if len(octets) > most:
        return ()
    try:
        text = octets.decode("ascii")
        return tuple(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        return ()
