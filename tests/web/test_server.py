"""The front door: limits of size and time, and the client certificate as bytes."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lenskeep.base.errors import Unavailable
from lenskeep.base.system import SystemRandomness
from lenskeep.certificates import keys
from lenskeep.certificates.authority import (
    Authority,
    DeviceLeaf,
    IssuerRole,
    issue_device,
    issue_server,
    make_issuer,
    make_root,
)
from lenskeep.certificates.verify import fingerprint
from lenskeep.web import server as door
from lenskeep.web.server import Front, TlsFiles, bind, make_server

NOW = datetime.now(UTC)
DICE = SystemRandomness()


@dataclass
class Chain:
    """A root with both issuers."""

    root: Authority
    devices: Authority
    servers: Authority


def new_chain() -> Chain:
    """Make a root with both issuers."""
    root = make_root("test", NOW, DICE)
    issuers = [make_issuer(root, role, "test", NOW, DICE) for role in IssuerRole]
    return Chain(root, *issuers)


@pytest.fixture(scope="module")
def ours() -> Chain:
    """The authorities of the server under test."""
    return new_chain()


@pytest.fixture(scope="module")
def foreign() -> Chain:
    """Somebody else's authorities."""
    return new_chain()


def tls_files(chain: Chain) -> TlsFiles:
    """Return what a listener of this chain needs."""
    key = keys.new_server_key()
    leaf = issue_server(chain.servers, ["localhost"], key.public_key(), NOW, DICE)
    return TlsFiles(
        keys.pem([leaf, chain.servers.certificate]).encode(),
        keys.key_pem(key).encode(),
        keys.pem([chain.devices.certificate]),
    )


@dataclass
class Listening:
    """A server that listens."""

    port: int
    front: Front
    root: Authority

    def trust(self) -> ssl.SSLContext:
        """Return a client context that trusts it."""
        return ssl.create_default_context(cadata=keys.pem([self.root.certificate]))

    async def connect(
        self, context: ssl.SSLContext | None = None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a TLS connection."""
        return await asyncio.open_connection("localhost", self.port, ssl=context or self.trust())


async def echo(request: Request) -> Response:
    """Answer with the SHA-256 name of the certificate shown, or `none`."""
    der = request.scope["extensions"]["tls"]["client_cert_der"]
    return Response(fingerprint(der).hex() if der else "none")


@pytest.fixture
async def listening(ours: Chain) -> AsyncIterator[Listening]:
    """The server, on a free port of loopback."""
    front = Front(tls_files(ours))
    listener = bind("127.0.0.1", 0)
    port = listener.getsockname()[1]
    server = make_server(Starlette(routes=[Route("/", echo)]), front)
    task = asyncio.create_task(server._serve([listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    yield Listening(port, front, ours.root)
    server.should_exit = True
    await task


async def get(
    listening: Listening, context: ssl.SSLContext | None = None, head: bytes = b""
) -> bytes:
    """Send GET / and return all that comes until the connection ends, nothing if it is cut."""
    reader, writer = await listening.connect(context)
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + head + b"\r\n")
    try:
        return await reader.read()
    except OSError:
        return b""
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def client(listening: Listening, chain: Chain, tmp_path: Path) -> tuple[ssl.SSLContext, bytes]:
    """Return a context that shows a device certificate of this chain, and the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = issue_device(chain.devices, DeviceLeaf(keys.spki(key.public_key()), "x"), NOW, DICE)
    path = tmp_path / "client.pem"
    path.write_text(keys.key_pem(key) + keys.pem([leaf]))
    context = listening.trust()
    context.load_cert_chain(path)
    return context, keys.dump_certificate(leaf)


async def test_without_a_certificate_the_request_passes_and_shows_none(
    listening: Listening,
) -> None:
    """The certificate is optional: browsers and first enrollments have none."""
    assert (await get(listening)).endswith(b"none")


async def test_a_device_certificate_is_shown_as_bytes(
    listening: Listening, ours: Chain, tmp_path: Path
) -> None:
    """The very certificate, so that its hash can be looked up."""
    context, der = client(listening, ours, tmp_path)

    assert (await get(listening, context)).endswith(fingerprint(der).hex().encode())


async def test_a_foreign_certificate_ends_at_tls(
    listening: Listening, foreign: Chain, tmp_path: Path
) -> None:
    """A chain that is not ours does not get as far as a request."""
    context, _ = client(listening, foreign, tmp_path)

    assert await get(listening, context) == b""


async def test_a_server_certificate_does_not_speak_for_a_device(
    listening: Listening, ours: Chain, tmp_path: Path
) -> None:
    """The issuer for servers hangs under the same root, yet nothing it signs is a client."""
    key = keys.new_server_key()
    leaf = issue_server(ours.servers, ["localhost"], key.public_key(), NOW, DICE)
    path = tmp_path / "client.pem"
    path.write_text(keys.key_pem(key) + keys.pem([leaf, ours.servers.certificate]))
    context = listening.trust()
    context.load_cert_chain(path)

    assert await get(listening, context) == b""


async def test_a_flood_of_headers_is_cut(listening: Listening) -> None:
    """More than 32 KiB of headers end the connection, without an answer."""
    flood = b"".join(b"X-%d: %s\r\n" % (number, b"a" * 1000) for number in range(200))

    assert await get(listening, head=flood) == b""


async def test_many_headers_within_the_limit_pass(listening: Listening) -> None:
    """A long token is no flood."""
    assert (await get(listening, head=b"X-Token: " + b"a" * 8000 + b"\r\n")).endswith(b"none")


async def test_half_a_header_is_waited_for_only_so_long(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that never finishes its headers is closed."""
    monkeypatch.setattr(door, "HEADER_TIMEOUT_S", 0.1)
    reader, writer = await listening.connect()
    writer.write(b"GET / HTTP/1.1\r\nHost: loc")

    with contextlib.suppress(OSError):
        assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()


async def test_a_silent_connection_is_waited_for_only_so_long(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that says nothing is closed too."""
    monkeypatch.setattr(door, "HEADER_TIMEOUT_S", 0.1)
    reader, writer = await listening.connect()

    with contextlib.suppress(OSError):
        assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()


async def test_two_requests_use_one_connection(listening: Listening) -> None:
    """The clock of the headers starts anew, and an idle connection is kept."""
    reader, writer = await listening.connect()
    for _ in range(2):
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"200 OK" in head
        assert await reader.readexactly(4) == b"none"
    writer.close()


async def test_a_renewed_certificate_is_shown_without_a_restart(
    listening: Listening, ours: Chain
) -> None:
    """New connections get the new one, and client certificates are still asked for."""

    async def shown() -> bytes:
        _, writer = await listening.connect()
        der: bytes = writer.get_extra_info("ssl_object").getpeercert(True)
        writer.close()
        return der

    before = await shown()
    listening.front.renew(tls_files(ours))

    assert before != await shown()


def test_a_taken_port_is_named() -> None:
    """The administrator reads which address, not a stack of frames."""
    first = bind("127.0.0.1", 0)
    port = first.getsockname()[1]

    with pytest.raises(Unavailable, match=f"127.0.0.1:{port}"):
        bind("127.0.0.1", port)
    first.close()
