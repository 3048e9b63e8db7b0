"""What each way of leaving takes away, what speaks against it, and which is best."""

import pytest

from lenskeep.enrollment.leaving.leaver import Kind, Leaver, Return, kind_of, read_build
from lenskeep.enrollment.leaving.ways import Exit, Fate, best, exits, view
from lenskeep.flows.entrance import Way

JOINED = [Kind.USER_JOIN, Kind.AUTOPILOT, Kind.TOKEN_JOIN]
OTHERS = [each for each in Kind if each not in JOINED]
NEW = (22621, 1244)


def fates(way: Exit, leaver: Leaver) -> list[str]:
    """What becomes of each thing, as a row of the table."""
    return [each.fate.value for each in view(way, leaver).removals]


@pytest.mark.parametrize("way", list(Way))
def test_every_way_in_is_of_a_kind(way: Way) -> None:
    """None that is stored is unknown here."""
    assert Kind.UNKNOWN is not kind_of(way.value)


def test_a_way_that_nobody_knows_is_of_no_kind() -> None:
    """A record of a newer version, say."""
    assert Kind.UNKNOWN is kind_of("by magic")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("22621.1244", (22621, 1244)),
        ("10.0.20348.1503", (20348, 1503)),
        ("17763", (17763, 0)),
        ("", None),
        ("x.1", None),
    ],
)
def test_a_build_is_read(text: str, expected: tuple[int, int] | None) -> None:
    """In either spelling."""
    assert expected == read_build(text)


R, P, S = Fate.REMOVED.value, Fate.PARTLY.value, Fate.STAYS.value


@pytest.mark.parametrize(
    ("way", "row"),
    [  # enrollment, data, policies, apps, certificates and networks, kiosk
        (Exit.DISCONNECT, [R, S, R, P, R, P]),
        (Exit.UNENROLL, [R, S, R, P, R, P]),
        (Exit.WIPE, [R, R, R, R, R, R]),
        (Exit.WIPE_KEEPING, [P, R, R, R, R, R]),
        (Exit.RESET, [R, R, R, R, R, R]),
        (Exit.REFLASH, [R, R, R, R, R, R]),
    ],
)
def test_the_table_of_what_goes(way: Exit, row: list[str]) -> None:
    """Only leaving keeps people's data; a tenant lock survives everything, and is said then."""
    assert row == fates(way, Leaver(Kind.MANAGED_ONLY))

    locked = view(way, Leaver(Kind.MANAGED_ONLY, is_locked=True))
    assert [*row, S] == [each.fate.value for each in locked.removals]
    assert "survives" in locked.removals[-1].note
    assert any("tenant lock" in note for note in locked.notes)


def test_every_way_is_shown_with_who_does_it() -> None:
    """In the order of the table; ours are three."""
    found = exits(Leaver(Kind.PACKAGE))

    assert list(Exit) == [each.exit for each in found]
    assert all(each.how and each.removals for each in found)
    assert [Exit.UNENROLL, Exit.WIPE, Exit.WIPE_KEEPING] == [
        each.exit for each in found if each.exit.is_ours
    ]


# --- the best one -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", JOINED)
def test_what_is_joined_to_entra_is_wiped(kind: Kind) -> None:
    """Unenrolling may leave a headset that nobody can sign in to."""
    found = best(Leaver(kind))

    assert Exit.WIPE is found.exit
    assert "reflash" in found.reason
    assert any("reflash" in each for each in view(Exit.UNENROLL, Leaver(kind)).dangers)


def test_a_work_account_is_disconnected_by_its_wearer() -> None:
    """From here it is silently ignored."""
    leaver = Leaver(Kind.ACCOUNT, may_disconnect=True)

    assert Exit.DISCONNECT is best(leaver).exit
    assert any("without a word" in each for each in view(Exit.UNENROLL, leaver).dangers)
    assert Exit.WIPE is best(Leaver(Kind.ACCOUNT, may_disconnect=False)).exit


@pytest.mark.parametrize("kind", [Kind.MANAGED_ONLY, Kind.PACKAGE, Kind.UNKNOWN])
def test_what_is_managed_only_is_unenrolled(kind: Kind) -> None:
    """Nothing speaks against it, and people's data stays."""
    assert Exit.UNENROLL is best(Leaver(kind)).exit
    assert () == view(Exit.UNENROLL, Leaver(kind)).dangers


# --- what is impossible, and what is dangerous --------------------------------------------


@pytest.mark.parametrize("kind", list(Kind))
def test_disconnect_is_there_for_those_who_are_not_joined(kind: Kind) -> None:
    """And whose policy does not forbid it."""
    assert (kind not in JOINED) == view(Exit.DISCONNECT, Leaver(kind)).possible
    blocked = view(Exit.DISCONNECT, Leaver(kind, may_disconnect=False))
    assert not blocked.possible
    assert blocked.why_not


@pytest.mark.parametrize("way", [Exit.WIPE, Exit.WIPE_KEEPING])
def test_a_first_generation_is_wiped_from_1803_on(way: Exit) -> None:
    """Earlier it has no such node; a build that is not known is no obstacle."""

    def possible(build: tuple[int, int] | None, *, first: bool = True) -> bool:
        return view(way, Leaver(Kind.PACKAGE, build, is_first_generation=first)).possible

    assert not possible((16299, 15))
    assert possible((17134, 0))
    assert possible(None)
    assert possible((16299, 15), first=False)


@pytest.mark.parametrize(
    ("battery", "free_mb", "words"),
    [
        (39, 9000, ["39 %"]),
        (40, 6144, []),
        (90, 6143, ["6143 MB"]),
        (10, 100, ["100 MB", "10 %"]),
        (None, None, []),
    ],
)
def test_a_wipe_needs_charge_and_room(
    battery: int | None, free_mb: int | None, words: list[str]
) -> None:
    """40 % and 6 GB; what is not known is said as a note."""
    found = view(Exit.WIPE, Leaver(Kind.PACKAGE, NEW, battery_percent=battery, free_mb=free_mb))

    assert len(words) == len(found.dangers)
    assert all(word in danger for word, danger in zip(words, found.dangers, strict=True))
    assert (battery is None) == any("6 GB" in note for note in found.notes)


@pytest.mark.parametrize(
    ("build", "said"), [((20348, 1501), True), ((20348, 1503), False), (None, True), (NEW, False)]
)
def test_an_old_build_never_confirms_its_wipe(build: tuple[int, int] | None, said: bool) -> None:
    """So that nobody waits for it."""
    notes = view(Exit.WIPE, Leaver(Kind.PACKAGE, build)).notes

    assert said == any("never confirms" in note for note in notes)


def test_a_locked_headset_is_not_wiped_by_half() -> None:
    """What it keeps may not get it through its first run."""
    locked = Leaver(Kind.AUTOPILOT, NEW, is_locked=True)

    assert view(Exit.WIPE_KEEPING, locked).dangers
    assert not view(Exit.WIPE, locked).dangers


def test_autopilot_brings_it_back() -> None:
    """Which is to be known before it goes to somebody else."""
    notes = view(Exit.WIPE, Leaver(Kind.AUTOPILOT)).notes

    assert any("Autopilot brings it back" in note for note in notes)


@pytest.mark.parametrize(
    ("way", "comes_back", "said"),
    [
        (Exit.WIPE, Return.SAME, "as this record if the same account"),
        (Exit.RESET, Return.SAME, "as this record if the same account"),
        (Exit.WIPE, Return.NEW, "as a new record"),
        (Exit.REFLASH, Return.NEW, "as a new record"),
        (Exit.WIPE, Return.ONCE_ENDED, "as this record if the same account"),
        (Exit.RESET, Return.ONCE_ENDED, "if its management was ended here before"),
    ],
)
def test_what_it_comes_back_as_is_what_enrolling_does(
    way: Exit, comes_back: Return, said: str
) -> None:
    """A code continues nothing, and what many share takes over nothing that is managed."""
    notes = view(way, Leaver(Kind.PACKAGE, comes_back=comes_back)).notes

    assert [said in note for note in notes if "comes back" in note] == [True]


@pytest.mark.parametrize("way", [Exit.WIPE, Exit.WIPE_KEEPING])
def test_an_edition_for_developers_cannot_be_wiped_from_afar(way: Exit) -> None:
    """It has no RemoteWipe; joined to Entra, it is reset by hand."""
    leaver = Leaver(Kind.USER_JOIN, is_first_generation=True, is_for_developers=True)

    assert "for Business" in view(way, leaver).why_not
    assert best(leaver).exit is Exit.RESET
