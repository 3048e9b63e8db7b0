"""Too much, too large, too slow: who does it gets an answer or an end, the others are served."""

import asyncio
import re
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import pytest
from tests.journeys.conftest import Headset, Server

from lenskeep.web.waiting import BUSY_S
from lenskeep.wire.syncml.read import MAX_PARTS

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]

HANGING: Final = 700
"""More strangers than are let in at once."""
AT_ONCE_S: Final = 5.0
"""A headset's whole session, while others do their worst, on a machine that is busy besides."""
HUNDRED_MB: Final = 100 * 1024 * 1024
GROWTH_MIB: Final = 80
"""More memory than that nobody may cost: eight bodies as long as the longest that is read."""
SYNCML: Final = "application/vnd.syncml.dm+xml"
SOAP: Final = "application/soap+xml"
MANAGEMENT: Final = "/ManagementServer/MDM.svc"
DISCOVERY: Final = "/EnrollmentServer/Discovery.svc"
SWV: Final = "./DevDetail/SwV"


@pytest.fixture(scope="module")
def headset(running_server: Server) -> Headset:
    """A headset under management, whose first session is over."""
    enrolled = running_server.enroll_virtual()
    enrolled.sync()
    return enrolled


def head(path: str, kind: str, framing: str) -> bytes:
    """Return the head of a POST."""
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n{framing}\r\n\r\n".encode()


@asynccontextmanager
async def connected(
    server: Server, count: int, tls: ssl.SSLContext
) -> AsyncIterator[list[Connection]]:
    """Yield so many open connections."""
    opened: list[Connection] = []
    try:
        for _ in range(count // 50 or 1):
            some = (
                asyncio.open_connection("localhost", server.port, ssl=tls)
                for _ in range(min(count, 50))
            )
            opened.extend(await asyncio.gather(*some))
        yield opened
    finally:
        for _, writer in opened:
            writer.transport.abort()


async def status(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """Return status and headers of the next answer; 0 where the connection ends without one."""
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        named = (line.partition(": ") for line in lines[1:] if line)
        return int(lines[0].split()[1]), {name.lower(): value for name, _, value in named}
    return 0, {}


def served(server: Server, headset: Headset) -> float:
    """Have the headset do something for us; return how long its session took."""
    operation = server.queue(server.device_of(headset)["id"], "get", SWV)
    started = time.monotonic()
    headset.sync()
    taken = time.monotonic() - started
    assert server.operation(operation["device"], operation["id"])["state"] == "done"
    return taken


def memory_mib(server: Server) -> int:
    """Return the most memory that the server ever had."""
    assert server.process is not None
    text = Path(f"/proc/{server.process.pid}/status").read_text("utf-8")
    (found,) = re.findall(r"VmHWM:\s+(\d+) kB", text)
    return int(found) // 1024


def metric(server: Server, name: str) -> float:
    """Return the sum of a metric over its labels."""
    text = server.get("/metrics").text
    return sum(float(each) for each in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.M))


def test_a_flood_of_strangers_holds_up_no_headset_and_nobody_who_administers(
    running_server: Server, headset: Headset
) -> None:
    """Half a message each, on open connections. Who is one too many hears when to come back."""
    before = memory_mib(running_server)
    rejected: list[tuple[int, dict[str, str]]] = []

    async def flood() -> float:
        async with connected(running_server, HANGING, running_server.tls()) as strangers:
            for _, writer in strangers:
                writer.write(head(DISCOVERY, SOAP, "Content-Length: 5000") + b"<s:Envelope")
            late = strangers[-1][0]
            strangers[-1][1].write(b" " * 4989)  # who is not let in is listened to for a moment
            rejected.append(await asyncio.wait_for(status(late), 30))
            assert running_server.get("/readyz").status_code == 200
            assert running_server.request("GET", "/sign-in").status_code == 200
            return await asyncio.to_thread(served, running_server, headset)

    taken = asyncio.run(flood())

    code, headers = rejected[0]
    assert code == 429
    assert BUSY_S[0] <= int(headers["retry-after"]) <= BUSY_S[1]
    assert taken < AT_ONCE_S
    assert metric(running_server, "lenskeep_held_back_total") >= HANGING - 512 - 20
    assert running_server.log().count('"held_back"') == 1
    assert memory_mib(running_server) - before < GROWTH_MIB


@pytest.mark.parametrize("framing", [f"Content-Length: {HUNDRED_MB}", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize("certified", [False, True])
def test_a_hundred_megabytes_are_cut_early(
    running_server: Server, headset: Headset, framing: str, *, certified: bool
) -> None:
    """With a certificate or without one, of stated length or in pieces without end."""
    tls = headset.tls() if certified else running_server.tls()
    before, sent = memory_mib(running_server), 0

    async def pour() -> int:
        nonlocal sent
        async with connected(running_server, 1, tls) as ((reader, writer),):
            writer.write(head(MANAGEMENT, SYNCML, framing))
            piece = b" " * 65536
            if "chunked" in framing:
                piece = b"10000\r\n" + piece + b"\r\n"
            answer = asyncio.create_task(status(reader))
            with suppress(ConnectionError):
                while not answer.done() and sent < HUNDRED_MB:
                    writer.write(piece)
                    sent += len(piece)
                    await writer.drain()
            return (await asyncio.wait_for(answer, 20))[0]

    code = asyncio.run(pour())

    assert code in (413, 0)
    assert sent < HUNDRED_MB / 2
    assert memory_mib(running_server) - before < GROWTH_MIB
    assert served(running_server, headset) < AT_ONCE_S


def test_a_message_of_a_hundred_thousand_commands_holds_up_nobody(
    running_server: Server, headset: Headset
) -> None:
    """Sent with a good certificate: it is refused before anything is looked up for it."""
    device = headset.dev_id
    commands = "".join(
        f"<Alert><CmdID>{number}</CmdID><Data>1201</Data></Alert>" for number in range(100_000)
    )
    assert 100_000 > MAX_PARTS
    body = (
        "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>"
        "<SessionID>77</SessionID><MsgID>1</MsgID>"
        f"<Target><LocURI>{running_server.url}{MANAGEMENT}</LocURI></Target>"
        f"<Source><LocURI>{device}</LocURI></Source></SyncHdr>"
        f"<SyncBody>{commands}<Final/></SyncBody></SyncML>"
    ).encode()

    async def burst() -> tuple[list[int], float]:
        async with connected(running_server, 5, headset.tls()) as open_:
            for _, writer in open_:
                writer.write(head(MANAGEMENT, SYNCML, f"Content-Length: {len(body)}") + body)
            taken = await asyncio.to_thread(served, running_server, headset)
            return [(await asyncio.wait_for(status(reader), 30))[0] for reader, _ in open_], taken

    before = memory_mib(running_server)
    codes, taken = asyncio.run(burst())

    assert codes == [400] * 5
    assert taken < 3 * AT_ONCE_S
    assert memory_mib(running_server) - before < 3 * GROWTH_MIB
    assert f"at most {MAX_PARTS}" in running_server.log()


def test_the_server_is_as_well_as_before(running_server: Server, headset: Headset) -> None:
    """What was held is given back, and nothing else stands in the log than what was done to it."""
    assert served(running_server, headset) < AT_ONCE_S
    for name in ("lenskeep_lane_requests", "lenskeep_store_units"):
        end = time.monotonic() + 40
        while metric(running_server, name) > 2 and time.monotonic() < end:
            time.sleep(0.5)
        assert metric(running_server, name) <= 2, name
    assert "request_failed" not in running_server.log()
