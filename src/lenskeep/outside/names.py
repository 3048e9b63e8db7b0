"""Looks at a name as a headset does before it enrolls: DNS, TLS, the probe of discovery.

Asks only for names that an administrator typed, sends nothing but one GET, reads one line.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from cryptography import x509

from lenskeep.enrollment.rules.names import covers
from lenskeep.flows.ports.outside import Looked

PROBE_PATH: Final = "/EnrollmentServer/Discovery.svc"
TIME_LIMIT_S: Final = 5.0
"""For each of: DNS, connection with TLS, answer. seen: a headset waits longer; people do not."""

_MAX_LINE: Final = 4096
_STATUS: Final = re.compile(rb"HTTP/1\.[01] ([0-9]{3})(?: |\r|\n)")
_NOT_YET, _EXPIRED = 9, 10
"""X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED: said after a chain was found."""
_TIMES: Final = {_NOT_YET: "is not valid yet", _EXPIRED: "has ended"}

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class _Trust:
    """By whom a certificate is trusted, and what its times have against it."""

    by: str
    times: str = ""


class TlsNameProbe:
    """The `NameProbe` port. `public_roots`: a PEM file in the place of the system's."""

    def __init__(self, public_roots: str | None = None) -> None:
        self._public_roots = public_roots

    async def look(self, host: str, port: int, roots: tuple[bytes, ...]) -> Looked:
        """Return what was found at this name. Never raises: trouble is what is looked for."""
        try:
            addresses, canonical = await _resolve(host, port)
        except (OSError, TimeoutError, UnicodeError):
            return Looked(host, (), "", False, "", False, "", 0, "the name is not in DNS")
        found = Looked(host, addresses, canonical, False, "", False, "", 0)
        try:
            return await self._connected(found, port, roots)
        except (OSError, TimeoutError):
            return _with(found, f"nothing answers with TLS at port {port}")

    async def _connected(self, found: Looked, port: int, roots: tuple[bytes, ...]) -> Looked:
        trust = await self._trust(found.host, port, roots)
        async with _connection(found.host, port, _unverified()) as (reader, writer):
            der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
            leaf = x509.load_der_x509_certificate(der)
            status = await _probe(found.host, reader, writer)
        matches = covers(_names(leaf), found.host)
        return Looked(
            host=found.host,
            addresses=found.addresses,
            canonical=found.canonical,
            reachable=True,
            trusted=trust.by,
            names_match=matches,
            not_after=leaf.not_valid_after_utc.isoformat(),
            status=status,
            trouble="; ".join(_troubles(trust, status, matches=matches)),
        )

    async def _trust(self, host: str, port: int, roots: tuple[bytes, ...]) -> _Trust:
        """Return by whom it is trusted: a handshake for each set of roots, ours first."""
        public = await asyncio.to_thread(self._public_context)
        for by, context in (("lenskeep", _own_context(roots)), ("public", public)):
            try:
                async with _connection(host, port, context):
                    return _Trust(by)
            except ssl.SSLCertVerificationError as error:
                if error.verify_code in _TIMES:
                    return _Trust(by, _TIMES[error.verify_code])
        return _Trust("")

    def _public_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self._public_roots)
        context.check_hostname = False
        return context


def _own_context(roots: tuple[bytes, ...]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # names are looked at apart, to say what is wrong
    for each in roots:
        context.load_verify_locations(cadata=each)
    return context


def _unverified() -> ssl.SSLContext:
    """To see a certificate that nobody trusts, too."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def _resolve(host: str, port: int) -> tuple[tuple[str, ...], str]:
    """Return the addresses, and the name that an alias leads to."""
    async with asyncio.timeout(TIME_LIMIT_S):
        found = await asyncio.get_running_loop().getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME
        )
    addresses = tuple(dict.fromkeys(str(each[4][0]) for each in found))
    named = (each[3].rstrip(".") for each in found if each[3])
    canonical = next((each for each in named if each.casefold() != host.casefold()), "")
    return addresses, canonical if canonical not in addresses else ""


@asynccontextmanager
async def _connection(host: str, port: int, context: ssl.SSLContext) -> AsyncIterator[Stream]:
    async with asyncio.timeout(TIME_LIMIT_S):
        reader, writer = await asyncio.open_connection(
            host, port, ssl=context, server_hostname=host, limit=_MAX_LINE
        )
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def _probe(host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    """Return the status of the probe that precedes discovery; 0 where no HTTP comes back."""
    request = f"GET {PROBE_PATH} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    try:
        async with asyncio.timeout(TIME_LIMIT_S):
            writer.write(request.encode("ascii"))
            line = await reader.readline()
    except (OSError, TimeoutError, ValueError):  # ValueError: a line without end
        return 0
    found = _STATUS.match(line)
    return int(found[1]) if found else 0


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return tuple(extension.value.get_values_for_type(x509.DNSName))


def _troubles(trust: _Trust, status: int, *, matches: bool) -> list[str]:
    found = []
    if not trust.by:
        found.append("its certificate is of an issuer that neither Windows nor we know")
    if trust.times:
        found.append(f"its certificate {trust.times}")
    if not matches:
        found.append("its certificate is for other names")
    if status != 200:
        answer = f"status {status}" if status else "no HTTP"
        found.append(f"discovery does not answer there: {answer}")
    return found


def _with(found: Looked, trouble: str) -> Looked:
    return Looked(found.host, found.addresses, found.canonical, False, "", False, "", 0, trouble)
