"""The server may die between any two messages while settings come and go: all ends as wanted,
and no value is set twice without need.
"""

from collections import Counter
from typing import Any

import pytest
from tests.journeys.conftest import Headset, Server
from tests.journeys.wishes import CONFIG, assign, group, profile, settings, unassign, wish

from lenskeep.base.errors import LenskeepError
from lenskeep.virtual.session.commands import Executor
from lenskeep.virtual.transport import Accidents

pytestmark = pytest.mark.journey

TWENTY = {
    "DeviceLock/AllowSimpleDevicePassword": 0,
    "DeviceLock/MinDevicePasswordLength": 8,
    "DeviceLock/DevicePasswordHistory": 5,
    "DeviceLock/MaxInactivityTimeDeviceLock": 10,
    "Bluetooth/AllowDiscoverableMode": 0,
    "Connectivity/AllowBluetooth": 2,
    "Experience/AllowCortana": 0,
    "MixedReality/BrightnessButtonDisabled": 1,
    "MixedReality/VolumeButtonDisabled": 1,
    "MixedReality/MicrophoneDisabled": 1,
    "TimeLanguageSettings/ConfigureTimeZone": "UTC",
    "Update/ActiveHoursStart": 8,
    "Update/ActiveHoursEnd": 18,
    "Update/DeferQualityUpdatesPeriodInDays": 7,
    "Update/ScheduledInstallDay": 3,
    "Privacy/LetAppsAccessCamera": 1,
    "Privacy/LetAppsAccessLocation": 1,
    "Privacy/LetAppsAccessMicrophone": 1,
    "Power/EnergySaverBatteryThresholdOnBattery": 20,
    "Settings/PageVisibilityList": "hide:maps-maps",
}
URIS = [CONFIG + each for each in TWENTY]


@pytest.fixture
def done_by_headset(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts what the headset really carried out, by verb and node; changes nothing."""
    counted: Counter[str] = Counter()
    carry_out = Executor.carry_out

    def counting(self: Executor, *arguments: Any, **more: Any) -> Any:
        execution = carry_out(self, *arguments, **more)
        counted.update(f"{done.verb} {done.uri}" for done in execution.done)
        return execution

    monkeypatch.setattr(Executor, "carry_out", counting)
    return counted


def sync_into(server: Server, headset: Headset, lost: str, step: int) -> bool:
    """Run a session into a power cut at this message, then to its end; return whether it came."""
    at = {"lose_request": step} if lost == "request" else {"lose_answer": step}
    try:
        headset.sync(accidents=Accidents(**at))
    except LenskeepError:
        server.kill()
        server.start()
        headset.sync()
        return True
    return False


@pytest.mark.parametrize("lost", ["request", "answer"])
def test_a_power_cut_at_every_message(
    own_server: Server, done_by_headset: Counter[str], lost: str
) -> None:
    """SIGKILL before each message arrives, and after each was answered; then once more for the
    way back.
    """
    headset = own_server.enroll_virtual()
    headset.sync()
    here = group(own_server, "here", headset)
    wanted = profile(own_server, "twenty", *(wish(name, value) for name, value in TWENTY.items()))
    step, cuts = 1, [True, True]
    while any(cuts):
        done_by_headset.clear()
        assignment = assign(own_server, wanted, here)
        cuts[0] = sync_into(own_server, headset, lost, step)
        headset.sync()
        found = settings(own_server, headset)
        assert Counter(each["state"] for each in found.values()) == {"verified": 20}, step
        for uri, value in zip(URIS, TWENTY.values(), strict=True):
            assert headset.virtual.value(uri) == str(value)
        unassign(own_server, assignment)
        cuts[1] = sync_into(own_server, headset, lost, step)
        headset.sync()
        assert settings(own_server, headset) == {}
        for uri in URIS:
            assert headset.virtual.value(uri) is None, uri
            assert done_by_headset[f"replace {uri}"] == 1, (step, lost, uri)
            assert done_by_headset[f"delete {uri}"] == 1, (step, lost, uri)
        step += 1

    assert step > 5, "the session has that many messages at least"
