"""Open connections: a factory behind one address gets in, a flood takes nobody's place."""

import resource
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from lenskeep.config import Settings
from lenskeep.web.admitting.connections import (
    FULL,
    FULL_ADDRESS,
    KNOWN,
    ROOM,
    STRANGER,
    Connections,
    Room,
    allow_files,
)
from lenskeep.web.watching.watched import Watched

SMALL = Room(known=3, strangers=3, of_address=2)
FACTORY = "192.0.2.1"
PROXY = "10.0.0.9"


@pytest.fixture
def watched() -> Watched:
    """Where it is counted."""
    return Watched()


@pytest.fixture
def connections(watched: Watched, tmp_path: Path) -> Connections:
    """A small room."""
    settings = Settings(data=tmp_path, trusted_proxies=("10.0.0.0/8",))
    return Connections(settings, watched, SMALL)


def test_strangers_of_one_address_have_a_part_of_the_room(connections: Connections) -> None:
    kinds = [connections.enter(FACTORY, certified=False) for _ in range(3)]

    assert kinds == [STRANGER, STRANGER, ""]
    assert connections.enter("192.0.2.2", certified=False) == STRANGER
    assert connections.enter("192.0.2.3", certified=False) == ""


def test_headsets_behind_one_address_are_held_to_the_whole_room_only(
    connections: Connections,
) -> None:
    kinds = [connections.enter(FACTORY, certified=True) for _ in range(4)]

    assert kinds == [KNOWN, KNOWN, KNOWN, ""]


def test_a_room_full_of_strangers_has_room_for_a_headset(connections: Connections) -> None:
    for number in range(5):
        connections.enter(f"192.0.2.{number}", certified=False)

    assert connections.enter(FACTORY, certified=True) == KNOWN


def test_a_named_proxy_is_no_stranger(connections: Connections) -> None:
    assert [connections.enter(PROXY, certified=False) for _ in range(3)] == [KNOWN] * 3


def test_who_leaves_makes_room(connections: Connections) -> None:
    for _ in range(2):
        connections.enter(FACTORY, certified=False)
    connections.leave(STRANGER, FACTORY)
    connections.leave("", FACTORY)  # was never let in

    assert connections.enter(FACTORY, certified=False) == STRANGER
    assert connections.enter(FACTORY, certified=False) == ""


def test_what_is_open_and_what_was_cut_is_told(connections: Connections, watched: Watched) -> None:
    with capture_logs() as lines:
        for _ in range(9):
            connections.enter(FACTORY, certified=False)
        for _ in range(5):
            connections.enter(FACTORY, certified=True)
    connections.look(watched.meters)

    meters = watched.meters
    assert meters.cut.labels(FULL_ADDRESS)._value.get() == 7
    assert meters.cut.labels(FULL)._value.get() == 2
    assert meters.connections.labels(STRANGER)._value.get() == 2
    assert meters.connections.labels(KNOWN)._value.get() == 3
    assert [(line["event"], line["reason"]) for line in lines] == [
        ("connection_cut", FULL_ADDRESS),
        ("connection_cut", FULL),
    ]


def test_as_many_files_may_be_open_as_the_room_needs_or_the_system_grants() -> None:
    allow_files()

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ROOM.known + ROOM.strangers
    assert soft == resource.RLIM_INFINITY or soft >= min(wanted, hard)
