"""The server stops in good order: who is being answered is, who is about to ask is heard."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lenskeep.base.system import SystemRandomness
from lenskeep.certificates import keys
from lenskeep.certificates.authority import IssuerRole, issue_server, make_issuer, make_root
from lenskeep.web import server as door
from lenskeep.web import stopping
from lenskeep.web.server import Front, TlsFiles, bind, make_server
from lenskeep.web.stopping import Course, GoodServer

NOW = datetime.now(UTC)
DICE = SystemRandomness()


@dataclass
class Stage:
    """A server whose answers wait until they are let go."""

    server: GoodServer
    port: int
    trust: ssl.SSLContext
    held: asyncio.Event
    told: list[str]
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[None] | None" = None
    talks: "list[Talk]" = field(default_factory=list)

    async def connect(self) -> "Talk":
        """Open a connection."""
        reader, writer = await asyncio.open_connection("localhost", self.port, ssl=self.trust)
        self.talks.append(Talk(reader, writer))
        return self.talks[-1]

    def stop(self) -> None:
        """Tell it to stop."""
        self.server.stop()

    async def ended(self) -> None:
        """Wait until it has stopped."""
        assert self.task is not None
        await asyncio.wait_for(self.task, 20)

    async def close(self) -> None:
        """Stop it, and hang up."""
        self.held.set()
        self.server.stop()
        for each in self.talks:
            each.writer.close()
            with suppress(OSError):
                await each.writer.wait_closed()
        await self.ended()


@dataclass
class Talk:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def ask(self, path: str) -> None:
        """Send a request."""
        self.writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    async def answer(self) -> str:
        """Return the head of the answer; empty where the connection ended instead."""
        try:
            head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 10)
        except asyncio.IncompleteReadError:
            return ""
        assert await self.reader.readexactly(2) == b"ok"
        return head.decode().lower()


Staged = Callable[[Course], Awaitable[Stage]]


@pytest.fixture
async def staged() -> AsyncIterator[Staged]:
    """Start servers on free ports of loopback."""
    root = make_root("test", NOW, DICE)
    devices, servers = (make_issuer(root, role, "test", NOW, DICE) for role in IssuerRole)
    key = keys.new_server_key()
    leaf = issue_server(servers, ["localhost"], key.public_key(), NOW, DICE)
    chain = keys.pem([leaf, servers.certificate]).encode()
    files = TlsFiles(chain, keys.key_pem(key).encode(), keys.pem([devices.certificate]))
    stages: list[Stage] = []

    async def start(course: Course) -> Stage:
        held, told, arrived = asyncio.Event(), list[str](), asyncio.Event()

        async def slow(_: Request) -> Response:
            arrived.set()
            await held.wait()
            return Response("ok")

        async def fast(_: Request) -> Response:
            return Response("ok")

        listener = bind("127.0.0.1", 0)
        port = listener.getsockname()[1]
        application = Starlette(routes=[Route("/slow", slow), Route("/fast", fast)])
        told_of = Course(
            lambda: told.append("ready"), lambda: told.append("stopping"), course.notice_s
        )
        server = make_server(application, Front(files), told_of)
        trust = ssl.create_default_context(cadata=keys.pem([root.certificate]))
        stage = Stage(server, port, trust, held, told, arrived)
        stage.task = asyncio.create_task(server._serve([listener]))
        stages.append(stage)
        while not server.started:
            await asyncio.sleep(0.01)
        return stage

    yield start
    for each in stages:
        await each.close()


async def test_who_is_being_answered_is_answered(staged: Staged) -> None:
    """The answer comes, says that the connection ends, and then the server does."""
    stage = await staged(Course())
    talk = await stage.connect()
    talk.ask("/slow")
    await stage.arrived.wait()

    stage.stop()
    while "stopping" not in stage.told:
        await asyncio.sleep(0.01)
    stage.held.set()

    head = await talk.answer()
    assert head.startswith("http/1.1 200")
    assert "connection: close" in head
    await stage.ended()
    assert stage.told == ["ready", "stopping"]
    assert await talk.reader.read() == b""


async def test_who_spoke_a_moment_ago_is_heard_out(staged: Staged) -> None:
    """The next request of a session comes just after the word to stop, and is answered."""
    stage = await staged(Course())
    talk = await stage.connect()
    talk.ask("/fast")
    assert "connection: close" not in await talk.answer()

    stage.stop()
    while not stage.server.doors.is_stopping:
        await asyncio.sleep(0.01)
    await asyncio.sleep(stopping.ACCEPTED_S + 0.1)
    talk.ask("/fast")

    assert "connection: close" in await talk.answer()
    await stage.ended()


async def test_who_is_silent_is_not_waited_for(
    staged: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection kept for later is closed; the client opens another one, elsewhere."""
    monkeypatch.setattr(door, "HEAR_OUT_S", 0.0)
    stage = await staged(Course())
    talk = await stage.connect()
    talk.ask("/fast")
    await talk.answer()
    loop = asyncio.get_running_loop()
    started = loop.time()

    stage.stop()
    await stage.ended()

    assert await talk.answer() == ""
    assert loop.time() - started < stopping.ANSWER_S / 2


async def test_who_never_ends_is_cut_off(staged: Staged, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time for answers the server ends, whoever it still works for."""
    monkeypatch.setattr(stopping, "ANSWER_S", 0.2)
    stage = await staged(Course())
    talk = await stage.connect()
    talk.ask("/slow")
    await stage.arrived.wait()

    stage.stop()
    await stage.ended()

    assert not stage.held.is_set()


async def test_during_the_notice_connections_are_still_taken(staged: Staged) -> None:
    """So that a load balancer has time to learn that no new ones should come."""
    stage = await staged(Course(notice_s=60))
    stage.stop()
    while "stopping" not in stage.told:
        await asyncio.sleep(0.01)

    talk = await stage.connect()
    talk.ask("/fast")

    assert "connection: close" in await talk.answer()
    stage.stop()
    await stage.ended()


async def test_a_handshake_that_has_begun_leads_to_an_answer(staged: Staged) -> None:
    """Who is half-way in when the server stops taking connections is let in, and served."""
    stage = await staged(Course())
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = stage.trust.wrap_bio(incoming, outgoing, server_hostname="localhost")
    reader, writer = await asyncio.open_connection("localhost", stage.port)
    stage.talks.append(Talk(reader, writer))
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    writer.write(outgoing.read())
    incoming.write(await reader.read(65536))

    stage.stop()
    while not stage.server.doors.is_stopping:
        await asyncio.sleep(0.01)
    await asyncio.sleep(stopping.ACCEPTED_S + 0.2)
    while True:
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            incoming.write(await reader.read(65536))
        else:
            break
    tls.write(b"GET /fast HTTP/1.1\r\nHost: localhost\r\n\r\n")
    writer.write(outgoing.read())
    answer = b""
    while not answer.endswith(b"ok"):
        incoming.write(await asyncio.wait_for(reader.read(65536), 10))
        with suppress(ssl.SSLWantReadError):
            while piece := tls.read(65536):
                answer += piece

    assert b"connection: close" in answer.lower()
    await stage.ended()
