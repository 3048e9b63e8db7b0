"""Planning: what is asked, what is sent, what is left alone."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.desired.plan.headset import (
    HL2,
    OTHER,
    OWNER,
    POLICY,
    Headset,
    Talk,
    catalog,
    only,
    tree,
    wish,
)

from lenskeep.base.identifiers import DeviceId, OperationId
from lenskeep.desired.applies import DeviceFacts
from lenskeep.desired.plan.due import device_print, needs_planning
from lenskeep.desired.plan.outstanding import outstanding
from lenskeep.desired.plan.preview import preview
from lenskeep.desired.plan.sending import sent
from lenskeep.desired.plan.step import Outcome, Staged, step_id
from lenskeep.desired.profile import Drift
from lenskeep.desired.standing import SettingState
from lenskeep.desired.wanted import WantedNode
from lenskeep.tree.operation import OperationState, Verb
from lenskeep.tree.uri import node_key

S = SettingState
RADIO = POLICY + "Connectivity/AllowBluetooth"
CORTANA = POLICY + "Experience/AllowCortana"
WIFI = POLICY + "Wifi/AllowManualWiFiConfiguration"
PAGES = POLICY + "Settings/PageVisibilityList"
TRUSTED = POLICY + "ApplicationManagement/AllowAllTrustedApps"
USER_POLICY = "./User/Vendor/MSFT/Policy/Config/Start/StartLayout"
USER_CERT = "./User/Vendor/MSFT/ClientCertificateInstall/PFXCertInstall/a/PFXCertBlob"
NETWORK = "./Vendor/MSFT/WiFi/Profile/Hall/WlanXml"
NETWORK_2 = "./Vendor/MSFT/WiFi/Profile/Yard/WlanXml"
ROOT = "./Vendor/MSFT/RootCATrustedCertificates/Root/AB12/EncodedCertificate"
VPN = "./Vendor/MSFT/VPNv2/Work/ProfileXML"
KIOSK = "./Vendor/MSFT/AssignedAccess/Configuration"
LOCK = "./Vendor/MSFT/TenantLockdown/RequireNetworkInOOBE"
PFX = "./Device/Vendor/MSFT/ClientCertificateInstall/PFXCertInstall/a/"
TIME = POLICY + "TimeLanguageSettings/ConfigureTimeZone"
CODE = "./Vendor/MSFT/ApplicationControl/Policies/0283ac0f-fff1-49ae-ada1-8a933130cad6/Policy"
XML = (
    '<WLANProfile xmlns="http://www.microsoft.com/networking/WLAN/profile/v1">'
    "<name>{0}</name></WLANProfile>"
)


def talk(*nodes: WantedNode, **more: Any) -> Talk:
    return Talk(tree(*nodes), **more)


def held(**values: str) -> Headset:
    return Headset({node_key(POLICY + name.replace("__", "/")): v for name, v in values.items()})


# --- asking and setting ---------------------------------------------------------------------------


def test_a_new_wish_is_asked_for_first_both_set_and_in_effect() -> None:
    made = talk(wish(RADIO, "0")).plan()
    assert made.asks == (RADIO.replace("Config", "Result"), RADIO)
    assert made.steps == ()


def test_what_is_there_already_is_verified_and_never_sent() -> None:
    t = talk(wish(RADIO, "0"), headset=held(Connectivity__AllowBluetooth="0"))
    t.session()
    assert t.states() == {"AllowBluetooth": S.VERIFIED}
    assert t.headset.log == []
    assert not t.node("AllowBluetooth").ours


@pytest.mark.parametrize("before", [None, "1"])
def test_what_differs_or_is_missing_is_set_read_back_and_verified(before: str | None) -> None:
    headset = held(Connectivity__AllowBluetooth=before) if before else Headset()
    t = talk(wish(RADIO, "0"), headset=headset)
    made = t.session()
    assert only(headset.log) == [("replace", "AllowBluetooth")]
    assert t.states() == {"AllowBluetooth": S.VERIFIED}
    assert [len(each.asks) for each in made] == [2, 0, 2, 0]
    node = t.node("AllowBluetooth")
    assert node.ours
    assert node.set_mark == node.mark


def test_a_reason_says_what_it_is_and_what_it_shall_be() -> None:
    t = talk(wish(RADIO, "0"), headset=held(Connectivity__AllowBluetooth="1"))
    t.message()
    assert t.plan().steps[0].reason == "it is '1' and shall be '0'"


def test_a_reason_never_holds_what_may_be_a_secret() -> None:
    t = talk(wish(NETWORK, XML.format("Hall") + "new"))
    t.headset.held[node_key(NETWORK)] = XML.format("Hall") + "old"
    t.message()
    (step,) = t.plan().steps
    assert "WLAN" not in step.reason
    assert "WLAN" not in repr(t.plan().standing)


def test_facts_of_this_session_spare_the_question() -> None:
    t = talk(wish(RADIO, "0"))
    t.known = t.known.learn([t.headset.get(RADIO, t.now)])
    assert t.plan().asks == ()
    assert len(t.plan().steps) == 1


def test_facts_of_an_earlier_session_do_not() -> None:
    t = talk(wish(RADIO, "0"))
    t.known = t.known.learn([t.headset.get(RADIO, t.now - timedelta(seconds=1))])
    assert len(t.plan().asks) == 2


def test_a_changed_wish_of_a_verified_node_is_sent_without_asking() -> None:
    t = talk(wish(RADIO, "0"))
    t.session()
    t.want(wish(RADIO, "1"))
    t.now += timedelta(hours=1)
    t.started = t.now
    made = t.plan()
    assert made.asks == ()
    assert [each.operation.value for each in made.steps] == ["1"]


def test_a_change_that_means_the_same_is_not_sent() -> None:
    t = talk(wish(RADIO, "0"))
    t.session()
    t.want(replace(wish(RADIO, "0"), value="00", mark="else"))
    t.session()
    assert t.states() == {"AllowBluetooth": S.VERIFIED}
    assert len(t.headset.log) == 1


def test_questions_are_bounded_then_it_is_set_blind_and_rests() -> None:
    t = talk(wish(RADIO, "0"))
    t.headset.unreadable[node_key(RADIO)] = 0
    t.is_lost = lambda: not (t.standing.nodes and t.standing.nodes[0].is_on_its_way)
    t.session(limit=200)
    assert t.states() == {"AllowBluetooth": S.APPLIED}
    assert "cannot be read back" in t.node("AllowBluetooth").text
    assert sum(len(each.asks) for each in t.plans) == 12
    count = len(t.plans)
    t.session()
    assert not any(each.asks or each.steps for each in t.plans[count:])


def test_a_node_that_cannot_be_read_is_set_blind_and_rests() -> None:
    t = talk(wish(RADIO, "0"))
    t.headset.unreadable[node_key(RADIO)] = 405
    t.session()
    assert t.states() == {"AllowBluetooth": S.APPLIED}
    assert only(t.headset.log) == [("replace", "AllowBluetooth")]
    t.session()
    assert len(t.headset.log) == 1


def test_a_node_without_read_access_is_not_asked_for() -> None:
    t = talk(wish("./Device/Vendor/MSFT/Accounts/Users/guest/Password", "secret"))
    made = t.session()
    assert not any(each.asks for each in made)
    assert only(t.headset.log) == [("add", "Password")]
    assert t.states() == {"Password": S.APPLIED}
    t.session()
    assert len(t.headset.log) == 1


def test_questions_are_at_most_a_hundred_and_pairs_stay_together() -> None:
    found = [each for each in catalog() if each.uri.startswith(POLICY) and each.is_settable]
    t = talk(*(wish(each.uri, "1") for each in found if each.confidence.is_yes))
    asks = t.plan().asks
    assert 90 < len(asks) <= 100
    configs = [each for each in asks if "/Config/" in each]
    assert len(configs) * 2 == len(asks)


# --- who may not be sent anything -----------------------------------------------------------------


def test_what_does_not_apply_is_neither_asked_nor_sent() -> None:
    facts = DeviceFacts("HoloLens 2", 136, "18362.1039")
    t = talk(wish(POLICY + "MixedReality/SkipCalibrationDuringSetup", "1"), facts=facts)
    made = t.plan()
    assert (made.asks, made.steps) == ((), ())
    (node,) = made.standing.nodes
    assert node.state is S.NOT_APPLICABLE
    assert "18362.1039" in node.text


def test_what_applies_after_an_update_is_taken_up() -> None:
    old = DeviceFacts("HoloLens 2", 136, "18362.1039")
    t = talk(wish(POLICY + "MixedReality/SkipCalibrationDuringSetup", "1"), facts=old)
    t.session()
    assert not needs_planning(t.standing, t.tree_id, device_print(old), t.now)
    assert needs_planning(t.standing, t.tree_id, device_print(HL2), t.now)
    t.facts = HL2
    t.session()
    assert t.states() == {"SkipCalibrationDuringSetup": S.VERIFIED}


def test_a_headset_that_has_not_said_its_build_waits() -> None:
    t = talk(wish(RADIO, "0"), facts=DeviceFacts())
    made = t.plan()
    assert (made.asks, made.steps) == ((), ())
    assert made.standing.nodes[0].text == "the headset has not said its build yet"
    assert made.standing.nodes[0].state is S.PENDING


def test_contradicting_profiles_are_named_and_nothing_is_sent() -> None:
    node = replace(wish(RADIO, "0"), owners=(), undecided=(OWNER, OTHER))
    made = talk(node).plan()
    assert (made.asks, made.steps) == ((), ())
    assert made.standing.nodes[0].state is S.CONFLICTING
    assert "Base, Other" in made.standing.nodes[0].text


def test_a_conflict_that_was_decided_is_sent() -> None:
    t = talk(replace(wish(RADIO, "0"), owners=(), undecided=(OWNER, OTHER)))
    t.session()
    t.want(wish(RADIO, "0"))
    t.session()
    assert t.states() == {"AllowBluetooth": S.VERIFIED}


def test_user_nodes_wait_for_the_user_and_are_not_asked_for() -> None:
    t = talk(wish(USER_CERT, "QUJD"), user=False)
    made = t.plan()
    assert (made.asks, made.steps) == ((), ())
    assert made.standing.nodes[0].text == "waits until the enrolled user is signed in"
    t.user = True
    assert t.plan().asks


def test_405_of_a_user_node_is_no_failure_and_is_tried_in_the_next_session() -> None:
    t = talk(wish(USER_CERT, "QUJD"))
    t.headset.unreadable[node_key(USER_CERT)] = 405
    t.session()
    node = t.node("PFXCertBlob")
    assert node.state is S.PENDING
    assert node.failures == 0
    assert "not ready yet" in node.text
    t.headset.unreadable.clear()
    t.headset.refusing[node_key(USER_CERT)] = 405
    t.session()
    assert t.node("PFXCertBlob").state is S.PENDING
    t.headset.refusing.clear()
    t.session()
    assert t.node("PFXCertBlob").state is S.VERIFIED


# --- verbs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uri", "before", "verbs"),
    [
        (RADIO, None, ["replace"]),
        (NETWORK, None, ["add"]),
        (NETWORK, "x", ["replace"]),
        (LOCK, "false", ["replace"]),
        (ROOT, None, ["add"]),
        (VPN, None, ["add"]),
        (VPN, "x", ["delete", "add"]),
    ],
)
def test_the_verb_follows_from_access_and_what_is_there(
    uri: str, before: str | None, verbs: list[str]
) -> None:
    value = {RADIO: "0", LOCK: "true", ROOT: "QUJD"}.get(uri, XML.format("Hall"))
    t = talk(wish(uri, value))
    if before is not None:
        t.headset.held[node_key(uri)] = before
    t.session()
    assert [each.verb.value for each in t.headset.log] == verbs
    assert t.standing.nodes[0].state is S.VERIFIED


def test_add_answered_418_is_followed_by_replace() -> None:
    t = talk(wish(NETWORK, XML.format("Hall")))
    t.headset.held[node_key(NETWORK)] = "x"
    t.headset.unreadable[node_key(NETWORK)] = 500
    t.session()
    assert only(t.headset.log) == [("add", "WlanXml"), ("replace", "WlanXml")]
    assert t.states() == {"WlanXml": S.APPLIED}


def test_a_profile_is_removed_and_added_anew_only_in_a_later_session_on_older_builds() -> None:
    t = talk(wish(VPN, "<new/>"), facts=DeviceFacts("HoloLens 2", 136, "20348.1500"))
    t.headset.held[node_key(VPN)] = "<old/>"
    t.session()
    assert only(t.headset.log) == [("delete", "Work")]
    assert "another session" in t.node("ProfileXML").text
    t.session()
    assert only(t.headset.log) == [("delete", "Work"), ("add", "ProfileXML")]
    assert t.states() == {"ProfileXML": S.VERIFIED}


def test_what_lies_below_an_atomic_node_goes_in_one_with_the_node_above_first() -> None:
    names = ("PFXCertBlob", "PFXCertPassword", "KeyLocation")
    t = talk(
        wish(RADIO, "0"), *(wish(PFX + each, "QUJD" if "B" in each else "1") for each in names)
    )
    t.message()
    steps = t.plan().steps
    assert len({each.atomic for each in steps}) == 1
    assert steps[0].atomic == PFX[:-1]
    assert only(each.operation for each in steps) == [
        ("add", "a"),
        ("add", "KeyLocation"),
        ("add", "PFXCertBlob"),
        ("add", "PFXCertPassword"),
    ]
    assert not any(each.startswith(PFX) for each in t.plan().asks)


def test_one_refused_of_an_atomic_fails_them_all_and_they_are_tried_together() -> None:
    names = ("PFXCertBlob", "KeyLocation")
    t = talk(*(wish(PFX + each, "QUJD" if "B" in each else "1") for each in names))
    t.headset.refusing[node_key(PFX + "KeyLocation")] = 500
    t.session()
    assert set(t.states().values()) == {S.FAILED}
    t.headset.refusing.clear()
    t.session(timedelta(minutes=20))
    assert set(t.states().values()) == {S.VERIFIED}


# --- what became of it ----------------------------------------------------------------------------


def test_a_refusal_is_told_in_words_with_the_next_step_and_retried_thrice() -> None:
    t = talk(wish(RADIO, "0"))
    t.headset.refusing[node_key(RADIO)] = 415
    waits = [timedelta(minutes=15), timedelta(hours=4), timedelta(hours=24)]
    t.session()
    for count, wait in enumerate(waits, start=1):
        node = t.node("AllowBluetooth")
        assert (node.state, node.failures, node.status) == (S.FAILED, count, 415)
        assert "415: The node takes another format" in node.text
        assert node.retry_at == node.since + wait
        assert t.standing.due_at == node.retry_at
        t.session(timedelta(minutes=1))
        assert len(t.headset.log) == count
        t.session(wait)
        assert len(t.headset.log) == count + 1
    node = t.node("AllowBluetooth")
    assert node.retry_at is None
    assert node.text.endswith("Given up until the setting changes or somebody asks to try again.")
    t.session(timedelta(days=9))
    assert len(t.headset.log) == 4


def test_a_changed_wish_begins_the_retries_anew() -> None:
    t = talk(wish(RADIO, "0"))
    t.headset.refusing[node_key(RADIO)] = 500
    t.session()
    t.headset.refusing.clear()
    t.want(wish(RADIO, "1"))
    t.session()
    assert t.states() == {"AllowBluetooth": S.VERIFIED}
    assert t.node("AllowBluetooth").failures == 0


def test_one_refusal_of_fifty_leaves_the_others_verified_and_is_named() -> None:
    found = [
        each
        for each in catalog()
        if each.uri.startswith(POLICY) and each.format.value == "int" and not each.is_dynamic
    ]
    nodes = [wish(each.uri, "1") for each in found if each.confidence.value == "documented"][:50]
    assert len(nodes) == 50
    t = talk(*nodes)
    bad = nodes[20].key
    t.headset.refusing[bad] = 405
    t.session()
    t.session()
    t.session()
    states = {each.key: each.state for each in t.standing.nodes}
    applying = {key for key, state in states.items() if state is not S.NOT_APPLICABLE}
    assert states[bad] is S.FAILED
    assert {states[key] for key in applying - {bad}} == {S.VERIFIED}
    assert "405" in t.standing.by_key[bad].text


def test_a_headset_that_says_yes_and_does_nothing_is_found_out() -> None:
    t = talk(wish(RADIO, "0"), headset=held(Connectivity__AllowBluetooth="1"))
    t.headset.deaf.add(node_key(RADIO))
    t.session()
    assert t.states() == {"AllowBluetooth": S.FAILED}
    assert "it holds another value" in t.node("AllowBluetooth").text
    assert len(t.headset.log) == 1


def test_a_policy_of_which_another_value_is_in_effect_is_applied_and_read_again_later() -> None:
    t = talk(wish(RADIO, "0"))
    t.headset.in_effect[node_key(RADIO)] = "1"
    t.session()
    assert t.states() == {"AllowBluetooth": S.APPLIED}
    assert "another source decides" in t.node("AllowBluetooth").text
    assert needs_planning(t.standing, t.tree_id, device_print(HL2), t.now)
    t.headset.in_effect.clear()
    t.session()
    assert t.states() == {"AllowBluetooth": S.VERIFIED}
    assert len(t.headset.log) == 1


def test_what_takes_effect_after_a_restart_says_so() -> None:
    uri = POLICY + "MixedReality/HeadTrackingMode"
    t = talk(wish(uri, "1"))
    t.headset.in_effect[node_key(uri)] = "0"
    t.session()
    (node,) = t.standing.nodes
    assert node.state is S.APPLIED
    assert "restarted" in node.text


# --- drift ----------------------------------------------------------------------------------------


def test_a_verified_node_is_read_again_after_a_day_and_not_before() -> None:
    t = talk(wish(RADIO, "0"))
    t.session()
    assert not needs_planning(t.standing, t.tree_id, device_print(HL2), t.now)
    count = len(t.plans)
    t.session(timedelta(hours=23))
    assert not any(each.asks for each in t.plans[count:])
    assert needs_planning(t.standing, t.tree_id, device_print(HL2), t.now + timedelta(hours=2))
    t.session(timedelta(hours=2))
    assert t.plans[-2].asks
    assert t.states() == {"AllowBluetooth": S.VERIFIED}


def test_drift_is_corrected_with_its_reason() -> None:
    t = talk(wish(RADIO, "0"))
    t.session()
    t.headset.held[node_key(RADIO)] = "1"
    made = t.session(timedelta(hours=25))
    reasons = [step.reason for each in made for step in each.steps]
    assert reasons == ["it is '1' and shall be '0'"]
    assert t.states() == {"AllowBluetooth": S.VERIFIED}


def test_drift_is_only_reported_where_the_profile_says_so() -> None:
    t = talk(wish(RADIO, "0", drift=Drift.REPORT))
    t.session()
    t.headset.held[node_key(RADIO)] = "1"
    t.session(timedelta(hours=25))
    assert t.states() == {"AllowBluetooth": S.DRIFTED}
    assert len(t.headset.log) == 1
    t.headset.held[node_key(RADIO)] = "0"
    t.session(timedelta(hours=25))
    assert t.states() == {"AllowBluetooth": S.VERIFIED}


# --- taking away ----------------------------------------------------------------------------------


def test_what_we_set_is_taken_away_and_disappears() -> None:
    t = talk(wish(RADIO, "0"), wish(NETWORK, XML.format("Hall")), wish(ROOT, "QUJD"))
    t.session()
    assert set(t.states().values()) == {S.VERIFIED}
    t.want()
    t.session()
    assert t.standing.nodes == ()
    assert t.headset.held == {}
    deletes = [each for each in t.headset.log if each.verb is Verb.DELETE]
    assert only(deletes) == [("delete", "AllowBluetooth"), ("delete", "Hall"), ("delete", "AB12")]


def test_what_was_never_ours_is_forgotten_and_stays() -> None:
    t = talk(wish(RADIO, "0"), headset=held(Connectivity__AllowBluetooth="0"))
    t.session()
    t.want()
    t.session()
    assert t.standing.nodes == ()
    assert t.headset.log == []


def test_what_cannot_be_deleted_gets_its_documented_default() -> None:
    t = talk(wish(LOCK, "true"))
    t.headset.held[node_key(LOCK)] = "false"
    t.session()
    t.want()
    t.session()
    assert t.standing.nodes == ()
    assert t.headset.held[node_key(LOCK)] == "false"


def test_what_can_neither_be_deleted_nor_reset_is_left_and_says_so() -> None:
    t = talk(wish("./DevDetail/Ext/Microsoft/DeviceName", "HALL-7"))
    t.headset.held[t.wanted.nodes[0].key] = "HOLOLENS-ABC"
    t.session()
    assert t.states() == {"DeviceName": S.VERIFIED}
    t.want()
    t.session()
    assert t.states() == {"DeviceName": S.LEFT}
    assert "without a reset" in t.node("DeviceName").text
    assert t.standing.is_settled


def test_what_can_only_go_with_its_neighbors_goes_with_them() -> None:
    blob, place = wish(PFX + "PFXCertBlob", "QUJD"), wish(PFX + "KeyLocation", "1")
    t = talk(blob, place)
    t.session()
    t.want(place)
    t.session()
    assert t.states() == {"PFXCertBlob": S.LEFT, "KeyLocation": S.VERIFIED}
    t.want()
    t.session()
    assert t.standing.nodes == ()
    assert t.headset.held == {}
    deletes = [each for each in t.headset.log if each.verb is Verb.DELETE]
    assert only(deletes) == [("delete", "a")]


def test_a_removal_that_was_refused_is_retried_and_then_left_behind() -> None:
    t = talk(wish(RADIO, "0"))
    t.session()
    t.want()
    t.headset.deaf.add(node_key(RADIO))
    t.session()
    assert t.states() == {"AllowBluetooth": S.REMOVING}
    for wait in (timedelta(minutes=16), timedelta(hours=5), timedelta(hours=25)):
        t.session(wait)
    assert t.states() == {"AllowBluetooth": S.LEFT}


def test_what_is_wanted_again_while_it_is_removed_is_set_again() -> None:
    t = talk(wish(RADIO, "0"))
    t.session()
    t.want()
    t.now += timedelta(hours=1)
    t.started = t.now
    t.message()
    t.want(wish(RADIO, "0"))
    t.session()
    assert t.states() == {"AllowBluetooth": S.VERIFIED}
    assert t.headset.held[node_key(RADIO)] == "0"


def test_a_profile_with_a_wanted_neighbour_is_not_removed_whole() -> None:
    proxy = "./Vendor/MSFT/WiFi/Profile/Hall/Proxy"
    t = talk(wish(NETWORK, XML.format("Hall")), wish(proxy, "a:8080"))
    t.session()
    t.want(wish(NETWORK, XML.format("Hall")))
    t.session()
    t.session()
    assert list(t.headset.held) == [node_key(NETWORK)]


# --- order ----------------------------------------------------------------------------------------


def test_phases_go_in_order_and_lock_downs_after_a_later_contact() -> None:
    t = talk(
        wish(WIFI, "0"),
        wish(KIOSK, "<x/>"),
        wish(TRUSTED, "1"),
        wish(RADIO, "0"),
        wish(NETWORK, XML.format("Hall")),
        wish(ROOT, "QUJD"),
        wish(CODE, "QUJD"),
    )
    t.session()
    assert only(t.headset.log) == [
        ("add", "EncodedCertificate"),
        ("add", "WlanXml"),
        ("replace", "AllowBluetooth"),
        ("replace", "AllowAllTrustedApps"),
        ("add", "Configuration"),
        ("add", "Policy"),
    ]
    node = t.node("AllowManualWiFiConfiguration")
    assert node.state is S.PENDING
    assert "has come back" in node.text
    assert needs_planning(t.standing, t.tree_id, device_print(HL2), t.now)
    t.session()
    assert only(t.headset.log)[-1] == ("replace", "AllowManualWiFiConfiguration")
    assert set(t.states().values()) == {S.VERIFIED}


def test_a_failed_certificate_does_not_hold_the_rest() -> None:
    t = talk(wish(ROOT, "QUJD"), wish(RADIO, "0"), wish(WIFI, "0"))
    t.headset.refusing[node_key(ROOT)] = 500
    t.session()
    assert t.states() == {
        "EncodedCertificate": S.FAILED,
        "AllowBluetooth": S.VERIFIED,
        "AllowManualWiFiConfiguration": S.VERIFIED,
    }


def test_nothing_is_locked_down_while_a_network_failed() -> None:
    t = talk(wish(NETWORK, "<x/>"), wish(WIFI, "0"))
    t.headset.refusing[node_key(NETWORK)] = 500
    t.session()
    t.session()
    assert t.states()["AllowManualWiFiConfiguration"] is S.PENDING
    assert "a network setting failed" in t.node("AllowManualWiFiConfiguration").text


def test_lock_downs_are_lifted_first_and_networks_removed_after_the_new_one_carried() -> None:
    t = talk(wish(WIFI, "0"), wish(NETWORK, XML.format("Hall")))
    t.session()
    t.session()
    t.want(wish(NETWORK_2, XML.format("Yard")))
    t.headset.log.clear()
    t.session()
    assert only(t.headset.log) == [
        ("delete", "AllowManualWiFiConfiguration"),
        ("add", "WlanXml"),
    ]
    t.session()
    assert only(t.headset.log)[-1] == ("delete", "Hall")


def test_a_lock_down_waits_for_nobody_who_is_not_there() -> None:
    t = talk(wish(USER_CERT, "QUJD"), wish(WIFI, "0"), user=False)
    t.session()
    assert t.states()["AllowManualWiFiConfiguration"] is S.VERIFIED


# --- staged roll-outs -----------------------------------------------------------------------------


def guarded(device: str, staged: dict[str, Staged]) -> Talk:
    nodes = (wish(WIFI, "0", guard="prf_a/1"), wish(RADIO, "0"))
    return talk(*nodes, staged=staged, device=DeviceId(device))


def test_the_first_device_claims_and_the_next_session_releases() -> None:
    staged: dict[str, Staged] = {}
    first, second = guarded("dev_1", staged), guarded("dev_2", staged)
    made = first.session()
    assert [each.claims for each in made if each.claims] == [("prf_a/1",)]
    assert not any(each.releases for each in made)
    second.session()
    assert second.states() == {
        "AllowManualWiFiConfiguration": S.PENDING,
        "AllowBluetooth": S.VERIFIED,
    }
    assert "one headset has it" in second.node("AllowManualWiFiConfiguration").text
    assert needs_planning(first.standing, first.tree_id, device_print(HL2), first.now)
    made = first.session()
    assert made[0].releases == ("prf_a/1",)
    second.session()
    assert set(second.states().values()) == {S.VERIFIED}
    assert not needs_planning(second.standing, second.tree_id, device_print(HL2), second.now)


def test_a_scout_that_failed_does_not_release_and_says_so() -> None:
    t = guarded("dev_1", {})
    t.headset.refusing[node_key(WIFI)] = 500
    t.session()
    t.session()
    assert not any(each.releases for each in t.plans)
    assert "go on waiting" in t.node("AllowManualWiFiConfiguration").text


def test_a_device_that_lacks_the_setting_does_not_become_the_scout() -> None:
    t = talk(
        wish(POLICY + "MixedReality/SkipCalibrationDuringSetup", "1", guard="prf_a/1"),
        facts=DeviceFacts("HoloLens 2", 136, "18362.1039"),
    )
    t.session()
    assert t.staged == {}


def test_a_device_that_has_the_setting_already_does_not_become_the_scout() -> None:
    t = talk(wish(WIFI, "0", guard="prf_a/1"))
    t.headset.held[node_key(WIFI)] = "0"
    t.session()
    assert t.staged == {}
    assert set(t.states().values()) == {S.VERIFIED}


# --- idle, and preview ----------------------------------------------------------------------------


def test_nothing_is_planned_for_a_settled_device() -> None:
    t = talk(wish(RADIO, "0"))
    assert needs_planning(t.standing, t.tree_id, device_print(HL2), t.now)
    t.session()
    assert not needs_planning(t.standing, t.tree_id, device_print(HL2), t.now)
    assert needs_planning(t.standing, "another", device_print(HL2), t.now)


def test_a_preview_shows_every_command_with_its_reason_and_what_is_not_sent() -> None:
    t = talk(
        wish(WIFI, "0"),
        wish(RADIO, "0"),
        wish(CORTANA, "0"),
        wish(POLICY + "MixedReality/AutoLogonUser", "a@b.example"),
        facts=DeviceFacts("HoloLens 2", 136, "19041.1128"),
    )
    facts = [t.headset.get(RADIO, t.now - timedelta(days=3))]
    t.headset.held[node_key(CORTANA)] = "0"
    facts.append(t.headset.get(CORTANA, t.now - timedelta(days=3)))
    t.known = t.known.learn(facts)
    shown = preview(catalog(), t.wanted, t.standing, t.known, t.around())
    rows = {each.uri.rpartition("/")[2]: each for each in shown}
    assert rows["AllowBluetooth"].verb is Verb.REPLACE
    assert rows["AllowBluetooth"].reason == "it is not set"
    assert rows["AllowCortana"].verb is None
    assert rows["AllowCortana"].reason == "it is as wanted"
    assert "not known" in rows["AllowManualWiFiConfiguration"].reason
    assert rows["AllowManualWiFiConfiguration"].verb is Verb.REPLACE
    assert rows["AutoLogonUser"].verb is None
    assert "19041.1128" in rows["AutoLogonUser"].reason
    assert "a@b.example" not in repr(shown)


def test_a_preview_shows_what_would_be_taken_away() -> None:
    t = talk(wish(RADIO, "0"))
    t.session()
    t.want()
    (row,) = preview(catalog(), t.wanted, t.standing, t.known, t.around())
    assert (row.verb, row.reason) == (Verb.DELETE, "no longer wanted")


def test_405_to_the_removal_of_a_user_node_waits_for_the_next_session() -> None:
    t = talk(wish(USER_CERT, "QUJD"))
    t.session()
    t.want()
    t.now += timedelta(hours=1)
    t.started = t.now
    (step,) = t.plan().steps
    t.standing = sent(t.plan().standing, {step.id: 1}, (), t.now)
    t.now += timedelta(seconds=1)
    t.hear((), [Outcome(step.id, OperationState.FAILED, 405)])
    assert t.plan().steps == ()
    t.session()
    assert t.standing.nodes == ()
    assert t.headset.held == {}


def test_removing_a_proxy_leaves_the_network_that_was_there_before() -> None:
    proxy = "./Vendor/MSFT/WiFi/Profile/Hall/Proxy"
    t = talk(wish(NETWORK, XML.format("Hall")), wish(proxy, "a:8080"))
    t.headset.held[node_key(NETWORK)] = XML.format("Hall")
    t.session()
    t.want()
    t.session()
    t.session()
    assert list(t.headset.held) == [node_key(NETWORK)]


# --- losses ---------------------------------------------------------------------------------------


def lost_once(t: Talk, state: OperationState = OperationState.QUEUED) -> None:
    """Plan, send, and lose the answer to a command that was carried out."""
    t.message()
    made = t.plan()
    t.standing = sent(made.standing, {each.id: 1 for each in made.steps}, (), t.now)
    t.headset.run(made.steps)
    t.now += timedelta(seconds=1)
    t.hear((), [Outcome(each.id, state, None, "lost", 1) for each in made.steps])


def test_a_lost_command_is_not_sent_again_where_it_took_effect() -> None:
    t = talk(wish(NETWORK, XML.format("Hall")))
    lost_once(t)
    assert t.states() == {"WlanXml": S.PENDING}
    t.session()
    assert len(t.headset.log) == 1
    assert t.states() == {"WlanXml": S.VERIFIED}
    t.want()
    t.session()
    assert t.headset.held == {}


def test_a_command_that_was_dropped_is_tried_once_more_a_day_later() -> None:
    t = talk(wish(RADIO, "0"))
    lost_once(t, OperationState.FAILED)
    node = t.node("AllowBluetooth")
    assert node.state is S.FAILED
    assert node.retry_at == t.now + timedelta(hours=24)
    assert node.text.startswith("lost")


def test_outcomes_of_others_and_of_commands_not_on_their_way_change_nothing() -> None:
    t = talk(wish(RADIO, "0"))
    t.session()
    before = t.standing
    key = node_key(RADIO)
    t.hear(
        (),
        [
            Outcome(OperationId("op_1"), OperationState.FAILED, 500),
            Outcome(step_id(Verb.REPLACE, key), OperationState.FAILED, 500),
            Outcome(step_id(Verb.ADD, "./device/else"), OperationState.DONE, 200),
        ],
    )
    assert t.standing == before


def test_what_is_on_its_way_is_rebuilt_under_its_id_with_its_value() -> None:
    t = talk(wish(RADIO, "0"), wish(NETWORK, XML.format("Hall")))
    t.message()
    made = t.plan()
    standing = sent(made.standing, {each.id: 2 for each in made.steps}, (), t.now)
    (step,) = outstanding(t.wanted, standing, catalog())
    assert step.id == made.steps[0].id
    assert step.operation == made.steps[0].operation
    assert step.deliveries == 2
    (gone,) = outstanding(tree(), standing, catalog())
    assert gone.id == step.id


def test_only_what_went_out_is_marked_as_sent() -> None:
    t = talk(wish(RADIO, "0"), wish(POLICY + "Experience/AllowCortana", "0"))
    t.message()
    made = t.plan()
    standing = sent(made.standing, {made.steps[0].id: 1}, (), t.now)
    assert [each.state for each in standing.nodes] == [S.SENT, S.PENDING]


def test_202_is_applied_and_read_again_in_later_sessions() -> None:
    t = talk(wish(RADIO, "0"), headset=held(Connectivity__AllowBluetooth="2"))
    t.message()
    made = t.plan()
    t.standing = sent(made.standing, {each.id: 1 for each in made.steps}, (), t.now)
    t.now += timedelta(seconds=1)
    t.hear((), [Outcome(made.steps[0].id, OperationState.DONE, 202)])
    t.session()
    assert t.states() == {"AllowBluetooth": S.APPLIED}
    assert "later" in t.node("AllowBluetooth").text
    t.headset.held[node_key(RADIO)] = "0"
    t.session()
    assert t.states() == {"AllowBluetooth": S.VERIFIED}


# --- which facts count ----------------------------------------------------------------------------


def test_a_value_that_comes_with_the_answer_to_a_command_is_not_taken_for_a_read_back() -> None:
    t = talk(wish(RADIO, "0"), headset=held(Connectivity__AllowBluetooth="2"))
    t.message()
    (step,) = t.plan().steps
    t.standing = sent(t.plan().standing, {step.id: 1}, (), t.now)
    t.now += timedelta(seconds=1)
    before = t.headset.get(RADIO, t.now)
    t.hear([before], [Outcome(step.id, OperationState.DONE, 200)])
    assert t.states() == {"AllowBluetooth": S.APPLIED}
    assert len(t.plan().asks) == 2


def test_a_lost_command_makes_what_was_known_before_it_worthless() -> None:
    t = talk(wish(NETWORK, XML.format("Hall")))
    lost_once(t)
    made = t.plan()
    assert made.steps == ()
    assert made.asks == (NETWORK,)


@pytest.mark.parametrize(("status", "state"), [(404, S.APPLIED), (405, S.VERIFIED)])
def test_a_policy_that_is_not_in_effect_is_not_verified_one_that_cannot_be_told_is(
    status: int, state: SettingState
) -> None:
    t = talk(wish(RADIO, "0"))
    t.headset.unreadable[node_key(RADIO.replace("Config", "Result"))] = status
    t.session()
    assert t.states() == {"AllowBluetooth": state}


def test_policies_go_together_once_all_of_them_are_known() -> None:
    cortana = POLICY + "Experience/AllowCortana"
    t = talk(wish(RADIO, "0"), wish(cortana, "0"))
    t.known = t.known.learn([t.headset.get(RADIO, t.now)])
    made = t.plan()
    assert made.steps == ()
    assert made.asks[-1] == cortana
    t.message()
    assert len(t.plan().steps) == 2


def test_an_add_that_is_refused_as_there_after_we_took_it_away_is_a_failure() -> None:
    t = talk(wish(VPN, "<new/>"))
    t.headset.held[node_key(VPN)] = "<old/>"
    t.headset.refusing[node_key(VPN)] = 418
    t.session()
    assert t.states() == {"ProfileXML": S.FAILED}
    assert only(t.headset.log) == [("delete", "Work"), ("add", "ProfileXML")]
    t.headset.refusing.clear()
    t.session(timedelta(minutes=20))
    assert t.states() == {"ProfileXML": S.VERIFIED}


def test_a_node_that_the_catalog_does_not_know_is_left_to_the_headset() -> None:
    uri = "./Vendor/MSFT/Novelty/Switch"
    t = talk(wish(uri, "1"))
    t.session()
    assert only(t.headset.log) == [("add", "Switch")]
    assert t.states() == {"Switch": S.VERIFIED}
    t.want()
    t.session()
    assert t.headset.held == {}


def test_a_value_too_long_to_be_kept_is_applied_and_rests() -> None:
    t = talk(wish(KIOSK, "<a>" + "x" * 300_000 + "</a>"))
    t.session()
    assert t.states() == {"Configuration": S.APPLIED}
    assert "too long" in t.node("Configuration").text
    assert len(t.headset.log) == 1


def test_a_wish_that_changes_while_it_is_on_its_way_is_sent_after_the_answer() -> None:
    t = talk(wish(RADIO, "0"))
    t.message()
    (step,) = t.plan().steps
    t.standing = sent(t.plan().standing, {step.id: 1}, (), t.now)
    t.want(wish(RADIO, "2"))
    assert t.plan().steps == ()
    t.headset.run([step])
    t.now += timedelta(seconds=1)
    t.hear((), [Outcome(step.id, OperationState.DONE, 200)])
    t.session()
    assert t.headset.held[node_key(RADIO)] == "2"
    assert t.states() == {"AllowBluetooth": S.VERIFIED}


def test_what_is_withdrawn_while_it_is_on_its_way_is_taken_away_after_the_answer() -> None:
    t = talk(wish(RADIO, "0"))
    t.message()
    (step,) = t.plan().steps
    t.standing = sent(t.plan().standing, {step.id: 1}, (), t.now)
    t.want()
    assert t.plan().steps == ()
    t.headset.run([step])
    t.now += timedelta(seconds=1)
    t.hear((), [Outcome(step.id, OperationState.DONE, 200)])
    t.session()
    assert t.headset.held == {}
    assert t.standing.nodes == ()


def test_what_failed_and_was_never_ours_is_forgotten_when_it_is_withdrawn() -> None:
    t = talk(wish(RADIO, "0"), headset=held(Connectivity__AllowBluetooth="2"))
    t.headset.refusing[node_key(RADIO)] = 500
    t.session()
    t.want()
    t.session()
    assert t.standing.nodes == ()
    assert list(t.headset.held.values()) == ["2"]


def test_nothing_of_an_atomic_goes_while_a_part_of_it_has_to_wait() -> None:
    blob, place = wish(PFX + "PFXCertBlob", "QUJD"), wish(PFX + "KeyLocation", "1", guard="p/1")
    t = talk(blob, place, staged={"p/1": Staged(DeviceId("dev_9"))})
    t.session()
    assert t.headset.log == []
    assert "other settings below the same node" in t.node("PFXCertBlob").text
    t.staged["p/1"] = Staged(DeviceId("dev_9"), released=True)
    t.session()
    assert set(t.states().values()) == {S.VERIFIED}


def test_a_scout_to_which_nothing_applies_any_more_releases_nobody() -> None:
    t = talk(
        wish(POLICY + "MixedReality/SkipCalibrationDuringSetup", "1", guard="p/1"),
        facts=DeviceFacts("HoloLens 2", 136, "18362.1039"),
        staged={"p/1": Staged(DeviceId("dev_1"))},
    )
    t.session()
    t.session()
    assert not any(each.releases for each in t.plans)
