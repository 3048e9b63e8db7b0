"""Licenses that are none are said to be so, and how an upgrade stands is told in words.

The licenses here are made up: nobody publishes a real one.
"""

from dataclasses import replace

import pytest

from lenskeep.base.errors import Invalid
from lenskeep.enrollment.edition import (
    GATE,
    MAX_LICENSE_BYTES,
    Told,
    UpgradeState,
    judge_upgrade,
    may_upgrade,
    read_license,
)

LICENSE = '<License xmlns="urn:example:licensing"><Edition>136</Edition>\r\n</License>'
FIRST = Told("HoloLens (1st gen)", 135)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(LICENSE.encode(), id="plain"),
        pytest.param(b"\xef\xbb\xbf" + LICENSE.encode(), id="with a mark"),
        pytest.param(b'<?xml version="1.0" encoding="utf-8"?>\n' + LICENSE.encode(), id="prolog"),
        pytest.param(
            ('<?xml version="1.0" encoding="utf-16"?>' + LICENSE).encode("utf-16"), id="utf-16"
        ),
        pytest.param(b"\n  " + LICENSE.encode() + b"\n", id="blanks around it"),
    ],
)
def test_a_license_goes_as_it_came(data: bytes) -> None:
    """It is signed: not a character inside the root element is touched."""
    found = read_license(data)

    assert (LICENSE, "License", "") == (found.xml, found.root, found.notice)


def test_a_root_of_another_name_is_told_but_taken() -> None:
    """Which name Microsoft's have, only who bought one knows."""
    assert "Grant" in read_license(b"<Grant/>").notice


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"  \n", "empty", id="nothing"),
        pytest.param(b"x" * (MAX_LICENSE_BYTES + 1), "at most", id="too large"),
        pytest.param(b"PK\x03\x04...", "a zip file", id="zip"),
        pytest.param(b"MSCF....", "a cabinet", id="cabinet"),
        pytest.param(b"\xff\xfe\x00", "no text", id="half of utf-16"),
        pytest.param(b"<License>\xe9</License>", "no text", id="latin-1"),
        pytest.param(b"ABCDE-12345-FGHIJ-67890-KLMNO\n", "product key", id="product key"),
        pytest.param(b"&lt;License/&gt;", "escaped already", id="escaped"),
        pytest.param(b"<License>", "cannot be read as XML", id="cut off"),
        pytest.param(b"<!DOCTYPE x []><License/>", "cannot be read as XML", id="declaration"),
        pytest.param(b"serial;name\n1;2\n", "cannot be read as XML", id="a table"),
        pytest.param(b"<html><body/></html>", "a web page", id="web page"),
        pytest.param(b"<WindowsCustomizations/>", "an answer file", id="answer file"),
        pytest.param(b"<SyncML/>", "a management message", id="message"),
    ],
)
def test_what_is_no_license_is_said_to_be_what_it_is(data: bytes, words: str) -> None:
    """The headset itself would only say that it failed."""
    with pytest.raises(Invalid, match=words):
        read_license(data)


@pytest.mark.parametrize(
    ("told", "state"),
    [
        (Told("HoloLens 2", 136), UpgradeState.NOT_NEEDED),
        (Told("HoloLens 2", None), UpgradeState.NOT_NEEDED),
        (Told("HoloLens (1st gen)", 136), UpgradeState.NOT_NEEDED),
        (FIRST, UpgradeState.NEEDED),
        (replace(FIRST, edition=None), UpgradeState.NEEDED),
        (replace(FIRST, was_sent=True), UpgradeState.PENDING),
        (replace(FIRST, was_sent=True, status=1), UpgradeState.PENDING),
        (replace(FIRST, was_sent=True, status=2), UpgradeState.IN_PROGRESS),
        (replace(FIRST, was_sent=True, status=3), UpgradeState.IN_PROGRESS),
        (replace(FIRST, was_sent=True, status=4), UpgradeState.PENDING),
        (replace(FIRST, was_sent=True, status=0), UpgradeState.FAILED),
        (replace(FIRST, was_sent=True, refused_with=500), UpgradeState.FAILED),
        (replace(FIRST, edition=136, was_sent=True, status=3), UpgradeState.DONE),
        (replace(FIRST, edition=136, was_sent=True, status=0), UpgradeState.DONE),
    ],
)
def test_how_an_upgrade_stands(told: Told, state: UpgradeState) -> None:
    """The edition that the headset tells is the last word."""
    assert state is judge_upgrade(told).state


def test_the_gate_is_told_and_a_failure_has_a_remedy() -> None:
    """What is behind it, and what to do when it stays shut."""
    assert GATE in judge_upgrade(FIRST).words
    assert judge_upgrade(replace(FIRST, was_sent=True, status=0)).remedy


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (FIRST, ""),
        (replace(FIRST, edition=None), ""),
        (replace(FIRST, was_sent=True, status=0), ""),
        (replace(FIRST, was_sent=True, refused_with=500), ""),
        (Told("HoloLens 2", 136), "Business"),
        (replace(FIRST, edition=136), "Business"),
        (replace(FIRST, edition=188), "edition 188"),
        (replace(FIRST, was_sent=True, status=2), "already"),
    ],
)
def test_only_a_development_edition_is_sent_a_license(told: Told, words: str) -> None:
    """And not a second one while the first is on its way."""
    assert words in may_upgrade(told)
    assert bool(words) == bool(may_upgrade(told))
