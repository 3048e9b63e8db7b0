"""A difference of catalogs as a person reads it, with the settings in use that it touches."""

import json

import pytest
from tests.tree.catalog.gadgets import gadgets

from lenskeep.cli.catalog.words import show_difference
from lenskeep.tree.catalog.diff import Difference

GONE = next(iter(gadgets()))
DIFFERENCE = Difference((), (GONE,), (), gadgets())


def test_settings_in_use_that_change_come_first(capsys: pytest.CaptureFixture[str]) -> None:
    show_difference(DIFFERENCE, as_json=False, in_use=[GONE.uri])

    told = capsys.readouterr().out

    assert "Settings in use that change: 1" in told
    assert f"{GONE.uri}  (is gone)" in told


def test_as_json_they_are_told_only_where_somebody_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_difference(DIFFERENCE, as_json=True, in_use=[GONE.uri, "./DevInfo/DevId"])
    asked = json.loads(capsys.readouterr().out)
    show_difference(DIFFERENCE, as_json=True)
    plain = json.loads(capsys.readouterr().out)

    assert asked["in_use"] == [{"uri": GONE.uri, "removed": True, "fields": []}]
    assert "in_use" not in plain


def test_that_nothing_in_use_changes_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    show_difference(DIFFERENCE, as_json=False, in_use=[])
    assert "Settings in use that change: 0" in capsys.readouterr().out

    show_difference(DIFFERENCE, as_json=True, in_use=["./DevInfo/DevId"])
    assert json.loads(capsys.readouterr().out)["in_use"] == []
