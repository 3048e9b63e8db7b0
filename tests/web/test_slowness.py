"""Connections that hold on to ours: slow bodies, answers not taken, handshakes never made."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from tests.web.test_server import Listening, new_chain, tls_files

from lenskeep.config import Settings
from lenskeep.web import server as door
from lenskeep.web import stopping
from lenskeep.web.admitting.connections import (
    FULL_ADDRESS,
    LARGE_HEADERS,
    SLOW_BODY,
    SLOW_HEADERS,
    STALLED,
    Connections,
    Room,
)
from lenskeep.web.server import Front, bind, make_server
from lenskeep.web.watching.watched import Watched

LARGE = 64 * 1024 * 1024
"""More than what lies between two sockets holds."""
PIECE = 256 * 1024
OF_ADDRESS = 5


@dataclass
class Slow(Listening):
    """A server with short patience."""

    watched: Watched

    def cut(self, reason: str) -> float:
        """How many connections were cut for this."""
        return float(self.watched.meters.cut.labels(reason)._value.get())


async def take(request: Request) -> Response:
    """Read the body and say how long it was."""
    return Response(str(len(await request.body())))


async def flood(_request: Request) -> Response:
    """Answer a lot, piece by piece."""
    return StreamingResponse(b"x" * PIECE for _ in range(LARGE // PIECE))


@pytest.fixture
async def slow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Slow]:
    """The server, on a free port of loopback."""
    monkeypatch.setattr(door, "BODY_LOOK_S", 0.1)
    monkeypatch.setattr(door, "STALL_S", 0.2)
    monkeypatch.setattr(stopping, "HANDSHAKE_TIMEOUT_S", 0.2)
    watched, chain = Watched(), new_chain()
    room = Room(known=10, strangers=10, of_address=OF_ADDRESS)
    listener = bind("127.0.0.1", 0)
    app = Starlette(routes=[Route("/", take, methods=["POST"]), Route("/flood", flood)])
    front = Front(tls_files(chain))
    connections = Connections(Settings(data=tmp_path), watched, room)
    server = make_server(app, front, None, connections)
    port = listener.getsockname()[1]
    task = asyncio.create_task(server._serve([listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    yield Slow(port, front, chain.root, watched)
    server.should_exit = True
    await task


async def ended(reader: asyncio.StreamReader) -> bytes:
    """Return what comes until the connection ends; fail where it does not."""
    try:
        return await asyncio.wait_for(reader.read(), 5)
    except ConnectionError:
        return b""


POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"


async def test_a_body_that_does_not_come_is_waited_for_only_so_long(slow: Slow) -> None:
    reader, writer = await slow.connect()
    writer.write(POST % 100_000 + b"begun")

    assert await ended(reader) == b""
    assert slow.cut(SLOW_BODY) == 1
    writer.close()


async def test_a_body_that_trickles_is_no_better(slow: Slow) -> None:
    """A byte now and then keeps a reader's clock from running out, not this one's."""
    reader, writer = await slow.connect()
    writer.write(POST % 100_000)
    for _ in range(20):
        writer.write(b"x")
        await asyncio.sleep(0.02)

    assert await ended(reader) == b""
    assert slow.cut(SLOW_BODY) == 1
    writer.close()


async def test_a_large_body_that_keeps_coming_is_taken(slow: Slow) -> None:
    """It takes several looks."""
    reader, writer = await slow.connect()
    piece, pieces = b"x" * 20_000, 20
    writer.write(POST % (len(piece) * pieces))
    for _ in range(pieces):
        writer.write(piece)
        await asyncio.sleep(0.02)

    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    assert b"200 OK" in head
    assert await reader.readexactly(6) == b"400000"
    assert slow.cut(SLOW_BODY) == 0
    writer.close()


async def test_an_answer_that_nobody_takes_is_held_only_so_long(slow: Slow) -> None:
    reader, writer = await slow.connect()
    writer.write(b"GET /flood HTTP/1.1\r\nHost: x\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    async with asyncio.timeout(5):
        while not slow.cut(STALLED):
            await asyncio.sleep(0.02)

    assert len(await ended(reader)) < LARGE
    writer.close()


async def test_an_answer_that_is_taken_slowly_is_given_whole(slow: Slow) -> None:
    reader, writer = await slow.connect()
    writer.write(b"GET /flood HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    size = 0
    while piece := await reader.read(1024 * 1024):
        size += len(piece)

    assert size > LARGE  # and the frames of its pieces
    assert slow.cut(STALLED) == 0
    writer.close()


async def test_a_handshake_that_is_never_made_is_waited_for_only_so_long(slow: Slow) -> None:
    with socket.create_connection(("127.0.0.1", slow.port)) as silent:
        silent.setblocking(False)
        loop = asyncio.get_running_loop()

        assert await asyncio.wait_for(loop.sock_recv(silent, 1), 5) == b""


async def test_a_flood_of_headers_is_told_of(slow: Slow) -> None:
    reader, writer = await slow.connect()
    writer.write(b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * 10_000)

    assert await ended(reader) == b""
    assert slow.cut(LARGE_HEADERS) == 1
    writer.close()


async def test_half_a_header_is_told_of(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "HEADER_TIMEOUT_S", 0.1)
    reader, writer = await slow.connect()

    assert await ended(reader) == b""
    assert slow.cut(SLOW_HEADERS) == 1
    writer.close()


async def test_one_address_holds_only_so_many_open_and_has_room_again(slow: Slow) -> None:
    """Those beyond are ended before they have said a word."""
    open_ = [await slow.connect() for _ in range(OF_ADDRESS)]
    beyond, gone = await slow.connect()

    assert await ended(beyond) == b""
    assert slow.cut(FULL_ADDRESS) == 1
    gone.close()
    open_[0][1].close()
    reader, writer = await slow.connect()
    async with asyncio.timeout(5):
        while (answer := await _answer(reader, writer)) == b"":  # the end of one is on its way
            reader, writer = await slow.connect()
    assert b"200 OK" in answer
    for _, each in (*open_, (reader, writer)):
        each.close()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    writer.write(POST % 0)
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        return await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    return b""
