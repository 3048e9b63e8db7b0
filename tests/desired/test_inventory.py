"""When a headset is asked about itself, and who it says it is."""

from datetime import UTC, datetime, timedelta

import pytest

from lenskeep.desired.inventory import (
    EDITION,
    HARDWARE_DATA,
    INVENTORY,
    INVENTORY_EVERY,
    LICENSED_EDITION,
    RETRY_AFTER,
    edition_number,
    identify,
    may_ask,
    questions,
)
from lenskeep.desired.known import Known
from lenskeep.tree.fact import Fact
from lenskeep.tree.identity import Identity
from lenskeep.tree.uri import parse_uri

NOW = datetime(2026, 5, 4, tzinfo=UTC)
MICROSOFT = "./DevDetail/Ext/Microsoft/"
STATUS = "./Device/Vendor/MSFT/DeviceStatus/"


def told(values: dict[str, str]) -> Known:
    """What is known when a headset said this."""
    return Known().learn(Fact(uri, 200, NOW, None, value) for uri, value in values.items())


def test_every_question_is_a_locuri_and_none_stands_twice() -> None:
    """A misspelled one would be asked daily for ever."""
    assert len(INVENTORY) == len({parse_uri(uri).key for uri in INVENTORY})


@pytest.mark.parametrize(
    ("ago", "count"),
    [
        (None, len(INVENTORY)),
        (timedelta(minutes=5), 0),
        (RETRY_AFTER, len(INVENTORY) - 2),
        (INVENTORY_EVERY, len(INVENTORY)),
    ],
)
def test_questions_are_due_at_first_contact_then_daily(ago: timedelta | None, count: int) -> None:
    """What was never answered is asked again after an hour; an error is an answer."""
    facts = [Fact(INVENTORY[0], 200, NOW, None, "x"), Fact(INVENTORY[1], 404, NOW)]
    known = Known().learn([*facts, Fact(HARDWARE_DATA, 404, NOW)])

    asked_at = None if ago is None else NOW - ago

    assert count == len(questions(known, asked_at, NOW))
    assert may_ask(asked_at, NOW) == (count > 0)


def test_the_hardware_hash_is_asked_for_until_it_is_answered_once() -> None:
    """It is large and never changes for us; a refusal is an answer too."""
    first = questions(Known(), None, NOW)
    again = questions(Known(), NOW - RETRY_AFTER, NOW)
    told_of = Known().learn([Fact(HARDWARE_DATA, 200, NOW)])

    assert HARDWARE_DATA in first
    assert HARDWARE_DATA in again
    assert HARDWARE_DATA not in questions(told_of, NOW - INVENTORY_EVERY, NOW)


def test_a_hololens_2_is_known_by_what_it_says() -> None:
    """Generation, build, edition, architecture, serial, name and addresses."""
    known = told(
        {
            "./DevInfo/Man": "Microsoft Corporation",
            "./DevInfo/Mod": "HoloLens 2",
            "./DevDetail/SwV": "10.0.22621.1244",
            MICROSOFT + "DeviceName": "HL-7",
            MICROSOFT + "ProcessorArchitecture": "12",
            MICROSOFT + "SMBIOSSerialNumber": " 003451 ",
            "./DevDetail/Ext/WLANMACAddress": "0a1b2c3d4e5f",
            STATUS + "NetworkIdentifiers": "0A%3A1B%3a2C%3A3D%3A4E%3A5F/AA-BB-CC-DD-EE-01/x",
            STATUS + "OS/Edition": "136",
        }
    )

    assert identify(known) == Identity(
        generation="HoloLens 2",
        os_build="22621.1244",
        os_version="10.0.22621.1244",
        edition="Windows Holographic for Business",
        serial="003451",
        model="HoloLens 2",
        manufacturer="Microsoft Corporation",
        architecture="ARM64",
        macs=("0A-1B-2C-3D-4E-5F", "AA-BB-CC-DD-EE-01"),
        name="HL-7",
    )


@pytest.mark.parametrize(
    ("model", "version", "architecture", "generation"),
    [
        ("HoloLens 2", "", "", "HoloLens 2"),
        ("Microsoft HoloLens", "10.0.17763.1", "0", "HoloLens (1st gen)"),
        ("HoloLens", "10.0.22621.1244", "12", "HoloLens 2"),
        ("HoloLens", "", "", "HoloLens (1st gen)"),
        ("Surface Pro", "10.0.26200.1", "9", "Surface Pro"),
        ("", "", "", ""),
    ],
)
def test_the_generation_is_told_by_model_then_build(
    model: str, version: str, architecture: str, generation: str
) -> None:
    """A device that is no HoloLens keeps its own name."""
    known = told(
        {
            "./DevInfo/Mod": model,
            "./DevDetail/SwV": version,
            MICROSOFT + "ProcessorArchitecture": architecture,
        }
    )

    assert generation == identify(known).generation


def test_of_a_silent_headset_nothing_is_known() -> None:
    """Errors and absence are empty, never a guess."""
    known = Known().learn([Fact("./DevDetail/SwV", 404, NOW), Fact("./DevInfo/Mod", 200, NOW)])

    assert identify(known) == Identity()


@pytest.mark.parametrize(
    ("version", "build"),
    [("10.0.17763.1", "17763.1"), ("17763.1", "17763.1"), ("22621", "22621"), ("odd", "")],
)
def test_the_build_is_read_from_the_version(version: str, build: str) -> None:
    """Of four numbers the last two."""
    assert build == identify(told({"./DevDetail/SwV": version})).os_build


def test_an_edition_nobody_knows_keeps_its_number() -> None:
    """So that an administrator can look it up."""
    assert identify(told({STATUS + "OS/Edition": "188"})).edition == "edition 188"


@pytest.mark.parametrize(
    ("model", "status", "edition"),
    [
        ("HoloLens", 404, "Windows Holographic"),
        ("HoloLens", 500, ""),
        ("HoloLens 2", 404, ""),
    ],
)
def test_a_first_generation_without_device_status_is_the_development_edition(
    model: str, status: int, edition: str
) -> None:
    """No other edition lacks that part of the tree; an error of another kind proves nothing."""
    known = told({"./DevInfo/Mod": model}).learn([Fact(STATUS + "OS/Edition", status, NOW)])

    assert edition == identify(known).edition


def answered() -> Known:
    """What is known of a development edition that answered everything."""
    return Known().learn(
        Fact(uri, 404 if uri == EDITION else 200, NOW, None, "x")
        for uri in (*INVENTORY, HARDWARE_DATA)
    )


def test_an_upgraded_headset_is_asked_everything_again() -> None:
    """It has more to tell now, and did not restart."""
    known = answered().learn([Fact(LICENSED_EDITION, 200, NOW, None, "136")])

    assert INVENTORY == questions(known, NOW - RETRY_AFTER, NOW)
    told_all = known.learn([Fact(EDITION, 200, NOW, None, "136")])
    assert () == questions(told_all, NOW - RETRY_AFTER, NOW)


def test_of_two_words_on_the_edition_the_newer_counts() -> None:
    """Whichever node told it."""
    before = Known().learn([Fact(EDITION, 200, NOW, None, "135")])
    after = before.learn([Fact(LICENSED_EDITION, 200, NOW + timedelta(hours=1), None, " 136 ")])

    assert ("135", "136", "") == (
        edition_number(before),
        edition_number(after),
        edition_number(Known()),
    )
