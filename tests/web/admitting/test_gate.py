"""Back-pressure: who waits, who is sent away, and who never is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Scope
from structlog.testing import capture_logs
from tests.flows.home import Home, open_home

from lenskeep.web.admitting.gate import Gate
from lenskeep.web.admitting.lanes import DEVICES, PEOPLE, STRANGERS, WIDTHS, Width
from lenskeep.web.waiting import BUSY_S
from lenskeep.web.watching.watched import Watched

NARROW = {
    DEVICES: Width(at_work=1, inside=3, patience_s=60, body_bytes=1000),
    STRANGERS: Width(at_work=1, inside=2, patience_s=60, body_bytes=100),
    PEOPLE: Width(at_work=1, inside=2, patience_s=60, body_bytes=1000),
}
IMPATIENT = {name: Width(at_work=1, inside=9, patience_s=0.01, body_bytes=1000) for name in NARROW}


@dataclass
class Asked:
    """One request, sent piece by piece, and what was answered."""

    path: str = "/ManagementServer/MDM.svc"
    method: str = "POST"
    certificate: bytes | None = None
    client: str = "192.0.2.9"
    headers: tuple[tuple[bytes, bytes], ...] = ()
    coming: "asyncio.Queue[Message]" = field(default_factory=asyncio.Queue)
    answered: list[Message] = field(default_factory=list)

    @property
    def scope(self) -> Scope:
        """As the front door makes it."""
        return {
            "type": "http",
            "method": self.method,
            "path": self.path,
            "raw_path": self.path.encode(),
            "query_string": b"",
            "headers": list(self.headers),
            "client": (self.client, 1),
            "extensions": {"tls": {"client_cert_der": self.certificate}},
            "state": {},
        }

    def say(self, body: bytes = b"", *, more: bool = False) -> "Asked":
        """Let this piece of the body arrive."""
        self.coming.put_nowait({"type": "http.request", "body": body, "more_body": more})
        return self

    async def hear(self, message: Any) -> None:
        """Take a piece of the answer."""
        self.answered.append(message)

    @property
    def status(self) -> int:
        """The status answered, 0 while there is none."""
        return self.answered[0]["status"] if self.answered else 0

    @property
    def retry_after(self) -> int:
        """When to come back."""
        return int(dict(self.answered[0]["headers"])[b"retry-after"])


@dataclass
class House:
    """A gate before a room in which requests stay until they are let go."""

    watched: Watched
    app: Any = None
    go: asyncio.Event = field(default_factory=asyncio.Event)
    inside: list[bytes] = field(default_factory=list)
    tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    async def room(self, request: Request) -> Response:
        """Stay until let go."""
        body = await request.body()
        self.inside.append(body)
        await self.go.wait()
        return Response(b"done")

    async def ask(self, asked: Asked) -> Asked:
        """Begin a request and let everything happen that can."""
        self.tasks.append(asyncio.create_task(self.app(asked.scope, asked.coming.get, asked.hear)))
        await settle()
        return asked

    def held_back(self, lane: str, reason: str) -> float:
        """Return what the metric says."""
        return float(self.watched.meters.held_back.labels(lane, reason)._value.get())


async def settle() -> None:
    """Let every task go as far as it can."""
    for _ in range(20):
        await asyncio.sleep(0)


@asynccontextmanager
async def gate(home: Home, widths: dict[str, Width]) -> AsyncIterator[House]:
    """A gate with such lanes."""
    made = House(Watched())
    made.app = Starlette(
        routes=[Route("/{path:path}", made.room, methods=["GET", "POST"])],
        middleware=[Middleware(Gate, home.house, made.watched, widths)],
    )
    try:
        yield made
    finally:
        for task in made.tasks:
            task.cancel()
        for task in made.tasks:
            with suppress(asyncio.CancelledError):
                await task


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A house whose settings and dice the gate uses."""
    with open_home(tmp_path_factory.mktemp("house")) as opened:
        yield opened


async def test_who_finds_the_lane_full_is_sent_away_before_its_body_is_read(home: Home) -> None:
    """429, a time to come back, and the connection ends: nothing of the body is waited for."""
    async with gate(home, NARROW) as house:
        for _ in range(2):
            await house.ask(Asked())

        late = await house.ask(Asked(headers=((b"expect", b"100-continue"),)))

        assert late.status == 429
        assert BUSY_S[0] <= late.retry_after <= BUSY_S[1]
        assert dict(late.answered[0]["headers"])[b"connection"] == b"close"
        assert house.held_back(STRANGERS, "full") == 1


async def test_one_waits_for_the_other_and_then_has_its_turn(home: Home) -> None:
    async with gate(home, NARROW) as house:
        first = await house.ask(Asked().say(b"1"))
        second = await house.ask(Asked().say(b"2"))
        assert house.inside == [b"1"]

        house.go.set()
        await settle()

        assert (first.status, second.status) == (200, 200)
        assert house.inside == [b"1", b"2"]


async def test_who_waits_too_long_is_sent_away(home: Home) -> None:
    """Its body was read, so that its connection may stay; FastAPI and devices see a plain 429."""
    async with gate(home, IMPATIENT) as house:
        await house.ask(Asked().say(b"1"))
        second = await house.ask(Asked().say(b"2"))

        await asyncio.wait_for(house.tasks[1], 5)

        assert second.status == 429
        assert second.retry_after >= BUSY_S[0]
        assert house.held_back(STRANGERS, "late") == 1


async def test_a_page_waits_and_is_sent_away_too(home: Home) -> None:
    async with gate(home, IMPATIENT) as house:
        await house.ask(Asked(path="/", method="GET").say())
        second = await house.ask(Asked(path="/", method="GET").say())

        await asyncio.wait_for(house.tasks[1], 5)

        assert second.status == 429
        assert house.held_back(PEOPLE, "late") == 1


async def test_a_flood_of_strangers_takes_no_place_of_a_headset_or_a_person(home: Home) -> None:
    async with gate(home, NARROW) as house:
        for _ in range(5):
            await house.ask(Asked().say(b"stranger"))

        await house.ask(Asked(certificate=b"der").say(b"headset"))
        await house.ask(Asked(path="/api/v1/devices", method="GET").say(b""))

        assert house.inside == [b"stranger", b"headset", b""]


async def test_who_asks_for_health_or_metrics_never_waits(home: Home) -> None:
    async with gate(home, NARROW) as house:
        for _ in range(3):
            await house.ask(Asked(path="/", method="GET").say())
        for path in ("/livez", "/readyz", "/healthz", "/metrics"):
            await house.ask(Asked(path=path, method="GET").say())

        assert len(house.inside) == 1 + 4


async def test_a_body_that_is_slow_to_come_keeps_nobody_from_work(home: Home) -> None:
    async with gate(home, NARROW) as house:
        slow = await house.ask(Asked(certificate=b"der").say(b"be", more=True))
        await house.ask(Asked(certificate=b"der").say(b"quick"))
        assert house.inside == [b"quick"]

        slow.say(b"gun")
        house.go.set()
        await settle()

        assert house.inside == [b"quick", b"begun"]


async def test_bodies_together_take_only_so_much_memory(home: Home) -> None:
    async with gate(home, NARROW) as house:
        await house.ask(Asked().say(b"x" * 90, more=True))
        second = await house.ask(Asked().say(b"x" * 20, more=True))

        assert second.status == 429
        assert house.held_back(STRANGERS, "bytes") == 1


async def test_everything_is_given_back(home: Home) -> None:
    """Also by those who were sent away, went away, or asked in vain."""
    async with gate(home, IMPATIENT) as house:
        for certificate in (None, b"der"):
            await house.ask(Asked(certificate=certificate).say(b"1"))
            await house.ask(Asked(certificate=certificate).say(b"2"))
            await house.ask(Asked(certificate=certificate).say(b"3", more=True))
        for task in house.tasks:
            task.cancel()
        await settle()

        built = house.app.middleware_stack
        while not isinstance(built, Gate):
            built = built.app
        for lane in built.lanes.values():
            assert (lane.inside, lane.at_work, lane.body_bytes) == (0, 0, 0)


async def test_a_headset_behind_a_named_proxy_is_no_stranger(tmp_path: Path) -> None:
    with open_home(tmp_path) as home:
        trusted = home.house.settings.model_copy(update={"trusted_proxies": ("192.0.2.9",)})
        object.__setattr__(home.house, "settings", trusted)
        shown = ((b"x-ssl-client-cert", b"pem"),)
        async with gate(home, NARROW) as house:
            for _ in range(2):
                await house.ask(Asked().say(b"stranger"))
            await house.ask(Asked(headers=shown, client="198.51.100.1").say(b"liar"))
            await house.ask(Asked(headers=shown).say(b"headset"))

            assert house.inside == [b"stranger", b"headset"]


async def test_one_line_a_minute_says_that_requests_are_held_back(home: Home) -> None:
    async with gate(home, NARROW) as house:
        with capture_logs() as lines:
            for _ in range(6):
                await house.ask(Asked(headers=((b"expect", b"100-continue"),)))

        (line,) = [each for each in lines if each["event"] == "held_back"]
        assert (line["lane"], line["reason"], line["inside"]) == (STRANGERS, "full", 2)


def test_a_lane_is_wide_enough_to_share_a_commit_and_strangers_get_a_part() -> None:
    assert WIDTHS[STRANGERS].at_work * 4 < WIDTHS[DEVICES].at_work
    assert WIDTHS[STRANGERS].inside < WIDTHS[DEVICES].inside
