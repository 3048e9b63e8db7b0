"""What somebody has to accept, as REST tells it: nodes, owners and devices, not only a sentence."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lenskeep.flows.desired.casting.consequences import Unaccepted
from lenskeep.web import respond
from lenskeep.web.api.desired.shapes.profiles import Clash, ContestedProblem, Stranding
from lenskeep.web.api.problems import documented


def contested(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI description of these errors, and of one that waits for acceptance."""
    found = documented(409, *statuses)
    schema = {"$ref": f"#/components/schemas/{ContestedProblem.__name__}"}
    found[409]["content"] = {respond.PROBLEM_TYPE: {"schema": schema}}
    return found


async def answer_contested(_request: Request, error: Exception) -> Response:
    """Return the problem with all that it is about; what `respond` says of it is in it, too."""
    assert isinstance(error, Unaccepted)
    shown = respond.face(error)
    body = ContestedProblem(
        type="about:blank",
        title=shown.title,
        status=shown.status,
        detail=respond.detail(error),
        complaints=[],
        clashes=Clash.all_of(error.clashes),
        strandings=Stranding.all_of(error.strandings),
    )
    return JSONResponse(body.model_dump(mode="json"), shown.status, media_type=respond.PROBLEM_TYPE)
