"""What a supervisor decides, event by event, with no process and no clock."""

from dataclasses import dataclass, field

import pytest

from lenskeep.work.crew import (
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    START_S,
    STEADY_S,
    VAIN_STARTS,
    Crew,
    End,
    Kill,
    Order,
    Orders,
    Say,
    Start,
    Stop,
)

STOP_S = 30


@dataclass
class Play:
    """A crew, with a world that does what it is told: processes get numbers from 101."""

    crew: Crew = field(default_factory=lambda: Crew(2, STOP_S))
    now: float = 1000.0
    last: int = 100
    done: list[Order] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def tell(self, orders: Orders) -> list[Order]:
        """Carry out; return what was ordered, but for words."""
        found: list[Order] = []
        for order in tuple(orders):
            if isinstance(order, Say):
                self.said.append(order.event)
                continue
            found.append(order)
            if isinstance(order, Start):
                self.last += 1
                found += self.tell(self.crew.started(order.place, self.last, self.now))
        self.done += found
        return found

    def begin(self) -> None:
        """Start, and let both serve: 101 and 102."""
        assert self.tell(self.crew.begin()) == [Start(1), Start(2)]
        for pid in (101, 102):
            assert self.serves(pid) == []

    def serves(self, pid: int) -> list[Order]:
        """Let a process say that it serves."""
        return self.tell(self.crew.serves(pid, self.now))

    def ends(self, pid: int) -> list[Order]:
        """Let a process end."""
        return self.tell(self.crew.ended(pid, "it was ended by signal SIGKILL", self.now))

    def later(self, seconds: float) -> list[Order]:
        """Let time go by."""
        self.now += seconds
        return self.tell(self.crew.tick(self.now))


@pytest.fixture
def play() -> Play:
    """Two workers that serve."""
    found = Play()
    found.begin()
    return found


def test_one_that_dies_after_long_service_is_replaced_at_once(play: Play) -> None:
    """Nothing says that starting is in vain."""
    play.later(STEADY_S)

    assert play.ends(101) == []
    assert play.crew.next_at == play.now
    assert play.later(0) == [Start(1)]


def test_one_that_dies_again_and_again_is_replaced_more_slowly(play: Play) -> None:
    """Twice as long each time, up to half a minute; steady service forgives."""
    pauses = []
    pid = 101
    for _ in range(9):
        play.ends(pid)
        assert play.crew.next_at is not None
        pauses.append(play.crew.next_at - play.now)
        assert play.later(pauses[-1] - 0.1) == []
        assert play.later(0.1) == [Start(1)]
        pid = play.last
        play.serves(pid)
    play.later(STEADY_S)
    play.ends(pid)

    doubled = [FIRST_PAUSE_S * 2**each for each in range(6)]
    assert pauses == pytest.approx([*doubled, *[LONGEST_PAUSE_S] * 3])
    assert play.crew.next_at == play.now


def test_workers_that_never_served_are_given_up() -> None:
    """The supervisor ends with status 1, so that whoever started it sees it fail."""
    play = Play()
    play.tell(play.crew.begin())

    for _ in range(VAIN_STARTS - 1):
        play.ends(play.last)
        play.later(LONGEST_PAUSE_S)
    assert play.ends(play.last) == [Stop(101)]
    assert play.ends(101) == [End(1)]


def test_one_that_never_says_that_it_serves_is_ended(play: Play) -> None:
    """Then it is one that died."""
    play.ends(101)
    play.later(FIRST_PAUSE_S)

    assert play.later(START_S - 1) == []
    assert play.later(1) == [Kill(103)]
    assert play.later(1) == []
    play.ends(103)
    assert play.later(LONGEST_PAUSE_S) == [Start(1)]


def test_told_to_stop_all_are_told_and_the_end_waits_for_them(play: Play) -> None:
    """None is started any more."""
    assert play.tell(play.crew.end(play.now)) == [Stop(101), Stop(102)]
    assert play.ends(101) == []
    assert play.ends(102) == [End(0)]
    assert play.said[-2:] == ["worker_stopped", "stopped"]


def test_who_does_not_stop_is_killed(play: Play) -> None:
    """After the time it had."""
    play.tell(play.crew.end(play.now))
    play.ends(101)

    assert play.later(STOP_S - 1) == []
    assert play.later(1) == [Kill(102)]
    assert play.ends(102) == [End(0)]


def test_told_to_stop_twice_all_are_killed(play: Play) -> None:
    """Somebody is in a hurry."""
    play.tell(play.crew.end(play.now))

    assert play.tell(play.crew.end(play.now)) == [Kill(101), Kill(102)]


def test_one_that_starts_while_all_stop_stops_too(play: Play) -> None:
    """Whichever came first."""
    play.ends(101)
    play.tell(play.crew.end(play.now))

    assert play.tell(play.crew.started(1, 109, play.now)) == [Stop(109)]
    play.ends(102)
    assert play.ends(109) == [End(0)]


def test_a_rolling_restart_is_one_after_the_other(play: Play) -> None:
    """An old one stops when its successor serves; the next is exchanged when it is gone."""
    assert play.tell(play.crew.exchange()) == [Start(1)]
    assert play.serves(103) == [Stop(101)]
    assert play.ends(101) == [Start(2)]
    assert play.serves(104) == [Stop(102)]
    assert play.ends(102) == []
    assert play.said[-1] == "rolling_restart_done"


def test_a_rolling_restart_that_cannot_start_leaves_the_old_ones(play: Play) -> None:
    """A new version with a mistake takes nobody's server away."""
    play.tell(play.crew.exchange())

    assert play.ends(103) == []
    assert play.said[-1] == "rolling_restart_failed"
    assert play.crew.next_at is None
    assert play.tell(play.crew.exchange()) == [Start(1)]


def test_a_second_rolling_restart_begins_again_after_the_first_step(play: Play) -> None:
    """What was exchanged before the second word came is exchanged once more."""
    play.tell(play.crew.exchange())
    assert play.tell(play.crew.exchange()) == []
    order = []
    for new, old in ((103, 101), (104, 103), (105, 102)):
        play.serves(new)
        order.append(play.ends(old))

    assert order == [[Start(1)], [Start(2)], []]
    assert play.said[-1] == "rolling_restart_done"


def test_an_old_one_that_dies_while_it_is_exchanged_is_not_started_again(play: Play) -> None:
    """Its successor is about to serve, and the restart goes on from there."""
    play.tell(play.crew.exchange())

    assert play.ends(101) == []
    assert play.serves(103) == [Start(2)]


def test_a_new_one_that_dies_while_the_old_one_leaves_is_started_again(play: Play) -> None:
    """Its place would else be empty."""
    play.tell(play.crew.exchange())
    play.serves(103)

    play.ends(103)

    assert play.later(FIRST_PAUSE_S) == [Start(1)]


def test_an_empty_place_is_exchanged_by_being_filled(play: Play) -> None:
    """A worker that had died, and waits to be started, is not started twice."""
    play.ends(101)

    assert play.tell(play.crew.exchange()) == [Start(1)]
    assert play.later(LONGEST_PAUSE_S) == []
    assert play.serves(103) == [Start(2)]
