"""Remote commands: devices are found by any name they have, and shown to people or programs."""

import asyncio
import json
from dataclasses import replace

import pytest
from tests.cli.conftest import Served, Type
from tests.contract import world

from lenskeep.access import Scope
from lenskeep.cli.output import ExitCode
from lenskeep.flows.ports import Enrolled


@pytest.fixture(scope="module")
def device_id(served: Served) -> str:
    """One of two headsets."""
    served.enroll(2)
    return served.enroll(1)


def test_devices_are_listed_with_whole_identifiers(
    type_: Type, served: Served, device_id: str
) -> None:
    typed = type_("devices", *served.way(Scope.READ))

    assert typed.code == ExitCode.OK
    assert typed.out.splitlines()[0].split()[:3] == ["ID", "NAME", "STATE"]
    rows = {line.split()[0]: line for line in typed.out.splitlines()[1:]}
    assert rows.keys() == {device_id, "dev_2"}
    assert "HOLO-1" in rows[device_id]


def test_json_is_the_rest_body(type_: Type, served: Served, device_id: str) -> None:
    typed = type_("devices", "holo-1", "--json", *served.way())

    body = json.loads(typed.out)
    assert body.keys() == {"items", "next"}
    assert [row["id"] for row in body["items"]] == [device_id]


def test_a_page_that_is_not_the_last_says_how_to_go_on(
    type_: Type, served: Served, device_id: str
) -> None:
    first = type_("devices", "--limit", "1", *served.way())
    cursor = first.err.split("--after ")[1].strip()
    second = type_("devices", "--limit", "1", "--after", cursor, *served.way())

    shown = {typed.out.splitlines()[1].split()[0] for typed in (first, second)}
    assert shown == {device_id, "dev_2"}
    assert second.err == ""


@pytest.mark.parametrize("name", ["dev_1", "1", f"{1:032x}", "holo-1", "HOLO-1"])
def test_a_device_is_named_by_whatever_is_its_own(
    type_: Type, served: Served, device_id: str, name: str
) -> None:
    typed = type_("device", "show", name, "--json", *served.way())

    assert json.loads(typed.out)["id"] == device_id


def test_a_name_that_fits_several_shows_them(type_: Type, served: Served, device_id: str) -> None:
    typed = type_("device", "show", "dev_", *served.way())

    assert typed.code == ExitCode.NOT_FOUND
    assert f"{device_id} HOLO-1" in typed.err
    assert "dev_2 HOLO-2" in typed.err


def test_what_is_not_there_ends_with_its_own_code(type_: Type, served: Served) -> None:
    for words in (
        ("device", "show", "nobody"),
        ("device", "show", "dev_" + "0" * 26),
        ("operation", "show", "op_404"),
    ):
        typed = type_(*words, *served.way())

        assert (typed.code, typed.out) == (ExitCode.NOT_FOUND, "")
        assert typed.err.startswith("error: ")
        assert "Traceback" not in typed.err


def test_a_device_is_shown_in_words(type_: Type, served: Served, device_id: str) -> None:
    typed = type_("device", "show", device_id, *served.way())

    assert typed.code == ExitCode.OK
    assert "ada@example.org" in typed.out
    assert "Enrollment enr_1" in typed.out


def test_a_name_with_control_characters_cannot_move_the_cursor(type_: Type, served: Served) -> None:
    new = replace(world.new_enrollment(9), device_name="A\x1b[2JB[bold]C")
    assert asyncio.run(served.home.store.enrollments.enroll(new)) is Enrolled.STORED

    typed = type_("devices", "dev_9", *served.way())
    everything = type_("devices", *served.way())

    assert typed.code == ExitCode.OK
    assert "\x1b" not in everything.out
    assert "[bold]C" in everything.out


def test_a_device_is_renamed_linked_and_retired(type_: Type, served: Served) -> None:
    earlier, later = served.enroll(21), served.enroll(22)

    renamed = type_("device", "rename", earlier, "Ward 3", *served.way(Scope.OPERATE))
    linked = type_("device", "link", later, earlier, *served.way())
    retired = type_("device", "retire", earlier, "--reason", "broken", "--yes", *served.way())
    again = type_("device", "retire", earlier, "--yes", *served.way())

    assert [each.code for each in (renamed, linked, retired)] == [0, 0, 0]
    assert "Ward 3" in renamed.out
    assert "unenrolled" in retired.out
    assert again.code == ExitCode.CONFLICT


def test_a_timeline_is_read(type_: Type, served: Served, device_id: str) -> None:
    typed = type_("device", "timeline", device_id, *served.way())

    assert typed.code == ExitCode.OK
    assert "enrolled" in typed.out
