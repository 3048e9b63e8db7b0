"""The front door: TLS with an optional client certificate, limits of size and time, one listener.

A resumed TLS session is not verified again, so nothing here decides who a device is: the
certificate goes on as bytes and is looked up on every request.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from lenskeep.base.errors import Unavailable

MAX_HEADER_BYTES: Final = 32 * 1024
"""Octets of request line and headers; the longest real ones carry a token of about 4 kB."""
HEADER_TIMEOUT_S: Final = 15
"""Seconds from connection or first byte to complete headers."""
KEEP_ALIVE_S: Final = 75
"""Seconds an idle connection is kept: a handshake costs more than half a session."""
SHUTDOWN_S: Final = 10
"""Seconds that running requests get at shutdown."""
BACKLOG: Final = 2048


class DoorProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol with the peer certificate in the scope and a guard on headers."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Note the client certificate and start the clock."""
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        self._certificate: bytes | None = tls.getpeercert(True) if tls is not None else None
        self._header_bytes = 0
        self._in_headers = True
        self._timer: asyncio.TimerHandle | None = None
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes before the headers are complete; too much ends the connection."""
        if self._in_headers:
            self._header_bytes += min(len(data), MAX_HEADER_BYTES + 1)
            if self._timer is None:
                self._start_timer()
        super().data_received(data)
        if self._in_headers and self._header_bytes > MAX_HEADER_BYTES:
            self.transport.abort()

    def on_message_begin(self) -> None:
        """Open a new scope that shows the certificate."""
        super().on_message_begin()
        tls = {"client_cert_der": self._certificate}
        cast("dict[str, Any]", self.scope)["extensions"] = {"tls": tls}

    def on_headers_complete(self) -> None:
        """Stop the clock: the body has limits of its own, set by who reads it."""
        self._stop_timer()
        self._in_headers = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Wait for the next request on this connection."""
        super().on_message_complete()
        self._in_headers = True
        self._header_bytes = 0

    def _start_timer(self) -> None:
        self._timer = self.loop.call_later(HEADER_TIMEOUT_S, self._too_slow)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        self._timer = None
        if self.transport is not None:
            self.transport.abort()


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """What the listener needs: the chain it shows, its key, the CA that issues to devices."""

    chain_pem: bytes
    key_pem: bytes
    device_ca_pem: str


def make_context(files: TlsFiles) -> ssl.SSLContext:
    """Return the TLS context: TLS 1.2 at least, client certificate asked for but not demanded.

    Only the CA that issues to devices is trusted for clients, not the root above it, so that no
    sister of it can speak for a device.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with _in_memory(files.chain_pem) as chain, _in_memory(files.key_pem) as key:
        context.load_cert_chain(chain, key)
    context.load_verify_locations(cadata=files.device_ca_pem)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.verify_mode = ssl.CERT_OPTIONAL
    context.num_tickets = 1
    context.options |= ssl.OP_NO_RENEGOTIATION
    return context


@contextmanager
def _in_memory(content: bytes) -> Any:
    """Yield a path to the content that never touches a disk: OpenSSL reads keys from files only."""
    handle = os.memfd_create("lenskeep")
    try:
        os.write(handle, content)
        os.lseek(handle, 0, os.SEEK_SET)
        yield f"/proc/self/fd/{handle}"
    finally:
        os.close(handle)


class Front:
    """The TLS context that new connections get; `renew` swaps it without a restart."""

    def __init__(self, files: TlsFiles) -> None:
        self._current = make_context(files)
        self._listening = make_context(files)
        self._listening.sni_callback = self._choose

    @property
    def listening(self) -> ssl.SSLContext:
        """The context of the listener itself; it asks for client certificates, always."""
        return self._listening

    def renew(self, files: TlsFiles) -> None:
        """Show this certificate to new connections from now on."""
        self._current = make_context(files)

    def _choose(self, tls: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        tls.context = self._current


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address, port 0 for a free one. Raises Unavailable."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if host == "::":
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise Unavailable(f"cannot listen on {host}:{port}: {reason}") from None
    return listener


def make_server(app: ASGIApp, front: Front) -> uvicorn.Server:
    """Return the server, not yet started; it is served on a socket of `bind`."""
    factory: Callable[..., ssl.SSLContext] = lambda _config, _default: front.listening  # noqa: E731
    config = uvicorn.Config(
        cast("Any", app),
        http=DoorProtocol,
        loop="uvloop",
        ws="none",
        lifespan="on",
        ssl_context_factory=factory,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=SHUTDOWN_S,
        backlog=BACKLOG,
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
    )
    return uvicorn.Server(config)
