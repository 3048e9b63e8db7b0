"""What the devices' doors log and count: one line for what is over, no secret in any."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs
from tests.flows.device.wearer import Wearer, wearing
from tests.flows.home import Home, open_home
from tests.web.device.knocking import PASSWORD, Goggles, open_street

from lenskeep.base.spans import NoSpans, Noted
from lenskeep.flows.device.manage import MANAGEMENT_PATH
from lenskeep.web.device.doors import make_device_routes
from lenskeep.web.watching.meters import Meters
from lenskeep.wire.syncml.model import Alert
from lenskeep.wire.syncml.write import CONTENT_TYPE


class Heard(NoSpans):
    """Remembers what was noted, and the names of steps."""

    def __init__(self) -> None:
        self.noted: dict[str, Noted] = {}
        self.steps: list[str] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.steps.append(name)
        yield

    def note(self, **noted: Noted) -> None:
        self.noted |= noted


@dataclass
class Door:
    """The management door of a house, and what is told behind it."""

    home: Home
    client: httpx2.AsyncClient
    meters: Meters
    heard: Heard = field(default_factory=Heard)

    def messages(self, outcome: str) -> float:
        return float(self.meters.messages.labels(outcome)._value.get())

    async def post(self, body: bytes) -> httpx2.Response:
        headers = {"Content-Type": CONTENT_TYPE}
        return await self.client.post(MANAGEMENT_PATH, content=body, headers=headers)


class Certified:
    """ASGI: every request shows this certificate."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.der: bytes | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        scope["extensions"] = {"tls": {"client_cert_der": self.der}}
        await self._app(scope, receive, send)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A house."""
    with open_home(tmp_path) as opened:
        yield opened


@pytest.fixture
async def wearer(home: Home) -> Wearer:
    """A headset that is enrolled."""
    return await wearing(home, 1)


@pytest.fixture
async def door(home: Home, wearer: Wearer) -> AsyncIterator[Door]:
    """Its way in."""
    meters, heard = Meters(), Heard()
    object.__setattr__(home.house.tools, "spans", heard)
    app = Certified(Starlette(routes=make_device_routes(home.house, meters)))
    app.der = wearer.der
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="https://x") as client:
        yield Door(home, client, meters, heard)


async def session(door: Door, wearer: Wearer) -> int:
    """Have one session over the door; return how many messages it took."""
    sent = 0

    async def say(body: bytes) -> bytes:
        nonlocal sent
        sent += 1
        return (await door.post(body)).content

    object.__setattr__(wearer, "say", say)
    await wearer.sync()
    return sent


async def test_a_session_is_one_line_when_it_is_over(door: Door, wearer: Wearer) -> None:
    with capture_logs() as lines:
        sent = await session(door, wearer)

    (line,) = lines
    assert line == {
        "event": "session_over",
        "log_level": "info",
        "device": wearer.device,
        "session": "1",
        "outcome": "session ended",
        "reason": "nothing is left to say",
        "messages": sent,
    }
    assert door.messages("answered") == sent > 1
    assert door.meters.sessions.labels("session ended")._value.get() == 1


async def test_the_steps_of_a_message_and_whose_it_was_are_told(door: Door, wearer: Wearer) -> None:
    await session(door, wearer)

    assert door.heard.steps[-3:] == ["read", "recognize", "decide"]
    assert door.heard.noted == {"device": wearer.device, "session": "1", "outcome": "answered"}


async def test_a_message_that_comes_again_is_counted_apart(door: Door, wearer: Wearer) -> None:
    wearer.session = 1
    body = wearer.write(1, (Alert("2", 1201),))

    first, second = [await door.post(body) for _ in range(2)]

    assert first.content == second.content
    assert (door.messages("answered"), door.messages("repeated")) == (1, 1)


async def test_what_is_no_message_is_one_line(door: Door) -> None:
    with capture_logs() as lines:
        answer = await door.post(b"<SyncML>")

    assert answer.status_code == 400
    assert [line["event"] for line in lines] == ["message_unreadable"]
    assert door.messages("unreadable") == 1


async def test_a_refusal_is_one_line(door: Door, wearer: Wearer, home: Home) -> None:
    other = await wearing(home, 2)
    with capture_logs() as lines:
        await door.post(other.write(1, (Alert("2", 1201),)))

    assert [line["event"] for line in lines] == ["message_refused"]
    assert door.messages("refused") == 1


async def test_without_a_database_it_is_503_and_another_time_for_each(
    door: Door, wearer: Wearer, home: Home
) -> None:
    """So that they do not all come back in the same second."""
    home.store.close()
    wearer.session = 1
    body = wearer.write(1, (Alert("2", 1201),))

    with capture_logs() as lines:
        answers = [await door.post(body) for _ in range(20)]

    assert {each.status_code for each in answers} == {503}
    waits = {int(each.headers["retry-after"]) for each in answers}
    assert len(waits) > 3
    assert all(5 <= each <= 30 for each in waits)
    assert {line["event"] for line in lines} == {"message_unanswered"}
    assert door.messages("unavailable") == 20


async def test_an_enrollment_is_one_line_without_its_secret(home: Home) -> None:
    async with open_street(home) as street:
        with capture_logs() as lines:
            await street.discover()
            await street.policies()
            answer = await street.enroll(Goggles(1))
            again = await street.enroll(Goggles(2), secret="wrong horse")

    assert (answer.status_code, again.status_code) == (200, 500)
    assert [line["event"] for line in lines] == ["enrolled", "enrollment_refused"]
    assert lines[0]["device"].startswith("dev_")
    assert lines[1]["step"] == "enroll"
    for secret in (PASSWORD, "wrong horse"):
        assert secret not in str(lines)
