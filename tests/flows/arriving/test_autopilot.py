"""Autopilot's records: imported, collected from headsets, tagged, exported, grouped by."""

import base64

import pytest
from tests.flows.device.wearer import wearing
from tests.flows.home import ADMIN, OPERATOR, VIEWER, Home

from lenskeep.base.errors import Invalid, Missing, Refused
from lenskeep.desired.inventory import HARDWARE_DATA
from lenskeep.flows.arriving import autopilot
from lenskeep.flows.arriving.first_run import set_plan
from lenskeep.flows.desired import groups
from lenskeep.flows.reading import PageRequest

HASH = base64.b64encode(bytes(range(250)) * 12).decode()
HEADER = "Device Serial Number,Windows Product ID,Hardware Hash,Group Tag,Assigned User"


def csv(*lines: str) -> bytes:
    """A file of these lines."""
    return "\r\n".join((HEADER, *lines, "")).encode()


def line(serial: str, tag: str = "", user: str = "") -> str:
    """One headset of the file."""
    return f"{serial},,{HASH},{tag},{user}"


async def test_a_file_is_imported_and_exported_again(home: Home) -> None:
    """What came in goes out, in order of the serial numbers."""
    body = csv(line("003008", "ward-3"), line("003009", "", "anna@example.org"))

    done = await autopilot.import_hashes(home.house, OPERATOR, body)

    assert (done.added, done.changed, done.unchanged) == (2, 0, 0)
    assert await autopilot.export_hashes(home.house, OPERATOR) == body
    assert await autopilot.export_hashes(home.house, OPERATOR, "anna") == csv(
        line("003009", "", "anna@example.org")
    )


async def test_the_same_file_again_changes_nothing(home: Home) -> None:
    """A file without tags does not take tags away either."""
    await autopilot.import_hashes(home.house, OPERATOR, csv(line("003008", "ward-3")))

    again = await autopilot.import_hashes(home.house, OPERATOR, csv(line("003008", "ward-3")))
    without = await autopilot.import_hashes(home.house, OPERATOR, csv(line("003008")))
    other = await autopilot.import_hashes(home.house, OPERATOR, csv(line("003008", "ward-4")))

    assert (again.unchanged, without.unchanged, other.changed) == (1, 1, 1)


async def test_a_dry_run_only_looks(home: Home) -> None:
    """It says what would be, and all that is wrong."""
    done = await autopilot.import_hashes(home.house, OPERATOR, csv(line("1")), dry_run=True)
    with pytest.raises(Invalid):
        await autopilot.import_hashes(home.house, OPERATOR, csv("2,,,,"), dry_run=True)

    assert done.added == 1
    page = await autopilot.list_records(home.house, VIEWER, "", PageRequest())
    assert page.items == ()


async def test_one_wrong_line_stops_the_whole_file(home: Home) -> None:
    """All or nothing."""
    with pytest.raises(Invalid):
        await autopilot.import_hashes(home.house, OPERATOR, csv(line("1"), "2,,,,"))

    with pytest.raises(Missing):
        await autopilot.show_record(home.house, VIEWER, "1")


async def test_who_may_only_look_imports_and_exports_nothing(home: Home) -> None:
    """A hash registers a headset to a tenant: it is nobody's to carry away."""
    for task in (
        autopilot.import_hashes(home.house, VIEWER, csv(line("1"))),
        autopilot.export_hashes(home.house, VIEWER),
        autopilot.remove_record(home.house, VIEWER, "1"),
    ):
        with pytest.raises(Refused):
            await task


async def test_a_headset_tells_its_hash_once_and_it_is_kept_apart(home: Home) -> None:
    """Asked for with the first questions; what is known holds only that it was told."""
    headset = await wearing(home, 1)

    first = await headset.sync()
    home.clock.advance(hours=25)
    second = await headset.sync()

    view = await autopilot.show_record(home.house, VIEWER, "000000000001")
    record = view.record
    assert (record.source, record.device_id) == ("collected", headset.device)
    assert record.hardware_hash == headset.value(HARDWARE_DATA)
    detail = await home.house.fleet.device(headset.device)
    fact = home.house.open_known(detail.known).get(HARDWARE_DATA)
    assert fact is not None
    assert (fact.status, fact.value) == (200, None)
    assert any(each.uri == HARDWARE_DATA for each in first)
    assert not any(each.uri == HARDWARE_DATA for each in second)


async def test_a_hash_that_was_imported_stays_when_the_headset_tells_its_own(home: Home) -> None:
    """It gets to know its device all the same."""
    await autopilot.import_hashes(home.house, OPERATOR, csv(line("000000000001", "ward-3")))
    headset = await wearing(home, 1)

    await headset.sync()

    record = (await autopilot.show_record(home.house, VIEWER, "000000000001")).record
    assert (record.source, record.hardware_hash) == ("imported", HASH)
    assert record.device_id == headset.device


async def test_a_group_tag_brings_a_headset_into_its_group_with_its_first_words(
    home: Home,
) -> None:
    """As soon as it tells its serial number, so that first run waits for the right settings."""
    group = await groups.create_group(home.house, OPERATOR, "Ward 3", rule="group_tag = ward-3")
    await autopilot.import_hashes(home.house, OPERATOR, csv(line("000000000001", "Ward-3")))
    headset = await wearing(home, 1)

    await headset.sync()
    (member,) = await home.house.mandate.members([headset.device])
    await autopilot.change_record(home.house, OPERATOR, "000000000001", group_tag="")
    (gone,) = await home.house.mandate.members([headset.device])

    assert member.groups is not None
    assert gone.groups is not None
    assert group.id in member.groups
    assert group.id not in gone.groups


async def test_a_record_is_changed_and_forgotten(home: Home) -> None:
    """Case does not count in serial numbers."""
    await autopilot.import_hashes(home.house, OPERATOR, csv(line("AB12")))

    changed = await autopilot.change_record(
        home.house, OPERATOR, "ab12", group_tag="t", assigned_user="anna@example.org"
    )
    with pytest.raises(Invalid):
        await autopilot.change_record(home.house, OPERATOR, "AB12", group_tag="a\nb")
    await autopilot.remove_record(home.house, OPERATOR, "ab12")

    assert (changed.record.group_tag, changed.record.assigned_user) == ("t", "anna@example.org")
    with pytest.raises(Missing):
        await autopilot.show_record(home.house, VIEWER, "AB12")


async def test_the_name_template_shows_what_a_headset_would_be_called(home: Home) -> None:
    """Of the plan in force."""
    await set_plan(home.house, ADMIN, {"name_template": "HL-%SERIAL%"}, 0)
    await autopilot.import_hashes(home.house, OPERATOR, csv(line("003008")))

    view = await autopilot.show_record(home.house, VIEWER, "003008")

    assert view.name == "HL-003008"
