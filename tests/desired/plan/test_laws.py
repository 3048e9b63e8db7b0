"""Laws of planning, over wanted trees, headsets and losses made up at random.

Every message of `Talk` also checks that planning twice gives the same plan, and that hearing the
same answers twice changes nothing.
"""

import random
from collections import Counter
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.desired.plan.headset import HL2, POLICY, Headset, Talk, tree, wish

from lenskeep.desired.plan.due import device_print, needs_planning
from lenskeep.desired.standing import SettingState
from lenskeep.desired.wanted import WantedNode
from lenskeep.tree.operation import Verb

S = SettingState
SETTINGS = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_PFX = "./Device/Vendor/MSFT/ClientCertificateInstall/PFXCertInstall/a/"
CHOICES = {
    POLICY + "Connectivity/AllowBluetooth": ("0", "2"),
    POLICY + "Experience/AllowCortana": ("0", "1"),
    POLICY + "System/AllowLocation": ("0", "1"),
    POLICY + "Wifi/AllowManualWiFiConfiguration": ("0", "1"),
    POLICY + "ApplicationManagement/AllowAllTrustedApps": ("0", "1"),
    POLICY + "Settings/PageVisibilityList": ("showonly:network", "hide:about"),
    "./Vendor/MSFT/WiFi/Profile/Hall/WlanXml": ("<a/>", "<b/>"),
    "./Vendor/MSFT/WiFi/Profile/Yard/WlanXml": ("<c/>", "<d/>"),
    "./Vendor/MSFT/VPNv2/Work/ProfileXML": ("<e/>", "<f/>"),
    "./Vendor/MSFT/RootCATrustedCertificates/Root/AB12/EncodedCertificate": ("QUJD", "QUJE"),
    "./Vendor/MSFT/AssignedAccess/Configuration": ("<g/>", "<h/>"),
    _PFX + "PFXCertBlob": ("QUJD", "QUJE"),
    _PFX + "KeyLocation": ("1", "2"),
    "./User/Vendor/MSFT/ClientCertificateInstall/PFXCertInstall/b/PFXCertBlob": ("QUJD", "QUJE"),
}

wishes = st.dictionaries(
    st.sampled_from(sorted(CHOICES)), st.integers(0, 1), min_size=0, max_size=len(CHOICES)
)


def nodes(chosen: dict[str, int]) -> list[WantedNode]:
    return [wish(uri, CHOICES[uri][number]) for uri, number in chosen.items()]


def is_there(t: Talk) -> bool:
    """Return whether the headset holds all that applies to it and was not refused."""
    return all(
        t.headset.held.get(each.key) == each.value
        for each in t.wanted.nodes
        if t.standing.by_key[each.key].state in (S.VERIFIED, S.APPLIED)
    )


def settle(t: Talk, sessions: int = 12, wait: timedelta = timedelta(hours=25)) -> None:
    for _ in range(sessions):
        t.session(wait, limit=200)
        retried = any(each.state is S.FAILED and each.retry_at for each in t.standing.nodes)
        if t.standing.is_settled and not retried:
            return
    raise AssertionError(f"not settled: {t.standing.count()}")


@SETTINGS
@given(first=wishes, second=wishes)
def test_whatever_is_wanted_comes_true_and_then_nothing_is_sent(
    first: dict[str, int], second: dict[str, int]
) -> None:
    t = Talk(tree(*nodes(first)))
    settle(t)
    t.want(*nodes(second))
    settle(t)
    assert is_there(t)
    applying = [each for each in t.standing.nodes if each.state is not S.NOT_APPLICABLE]
    left = [each for each in applying if each.state is S.LEFT]
    assert {each.state for each in applying} <= {S.VERIFIED, S.APPLIED, S.LEFT}
    assert not left or (len(left) == 1 and "/PFXCertInstall/" in left[0].uri)
    count = len(t.headset.log)
    t.session(timedelta(hours=1))
    assert len(t.headset.log) == count


@SETTINGS
@given(chosen=wishes)
def test_what_is_known_is_never_sent_again(chosen: dict[str, int]) -> None:
    t = Talk(tree(*nodes(chosen)))
    settle(t)
    times = Counter((each.verb, each.uri.key) for each in t.headset.log)
    assert all(count == 1 for count in times.values())
    t.tree_id += "+"
    t.session(timedelta(minutes=1))
    assert len(t.headset.log) == sum(times.values())


@SETTINGS
@given(
    chosen=wishes,
    bad=st.sets(st.sampled_from(sorted(CHOICES)), max_size=3),
    seed=st.integers(0, 9999),
    loss=st.sampled_from([0.0, 0.1, 0.3]),
)
def test_with_refusals_and_losses_the_rest_still_comes_true(
    chosen: dict[str, int], bad: set[str], seed: int, loss: float
) -> None:
    wanted = nodes(chosen)
    refusing = {each.key: 500 for each in wanted if each.uri.text in bad}
    dice = random.Random(seed)
    t = Talk(tree(*wanted), Headset(refusing=refusing), is_lost=lambda: dice.random() < loss)
    for _ in range(12):
        t.session(timedelta(hours=25), limit=400)
    t.is_lost = lambda: False
    for _ in range(5):
        t.session(timedelta(hours=25))
    assert is_there(t)
    network = any("/wifi/profile" in key or "/vpnv2/" in key for key in refusing)
    for key in refusing:
        node = t.standing.by_key[key]
        held = network and "a network setting failed" in node.text  # it is never sent
        assert held or node.state in (S.FAILED, S.NOT_APPLICABLE)
    together = any("/pfxcertinstall/" in key for key in refusing)
    for each in t.standing.nodes:
        waits = network and each.state is S.PENDING and "a network setting failed" in each.text
        fell = together and each.state is S.FAILED and "/PFXCertInstall/" in each.uri
        dropped = loss > 0 and each.state is S.FAILED and "dropped" in each.text
        fine = each.state in (S.VERIFIED, S.APPLIED, S.NOT_APPLICABLE)
        assert fine or each.key in refusing or waits or fell or dropped


@SETTINGS
@given(chosen=wishes)
def test_taking_everything_away_brings_the_headset_back(chosen: dict[str, int]) -> None:
    t = Talk(tree(*nodes(chosen)))
    settle(t)
    t.want()
    settle(t)
    assert t.standing.nodes == ()
    assert t.headset.held == {}


@SETTINGS
@given(chosen=wishes)
def test_what_was_there_before_us_stays(chosen: dict[str, int]) -> None:
    wanted = nodes(chosen)
    t = Talk(tree(*wanted), Headset({each.key: each.value for each in wanted}))
    before = dict(t.headset.held)
    settle(t)
    t.want()
    settle(t)
    assert t.headset.held == before
    assert t.headset.log == []


@SETTINGS
@given(chosen=wishes)
def test_a_settled_device_is_not_planned_for(chosen: dict[str, int]) -> None:
    t = Talk(tree(*nodes(chosen)))
    settle(t)
    rests = all(each.state in (S.VERIFIED, S.NOT_APPLICABLE) for each in t.standing.nodes)
    assert rests
    assert not needs_planning(t.standing, t.tree_id, device_print(HL2), t.now)


@SETTINGS
@given(chosen=wishes)
def test_a_clock_that_stands_still_changes_nothing(chosen: dict[str, int]) -> None:
    t = Talk(tree(*nodes(chosen)), tick=timedelta(0))
    for _ in range(3):
        t.session(timedelta(minutes=1))
    assert is_there(t)
    states = {each.state for each in t.standing.nodes}
    assert states <= {S.VERIFIED, S.NOT_APPLICABLE}


@SETTINGS
@given(chosen=wishes, number=st.randoms(use_true_random=False))
def test_the_order_of_writing_does_not_matter(
    chosen: dict[str, int], number: random.Random
) -> None:
    shuffled = nodes(chosen)
    number.shuffle(shuffled)
    one, other = Talk(tree(*nodes(chosen))), Talk(tree(*shuffled))
    settle(one)
    settle(other)
    assert one.headset.log == other.headset.log
    adds = [each.uri.text for each in one.headset.log if each.verb is Verb.ADD]
    assert adds == list(dict.fromkeys(adds))
