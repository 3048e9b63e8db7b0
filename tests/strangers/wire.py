"""HTTP over TLS by hand, so that every byte of it can be another way, and read without mercy."""

import socket
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Transfer = Literal["length", "chunked", "expect"]


@dataclass(frozen=True)
class Response:
    """An HTTP response as it came."""

    version: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def every(self, name: str) -> list[str]:
        """Return all values of a header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name: str) -> str:
        """Return the one value of a header, empty for none."""
        found = self.every(name)
        assert len(found) <= 1, f"{name} is there {len(found)} times"
        return found[0] if found else ""


@dataclass(frozen=True)
class Post:
    """How a request travels."""

    transfer: Transfer = "length"
    version: str = "1.1"
    lower: bool = False
    tls: str = ""
    """`1.2` or `1.3` alone, or whatever is offered."""
    keep: bool = True
    headers: tuple[tuple[str, str], ...] = field(
        default=(("Accept-Charset", "UTF-8"), ("MS-CV", "a/tCeBgffEqA5408.0.0.0"))
    )


USUAL = Post()
"""As Windows sends."""


def tls_context(ca: Path, certificate: Path | None = None, versions: str = "") -> ssl.SSLContext:
    """Return a context that trusts the root, with a client certificate where one is given."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(str(ca))
    if certificate is not None:
        context.load_cert_chain(str(certificate))
    if versions == "1.2":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    if versions == "1.3":
        context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


OPEN: list["Line"] = []
"""Connections to be closed when a test ends, however it ends."""


def close_all() -> None:
    """Close whatever is still open."""
    while OPEN:
        OPEN.pop().close()


class Line:
    """One TLS connection."""

    def __init__(
        self, port: int, context: ssl.SSLContext, session: ssl.SSLSession | None = None
    ) -> None:
        plain = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.port = port
        self.tls = context.wrap_socket(plain, server_hostname="localhost", session=session)
        self._rest = b""
        OPEN.append(self)

    def close(self) -> None:
        """End the connection."""
        self.tls.close()

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.tls.sendall(data)

    def exchange(self, method: str, path: str, body: bytes, kind: str, post: Post) -> Response:
        """Send one request and read its response."""
        self.send(self._head(method, path, body, kind, post))
        if post.transfer == "expect":
            interim = self._read_head()
            if not interim.startswith(b"HTTP/1.1 100"):
                return self._response(interim)
            self.send(body)
        elif post.transfer == "chunked":
            third = max(1, len(body) // 3)
            for start in range(0, len(body), third):
                piece = body[start : start + third]
                self.send(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.send(b"0\r\n\r\n")
        else:
            self.send(body)
        return self.read()

    def read(self) -> Response:
        """Read one response."""
        return self._response(self._read_head())

    def _head(self, method: str, path: str, body: bytes, kind: str, post: Post) -> bytes:
        headers = [("Host", f"localhost:{self.port}"), *post.headers]
        if kind:
            headers.append(("Content-Type", kind))
        if post.transfer == "chunked":
            headers.append(("Transfer-Encoding", "chunked"))
        elif method == "POST":
            headers.append(("Content-Length", str(len(body))))
        if post.transfer == "expect":
            headers.append(("Expect", "100-continue"))
        if post.version == "1.0":
            headers = [each for each in headers if each[0] != "Host"]
        lines = [f"{method} {path} HTTP/{post.version}"]
        lines += [f"{k.lower() if post.lower else k}: {v}" for k, v in headers]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")

    def _read_head(self) -> bytes:
        while b"\r\n\r\n" not in self._rest:
            self._more()
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        return head

    def _more(self) -> None:
        data = self.tls.recv(65536)
        if not data:
            raise ConnectionError("the server closed the connection")
        self._rest += data

    def _response(self, head: bytes) -> Response:
        first, *lines = head.decode("latin-1").split("\r\n")
        version, status, _ = first.split(" ", 2)
        headers = []
        for line in lines:
            name, separator, value = line.partition(":")
            assert separator, f"no header: {line!r}"
            headers.append((name, value.strip()))
        response = Response(version, int(status), tuple(headers), b"")
        assert not response.header("Transfer-Encoding"), "a chunked response breaks enrollment"
        length = response.header("Content-Length")
        assert length.isdecimal(), f"no Content-Length in {head!r}"
        while len(self._rest) < int(length):
            self._more()
        body, self._rest = self._rest[: int(length)], self._rest[int(length) :]
        return Response(version, int(status), tuple(headers), body)
