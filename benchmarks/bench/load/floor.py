"""The floor: the same server with nothing in it. What it does not do is what is measured.

The same listener, TLS context, protocol and event loop; the same bytes read and parsed by the
same reader; one row committed through the same executor; a reply of the same size and type. It
knows no device, decides nothing, and has neither router nor middleware. With `--doors` it has
those of the real server, to tell what they cost apart from what stands behind them.

    python -m benchmarks.bench.load.floor --data FOLDER --replies FILE --port N
        [--workers N] [--doors]
"""

import argparse
import asyncio
import base64
import json
import os
import signal
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import uvloop
from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, Table, Text, insert
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from lenskeep.app.opening import open_house, site_of
from lenskeep.base.secret import Secret
from lenskeep.certificates import keys
from lenskeep.config import load_settings
from lenskeep.files.setup import server_files
from lenskeep.flows.device.manage import MANAGEMENT_PATH
from lenskeep.flows.house import House
from lenskeep.store import open_store
from lenskeep.store.sql import Executor, Query, Work
from lenskeep.web.admitting.gate import Gate
from lenskeep.web.device.body import read_body
from lenskeep.web.device.peer import read_peer
from lenskeep.web.door import Door
from lenskeep.web.server import Front, TlsFiles, bind, make_server
from lenskeep.web.watching.watched import Watched
from lenskeep.wire import discover, wstep, xcep
from lenskeep.wire.soap import CONTENT_TYPE as SOAP_TYPE
from lenskeep.wire.syncml.read import read_message
from lenskeep.wire.syncml.write import CONTENT_TYPE as SYNCML_TYPE
from lenskeep.wire.xml import MAX_BYTES_PROVEN, MAX_BYTES_UNPROVEN

NOTE: Final = Table(
    "note",
    MetaData(),
    Column("at", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""What the floor remembers: one row a message, a hundred octets or so."""
MAKE_NOTE: Final = "CREATE TABLE IF NOT EXISTS note (at BIGINT, name TEXT, body {})"
"""`BLOB` or `BYTEA`."""
_ADD: Final = Query(insert(NOTE))
_SOAP: Final[Mapping[str, Callable[[bytes], object]]] = {
    "/EnrollmentServer/Discovery.svc": discover.read_discover,
    "/EnrollmentServer/Policy.svc": xcep.read_get_policies,
    "/EnrollmentServer/Enrollment.svc": wstep.read_request,
}

Replies = Mapping[str, bytes]
"""By path, for management by query and number of the message."""


def _one_row(name: str, body: bytes) -> Work[None]:
    yield _ADD.only(at=len(name), name=name, body=body[:64])


def make_floor(executor: Executor, replies: Replies) -> ASGIApp:
    """Return the application."""

    async def floor(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        body = await _read(receive)
        path = scope["path"]
        reads = _SOAP.get(path)
        if reads is not None:
            reads(body)
            name, media = path, SOAP_TYPE
        elif body:
            header = read_message(body).header
            name = f"{scope['query_string'].decode('ascii')} {header.msg_id}"
            media = SYNCML_TYPE
        else:
            await _send(send, b"", SYNCML_TYPE)
            return
        await executor.write(partial(_one_row, name, body))
        await _send(send, replies[name], media)

    return floor


def make_doors(house: House, executor: Executor, replies: Replies) -> ASGIApp:
    """Return the same behind the doors of the real application: routes, limits, meters."""
    watched = Watched()

    async def door(request: Request) -> Response:
        peer = read_peer(house, request)
        limit = MAX_BYTES_PROVEN if peer.is_verified else MAX_BYTES_UNPROVEN
        body = await read_body(request, limit)
        name = f"{request.url.query} {read_message(body).header.msg_id}"
        await executor.write(partial(_one_row, name, body))
        return Response(replies[name], media_type=SYNCML_TYPE)

    async def lost(_request: Request, _error: Exception) -> Response:
        return Response(b"", 404)

    return Starlette(
        routes=[Route(MANAGEMENT_PATH, door, methods=["POST"])],
        middleware=[
            Middleware(Door, watched=watched),
            Middleware(Gate, house=house, watched=watched),
        ],
        exception_handlers={HTTPException: lost},
    )


async def _live(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def _read(receive: Receive) -> bytes:
    pieces = []
    while True:
        message = await receive()
        pieces.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(pieces)


async def _send(send: Send, body: bytes, media: str) -> None:
    headers = [
        (b"content-length", b"%d" % len(body)),
        (b"content-type", media.encode("ascii")),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


# --- running ------------------------------------------------------------------------------


def main() -> int:
    """Serve until told to stop."""
    asked = _asked()
    settings = load_settings(asked.data)
    listener = bind("127.0.0.1", asked.port)
    children: list[int] = []
    for _ in range(asked.workers):
        child = os.fork()
        if not child:
            uvloop.run(_serve(asked, settings, listener))
            return 0
        children.append(child)
    listener.close()
    signal.signal(signal.SIGTERM, lambda *_: _pass_on(children))
    for each in children:
        os.waitpid(each, 0)
    return 0


def _pass_on(children: list[int]) -> None:
    for each in children:
        os.kill(each, signal.SIGTERM)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--replies", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--doors", action="store_true")
    return parser.parse_args()


async def _serve(asked: argparse.Namespace, settings: Any, listener: Any) -> None:
    site = site_of(settings)
    chain, key = server_files(site)
    told = json.loads(asked.replies.read_text("ascii"))
    replies = {name: base64.b64decode(body) for name, body in told.items()}
    url = os.environ.get("FLOOR_DATABASE", "")
    place = Secret(url) if url else asked.replies.with_suffix(".db")
    store = await asyncio.to_thread(open_store, place, settings.database_connections)
    async with open_house(asked.data) as house:
        front = Front(TlsFiles(chain, key, keys.pem(house.trust.issuers)))
        if asked.doors:
            application = make_doors(house, store.executor, replies)
        else:
            application = make_floor(store.executor, replies)
        await make_server(application, front).serve(sockets=[listener])
    await store.aclose()


if __name__ == "__main__":
    raise SystemExit(main())
