"""What is asked of a fleet is read strictly, and the same seed asks the same."""

from itertools import islice, pairwise

import pytest

from lenskeep.base.errors import Invalid
from lenskeep.virtual.fleet.asking.arrivals import Burst, Ramp, Schedule, Steady, read_arrivals
from lenskeep.virtual.fleet.asking.faults import read_faults
from lenskeep.virtual.fleet.asking.mix import Kind, read_mix
from lenskeep.virtual.fleet.asking.plan import FleetPlan, patience
from lenskeep.virtual.transport import Mishap


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("steady:50", Steady(50)),
        ("burst", Burst()),
        ("ramp:5-100", Ramp(5, 100)),
        ("ramp:5-100/30", Ramp(5, 100, 30)),
        ("schedule:60x", Schedule(60)),
    ],
)
def test_a_pattern_is_read(text: str, pattern: object) -> None:
    assert read_arrivals(text) == pattern


@pytest.mark.parametrize("text", ["", "steady", "steady:0", "burst:3", "ramp:5", "ramp:0-5", "x:1"])
def test_what_is_no_pattern_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="arrivals"):
        read_arrivals(text)


def test_a_steady_pattern_is_evenly_spread() -> None:
    assert list(islice(Steady(4).due(), 4)) == [0, 0.25, 0.5, 0.75]


def test_a_burst_is_all_at_once() -> None:
    assert list(islice(Burst().due(), 3)) == [0, 0, 0]


def test_a_ramp_has_its_rates_at_both_ends_and_stays_there() -> None:
    moments = list(islice(Ramp(10, 100, 10).due(), 2000))
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    within = sum(1 for moment in moments if moment < 10)

    assert gaps[0] == pytest.approx(0.1)
    assert gaps[-1] == pytest.approx(0.01)
    assert within == pytest.approx(550, abs=20), "the mean of both rates, for ten seconds"


def test_a_mix_keeps_its_ratios_and_repeats_with_its_seed() -> None:
    mix = read_mix("idle=80,change=10,app=5,renewal=5")

    drawn = list(islice(mix.kinds(7, 1), 4000))

    assert drawn == list(islice(mix.kinds(7, 1), 4000))
    assert drawn != list(islice(mix.kinds(8, 1), 4000))
    assert 0.75 < drawn.count(Kind.IDLE) / 4000 < 0.85
    assert 0.03 < drawn.count(Kind.RENEWAL) / 4000 < 0.07


def test_a_part_of_nothing_does_not_happen() -> None:
    assert not read_mix("idle=1,app=0").has(Kind.APP)


@pytest.mark.parametrize("text", ["", "idle", "idle=-1", "idle=0", "sleep=3"])
def test_what_is_no_mix_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="mix"):
        read_mix(text)


def test_faults_happen_as_often_as_asked_and_repeat_with_their_seed() -> None:
    faults = read_faults("lose-answer=10%,double=0.05")

    drawn = [faults.dice(1, number, 0).mishap(2) for number in range(3000)]

    assert drawn == [faults.dice(1, number, 0).mishap(2) for number in range(3000)]
    assert 0.08 < drawn.count(Mishap.LOSE_ANSWER) / 3000 < 0.12
    assert 0.035 < drawn.count(Mishap.DOUBLE) / 3000 < 0.065


@pytest.mark.parametrize("name", ["reorder", "drop"])
def test_a_first_message_has_none_before_it(name: str) -> None:
    dice = read_faults(f"{name}=100%").dice(1, 1, 1)

    assert dice.mishap(1) is None
    assert dice.mishap(2) is Mishap(name)


@pytest.mark.parametrize(
    "text", ["fire=1%", "double", "double=x%", "double=-1%", "drop=60%,slow=60%"]
)
def test_what_is_no_fault_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="faults"):
        read_faults(text)


def test_a_fleets_patience_lasts_about_as_long_as_asked() -> None:
    asked = patience(120)
    pauses = [
        min(asked.first_pause_s * 2**n, asked.longest_pause_s) for n in range(asked.retries or 0)
    ]

    assert 110 < sum(pauses) * (1 - asked.jitter / 2) < 140


def test_processes_share_the_headsets() -> None:
    shares = [FleetPlan(7, "", "", share=(index, 3)).numbers for index in range(3)]

    assert sorted(number for share in shares for number in share) == list(range(1, 8))


def test_codes_are_used_in_turn() -> None:
    plan = FleetPlan(4, "", "one\ntwo")

    assert [plan.secret_of(number) for number in (1, 2, 3)] == ["one", "two", "one"]
