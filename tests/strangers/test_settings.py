"""A device that knows the specification only is brought to thirty settings, and left in peace."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.strangers.conftest import Field
from tests.strangers.enrolling import Style
from tests.strangers.strict_syncml import Command
from tests.strangers.talking import Manner, Node, Talker

pytestmark = pytest.mark.journey

POLICY = "./Device/Vendor/MSFT/Policy/"
THIRTY = {
    "DeviceLock/AllowSimpleDevicePassword": 0,
    "DeviceLock/MinDevicePasswordLength": 8,
    "DeviceLock/DevicePasswordHistory": 5,
    "DeviceLock/MaxInactivityTimeDeviceLock": 10,
    "Bluetooth/AllowDiscoverableMode": 0,
    "Connectivity/AllowBluetooth": 2,
    "ApplicationManagement/AllowAppStoreAutoUpdate": 1,
    "MixedReality/BrightnessButtonDisabled": 1,
    "MixedReality/VolumeButtonDisabled": 1,
    "MixedReality/MicrophoneDisabled": 1,
    "MixedReality/FallbackDiagnostics": 1,
    "Browser/AllowPopups": 1,
    "Browser/AllowSmartScreen": 1,
    "Experience/AllowCortana": 0,
    "Settings/AllowDateTime": 0,
    "System/AllowLocation": 1,
    "TimeLanguageSettings/ConfigureTimeZone": "UTC",
    "Update/ActiveHoursStart": 8,
    "Update/ActiveHoursEnd": 18,
    "Update/ActiveHoursMaxRange": 12,
    "Update/AllowAutoUpdate": 2,
    "Update/DeferQualityUpdatesPeriodInDays": 7,
    "Update/ScheduledInstallDay": 3,
    "Update/ScheduledInstallTime": 4,
    "Power/EnergySaverBatteryThresholdOnBattery": 20,
    "Power/EnergySaverBatteryThresholdPluggedIn": 10,
    "Privacy/AllowInputPersonalization": 1,
    "Privacy/LetAppsAccessCamera": 1,
    "Privacy/LetAppsAccessLocation": 1,
    "Privacy/LetAppsAccessMicrophone": 1,
}
MANNERS = {
    "windows": Manner(),
    "one status for many items": Manner(multi="one"),
    "answers out of order, values first, twice": Manner(
        reverse=True, results_first=True, results_twice=True
    ),
    "values in cdata, with all parts": Manner(cdata=True, results_meta=True, results_cmd=True),
    "by digest": Manner(credential="digest", loc_name=True),
}


@dataclass
class Headset(Talker):
    """A stranger with policies: what is set in Config is in effect in Result."""

    cost: int = 0
    """Octets both ways, in the last session."""
    commands: list[Command] = field(default_factory=list)
    """Of the last session."""

    def _do(self, command: Command, at: int) -> int:
        code = super()._do(command, at)
        uri = command.uris[at]
        if command.name in ("Replace", "Add", "Delete") and "/Policy/Config/" in uri:
            effect = uri.replace("/Policy/Config/", "/Policy/Result/")
            if command.name == "Delete":
                self.nodes.pop(effect, None)
            else:
                self.nodes[effect] = self.nodes[uri]
        return code

    def talk(self, manner: Manner) -> int:
        """Have a session; return its messages."""
        before = len(self.seen)
        replies = self.session(manner)
        self.commands = self.seen[before:]
        self.cost = sum(map(len, self.sent)) + sum(len(each.body) for each in self.received)
        return len(replies)

    def told(self, name: str) -> Counter[str]:
        """Return the LocURIs of the last session's commands of this name."""
        return Counter(uri for each in self.commands if each.name == name for uri in each.uris)


def ask(field_: Field, method: str, path: str, body: object = None) -> Any:
    """Return what a request answered that has to succeed."""
    answer = field_.server.request(method, f"/api/v1{path}", body)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


def states(field_: Field, headset: Headset) -> Counter[str]:
    """Return how many settings are in each state."""
    found = ask(field_, "GET", f"/devices/{field_.id_of(headset.stranger)}/settings")
    return Counter(each["state"] for each in found["settings"])


@pytest.mark.parametrize("manner", MANNERS.values(), ids=MANNERS.keys())
def test_thirty_settings_in_few_messages_and_then_silence(field: Field, manner: Manner) -> None:
    stranger = field.stranger()
    stranger.enroll("wearer@example.org", field.code, Style())
    headset = Headset(stranger)
    headset.nodes["./DevDetail/SwV"] = Node("10.0.22621.1244")
    headset.nodes["./DevDetail/Ext/Microsoft/DeviceName"] = Node("STRANGER")
    headset.talk(manner)
    rows = [
        {"uri": f"{POLICY}Config/{name}", "value": value, "acknowledged": True}
        for name, value in THIRTY.items()
    ]
    name = f"thirty for {stranger.dev_id}"
    made = ask(field, "POST", "/profiles", {"name": name, "settings": rows, "reason": "try"})
    group = {"name": name, "devices": [field.id_of(stranger)]}
    here = ask(field, "POST", "/groups", group)["id"]
    body = {"profile": made["profile"]["id"], "group": here}
    assigned = ask(field, "POST", "/assignments", body)["assignment"]["id"]
    wished = {f"{POLICY}Config/{name}" for name in THIRTY}

    messages = headset.talk(manner)

    assert states(field, headset) == {"verified": 30}
    assert headset.told("Replace") == dict.fromkeys(wished, 1)
    assert messages <= 5 + (manner.credential == "digest")
    assert headset.cost < 80_000
    print(f"{messages} messages, {headset.cost} octets for thirty settings")

    for _ in range(50):
        assert headset.talk(manner) <= 2
        assert headset.commands == []
    assert headset.cost < 8_000
    print(f"{headset.cost} octets for nothing to do")

    ask(field, "DELETE", f"/assignments/{assigned}")
    messages = headset.talk(manner)

    assert headset.told("Delete") == dict.fromkeys(wished, 1)
    assert messages <= 5
    assert wished.isdisjoint(headset.nodes)
    assert states(field, headset) == {}


def test_what_is_there_already_is_only_asked_for(field: Field) -> None:
    """The stranger holds all thirty in its own spellings: nothing is sent, nothing taken away."""
    stranger = field.stranger()
    stranger.enroll("wearer@example.org", field.code, Style())
    headset = Headset(stranger)
    headset.nodes["./DevDetail/SwV"] = Node("10.0.22621.1244")
    headset.talk(Manner())
    for name, value in THIRTY.items():
        node = Node(f"{value:#x}", "int") if isinstance(value, int) else Node(str(value))
        headset.nodes[f"{POLICY}Config/{name}"] = node
        headset.nodes[f"{POLICY}Result/{name}"] = node
    rows = [
        {"uri": f"{POLICY}Config/{name}", "value": value, "acknowledged": True}
        for name, value in THIRTY.items()
    ]
    body = {"name": "there", "settings": rows, "reason": "try"}
    made = ask(field, "POST", "/profiles", body)["profile"]["id"]
    group = {"name": "there", "devices": [field.id_of(stranger)]}
    here = ask(field, "POST", "/groups", group)["id"]
    assigned = ask(field, "POST", "/assignments", {"profile": made, "group": here})["assignment"]

    messages = headset.talk(Manner())
    first = states(field, headset)
    held = dict(headset.nodes)
    ask(field, "DELETE", f"/assignments/{assigned['id']}")
    headset.talk(Manner())

    assert messages == 2
    assert first == {"verified": 30}
    assert headset.nodes == held
    assert {each.name for each in headset.seen} == {"Get"}
