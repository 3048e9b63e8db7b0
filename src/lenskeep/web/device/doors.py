"""The four device endpoints. Each: body within limits, bytes to a flow, bytes back.

Responses are never chunked and always carry a Content-Length and a charset ([MS-MDE2] 2.1).
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lenskeep.base.errors import Refused, Unavailable
from lenskeep.flows.device.attempting import (
    DISCOVERY,
    ENROLLMENT,
    POLICY,
    Refusing,
    Step,
    Trail,
    attempted,
)
from lenskeep.flows.device.enrolling import headers
from lenskeep.flows.device.enrolling.discovery import discover
from lenskeep.flows.device.enrolling.issue import enroll
from lenskeep.flows.device.enrolling.policy import policies
from lenskeep.flows.device.manage import MANAGEMENT_PATH, manage
from lenskeep.flows.device.proving.asked import Visitor
from lenskeep.flows.house import House
from lenskeep.web import respond
from lenskeep.web.device.body import Farewell, TooLarge, TooSlow, read_body
from lenskeep.web.device.pages.routes import make_page_routes
from lenskeep.web.device.peer import Peer, read_peer
from lenskeep.web.device.tally import Tally
from lenskeep.web.waiting import later
from lenskeep.web.watching.meters import Meters
from lenskeep.wire import soap
from lenskeep.wire.errors import BadMessage
from lenskeep.wire.syncml.write import CONTENT_TYPE as SYNCML_TYPE
from lenskeep.wire.xml import MAX_BYTES_PROVEN, MAX_BYTES_UNPROVEN

_SOAP_TYPES: Final = ("application/soap+xml", "text/xml", "application/xml")
_SYNCML_TYPES: Final = ("application/vnd.syncml.dm+xml", "application/vnd.syncml+xml")
MAX_TOKEN: Final = 16 * 1024
"""Characters of an `Authorization` header that are looked at; tokens of Entra have about 2,000."""
_CLOSE: Final = {"Connection": "close"}

SoapFlow = Callable[[House, bytes, Visitor], Awaitable[bytes]]

_PHASES: Final[dict[SoapFlow, str]] = {
    discover: DISCOVERY,
    policies: POLICY,
    enroll: ENROLLMENT,
}


def make_device_routes(house: House, meters: Meters | None = None) -> list[Route]:
    """Return the routes of the device endpoints."""
    tally = Tally(house, meters or Meters())
    return [  # looked through in this order: what is asked most often stands first
        Route(MANAGEMENT_PATH, _management_door(tally), methods=["POST"]),
        Route(headers.DISCOVERY_PATH, _probe, methods=["GET", "HEAD"]),
        Route(headers.DISCOVERY_PATH, _soap_door(tally, discover), methods=["POST"]),
        Route(headers.POLICY_PATH, _soap_door(tally, policies), methods=["POST"]),
        Route(headers.ENROLLMENT_PATH, _soap_door(tally, enroll), methods=["POST"]),
        *make_page_routes(house),
    ]


async def _probe(_request: Request) -> Response:
    """Answer the reachability probe that precedes discovery: 200, empty ([MS-MDE2] 3.1.4.1)."""
    return Response(b"", media_type="text/html")


def _soap_door(tally: Tally, flow: SoapFlow) -> Callable[[Request], Awaitable[Response]]:
    async def door(request: Request) -> Response:
        if not _is_type(request, _SOAP_TYPES):
            return Response(b"", 415)
        try:
            body = await read_body(request, MAX_BYTES_UNPROVEN)
        except TooLarge:
            return Farewell(413)
        except TooSlow:
            return Response(b"", 408, _CLOSE)
        return await _answer_soap(tally, flow, body, read_peer(tally.house, request))

    return door


async def _answer_soap(tally: Tally, flow: SoapFlow, body: bytes, peer: Peer) -> Response:
    """Run the flow; whatever goes wrong becomes a fault that relates to the request."""
    house, trail = tally.house, Trail(_PHASES[flow])
    try:
        visitor = Visitor(peer.address, peer.proof.certificate, trail)
        answer = Response(await flow(house, body, visitor), media_type=soap.CONTENT_TYPE)
    except Exception as error:  # noqa: BLE001 - the door: logged, and answered with a fault
        trace = headers.new_guid(house)
        tally.step_failed(error, trace, peer.address, trail.phase)
        await attempted(house, Step(trail, peer.address, _refusing(error, trace)))
        header = headers.fault_header(body, trace)
        wait = respond.retry_headers(error)
        content = soap.write_fault(header, respond.fault(error, trace))
        return Response(content, respond.fault_status(error), wait, media_type=soap.CONTENT_TYPE)
    await attempted(house, Step(trail, peer.address))
    tally.step_done(trail, peer.address)
    return answer


def _refusing(error: Exception, trace: str) -> Refusing:
    reason = str(error) if isinstance(error, Refused | BadMessage) else "a mistake of ours: the log"
    return Refusing(reason, respond.fault_hresult(error), trace)


def _management_door(tally: Tally) -> Callable[[Request], Awaitable[Response]]:
    house = tally.house

    async def door(request: Request) -> Response:
        if not _is_type(request, _SYNCML_TYPES):
            return Response(b"", 415)
        peer = read_peer(house, request)
        limit = MAX_BYTES_PROVEN if peer.is_verified else MAX_BYTES_UNPROVEN
        try:
            body = await read_body(request, limit)
            proof = replace(
                peer.proof, authorization=request.headers.get("authorization", "")[:MAX_TOKEN]
            )
            answered = await manage(house, proof, body, max_bytes=limit)
        except TooLarge:
            return Farewell(413)
        except TooSlow:
            return Response(b"", 408, _CLOSE)
        except BadMessage as error:
            tally.message_unreadable(error, peer.address)
            return Response(b"", 400)
        except Unavailable as error:
            tally.message_unanswered(error, peer.address)
            return Response(b"", 503, later(house.randomness, error))
        tally.message(answered, peer.address)
        return Response(answered.body, media_type=SYNCML_TYPE)

    return door


def _is_type(request: Request, accepted: tuple[str, ...]) -> bool:
    """Return whether the body is said to be of such a type; WBXML and forms are not read."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media in accepted
