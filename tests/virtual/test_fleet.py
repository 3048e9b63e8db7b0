"""Many headsets in one process, and one left to itself."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.virtual import double
from tests.virtual.double import Call, Double, Reply
from tests.virtual.manager import SECRET, Manager

from lenskeep.virtual.enrollment.keys import KeyPool, make_key
from lenskeep.virtual.fleet import FleetPlan, run_fleet
from lenskeep.virtual.headset import VirtualHeadset
from lenskeep.virtual.polling import Polling, keep_polling
from lenskeep.virtual.session.report import SyncOptions
from lenskeep.virtual.transport import Patience

BUILD = "HL2-22621.1244"


class Keys:
    """Gives small keys' worth of work: one made once would break the rule, so each is new."""

    def __init__(self) -> None:
        self.given: list[rsa.RSAPrivateKey] = []

    async def new(self, bits: int) -> rsa.RSAPrivateKey:
        self.given.append(make_key(bits))
        return self.given[-1]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[tuple[Manager, Double]]:
    authority = double.make_authority()
    manager = Manager(authority)
    async with double.serve(authority, manager, tmp_path) as running:
        manager.base = running.base
        yield manager, running


def plan_for(running: Double) -> FleetPlan:
    options = SyncOptions(patience=Patience(retries=0))
    ca = running.authority.pem
    return FleetPlan(3, running.base, SECRET, ca, builds=(BUILD,), options=options)


async def test_a_fleet_enrolls_and_syncs_each_headset_as_itself(
    server: tuple[Manager, Double],
) -> None:
    manager, running = server
    told: list[int] = []

    report = await run_fleet(plan_for(running), Keys(), lambda row: told.append(row.number))

    assert report.failures == ()
    assert sorted(told) == [1, 2, 3]
    assert len({row.device_id for row in report.rows}) == 3
    assert len(manager.heard) == 3


async def test_one_failure_is_told_and_stops_nobody(server: tuple[Manager, Double]) -> None:
    manager, running = server
    manager.twist = lambda call, reply: (
        double.fault("/Policy", "s:Authentication", "not you")
        if call.path == "/Policy" and b"headset2@" in call.body
        else reply
    )

    report = await run_fleet(plan_for(running), Keys())

    assert [row.number for row in report.failures] == [2]
    assert "0x80180002" in report.failures[0].problem


async def test_a_fleet_in_a_folder_goes_on_where_it_was(
    server: tuple[Manager, Double], tmp_path: Path
) -> None:
    manager, running = server
    plan = replace(plan_for(running), state_dir=tmp_path / "fleet")
    await run_fleet(plan, Keys())

    again = await run_fleet(plan, Keys())

    assert again.failures == ()
    assert [m.header.session_id for m in manager.heard[3:]] == ["2", "2", "2"]


async def test_a_headset_left_to_itself_polls_until_it_is_let_go(
    server: tuple[Manager, Double],
) -> None:
    manager, running = server
    headset = VirtualHeadset.create(build=BUILD, now=lambda: datetime.now(UTC))
    await headset.enroll(running.base, "a@b.c", SECRET, running.authority.pem)
    unenroll = "./Device/Vendor/MSFT/DMClient/Provider/Double/Unenroll"
    manager.batches = ["", double.execute("9", unenroll)]
    waits: list[float] = []
    failed: list[Call] = []

    def fail_once(call: Call, reply: Reply) -> Reply:
        if not failed:
            failed.append(call)
            return Reply(status=503, headers={"Content-Length": "0", "Retry-After": "17"})
        return reply

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    manager.twist = fail_once
    how = Polling(SyncOptions(patience=Patience(retries=0)), lambda _: None, sleep)
    await keep_polling(headset, how)

    assert not headset.is_enrolled
    assert 170 < waits[0] <= 180
    assert waits[1] == 17
    assert len(waits) == 4


async def test_a_pool_gives_each_key_once() -> None:
    with KeyPool(2, bits=1024, workers=1) as pool:
        keys = [await pool.new(1024) for _ in range(3)]

    assert len({key.private_numbers().d for key in keys}) == 3
