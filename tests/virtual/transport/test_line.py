"""The headset's own HTTP over TLS: what comes back, what breaks, what is made anew."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.virtual import double

from lenskeep.virtual.transport import Answer, Line, Outgoing, Trust, Watch
from lenskeep.virtual.trouble import Breach, NoConnection

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Counting(Watch):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def took(self, kind: str, seconds: float) -> None:
        self.told.append(kind)

    def happened(self, what: str) -> None:
        self.told.append(what)


@asynccontextmanager
async def listening(folder: Path, talk: Talk) -> AsyncIterator[tuple[str, Line, Counting]]:
    """Let a server say whatever it likes, byte by byte."""
    authority = double.make_authority()
    context = double.server_context(authority, folder)
    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    watch = Counting()
    line = Line(Trust(authority.pem), watch)
    try:
        yield f"https://127.0.0.1:{port}/x?y=1", line, watch
    finally:
        line.close()
        server.close()


def saying(*answers: bytes) -> Talk:
    """Return a server that answers each request on a connection in turn, then hangs up."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            try:
                await reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, OSError):
                break
            writer.write(answer)
        try:
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        except (OSError, ssl.SSLError):
            pass

    return talk


def get(url: str) -> Outgoing:
    return Outgoing("GET", url)


@pytest.mark.parametrize(
    ("bytes_", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n0\r\n\r\n", b"he"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end", b"to the end"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 100 Wait\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", b"x"),
    ],
)
async def test_an_answer_is_read_however_it_is_framed(
    tmp_path: Path, bytes_: bytes, body: bytes
) -> None:
    async with listening(tmp_path, saying(bytes_)) as (url, line, _):
        answer = await line.request(get(url), 5)

    assert answer.body == body


async def test_names_are_lower_case_and_repeated_headers_are_one(tmp_path: Path) -> None:
    said = b"HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\n\r\n"

    async with listening(tmp_path, saying(said)) as (url, line, _):
        answer = await line.request(get(url), 5)

    assert answer.header("X-A") == "1, 2"
    assert answer.cookies == ("a=1",)


async def test_a_connection_is_used_again_and_made_anew_where_the_server_closed_it(
    tmp_path: Path,
) -> None:
    short = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

    async with listening(tmp_path, saying(short, short)) as (url, line, watch):
        for _ in range(3):
            await line.request(get(url), 5)

    assert watch.told == ["handshake", "reconnected", "handshake"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"", "closed before the answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", "closed within an answer"),
        (b"no HTTP at all\r\n\r\n", "no HTTP"),
    ],
)
async def test_half_an_answer_is_none(tmp_path: Path, said: bytes, words: str) -> None:
    async with listening(tmp_path, saying(said)) as (url, line, _):
        with pytest.raises(NoConnection, match=words):
            await line.request(get(url), 5)


async def test_a_server_that_says_nothing_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with listening(tmp_path, mute) as (url, line, _):
        with pytest.raises(NoConnection, match="did not answer in time"):
            await line.request(get(url), 0.05)


async def test_a_server_with_another_root_is_not_believed(tmp_path: Path) -> None:
    async with listening(tmp_path, saying()) as (url, _, watch):
        stranger = Line(Trust(double.make_authority().pem), watch)
        with pytest.raises(NoConnection, match="TLS certificate is not trusted"):
            await stranger.request(get(url), 5)


@pytest.mark.parametrize("url", ["https:///x", "https://host:port/", "https://[::1/"])
async def test_what_is_no_url_is_the_servers_mistake(url: str) -> None:
    with pytest.raises(Breach, match="no URL"):
        await Line(Trust(), Watch()).request(get(url), 1)


async def test_the_body_goes_out_whole_with_its_length(tmp_path: Path) -> None:
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        heard.append(await reader.readexactly(4))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with listening(tmp_path, listen) as (url, line, _):
        answer: Answer = await line.request(Outgoing("POST", url, (("A", "b"),), b"body"), 5)

    lines = heard[0].split(b"\r\n")
    assert answer.status == 200
    assert lines[0] == b"POST /x?y=1 HTTP/1.1"
    assert lines[1].startswith(b"Host: 127.0.0.1:")
    assert lines[2:5] == [b"A: b", b"Accept-Encoding: identity", b"Content-Length: 4"]
    assert heard[1] == b"body"
