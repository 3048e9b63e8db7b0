"""A HoloLens for developers gets its license and is one for Business from that moment on."""

from pathlib import Path

import pytest
from tests.virtual import double
from tests.virtual.double import Double
from tests.virtual.manager import SECRET, Manager

from lenskeep.virtual.enrollment.certificate_request import Style
from lenskeep.virtual.headset import Habits, SyncOptions, VirtualHeadset
from lenskeep.virtual.transport import Patience

SOON = SyncOptions(patience=Patience(retries=0))
LICENSING = "./Device/Vendor/MSFT/WindowsLicensing/"
LOCATION = "./Vendor/MSFT/Policy/Config/System/AllowLocation"
LICENSE = "&lt;License xmlns=&quot;urn:example&quot;&gt;x&lt;/License&gt;"


def upgrade(text: str) -> str:
    """Return the Exec with a license, by hand."""
    return (
        "<Exec><CmdID>9</CmdID><Item><Target><LocURI>"
        f"{LICENSING}UpgradeEditionWithLicense</LocURI></Target><Meta>"
        f'<Format xmlns="syncml:metinf">xml</Format></Meta><Data>{text}</Data></Item></Exec>'
    )


async def developer(server: tuple[Manager, Double], folder: Path) -> VirtualHeadset:
    headset = VirtualHeadset.create(folder / "h", build="HL1 17763 Dev")
    _, running = server
    habits = Habits(style=Style.WINDOWS_11, patience=Patience(retries=0))
    ca = running.authority.pem
    await headset.enroll(running.base, "a@example.com", SECRET, ca, habits=habits)
    return headset


async def test_policies_flow_after_the_license_without_a_restart(
    server: tuple[Manager, Double], tmp_path: Path
) -> None:
    manager, _ = server
    headset = await developer(server, tmp_path)
    policy = double.change("Replace", "9", LOCATION, "0", "int")
    manager.batches = [policy, upgrade(LICENSE), policy, double.get("9", f"{LICENSING}Status")]

    report = await headset.sync(SOON)

    assert (404, 200, 200, 200) == report.statuses
    assert report.value(f"{LICENSING}Status") == "3"
    assert headset.value(f"{LICENSING}Edition") == "136"
    assert headset.device.state.restarts == 0
    assert headset.settings().edition == "Windows Holographic for Business"
    again = VirtualHeadset.open(tmp_path / "h")
    assert again.profile.edition == 136
    assert again.value(LOCATION.replace("./", "./Device/", 1)) == "0"


async def test_what_is_no_license_is_refused(
    server: tuple[Manager, Double], tmp_path: Path
) -> None:
    manager, _ = server
    headset = await developer(server, tmp_path)
    assert headset.value(f"{LICENSING}Status") == "4"
    manager.batches = [upgrade("no license")]

    report = await headset.sync(SOON)

    assert report.statuses == (500,)
    assert headset.value(f"{LICENSING}Status") == "0"
    assert headset.settings().edition == "Windows Holographic"


@pytest.mark.parametrize("build", ["HL2-20348.1503"])
async def test_a_second_generation_has_nothing_to_upgrade(build: str) -> None:
    assert VirtualHeadset.create(build=build).value(f"{LICENSING}Status") is None
