"""The load: a process of its own that sends prepared bytes and reads answers, and nothing else.

It is told on its standard input, one JSON line a round, and answers each with a JSON line. TLS is
in earnest, with a certificate for each device; what the server shows is not verified, and no
answer is parsed beyond its length, to leave the machine to the server.

    python -m benchmarks.bench.load.client PLAN.json
"""

import asyncio
import itertools
import json
import ssl
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import uvloop

SESSION: Final = "@SES"
"""Stands for the session's number in a message: four hexadecimal digits."""
DEVICE: Final = "@DEVICE-NAME-OF-32-CHARACTERS---"
"""Stands for the device's name: as long as it."""
GIVE_UP_S: Final = 60
OK: Final = b"HTTP/1.1 200 "


@dataclass
class Caller:
    """One device: its papers, what it says, its connection to each server, by port."""

    name: str
    context: ssl.SSLContext
    lines: "dict[int, Line]" = field(default_factory=dict)
    said: dict[str, list[list[bytes]]] = field(default_factory=dict)
    """By what it does: its messages, each in pieces around the session's number."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round is to be."""

    port: int
    talk: str
    fresh: bool
    lanes: int
    seconds: float
    """0: every caller once."""
    first: int
    """Of the numbers of sessions."""
    start: int = 0
    """The caller to begin with."""
    count: int = 0
    """Callers, 0 for all."""


class Line(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[bool] | None = None
        self._seen = b""
        self._missing = -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it."""
        self.transport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits, waits in vain."""
        self.transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        """Count until the answer is whole."""
        if self._missing < 0:
            self._seen += data
            end = self._seen.find(b"\r\n\r\n")
            if end < 0:
                return
            self._missing = _length(self._seen[:end]) - (len(self._seen) - end - 4)
        else:
            self._missing -= len(data)
        if self._missing <= 0 and self._answer is not None and not self._answer.done():
            self._answer.set_result(self._seen.startswith(OK))

    async def ask(self, request: bytes) -> bool:
        """Send a request; return whether it was answered as it should be."""
        if self.transport is None:
            raise ConnectionError("the server hung up")
        self._answer = asyncio.get_running_loop().create_future()
        self._seen, self._missing = b"", -1
        self.transport.write(request)
        return await self._answer

    def end(self) -> None:
        """Hang up."""
        if self.transport is not None:
            self.transport.abort()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


class Load:
    """All callers, and the rounds they are sent on."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self._key = plan["key"]
        talks = {name: _talk(plan["host"], told) for name, told in plan["talks"].items()}
        self._callers = [self._caller(each, talks) for each in plan["callers"]]
        self._strangers = [_requests(plan["host"], each) for each in plan["strangers"]]
        self._strange = _context()

    def _caller(self, told: dict[str, str], talks: dict[str, list[bytes]]) -> Caller:
        context = _context()
        context.load_cert_chain(told["certificate"], self._key)
        caller = Caller(told["name"], context)
        name = told["name"].encode("ascii")
        for talk, requests in talks.items():
            own = [each.replace(DEVICE.encode("ascii"), name) for each in requests]
            caller.said[talk] = [each.split(SESSION.encode("ascii")) for each in own]
        return caller

    def _callers_of(self, told: Round) -> list[Caller]:
        if told.talk != "enroll":
            found = self._callers
        else:
            found = [
                Caller(str(at), self._strange, said={"enroll": [[each] for each in said]})
                for at, said in enumerate(self._strangers)
            ]
        end = told.start + told.count if told.count else len(found)
        return found[told.start : end]

    async def round(self, told: Round) -> dict[str, Any]:
        """Let them speak; return how it went."""
        callers = self._callers_of(told)
        lanes = [_Lane(told, callers[at :: told.lanes]) for at in range(told.lanes)]
        lanes = [each for each in lanes if each.callers]
        if not told.fresh:
            await asyncio.gather(*(each.connect() for each in lanes))
        cpu, started = time.process_time(), time.perf_counter()
        await asyncio.wait_for(asyncio.gather(*(each.run(started) for each in lanes)), GIVE_UP_S)
        spent, cpu = time.perf_counter() - started, time.process_time() - cpu
        taken = sorted(second for each in lanes for second in each.latencies)
        if told.talk == "enroll":
            for each in callers:
                for line in each.lines.values():
                    line.end()
        return {
            "seconds": spent,
            "cpu": cpu,
            "sessions": sum(each.sessions for each in lanes),
            "messages": len(taken),
            "failed": sum(each.failed for each in lanes),
            "p50": _share(taken, 0.5),
            "p95": _share(taken, 0.95),
        }


class _Lane:
    """One session at a time, of one caller after the other."""

    def __init__(self, told: Round, callers: list[Caller]) -> None:
        self._told = told
        self.callers = callers
        self.sessions = 0
        self.failed = 0
        self.latencies: list[float] = []

    async def connect(self) -> None:
        """Bring every caller's connection up."""
        for each in self.callers:
            line = each.lines.get(self._told.port)
            if line is None or line.transport is None:
                each.lines[self._told.port] = await _connected(self._told.port, each.context)

    async def run(self, started: float) -> None:
        """Go on until it is time, or everybody had a turn."""
        turns: Iterator[Caller] = (
            itertools.cycle(self.callers) if self._told.seconds else iter(self.callers)
        )
        numbers = itertools.count(self._told.first)
        end = started + self._told.seconds
        for caller in turns:
            if self._told.seconds and time.perf_counter() >= end:
                return
            await self._session(caller, b"%04X" % (next(numbers) & 0xFFFF))

    async def _session(self, caller: Caller, number: bytes) -> None:
        line = caller.lines.get(self._told.port)
        at = time.perf_counter()
        if self._told.fresh or line is None or line.transport is None:
            line = await _connected(self._told.port, caller.context)
        for pieces in caller.said[self._told.talk]:
            good = await line.ask(number.join(pieces))
            now = time.perf_counter()
            self.latencies.append(now - at)
            at = now
            self.failed += not good
        self.sessions += 1
        if self._told.fresh:
            line.end()
        else:
            caller.lines[self._told.port] = line


async def _connected(port: int, context: ssl.SSLContext) -> Line:
    loop = asyncio.get_running_loop()
    _, line = await loop.create_connection(
        Line, "127.0.0.1", port, ssl=context, server_hostname="localhost"
    )
    return line


def _share(ordered: list[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _talk(host: str, told: list[dict[str, str]]) -> list[bytes]:
    return _requests(host, told)


def _requests(host: str, told: list[dict[str, str]]) -> list[bytes]:
    """Return whole HTTP requests: as a Windows client heads them."""
    found = []
    for each in told:
        body = each["body"].encode("utf-8")
        head = (
            f"POST {each['path']} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {each['type']}\r\n"
            f"Accept: application/vnd.syncml.dm+xml, application/octet-stream\r\n"
            f"User-Agent: {each['agent']}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        found.append(head.encode("ascii") + body)
    return found


async def _main() -> int:
    load = Load(json.loads(Path(sys.argv[1]).read_text("utf-8")))
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        try:
            found = await load.round(Round(**json.loads(line)))
        except (OSError, TimeoutError) as error:
            found = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(found), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(uvloop.run(_main()))
