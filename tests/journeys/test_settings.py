"""What is wanted becomes true, stays true, and goes away: over the wire, from REST to the tree."""

from collections import Counter

import pytest
from tests.journeys.conftest import Headset, Server
from tests.journeys.wishes import (
    CONFIG,
    assign,
    group,
    made,
    profile,
    save,
    settings,
    states,
    unassign,
    wish,
)

from lenskeep.virtual.session.report import SessionReport

MICROPHONE = "MixedReality/MicrophoneDisabled"
LENGTH = "DeviceLock/MinDevicePasswordLength"
CORTANA = "Experience/AllowCortana"
FORTY_NINE = {
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
    "MixedReality/SkipCalibrationDuringSetup": 1,
    "MixedReality/SkipTrainingDuringSetup": 1,
    "MixedReality/PreferLogonAsOtherUser": 1,
    "MixedReality/RequireStartIconHold": 1,
    "Search/AllowSearchToUseLocation": 0,
    "Settings/AllowDateTime": 0,
    "Settings/AllowVPN": 0,
    "Speech/AllowSpeechModelUpdate": 0,
    "Storage/AllowStorageSenseGlobal": 1,
    "System/AllowLocation": 0,
    "System/AllowTelemetry": 0,
    "TimeLanguageSettings/ConfigureTimeZone": "UTC",
    "Update/ActiveHoursStart": 7,
    "Update/ActiveHoursEnd": 18,
    "Update/ActiveHoursMaxRange": 12,
    "Update/AllowAutoUpdate": 2,
    "Update/AllowUpdateService": 1,
    "Update/BranchReadinessLevel": 16,
    "Update/ConfigureDeadlineForFeatureUpdates": 10,
    "Update/ConfigureDeadlineForQualityUpdates": 5,
    "Update/ConfigureDeadlineGracePeriod": 3,
    "Update/ConfigureDeadlineNoAutoReboot": 0,
    "Update/DeferFeatureUpdatesPeriodInDays": 30,
    "Update/DeferQualityUpdatesPeriodInDays": 7,
    "Update/ManagePreviewBuilds": 0,
    "Update/ScheduledInstallDay": 3,
    "Update/ScheduledInstallTime": 4,
    "Update/UpdateNotificationLevel": 1,
    "Power/EnergySaverBatteryThresholdOnBattery": 20,
    "Power/EnergySaverBatteryThresholdPluggedIn": 10,
    "Privacy/AllowInputPersonalization": 1,
    "Privacy/LetAppsAccessAccountInfo": 1,
    "Privacy/LetAppsAccessBackgroundSpatialPerception": 1,
    "Privacy/LetAppsAccessCamera": 1,
    "Privacy/LetAppsAccessGazeInput": 1,
    "Privacy/LetAppsAccessLocation": 1,
    "Privacy/LetAppsAccessMicrophone": 1,
    "Experience/AllowManualMDMUnenrollment": 0,
}


def sent(report: SessionReport, *verbs: str) -> list[str]:
    """Return the LocURIs that a session's commands of these verbs were about."""
    return [each.uri for each in report.commands if each.verb in verbs]


def only(server: Server, headset: Headset, name: str) -> str:
    """Return a group with this headset alone."""
    return group(server, name, headset)


def test_a_setting_is_asked_set_read_back_and_never_sent_again(running_server: Server) -> None:
    headset = running_server.enroll_virtual()
    headset.sync()
    wanted = profile(running_server, "once", wish(MICROPHONE, 1), wish(LENGTH, 8))
    assign(running_server, wanted, only(running_server, headset, "once"))

    first = headset.sync()
    second = headset.sync()

    assert {MICROPHONE: "verified", LENGTH: "verified"} == states(running_server, headset)
    assert Counter(sent(first, "replace")) == {CONFIG + MICROPHONE: 1, CONFIG + LENGTH: 1}
    assert sent(second, "replace", "add", "delete", "get") == []
    assert headset.virtual.value(CONFIG + MICROPHONE) == "1"


def test_what_is_as_wanted_already_is_not_sent_and_not_taken_away(running_server: Server) -> None:
    headset = running_server.enroll_virtual()
    headset.sync()
    headset.virtual.tamper(CONFIG + MICROPHONE, "1")
    wanted = profile(running_server, "already", wish(MICROPHONE, 1))
    assignment = assign(running_server, wanted, only(running_server, headset, "already"))

    first = headset.sync()
    unassign(running_server, assignment)
    second = headset.sync()

    assert sent(first, "replace", "add") == []
    assert sent(second, "delete") == []
    assert headset.virtual.value(CONFIG + MICROPHONE) == "1"
    assert settings(running_server, headset) == {}


def test_one_refused_of_fifty_is_named_and_the_others_are_applied(running_server: Server) -> None:
    headset = running_server.enroll_virtual()
    headset.sync()
    chosen = [wish(policy, value) for policy, value in FORTY_NINE.items()]
    refused = CONFIG + CORTANA
    name = profile(running_server, "fifty", *chosen, wish(CORTANA, 0))
    assign(running_server, name, only(running_server, headset, "fifty"))

    report = headset.sync(failing={refused: 405})

    found = settings(running_server, headset)
    assert len(found) == 50
    assert Counter(each["state"] for each in found.values()) == {"verified": 49, "failed": 1}
    assert found[refused]["status"] == 405
    assert "does not allow" in found[refused]["text"]
    assert Counter(sent(report, "replace")).most_common(1)[0][1] == 1


def test_an_earlier_revision_rolls_back_what_the_later_one_changed(running_server: Server) -> None:
    headset = running_server.enroll_virtual()
    headset.sync()
    wanted = profile(running_server, "back", wish(LENGTH, 6))
    save(running_server, wanted, 1, wish(LENGTH, 9), wish(MICROPHONE, 1))
    assignment = assign(running_server, wanted, only(running_server, headset, "back"))
    headset.sync()
    before = headset.virtual.value(CONFIG + LENGTH)

    made(running_server, "PATCH", f"/assignments/{assignment}", {"revision": 1})
    headset.sync()

    assert (before, headset.virtual.value(CONFIG + LENGTH)) == ("9", "6")
    assert headset.virtual.value(CONFIG + MICROPHONE) is None
    assert states(running_server, headset) == {LENGTH: "verified"}


def test_the_higher_priority_wins_and_the_other_profile_is_named(running_server: Server) -> None:
    headset = running_server.enroll_virtual()
    headset.sync()
    here = only(running_server, headset, "prior")
    low = profile(running_server, "low", wish("TimeLanguageSettings/ConfigureTimeZone", "UTC"))
    high = profile(
        running_server,
        "high",
        wish("TimeLanguageSettings/ConfigureTimeZone", "W. Europe Standard Time"),
    )
    assign(running_server, low, here, priority=1)
    body = {"profile": high, "group": here, "priority": 2}

    refused = running_server.request("POST", "/api/v1/assignments", body)
    assign(running_server, high, here, priority=2, accept_conflicts=True)
    headset.sync()

    assert refused.status_code == 409
    assert "low" in refused.text
    assert "high" in refused.text
    (found,) = settings(running_server, headset).values()
    assert found["state"] == "verified"
    assert found["wanted"] == "W. Europe Standard Time"
    assert [each["name"] for each in found["overruled"]] == ["low"]


def test_user_settings_wait_until_the_enrolled_user_is_there(running_server: Server) -> None:
    headset = running_server.enroll_virtual()
    headset.sync(user="none")
    uri = "./User/Vendor/MSFT/Policy/Config/Settings/PageVisibilityList"
    wanted = profile(running_server, "user", wish(uri, "hide:maps-maps"))
    assign(running_server, wanted, only(running_server, headset, "user"))

    alone = headset.sync(user="none")
    waiting = settings(running_server, headset)[uri]
    headset.sync(user="user")

    assert sent(alone, "replace", "get") == []
    assert waiting["state"] == "pending"
    assert "signed in" in waiting["text"]
    assert settings(running_server, headset)[uri]["state"] == "verified"


def test_a_dangerous_setting_goes_to_one_headset_first(running_server: Server) -> None:
    headsets = [running_server.enroll_virtual() for _ in range(3)]
    for each in headsets:
        each.sync()
    here = group(running_server, "guarded", *headsets)
    danger = "MixedReality/VisitorAutoLogon"
    dangerous = {"uri": CONFIG + danger, "value": "1"}
    body = {"name": "guarded", "settings": [dangerous], "reason": "try"}
    refused = running_server.request("POST", "/api/v1/profiles", body)
    wanted = profile(running_server, "guarded", wish(danger, 1))
    assign(running_server, wanted, here)

    rounds = []
    for _ in range(3):
        for each in headsets:
            each.sync()
        rounds.append([each.virtual.value(CONFIG + danger) for each in headsets])

    assert refused.status_code == 422
    assert "acknowledged" in refused.text
    assert rounds[0] == ["1", None, None]
    assert rounds[-1] == ["1", "1", "1"]


def test_a_scout_that_does_not_come_back_keeps_the_rest_unharmed(running_server: Server) -> None:
    scout, other = (running_server.enroll_virtual() for _ in range(2))
    for each in (scout, other):
        each.sync()
    here = group(running_server, "stranded", scout, other)
    off = "Wifi/AllowWiFi"
    wanted = profile(running_server, "stranded", wish(off, 0))
    assign(running_server, wanted, here)

    scout.sync()
    with pytest.raises(Exception, match=r"."):
        scout.sync()
    other.sync()
    other.sync()

    (guard,) = made(running_server, "GET", f"/guards?profile={wanted}")["items"]
    assert guard["scout"] == running_server.device_of(scout)["id"]
    assert other.virtual.value(CONFIG + off) is None
    found = settings(running_server, other)[CONFIG + off]
    assert found["state"] == "pending"
    assert "until one headset has it and has come back" in found["text"]


def test_a_node_that_demands_it_travels_in_an_atomic(running_server: Server) -> None:
    headset = running_server.enroll_virtual()
    headset.sync()
    root = "./Device/Vendor/MSFT/VPNv2/Plant"
    wanted = profile(
        running_server,
        "atomic",
        wish(f"{root}/NativeProfile/Servers", "vpn.example.org"),
        wish(f"{root}/NativeProfile/RoutingPolicyType", "ForceTunnel"),
        wish(f"{root}/NativeProfile/NativeProtocolType", "IKEv2"),
    )
    assignment = assign(running_server, wanted, only(running_server, headset, "atomic"))

    headset.sync()
    after = states(running_server, headset)
    unassign(running_server, assignment)
    headset.sync()
    headset.sync()

    assert set(after.values()) == {"verified"}, after
    assert headset.virtual.value(f"{root}/NativeProfile/Servers") is None
    assert settings(running_server, headset) == {}
