"""Hardware hashes are kept by serial number."""

from dataclasses import replace

import pytest
from tests.contract.world import NOW, audit, enrolled

from lenskeep.base.errors import Conflict, Missing
from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.entrance import AutopilotRecord
from lenskeep.store import Store


def record(serial: str, tag: str = "ward", user: str = "") -> AutopilotRecord:
    """A headset of the list."""
    return AutopilotRecord(serial, "00330-1", "T0Ey", tag, user, "imported", None, NOW)


async def test_records_are_added_and_changed_by_serial(store: Store) -> None:
    """Serials compare without case; the newest spelling is kept."""
    assert (2, 0) == await store.autopilot.put([record("A1"), record("B2")], audit("autopilot.put"))

    await enrolled(store, 1)
    collected = replace(record("a1", "lab"), source="collected", device_id=DeviceId("dev_1"))
    assert (1, 1) == await store.autopilot.put([collected, record("C3")], audit("autopilot.put"))

    assert collected == await store.autopilot.by_serial("A1")
    assert await store.autopilot.by_serial("Z9") is None
    lines = (await store.fleet.audit_lines(None, 9)).items
    assert 2 == [each.action for each in lines].count("autopilot.put")


async def test_all_records_are_put_or_none(store: Store) -> None:
    """One that refers to a device that is not there undoes all."""
    wrong = replace(record("B2"), device_id=DeviceId("dev_9"))

    with pytest.raises(Conflict):
        await store.autopilot.put([record("A1"), wrong], audit())

    assert () == (await store.autopilot.records("", None, 9)).items
    assert () == (await store.fleet.audit_lines(None, 9)).items


@pytest.mark.parametrize(
    ("text", "serials"),
    [
        ("", ["A1", "b2", "C3", "d_4"]),
        ("WARD", ["A1", "C3"]),
        ("ada@", ["b2"]),
        (" c3 ", ["C3"]),
        ("_", ["d_4"]),
        ("%", []),
    ],
)
async def test_the_list_is_by_serial_and_narrowed(
    store: Store, text: str, serials: list[str]
) -> None:
    """By what is in serial, tag or user; wild cards find only themselves."""
    each = [record("C3"), record("b2", "lab", "Ada@x"), record("A1"), record("d_4", "lab")]
    await store.autopilot.put(each, audit())

    first = await store.autopilot.records(text, None, 2)
    second = await store.autopilot.records(text, first.next, 9) if first.next else None

    found = first.items + (second.items if second else ())
    assert serials == [each.serial for each in found]


async def test_a_record_is_removed(store: Store) -> None:
    """Once."""
    await store.autopilot.put([record("A1")], audit())

    await store.autopilot.remove("a1", audit("autopilot.remove"))

    assert await store.autopilot.by_serial("A1") is None
    with pytest.raises(Missing):
        await store.autopilot.remove("A1", audit())
    assert 2 == len((await store.fleet.audit_lines(None, 9)).items)


async def test_a_record_follows_its_headset_to_the_earlier_record(store: Store) -> None:
    """Linked devices are one."""
    await enrolled(store, 1)
    await enrolled(store, 2)
    await store.autopilot.put([replace(record("A1"), device_id=DeviceId("dev_2"))], audit())

    await store.fleet.link_device(DeviceId("dev_2"), DeviceId("dev_1"), audit())

    found = await store.autopilot.by_serial("A1")
    assert found is not None
    assert "dev_1" == found.device_id
