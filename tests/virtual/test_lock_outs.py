"""What a server does to a headset outlasts the session: lock-outs, restarts, builds' mistakes."""

from pathlib import Path

import pytest
from tests.virtual import double
from tests.virtual.test_headset import Server, enrolled, sync

from lenskeep.virtual.headset import Network, VirtualHeadset
from lenskeep.virtual.session.report import Ended, Origin
from lenskeep.virtual.trouble import NoConnection, WrongState
from lenskeep.virtual.world.network import By, Stranded, Way

POLICY = "./Vendor/MSFT/Policy/Config/"
WIFI = POLICY + "Wifi/AllowWiFi"
MODE = "MixedReality/HeadTrackingMode"
LOCATION = POLICY + "System/AllowLocation"
VPN = "./Vendor/MSFT/VPNv2/Ward"


def policy(uri: str, value: str = "0") -> str:
    return double.change("Replace", "10", uri, value, "int")


async def stranded(server: Server, folder: Path | None = None) -> VirtualHeadset:
    manager, _ = server
    headset = await enrolled(server, folder)
    manager.batches = [policy(WIFI)]
    report = await sync(headset)
    assert report.statuses == (200,)
    return headset


async def test_wifi_off_is_answered_and_then_there_is_silence(server: Server) -> None:
    """The session that brings it ends well; no later one begins, and nothing is sent."""
    manager, running = server
    headset = await stranded(server)
    calls = len(running.calls)

    with pytest.raises(NoConnection, match="switched off"):
        await sync(headset)

    assert isinstance(headset.connection, Stranded)
    assert manager.statuses == [200]
    assert len(running.calls) == calls


async def test_a_cable_brings_a_stranded_headset_back(server: Server, tmp_path: Path) -> None:
    manager, _ = server
    await stranded(server, tmp_path / "headset")
    headset = VirtualHeadset.open(tmp_path / "headset")
    headset.use_network(Network(ethernet=True))
    manager.batches = [policy(WIFI, "1")]
    await sync(headset)

    headset.use_network(Network())

    assert headset.connection == Way(By.HAND, "Lab")
    assert (await sync(headset)).ended is Ended.NOTHING_MORE


async def test_a_stranded_headset_is_reset_by_hand_and_enrolls_anew(server: Server) -> None:
    headset = await stranded(server)
    serial = headset.device.state.hardware.serial

    headset.recover()

    assert not headset.is_enrolled
    assert headset.connection == Way(By.HAND, "Lab")
    assert headset.device.state.hardware.serial == serial


async def test_a_stranded_wearer_may_still_leave(server: Server) -> None:
    headset = await stranded(server)

    report = await headset.unenroll()

    assert report.ended is Ended.UNHEARD
    assert not headset.is_enrolled


async def test_a_headset_tells_the_network_that_it_is_in() -> None:
    headset = VirtualHeadset.create()
    mac = headset.device.state.hardware.mac.replace("-", "%3A")
    node = f"./Device/Vendor/MSFT/DeviceStatus/NetworkIdentifiers/{mac}/SSID"
    first = headset.tree.value(node)

    headset.use_network(Network(by_hand="Ward 9"))

    assert (first, headset.tree.value(node)) == ("Lab", "Ward 9")


async def test_a_tenants_lock_outlasts_a_reset(server: Server) -> None:
    manager, running = server
    headset = await enrolled(server)
    uri = "./Vendor/MSFT/TenantLockdown/RequireNetworkInOOBE"
    manager.batches = [double.change("Replace", "10", uri, "true", "bool")]
    await sync(headset)

    headset.recover()

    with pytest.raises(WrongState, match="Autopilot"):
        await headset.enroll(running.base, "a@b.c", "x", running.authority.pem)


@pytest.mark.parametrize(
    ("build", "origin", "reaches"),
    [
        ("HL2-20348.1447", Origin.SCHEDULE, False),
        ("HL2-20348.1447", Origin.USER, True),
        ("HL2-20348.1503", Origin.SCHEDULE, True),
    ],
)
async def test_old_builds_do_not_poll_through_a_proxy(
    server: Server, build: str, origin: Origin, reaches: bool
) -> None:
    manager, _ = server
    headset = await enrolled(server, build=build)
    uri = "./Vendor/MSFT/NetworkProxy/ProxyServer/ProxyAddress"
    manager.batches = [double.change("Replace", "10", uri, "proxy.example:8080", "chr")]
    await sync(headset)

    if reaches:
        assert (await sync(headset, origin=origin)).ended is Ended.NOTHING_MORE
    else:
        with pytest.raises(NoConnection, match="proxy"):
            await sync(headset, origin=origin)


async def test_a_restart_brings_into_force_what_waited(server: Server, tmp_path: Path) -> None:
    """Also where the headset was switched off in between."""
    manager, _ = server
    headset = await enrolled(server, tmp_path / "headset", build="HL2-22621.1244")
    name = "./DevDetail/Ext/Microsoft/DNSComputerName"
    manager.batches = [
        policy(POLICY + MODE, "1") + double.change("Replace", "11", name, "WARD-7", "chr")
    ]
    await sync(headset)
    result = "./Device/Vendor/MSFT/Policy/Result/" + MODE
    before = headset.tree.value(result)

    again = VirtualHeadset.open(tmp_path / "headset")
    waiting = again.tree.value(name)
    again.restart()

    assert before is None
    assert waiting != "WARD-7"
    assert again.tree.value(result) == "1"
    assert again.tree.value(name) == "WARD-7"
    assert again.device.state.restarts == 1


async def test_a_restart_that_the_server_asks_for_does_the_same(server: Server) -> None:
    manager, _ = server
    headset = await enrolled(server, build="HL2-22621.1244")
    manager.batches = [
        policy(POLICY + MODE, "1") + double.execute("11", "./Vendor/MSFT/Reboot/RebootNow")
    ]

    await sync(headset)

    assert headset.tree.value("./Device/Vendor/MSFT/Policy/Result/" + MODE) == "1"


async def test_a_device_name_restarts_the_headset_by_itself(server: Server) -> None:
    manager, _ = server
    headset = await enrolled(server)
    name = "./DevDetail/Ext/Microsoft/DeviceName"
    manager.batches = [double.change("Replace", "10", name, "WARD-8", "chr")]

    await sync(headset)

    assert headset.device.state.restarts == 1
    assert headset.tree.value(name) == "WARD-8"


@pytest.mark.parametrize(("build", "stays"), [("HL2-20348.1503", False), ("22621.1113", True)])
async def test_old_builds_lose_a_vpn_profile_that_is_replaced(
    server: Server, build: str, stays: bool
) -> None:
    """Deleted and added in one session: every answer is 200, and then it is gone."""
    manager, _ = server
    headset = await enrolled(server, build=build)
    added = double.atomic(
        "10", double.change("Add", "11", VPN + "/ProfileXML", "&lt;VPNProfile/&gt;", "chr")
    )
    manager.batches = [added]
    await sync(headset)
    manager.batches = [double.delete("9", VPN), added]

    report = await sync(headset)

    assert report.statuses == (200, 200)
    node = headset.tree.find("./Device" + VPN[1:] + "/ProfileXML")
    assert (node is not None) is stays


async def test_a_value_changes_behind_the_servers_back(server: Server) -> None:
    manager, _ = server
    headset = await enrolled(server)
    manager.batches = [policy(LOCATION, "2")]
    await sync(headset)
    result = LOCATION.replace("Config", "Result")
    headset.tamper(LOCATION, "0")
    manager.batches = [double.get("10", LOCATION) + double.get("11", result)]
    await sync(headset)
    read = dict(manager.values)

    headset.tamper(LOCATION, None)

    assert (read[LOCATION], read[result]) == ("0", "0")
    assert headset.value(LOCATION) is None
    assert headset.value(result) is None
    with pytest.raises(WrongState):
        headset.tamper(POLICY + "No/Policy", "0")


async def test_app_control_acts_until_the_restart(server: Server) -> None:
    manager, _ = server
    headset = await enrolled(server)
    node = "./Vendor/MSFT/ApplicationControl/Policies/33333333-0000-0000-0000-000000000000"
    manager.batches = [double.change("Add", "10", node + "/Policy", "cG9saWN5", "b64")]
    await sync(headset)
    manager.batches = [double.delete("10", node)]
    await sync(headset)
    deleted = headset.view().blocking

    headset.restart()

    assert deleted == (node.rpartition("/")[2],)
    assert headset.view().blocking == ()
