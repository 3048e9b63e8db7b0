"""The headset's way out: HTTPS with verification, a client certificate, retries - and accidents.

Accidents are what a test asks for: a request or an answer lost, a message doubled, cut short,
slow, or held half-way. A message that is sent again is sent with the same bytes, and a server
must then answer with the same bytes.
"""

import asyncio
import ssl
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx2

from lenskeep.virtual.trouble import Breach, NoConnection

_CONNECT_S: Final = 30.0
"""`assumed:` Windows gives TCP about 21 s; a fleet in one process is slower than a headset."""
_ANSWER_S: Final = 60.0
"""`assumed:` the Windows client's is not published; servers are told to stay below a minute."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How a headset retries. `retries` None takes the account's CONNRETRYFREQ.

    The pauses are far shorter than INITIALBACKOFFTIME says, so that a test need not wait.
    """

    retries: int | None = None
    first_pause_s: float = 0.2
    longest_pause_s: float = 2.0
    answer_s: float = _ANSWER_S


@dataclass(frozen=True, slots=True)
class Accidents:
    """What shall go wrong; the numbers count the messages of one run from 1, 0 is never."""

    lose_request: int = 0
    lose_answer: int = 0
    double: int = 0
    truncate: int = 0
    hang: int = 0
    hang_s: float = 5.0
    slow_s: float = 0.0


NO_ACCIDENTS: Final = Accidents()


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom the headset believes (PEM; empty: the system's roots), and what it shows."""

    roots: bytes = b""
    certificate: bytes | None = None
    key: bytes | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One HTTP request."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP response; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)

    def header(self, name: str) -> str:
        """Return a header's value, empty where there is none."""
        return self.headers.get(name.lower(), "")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what came of it, for those who look afterwards."""

    request: Outgoing
    answer: Answer | None
    seconds: float


class _CutShort(Exception):
    """The accident that breaks a request off half-way."""


def tls_context(trust: Trust) -> ssl.SSLContext:
    """Return a context that verifies names and chains, TLS 1.2 at least."""
    roots = trust.roots.decode("ascii") if trust.roots else None
    context = ssl.create_default_context(cadata=roots)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if trust.certificate and trust.key:
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:  # mode 0600, gone at once
            Path(file.name).write_bytes(trust.key + trust.certificate)
            context.load_cert_chain(file.name)
    return context


class Transport:
    """Sends messages over connections of its own. Use as an async context manager."""

    def __init__(
        self, trust: Trust, patience: Patience | None = None, accidents: Accidents = NO_ACCIDENTS
    ) -> None:
        self.patience = patience or Patience()
        self.exchanges: list[Exchange] = []
        self.attempts = 0
        self._accidents = accidents
        timeout = httpx2.Timeout(self.patience.answer_s, connect=_CONNECT_S)
        self._client = httpx2.AsyncClient(
            verify=tls_context(trust), timeout=timeout, trust_env=False, follow_redirects=False
        )
        self._client.headers.clear()

    async def __aenter__(self) -> "Transport":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def send(self, out: Outgoing, number: int, retries: int = 0) -> Answer:
        """Send message `number`, again with the same bytes where the connection breaks.

        Raises NoConnection when the retries are used up, Breach where the same bytes get
        another answer.
        """
        retries = self.patience.retries if self.patience.retries is not None else retries
        lost: Answer | None = None
        for attempt in range(retries + 1):
            try:
                answer = await self._attempt(out, number if attempt == 0 else 0)
            except NoConnection:
                if attempt == retries:
                    raise
            else:
                if attempt or number != self._accidents.lose_answer:
                    return _same(lost, answer)
                lost = answer
            await self._pause(attempt)
        raise NoConnection("the answer was lost")

    async def _pause(self, attempt: int) -> None:
        pause = self.patience.first_pause_s * 2.0**attempt
        await asyncio.sleep(min(pause, self.patience.longest_pause_s))

    async def _attempt(self, out: Outgoing, number: int) -> Answer:
        """Send once; `number` 0 means that no accident happens this time."""
        bad = self._accidents
        if bad.slow_s:
            await asyncio.sleep(bad.slow_s)
        if number and number == bad.lose_request:
            raise NoConnection("the request was lost on the way")
        if number and number == bad.truncate:
            return await self._once(out, _cut(out.body))
        if number and number == bad.hang:
            return await self._once(out, _hold(out.body, bad.hang_s))
        answer = await self._once(out)
        if number and number == bad.double:
            return _same(answer, await self._once(out))
        return answer

    async def _once(self, out: Outgoing, body: AsyncIterator[bytes] | None = None) -> Answer:
        headers = [*out.headers, ("Accept-Encoding", "identity")]
        if out.method == "POST":
            headers.append(("Content-Length", str(len(out.body))))
        started = time.monotonic()
        self.attempts += 1
        answer: Answer | None = None
        try:
            content = body if body is not None else out.body or None
            response = await self._client.request(
                out.method, out.url, headers=headers, content=content
            )
            named = {name.lower(): value for name, value in response.headers.items()}
            answer = Answer(response.status_code, named, response.content)
        except (httpx2.TransportError, _CutShort) as error:
            raise NoConnection(_words(error)) from error
        except httpx2.InvalidURL as error:
            raise Breach("[RFC 3986]", "the server gave an address that is no URL") from error
        finally:
            self.exchanges.append(Exchange(out, answer, time.monotonic() - started))
        return answer


def _same(earlier: Answer | None, later: Answer) -> Answer:
    """Return the later answer; a message sent again must be answered like the first time."""
    if earlier and (earlier.status, earlier.body) != (later.status, later.body):
        raise Breach(
            "[OMA-DM-Protocol 1.2.1] a repeated message gets the repeated answer",
            "the same bytes were answered differently the second time",
        )
    return later


async def _cut(body: bytes) -> AsyncIterator[bytes]:
    yield body[: len(body) // 2]
    raise _CutShort("cut short on purpose")


async def _hold(body: bytes, seconds: float) -> AsyncIterator[bytes]:
    yield body[: len(body) // 2]
    await asyncio.sleep(seconds)
    yield body[len(body) // 2 :]


def _words(error: Exception) -> str:
    """Return what happened, in plain words."""
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return f"the server's TLS certificate is not trusted ({text.rpartition(': ')[2]})"
    if isinstance(error, httpx2.TimeoutException):
        return "the server did not answer in time"
    return f"the connection failed: {text or type(error).__name__}"
