"""Conflicts between profiles as REST tells them: the nodes and both owners, not only a sentence."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lenskeep.base.errors import Conflict, Missing
from lenskeep.flows.desired.casting.clashing import Clashing
from lenskeep.web import respond
from lenskeep.web.api.desired.shapes.profiles import Clash, ContestedProblem
from lenskeep.web.api.models import Complaint
from lenskeep.web.api.problems import documented

T = TypeVar("T")


class Contested(Conflict):
    """Another profile wants something else, and that was not accepted."""

    def __init__(self, message: str, clashes: Sequence[Clashing]) -> None:
        super().__init__(message)
        self.clashes = tuple(clashes)


async def telling(
    attempt: Awaitable[T], rehearsed: Callable[[], Awaitable[Sequence[Clashing]]]
) -> T:
    """Return what the attempt gives; where it meets a conflict, say which nodes it is about.

    `rehearsed` tries the same without doing it. Raises Contested, and whatever the attempt raises.
    """
    try:
        return await attempt
    except Missing:
        raise
    except Conflict as conflict:
        try:
            found = await rehearsed()
        except Conflict:
            raise conflict from None
        clashes = [each for each in found if each.clash.kind.is_conflict]
        if not clashes:
            raise
        raise Contested(str(conflict), clashes) from None


def contested(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI description of these errors and of a conflict with its clashes."""
    found = documented(409, *statuses)
    schema = {"$ref": f"#/components/schemas/{ContestedProblem.__name__}"}
    found[409]["content"] = {respond.PROBLEM_TYPE: {"schema": schema}}
    return found


async def answer_contested(_request: Request, error: Exception) -> Response:
    """Return the problem with its clashes; what `respond` says of a conflict is in it, too."""
    assert isinstance(error, Contested)
    shown = respond.face(error)
    complaints: list[Complaint] = []
    body = ContestedProblem(
        type="about:blank",
        title=shown.title,
        status=shown.status,
        detail=respond.detail(error),
        complaints=complaints,
        clashes=Clash.all_of(error.clashes),
    )
    return JSONResponse(body.model_dump(mode="json"), shown.status, media_type=respond.PROBLEM_TYPE)
