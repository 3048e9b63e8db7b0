"""One headset's connections: TCP, TLS and HTTP/1.1, as little of each as a headset needs.

A connection serves one request at a time. What was sent in vain raises NoConnection; whoever
called decides about another try. A connection that the server has closed meanwhile is noticed and
made anew, unseen by the caller: nothing of the request was answered then.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

import httptools

from lenskeep.virtual.transport.message import Answer, Outgoing, Trust, Watch
from lenskeep.virtual.transport.tls import begin_tls
from lenskeep.virtual.trouble import Breach, NoConnection

CONNECT_S: Final = 30.0
"""`assumed:` Windows gives TCP about 21 s; a fleet in one process is slower than a headset."""
_PIECE: Final = 65536
"""Octets taken from the socket at once."""
_HTTPS: Final = 443

Place = tuple[str, int]


class CutShort(Exception):
    """The accident that breaks a request off half-way."""


class Closed(Exception):
    """The server ended the connection before it answered anything."""


class Line:
    """The connections of one headset, one for each server that it talks to."""

    def __init__(self, trust: Trust, watch: Watch) -> None:
        self.trust = trust
        self._watch = watch
        self._open: dict[Place, _Connection] = {}

    async def request(
        self, out: Outgoing, patience_s: float, pieces: Sequence[tuple[bytes, float]] = ()
    ) -> Answer:
        """Send a request and return the answer. Raises NoConnection or Breach.

        `pieces` go out in place of the body, each followed by a pause in seconds; a negative one
        breaks the connection.
        """
        place, head = _head(out)
        content = pieces or ((out.body, 0.0),)
        try:
            answer = await self._sent(place, head, content, patience_s)
        except (OSError, ssl.SSLError, TimeoutError, CutShort, Closed) as error:
            raise NoConnection(_words(error)) from error
        except httptools.HttpParserError as error:
            raise NoConnection("the answer is no HTTP") from error
        return answer

    async def _sent(
        self, place: Place, head: bytes, content: Sequence[tuple[bytes, float]], patience_s: float
    ) -> Answer:
        kept = self._open.pop(place, None)
        if kept is not None:
            try:
                return await self._over(kept, place, head, content, patience_s)
            except (Closed, ConnectionError):
                self._watch.happened("reconnected")
        return await self._over(await self._connect(place), place, head, content, patience_s)

    async def _over(
        self,
        connection: "_Connection",
        place: Place,
        head: bytes,
        content: Sequence[tuple[bytes, float]],
        patience_s: float,
    ) -> Answer:
        done = False
        try:
            await connection.write(head, content)
            async with asyncio.timeout(patience_s):
                answer, reusable = await connection.answer()
            done = reusable
        finally:
            if done:
                self._open[place] = connection
            else:
                connection.close()
        return answer

    async def _connect(self, place: Place) -> "_Connection":
        started = time.monotonic()
        async with asyncio.timeout(CONNECT_S):
            connection = await _connected(place, self.trust)
        self._watch.took("handshake", time.monotonic() - started)
        return connection

    @property
    def is_open(self) -> bool:
        """Whether there is a connection to use again."""
        return bool(self._open)

    def close(self) -> None:
        """Close all connections."""
        while self._open:
            self._open.popitem()[1].close()


class _Connection:
    """One TLS connection and the HTTP on it."""

    def __init__(self, sock: socket.socket, trust: Trust, host: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = begin_tls(trust, host, self._incoming, self._outgoing)

    async def shake_hands(self) -> None:
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                if not await self._fill():
                    raise ConnectionResetError("closed in the handshake") from None
            else:
                return await self._flush()

    async def write(self, head: bytes, content: Sequence[tuple[bytes, float]]) -> None:
        waiting = head
        for data, pause_s in content:
            self._tls.write(waiting + data)
            waiting = b""
            await self._flush()
            if pause_s < 0:
                raise CutShort("cut short on purpose")
            if pause_s:
                await asyncio.sleep(pause_s)

    async def answer(self) -> tuple[Answer, bool]:
        """Return the next answer, and whether the connection is good for another."""
        reader = _Reader()
        while not reader.is_complete:
            data = await self._read()
            if not data:
                if reader.ends_with_connection:
                    break
                if reader.has_begun:
                    raise ConnectionResetError("closed within an answer")
                raise Closed("closed before the answer")
            reader.feed(data)
        return reader.answer(), reader.is_reusable

    async def _read(self) -> bytes:
        """Return some of what the server sent, nothing at the end."""
        while True:
            try:
                return self._tls.read(_PIECE)
            except ssl.SSLWantReadError:
                await self._flush()
                if not await self._fill():
                    return b""
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    async def _fill(self) -> bool:
        data = await self._loop.sock_recv(self._sock, _PIECE)
        if data:
            self._incoming.write(data)
        return bool(data)

    async def _flush(self) -> None:
        if self._outgoing.pending:
            await self._loop.sock_sendall(self._sock, self._outgoing.read())

    def close(self) -> None:
        """Say goodbye as far as that needs no waiting, and close."""
        with suppress(ssl.SSLError):
            self._tls.unwrap()
        with suppress(OSError):
            if farewell := self._outgoing.read():
                self._sock.send(farewell)
        self._sock.close()


class _Reader:
    """Puts one HTTP answer together; httptools calls its methods."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._cookies: list[str] = []
        self.has_begun = False
        self.is_complete = False
        self.is_reusable = False
        self._is_headed = False

    def feed(self, data: bytes) -> None:
        self.has_begun = True
        self._parser.feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        if key == "set-cookie":
            self._cookies.append(text)
        self._headers[key] = f"{self._headers[key]}, {text}" if key in self._headers else text

    def on_headers_complete(self) -> None:
        self._is_headed = True

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status >= 200:
            self.is_complete = True
            self.is_reusable = bool(self._parser.should_keep_alive())
        else:  # an interim answer; the real one follows
            self._headers, self._body, self._is_headed = {}, [], False
            self._cookies.clear()

    @property
    def ends_with_connection(self) -> bool:
        framed = "content-length" in self._headers or "transfer-encoding" in self._headers
        return self._is_headed and not framed

    def answer(self) -> Answer:
        status, body = self._parser.get_status_code(), b"".join(self._body)
        return Answer(status, self._headers, body, tuple(self._cookies))


def _head(out: Outgoing) -> tuple[Place, bytes]:
    """Return where a request goes, and everything before its body."""
    try:
        url = urlsplit(out.url)
        host, port = url.hostname, url.port
        path = f"{url.path or '/'}{f'?{url.query}' if url.query else ''}".encode("ascii")
    except ValueError as error:
        raise _no_url() from error
    if not host:
        raise _no_url()
    if url.scheme.lower() != "https":
        raise NoConnection(f"a headset speaks https alone, not {url.scheme}")
    named = host if port in (None, _HTTPS) else f"{host}:{port}"
    if ":" in host:
        named = f"[{host}]" if port in (None, _HTTPS) else f"[{host}]:{port}"
    lines = [("Host", named), *out.headers, ("Accept-Encoding", "identity")]
    if out.method == "POST":
        lines.append(("Content-Length", str(len(out.body))))
    text = "".join(f"{name}: {value}\r\n" for name, value in lines)
    head = b"%s %s HTTP/1.1\r\n%s\r\n" % (out.method.encode(), path, text.encode("latin-1"))
    return (host, port or _HTTPS), head


def _no_url() -> Breach:
    return Breach("[RFC 3986]", "the server gave an address that is no URL")


async def _connected(place: Place, trust: Trust) -> _Connection:
    """Return a connection whose handshake is done."""
    sock = await _socket(place)
    try:
        connection = _Connection(sock, trust, place[0])
        await connection.shake_hands()
    except BaseException:
        sock.close()
        raise
    return connection


async def _socket(place: Place) -> socket.socket:
    """Return a TCP connection to the first of the host's addresses that takes one."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(*place, type=socket.SOCK_STREAM)
    refused: OSError | None = None
    for family, kind, protocol, _, address in found:
        sock = socket.socket(family, kind, protocol)
        sock.setblocking(False)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await loop.sock_connect(sock, address)
        except OSError as error:
            sock.close()
            refused = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise refused or OSError("the name has no address")


def _words(error: Exception) -> str:
    """Return what happened, in plain words."""
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return f"the server's TLS certificate is not trusted ({text.rpartition(': ')[2]})"
    if isinstance(error, TimeoutError):
        return "the server did not answer in time"
    return f"the connection failed: {text or type(error).__name__}"
