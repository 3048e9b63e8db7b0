"""Errors as REST shows them: one shape, application/problem+json, also for what FastAPI raises."""

from collections.abc import Mapping
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from lenskeep.base.errors import Complaint, Invalid, LenskeepError, Refused
from lenskeep.web import respond

log = structlog.get_logger()

_DESCRIPTIONS: Final = {
    400: "The body is not JSON.",
    401: "No valid token.",
    403: "The token's scope does not allow this.",
    404: "There is no such thing.",
    405: "This path does not know this method.",
    409: "The state is not what was assumed.",
    413: "The body is too large.",
    422: "The input cannot be accepted; `complaints` names every field.",
    503: "Something is not available; `Retry-After` says when to come back.",
}


def install_problems(api: FastAPI) -> None:
    """Make every error of this application a problem."""
    api.add_exception_handler(LenskeepError, _family)
    api.add_exception_handler(RequestValidationError, _unfit)
    api.add_exception_handler(HTTPException, _bare)
    api.add_exception_handler(Exception, _unexpected)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI description of these errors."""
    reference = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        status: {
            "description": _DESCRIPTIONS[status],
            "content": {respond.PROBLEM_TYPE: reference},
        }
        for status in statuses
    }


async def _family(request: Request, error: Exception) -> Response:
    if isinstance(error, Refused):
        log.info("request_refused", method=request.method, reason=error.reason)
    return respond.problem(error)


async def _unfit(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(each["type"] == "json_invalid" for each in found):
        return respond.plain_problem(400)
    return respond.problem(Invalid(*(_complaint(each) for each in found)))


def _complaint(found: Mapping[str, Any]) -> Complaint:
    """The place without `body` or `query` in front; the value that came is not repeated."""
    first, *parts = found["loc"]
    steps = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return Complaint("".join(steps).removeprefix(".") or str(first), str(found["msg"]))


async def _bare(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return respond.plain_problem(error.status_code, error.headers)


async def _unexpected(_request: Request, error: Exception) -> Response:
    return respond.problem(error)
