"""Keys are fetched from where an administrator said, and from nowhere else."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from lenskeep.base.errors import Invalid, Unavailable
from lenskeep.outside.keys import FetchedKeys

KEYS = json.dumps({"keys": []})


@dataclass
class Issuer:
    """A web server on loopback with one answer for everybody."""

    port: int = 0
    answer: bytes = b""
    asked: list[str] = field(default_factory=list)

    def says(self, body: str, status: str = "200 OK", *more: str) -> None:
        """Set the answer."""
        lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *more)
        self.answer = ("\r\n".join(lines) + "\r\n\r\n" + body).encode()

    @property
    def url(self) -> str:
        """Where the keys are."""
        return f"http://127.0.0.1:{self.port}/keys"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head.split(b" ")[1].decode())
        writer.write(self.answer)
        await writer.drain()
        writer.close()


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    """A server for one test."""
    found = Issuer()
    found.says(KEYS)
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    yield found
    server.close()
    await server.wait_closed()


async def test_keys_are_fetched(issuer: Issuer) -> None:
    """As they are."""
    assert json.loads(KEYS) == json.loads(await FetchedKeys().fetch(issuer.url))


async def test_those_who_ask_together_cause_one_question(issuer: Issuer) -> None:
    """A whole classroom after a rotation is one fetch; later there is another."""
    keys = FetchedKeys()

    await asyncio.gather(*(keys.fetch(issuer.url) for _ in range(20)))
    together = len(issuer.asked)
    await keys.fetch(issuer.url)

    assert together == 1
    assert len(issuer.asked) == 2


async def test_one_who_goes_away_takes_the_answer_from_nobody(issuer: Issuer) -> None:
    """The headset that asked first may be gone before the answer comes."""
    keys = FetchedKeys()
    first = asyncio.create_task(keys.fetch(issuer.url))
    await asyncio.sleep(0)
    second = asyncio.create_task(keys.fetch(issuer.url))
    await asyncio.sleep(0)

    first.cancel()

    assert json.loads(KEYS) == json.loads(await second)


@pytest.mark.parametrize(
    ("status", "more"),
    [
        ("302 Found", ("Location: http://127.0.0.1:1/elsewhere",)),
        ("404 Not Found", ()),
        ("500 Oops", ()),
    ],
)
async def test_another_answer_is_none(issuer: Issuer, status: str, more: tuple[str, ...]) -> None:
    """A redirect leads nowhere, and a page with an error has no keys."""
    issuer.says(KEYS, status, *more)

    with pytest.raises(Unavailable):
        await FetchedKeys().fetch(issuer.url)

    assert issuer.asked == ["/keys"]


@pytest.mark.parametrize("body", ["", "<html>", "[]", json.dumps({"keys": "k" * 300_000})])
async def test_what_is_no_list_is_not_taken(issuer: Issuer, body: str) -> None:
    """Neither a page nor something without end."""
    issuer.says(body)

    with pytest.raises(Unavailable):
        await FetchedKeys().fetch(issuer.url)


async def test_where_nobody_answers_there_are_no_keys(issuer: Issuer) -> None:
    """The words name the host, for the log."""
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1"):
        await FetchedKeys().fetch("http://127.0.0.1:1/keys")


async def test_an_unfit_address_is_not_asked() -> None:
    """Plain HTTP to another machine, or a file."""
    for url in ("http://sts.example.org/keys", "file:///etc/passwd"):
        with pytest.raises(Invalid):
            await FetchedKeys().fetch(url)
