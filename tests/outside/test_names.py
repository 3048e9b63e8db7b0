"""A name is looked at as a headset would: DNS, TLS, discovery. Loopback only."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from lenskeep.base.system import SystemRandomness
from lenskeep.certificates.authority import (
    Authority,
    IssuerRole,
    issue_server,
    make_issuer,
    make_root,
)
from lenskeep.certificates.keys import dump_certificate
from lenskeep.outside.names import TlsNameProbe

DICE = SystemRandomness()
TODAY = datetime.now(UTC)
LONG_AGO = TODAY - timedelta(days=800)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True)
class Home:
    """A root and what it issues servers with."""

    root: Authority
    issuer: Authority

    @property
    def root_der(self) -> bytes:
        """The root's certificate."""
        return dump_certificate(self.root.certificate)


@pytest.fixture(scope="module")
def homes() -> tuple[Home, Home]:
    """Ours and another one's."""
    return _home("ours"), _home("another")


def _home(label: str) -> Home:
    root = make_root(label, LONG_AGO, DICE)
    return Home(root, make_issuer(root, IssuerRole.SERVERS, label, LONG_AGO, DICE))


def tls_of(home: Home, folder: Path, name: str, issued_at: datetime) -> ssl.SSLContext:
    """Return a server's context with a certificate for a name, issued at some time."""
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = issue_server(home.issuer, (name,), key.public_key(), issued_at, DICE)
    chain = folder / "chain.pem"
    chain.write_bytes(
        leaf.public_bytes(Encoding.PEM) + home.issuer.certificate.public_bytes(Encoding.PEM)
    )
    secret = folder / "key.pem"
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, secret)
    return context


@asynccontextmanager
async def serving(context: ssl.SSLContext | None, answer: bytes) -> AsyncIterator[int]:
    """Serve this answer to everybody; yield the port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        if line.startswith(b"GET /EnrollmentServer/Discovery.svc "):
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "localhost", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def test_a_name_that_is_all_right_is_told_so(
    homes: tuple[Home, Home], tmp_path: Path
) -> None:
    """Our own certificate for the right name, and discovery answers."""
    ours, _ = homes
    async with serving(tls_of(ours, tmp_path, "localhost", TODAY), OK) as port:
        found = await TlsNameProbe().look("localhost", port, (ours.root_der,))

    assert ("lenskeep", True, 200, "") == (
        found.trusted,
        found.names_match,
        found.status,
        found.trouble,
    )
    assert found.reachable
    assert "127.0.0.1" in found.addresses or "::1" in found.addresses
    assert datetime.fromisoformat(found.not_after) > TODAY


async def test_a_public_issuer_is_told_apart_from_ours(
    homes: tuple[Home, Home], tmp_path: Path
) -> None:
    """Another root among those of the system: headsets trust it without our doing."""
    ours, public = homes
    roots = tmp_path / "roots.pem"
    roots.write_bytes(public.root.certificate.public_bytes(Encoding.PEM))
    async with serving(tls_of(public, tmp_path, "localhost", TODAY), OK) as port:
        found = await TlsNameProbe(str(roots)).look("localhost", port, (ours.root_der,))

    assert ("public", "") == (found.trusted, found.trouble)


async def test_a_stranger_s_certificate_is_told(homes: tuple[Home, Home], tmp_path: Path) -> None:
    """Nobody trusts it; what it says is shown all the same."""
    ours, stranger = homes
    async with serving(tls_of(stranger, tmp_path, "localhost", TODAY), OK) as port:
        found = await TlsNameProbe().look("localhost", port, (ours.root_der,))

    assert ("", True, True, 200) == (
        found.trusted,
        found.reachable,
        found.names_match,
        found.status,
    )
    assert "issuer" in found.trouble


async def test_a_certificate_for_another_name_is_told(
    homes: tuple[Home, Home], tmp_path: Path
) -> None:
    """The chain is right, the name is not."""
    ours, _ = homes
    async with serving(tls_of(ours, tmp_path, "mdm.example.org", TODAY), OK) as port:
        found = await TlsNameProbe().look("localhost", port, (ours.root_der,))

    assert ("lenskeep", False) == (found.trusted, found.names_match)
    assert "other names" in found.trouble


@pytest.mark.parametrize(
    ("issued_at", "words"),
    [(LONG_AGO, "has ended"), (TODAY + timedelta(days=2), "is not valid yet")],
)
async def test_a_certificate_outside_its_time_is_told(
    homes: tuple[Home, Home], tmp_path: Path, issued_at: datetime, words: str
) -> None:
    """Ended last year, or beginning the day after tomorrow."""
    ours, _ = homes
    async with serving(tls_of(ours, tmp_path, "localhost", issued_at), OK) as port:
        found = await TlsNameProbe().look("localhost", port, (ours.root_der,))

    assert "lenskeep" == found.trusted
    assert words in found.trouble


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"HTTP/1.1 404 Not Found\r\n\r\n", 404),
        (b"SSH-2.0-other\r\n", 0),
        (b"", 0),
        (b"x" * 9999, 0),
    ],
)
async def test_another_program_behind_the_name_is_told(
    homes: tuple[Home, Home], tmp_path: Path, answer: bytes, status: int
) -> None:
    """What answers there is not discovery."""
    ours, _ = homes
    async with serving(tls_of(ours, tmp_path, "localhost", TODAY), answer) as port:
        found = await TlsNameProbe().look("localhost", port, (ours.root_der,))

    assert status == found.status
    assert "discovery does not answer" in found.trouble


async def test_no_tls_and_no_server_are_told(homes: tuple[Home, Home]) -> None:
    """A port that speaks something else, and one that nobody has."""
    ours, _ = homes
    async with serving(None, OK) as port:
        plain = await TlsNameProbe().look("localhost", port, (ours.root_der,))
    nobody = await TlsNameProbe().look("localhost", port, (ours.root_der,))

    for found in (plain, nobody):
        assert (False, "", 0) == (found.reachable, found.trusted, found.status)
        assert "nothing answers with TLS" in found.trouble


async def test_a_name_that_is_not_there_is_told(homes: tuple[Home, Home]) -> None:
    """`.invalid` never is ([RFC 6761] 6.4), and no label may be so long."""
    for host in ("enterpriseenrollment.example.invalid", "x" * 70 + ".example"):
        found = await TlsNameProbe().look(host, 443, (homes[0].root_der,))

        assert ((), False) == (found.addresses, found.reachable)
        assert "DNS" in found.trouble
