"""A body that drips is waited for as long as the constant says, and no longer."""

import asyncio
from collections.abc import Callable

import pytest
from starlette.requests import Request
from starlette.types import Message, Receive

from lenskeep.web.device import body as bodies
from lenskeep.web.device.body import Farewell, TooLarge, TooSlow, read_body

Script = Callable[[], Receive]


def request(receive: Receive, **headers: str) -> Request:
    """Return a POST whose body comes from `receive`."""
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "headers": raw}, receive)


def dripping() -> Receive:
    """Return a sender of one byte now and then, for ever."""

    async def receive() -> Message:
        await asyncio.sleep(0.001)
        return {"type": "http.request", "body": b"<", "more_body": True}

    return receive


def falling_silent() -> Receive:
    """Return a sender that says something and then nothing."""
    said = iter([b"<SyncML"])

    async def receive() -> Message:
        for piece in said:
            return {"type": "http.request", "body": piece, "more_body": True}
        await asyncio.Event().wait()
        raise AssertionError("never")

    return receive


@pytest.mark.parametrize("script", [dripping, falling_silent])
async def test_a_slow_body_ends(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole body counts, not the time between two pieces."""
    monkeypatch.setattr(bodies, "BODY_TIMEOUT_S", 0.05)

    with pytest.raises(TooSlow):
        await read_body(request(script()), 1024 * 1024)


async def test_a_body_without_end_is_too_large_before_it_is_too_slow() -> None:
    """Nothing is kept beyond the limit, whatever length was stated."""
    with pytest.raises(TooLarge):
        await read_body(request(dripping()), 10)


def test_the_constants_are_what_a_poor_network_needs() -> None:
    """Clients are given less than a minute, and more than a few seconds."""
    assert 20 <= bodies.BODY_TIMEOUT_S < 60
    assert bodies.LINGER_S < bodies.BODY_TIMEOUT_S


@pytest.mark.parametrize("script", [dripping, falling_silent])
async def test_who_was_refused_is_not_listened_to_for_ever(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer goes out at once, the end comes after the limit of time."""
    monkeypatch.setattr(bodies, "LINGER_S", 0.05)
    sent: list[str] = []

    async def send(message: Message) -> None:
        sent.append(message["type"])

    async with asyncio.timeout(5):
        await Farewell(413)({"type": "http", "headers": []}, script(), send)

    assert sent == ["http.response.start", "http.response.body"]


async def test_who_waits_to_be_asked_is_not_asked() -> None:
    """After `Expect: 100-continue` nothing is read: reading would invite the body."""

    async def receive() -> Message:
        raise AssertionError("it was asked to go on")

    async def send(message: Message) -> None:
        pass

    scope = {"type": "http", "headers": [(b"expect", b"100-continue")]}
    await Farewell(413)(scope, receive, send)
