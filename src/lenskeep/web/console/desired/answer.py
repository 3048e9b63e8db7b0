"""How the pages of this room answer: with their looks at hand, complaints beside the form."""

from starlette.responses import Response

from lenskeep.base.errors import Complaint, Conflict, Invalid
from lenskeep.flows.desired.casting.consequences import Unaccepted
from lenskeep.web.console.desired import looks, picture
from lenskeep.web.console.page import Visit


def whole(visit: Visit, template: str, values: dict[str, object], status: int = 200) -> Response:
    """Return a page."""
    return visit.answer(template, values | hands(), status)


def part(
    visit: Visit,
    template: str,
    values: dict[str, object],
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    """Return one part of a page, for htmx to put in its place."""
    return visit.answer("part.html", values | hands() | {"part": template}, status, headers)


def said(visit: Visit, words: str, headers: dict[str, str] | None = None) -> Response:
    """Return the note that something was done, for the live page."""
    return part(visit, "desired/said.html", {"done": words, "complaints": ()}, headers=headers)


def complained(visit: Visit, error: Invalid | Conflict) -> Response:
    """Return the note that something was not done, and why, for the live page."""
    values: dict[str, object] = {"done": "", "complaints": complaints_of(error)}
    if isinstance(error, Unaccepted):
        values |= {"complaints": (), "unaccepted": error}
    return part(visit, "desired/said.html", values, status_of(error))


def accepts(visit: Visit) -> bool:
    """Return whether the form says that its consequences were read."""
    return visit.form.get("accept") == "1"


def complaints_of(error: Invalid | Conflict) -> tuple[Complaint, ...]:
    """Return all that was wrong."""
    return error.complaints if isinstance(error, Invalid) else (Complaint("", str(error)),)


def status_of(error: Invalid | Conflict) -> int:
    """Return the HTTP status of a form that was not taken."""
    return 422 if isinstance(error, Invalid) else 409


def hands() -> dict[str, object]:
    """Return what every template of this room has at hand."""
    return {"looks": looks, "picture": picture}
