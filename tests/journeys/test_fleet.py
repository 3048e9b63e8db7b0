"""Two hundred headsets at once: all enroll, all sync, none waits for a slow one."""

import asyncio
import time

import httpx2
import pytest
from tests.journeys.conftest import Server

from lenskeep.virtual.enrollment.keys import KeyPool
from lenskeep.virtual.fleet import FleetPlan, run_fleet
from lenskeep.virtual.headset import SyncOptions, VirtualHeadset
from lenskeep.virtual.transport import Accidents, Patience

pytestmark = pytest.mark.journey

COUNT = 200


async def enroll_all(server: Server, code: str) -> list[VirtualHeadset]:
    """Enroll and sync all headsets at once."""
    builds = ("HL2-22621.1244", "HL2-20348.1503", "HL2-19041.1128", "HL1-17763-Business")
    with KeyPool(COUNT) as keys:
        headsets = [
            VirtualHeadset.create(build=builds[number % len(builds)], keys=keys)
            for number in range(COUNT)
        ]

        async def live(headset: VirtualHeadset) -> None:
            await headset.enroll(server.url, "fleet@example.org", code, server.ca_path)
            await headset.sync(SyncOptions(patience=Patience(retries=3)))

        await asyncio.gather(*(live(each) for each in headsets))
    return headsets


def test_two_hundred_at_once_and_one_that_hangs(running_server: Server) -> None:
    """All are managed; each sees its own operation alone; a hanging message slows nobody."""
    code = running_server.new_code(uses=COUNT + 1)
    slow = running_server.enroll_virtual()
    slow.sync()

    headsets = asyncio.run(enroll_all(running_server, code))

    rows = {row["device_id"]: row for row in running_server.devices()}
    assert len({rows[each.device_id]["id"] for each in headsets}) == COUNT
    assert all(rows[each.device_id]["state"] == "managed" for each in headsets)
    assert all(
        rows[each.device_id]["serial"] == each.device.state.hardware.serial for each in headsets
    )

    operations = queue_each(running_server, [rows[each.device_id]["id"] for each in headsets])
    elapsed, seen = asyncio.run(sync_all(headsets, slow.virtual))

    hang_s = 20
    assert elapsed < hang_s, "nobody waited for the one that hangs"
    for headset, values in zip(headsets, seen, strict=True):
        assert values == [headset.device_id], "each read its own name, and nothing else was asked"
    for device, operation in operations:
        assert running_server.operation(device, operation)["state"] == "done"


def queue_each(server: Server, devices: list[str]) -> list[tuple[str, str]]:
    """Ask every device for its own name."""
    made = []
    with httpx2.Client(verify=server.tls(), timeout=30) as client:
        for device in devices:
            answer = client.post(
                f"{server.url}/api/v1/devices/{device}/operations",
                json={"verb": "get", "uri": "./DevInfo/DevId"},
                headers={"Authorization": f"Bearer {server.api_token}"},
            )
            made.append((device, answer.json()["id"]))
    return made


async def sync_all(
    headsets: list[VirtualHeadset], slow: VirtualHeadset
) -> tuple[float, list[list[str | None]]]:
    """Let all sync while one holds half a message back; return seconds and what each was asked."""
    hanging = asyncio.create_task(
        slow.sync(SyncOptions(accidents=Accidents(hang=1, hang_s=20), patience=Patience(retries=0)))
    )
    await asyncio.sleep(0.2)
    started = time.monotonic()
    reports = await asyncio.gather(
        *(each.sync(SyncOptions(patience=Patience(retries=3))) for each in headsets)
    )
    elapsed = time.monotonic() - started
    assert not hanging.done()
    hanging.cancel()
    await asyncio.gather(hanging, return_exceptions=True)
    return elapsed, [[done.value for done in report.commands] for report in reports]


def test_the_fleet_command_does_the_same(running_server: Server) -> None:
    """`lenskeep virtual fleet` reports every headset, and its failures."""
    code = running_server.new_code(uses=3)
    plan = FleetPlan(
        count=4,
        server=running_server.url,
        secret=code,
        ca=running_server.ca_path.read_bytes(),
    )

    with KeyPool(4) as keys:
        report = asyncio.run(run_fleet(plan, keys))

    assert len(report.rows) == 4
    assert len(report.failures) == 1, "the code was good for three"
