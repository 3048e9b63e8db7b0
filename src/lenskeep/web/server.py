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
from datetime import datetime
from functools import partial
from typing import Any, Final, cast
from weakref import WeakSet

import uvicorn
from cryptography import x509
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from lenskeep.base.errors import Unavailable
from lenskeep.config import Settings
from lenskeep.web.admitting.connections import (
    LARGE_HEADERS,
    SLOW_BODY,
    SLOW_HEADERS,
    STALLED,
    Connections,
    allow_files,
)
from lenskeep.web.stopping import ANSWER_S, HEAR_OUT_S, Course, Doors, GoodServer
from lenskeep.web.watching.watched import Watched

MAX_HEADER_BYTES: Final = 32 * 1024
"""Octets of request line and headers; the longest real ones carry a token of about 4 kB."""
HEADER_TIMEOUT_S: Final = 15
"""Seconds from connection or first byte to complete headers."""
KEEP_ALIVE_S: Final = 75
"""Seconds an idle connection is kept: a handshake costs more than half a session."""
BODY_LOOK_S: Final = 15
"""Seconds between two looks at a body that is on its way."""
BODY_BYTES_A_LOOK: Final = 15 * 1024
"""Bytes that must have come in between: 1 kB a second. A headset's whole message is no more, and
who reads a body has stricter limits of its own where they matter."""
STALL_S: Final = 60
"""Seconds in which the next part of a long answer must have been taken. One that went out as a
whole has until the connection has been idle for KEEP_ALIVE_S, and 30 s more."""
BACKLOG: Final = 2048


class DoorProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol with the peer certificate in the scope and a guard on time and size.

    Whoever is slow is cut: in headers, in a body that we wait for, in taking our answer. A body
    that we do not read at the moment, since others come first, is not held against its sender.
    """

    def __init__(self, connections: Connections, **given: Any) -> None:
        super().__init__(**given)
        self._room = connections
        self._address = ""
        self._kind = ""
        self._body_bytes = 0
        self._body_timer: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Note the client certificate and start the clock; end what there is no room for."""
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        self._doors.shaking.discard(tls)
        self._certificate: bytes | None = tls.getpeercert(True) if tls is not None else None
        self._header_bytes = 0
        self._in_headers = True
        self._timer: asyncio.TimerHandle | None = None
        self._start_timer()
        self._leaving: asyncio.TimerHandle | None = None
        self._answered_at = self.loop.time()
        self._address = str(self.client[0]) if self.client else ""
        self._kind = self._room.enter(self._address, certified=self._certificate is not None)
        if not self._kind:
            transport.abort()
        elif self._doors.is_stopping:  # its handshake had begun before
            self.leave()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        self._room.leave(self._kind, self._address)
        self._kind = ""
        self._stop_timer()
        for each in (self._leaving, self._body_timer, self._stalled):
            if each is not None:
                each.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes before the headers are complete; too much ends the connection."""
        if self._in_headers:
            self._header_bytes += min(len(data), MAX_HEADER_BYTES + 1)
            if self._timer is None:
                self._start_timer()
        super().data_received(data)
        if self._in_headers and self._header_bytes > MAX_HEADER_BYTES:
            self._cut(LARGE_HEADERS)
        elif not self._in_headers:
            self._body_bytes += len(data)
            if self._body_timer is None:
                self._body_timer = self.loop.call_later(BODY_LOOK_S, self._look_at_body)

    def on_message_begin(self) -> None:
        """Open a new scope that shows the certificate."""
        super().on_message_begin()
        tls = {"client_cert_der": self._certificate}
        cast("dict[str, Any]", self.scope)["extensions"] = {"tls": tls}

    def on_headers_complete(self) -> None:
        """Stop the clock: the body has limits of its own."""
        self._stop_timer()
        self._in_headers = False
        super().on_headers_complete()
        if self._doors.is_stopping:
            self.end_with_answer()

    def on_response_complete(self) -> None:
        """Note when the last answer went out."""
        self._answered_at = self.loop.time()
        super().on_response_complete()

    def end_with_answer(self) -> None:
        """Let the answer that is being made, if any, be the last one."""
        if self._is_answering:
            self.cycle.keep_alive = False

    def leave(self) -> None:
        """Close this connection when its request is answered, or when none comes soon.

        One whose request is on its way in is waited for.
        """
        self.end_with_answer()
        if not self._is_answering and self._header_bytes == 0:
            rest_s = self._answered_at + HEAR_OUT_S - self.loop.time()
            if rest_s > 0:
                self._leaving = self.loop.call_later(rest_s, self.leave)
            else:
                self.transport.close()

    @property
    def _is_answering(self) -> bool:
        cycle: Any = self.cycle  # None before the first request
        return cycle is not None and not cycle.response_complete

    @property
    def _doors(self) -> Doors:
        return cast("Doors", self.server_state)

    def on_message_complete(self) -> None:
        """Wait for the next request on this connection."""
        super().on_message_complete()
        self._in_headers = True
        self._header_bytes = 0
        if self._body_timer is not None:
            self._body_timer.cancel()
            self._body_timer = None

    def pause_writing(self) -> None:
        """Give whoever does not take our answer some time."""
        super().pause_writing()
        if self._stalled is None:
            self._stalled = self.loop.call_later(STALL_S, self._cut, STALLED)

    def resume_writing(self) -> None:
        """Note that it takes it."""
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _look_at_body(self) -> None:
        self._body_timer = None
        if self._body_bytes < BODY_BYTES_A_LOOK and not self.flow.read_paused:
            self._cut(SLOW_BODY)
            return
        self._body_bytes = 0
        self._body_timer = self.loop.call_later(BODY_LOOK_S, self._look_at_body)

    def _start_timer(self) -> None:
        self._timer = self.loop.call_later(HEADER_TIMEOUT_S, self._too_slow)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        self._timer = None
        self._cut(SLOW_HEADERS)

    def _cut(self, reason: str) -> None:
        if not self.transport.is_closing():
            self._room.cut(reason, self._address)
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
        self.shaking: WeakSet[object] = WeakSet()
        """Handshakes that have begun; one that fails is forgotten by itself."""
        self._current = make_context(files)
        self._listening = make_context(files)
        self._files = files
        self._listening.sni_callback = self._choose

    @property
    def listening(self) -> ssl.SSLContext:
        """The context of the listener itself; it asks for client certificates, always."""
        return self._listening

    def renew(self, files: TlsFiles) -> None:
        """Show this certificate to new connections from now on."""
        self._current = make_context(files)
        self._files = files

    @property
    def ends_at(self) -> datetime:
        """When the certificate that is shown ends."""
        leaf = x509.load_pem_x509_certificates(self._files.chain_pem)[0]
        return leaf.not_valid_after_utc

    def _choose(self, tls: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        self.shaking.add(tls)
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


def make_server(
    app: ASGIApp,
    front: Front,
    course: Course | None = None,
    connections: Connections | None = None,
) -> GoodServer:
    """Return the server, not yet started; it is served on a socket of `bind`."""
    connections = connections or Connections(Settings(), Watched())
    allow_files()
    factory: Callable[..., ssl.SSLContext] = lambda _config, _default: front.listening  # noqa: E731
    config = uvicorn.Config(
        cast("Any", app),
        http=cast("Any", partial(DoorProtocol, connections)),
        loop="uvloop",
        ws="none",
        lifespan="on",
        ssl_context_factory=factory,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=ANSWER_S,
        backlog=BACKLOG,
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
    )
    server = GoodServer(config, course or Course())
    server.doors.shaking = front.shaking
    return server
