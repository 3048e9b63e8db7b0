"""The server's own wishes through real turns: lost replies, refusals, repetitions, other users.

The headset here is a table of nodes that answers what a test says; the engine is the real one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.session.client import DEV, URL, answer, commands, package1

from lenskeep.base.identifiers import ProfileId
from lenskeep.desired.inventory import SOFTWARE
from lenskeep.desired.known import Known
from lenskeep.desired.profile import Owner
from lenskeep.desired.standing import DeviceStanding, NodeStanding, SettingState
from lenskeep.desired.wanted import WantedNode, WantedTree
from lenskeep.enrollment.first_run.arrival import Stage, begin
from lenskeep.enrollment.first_run.model import Button, FirstRunPlan, Trouble
from lenskeep.enrollment.wearer.wishes import wearer_wishes
from lenskeep.enrollment.wearer.words import WearerWords
from lenskeep.flows.device.own.expecting import Wanting
from lenskeep.flows.device.own.housewishes import (
    HouseVoice,
    HouseWish,
    Spoken,
    first_memory,
    load_memory,
)
from lenskeep.session.engine import converse
from lenskeep.session.state import Session, Standing
from lenskeep.tree.fact import Fact
from lenskeep.tree.uri import node_key, parse_uri
from lenskeep.tree.value import Format
from lenskeep.wire.syncml.model import Message, Request

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ACCOUNT = "./Device/Vendor/MSFT/DMClient/Provider/Lenskeep"
PAGE = f"{ACCOUNT}/FirstSyncStatus"
USER_ACCOUNT = "./User/Vendor/MSFT/DMClient/Provider/Lenskeep"
FINISHED = f"{PAGE}/ServerHasFinishedProvisioning"
USER_FINISHED = f"{USER_ACCOUNT}/FirstSyncStatus/ServerHasFinishedProvisioning"
SKIP_DEVICE = f"{PAGE}/SkipDeviceStatusPage"
SKIP_USER = f"{PAGE}/SkipUserStatusPage"
POLICIES = f"{PAGE}/ExpectedPolicies"
CAMERA = "./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera"
WIFI = "./Device/Vendor/MSFT/WiFi/Profile/Lab/WlanXml"
WAY = "autopilot"
OWNER = Owner(ProfileId("prf_1"), "base", 1)


def wanting(**states: SettingState) -> Wanting:
    """What profiles want: `camera` and `wifi`, standing so."""
    uris = {"camera": CAMERA, "wifi": WIFI}
    found = sorted((uris[name], state) for name, state in states.items())
    nodes = tuple(
        WantedNode(parse_uri(uri), Format.CHR, "1", f"m{uri}", (OWNER,)) for uri, _ in found
    )
    stand = tuple(NodeStanding(uri, state, NOW) for uri, state in found)
    return Wanting(WantedTree(nodes), DeviceStanding("t", stand))


PENDING = wanting(camera=SettingState.PENDING)
READY = wanting(camera=SettingState.VERIFIED)


@dataclass
class Headset:
    """A headset in its first run, and what the server keeps of it."""

    stored: str
    words: tuple[HouseWish, ...] = ()
    now: datetime = NOW
    known: Known = field(default_factory=Known)
    want: Wanting | None = None
    session: Session | None = None
    number: int = 0
    nodes: dict[str, str | None] = field(default_factory=dict)
    """What it took, by LocURI; the newest last."""
    received: list[tuple[str, str | None]] = field(default_factory=list)
    refusing: Mapping[str, int] = field(default_factory=dict)
    spoken: list[Spoken] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)

    def tell_what_it_is(self) -> None:
        """Let it have answered the inventory."""
        self.known = self.known.learn([Fact(SOFTWARE, 200, NOW, Format.CHR, "10.0.22621.1244")])

    @property
    def stage(self) -> Stage:
        """Where its first run stands for the server."""
        arrival = load_memory(self.stored).arrival
        return arrival.stage if arrival is not None else Stage.OVER

    def take(self, message: Message) -> bytes:
        """Let the server take a turn, and store it."""
        voice = HouseVoice(self.stored, self.words, self.known, self.now)
        standing = Standing(DEV, URL, self.session, voice.on_their_way(self.want), ())
        turn = converse(standing, message, self.now, lambda news: voice(news, self.want))
        spoken = voice.after(turn)
        self.session, self.stored = turn.session, spoken.memory
        self.spoken.append(spoken)
        if spoken.noticed:
            self.words = ()
        return turn.reply

    def sync(self, user: str = "none", lose: Sequence[bool] = ()) -> None:
        """Have one session; `lose` says, answer by answer, which the headset never sees."""
        self.number += 1
        self.now += timedelta(seconds=1)
        losses = iter(lose)
        message = package1(str(self.number), user=user)
        for _ in range(40):
            reply = self.take(message)
            if next(losses, False) or not reply:
                return
            asked = commands(reply)
            if not asked:
                return
            codes = {uri: self._carry_out(each) for each in asked for uri in _targets(each)}
            message = answer(reply, codes=codes)
        raise AssertionError("the session never ends")

    def _carry_out(self, asked: Request) -> int:
        uri, value = asked.items[0].target or "", asked.items[0].data
        self.received.append((uri, value))
        code = self.refusing.get(uri, 200)
        if code == 200 and asked.name.value == "Replace" and uri in self.gone:
            code = 404
        if code == 200:
            self.nodes[uri] = value
            self.gone.discard(uri)
        return code


def _targets(asked: Request) -> list[str]:
    return [each.target or "" for each in asked.items]


def arriving(plan: FirstRunPlan | None = None, *, has_user: bool = False) -> Headset:
    """A headset that has just enrolled."""
    plan = plan or FirstRunPlan(ways=frozenset({WAY}))
    arrival = begin(plan, WAY, has_user=has_user, build="22621.1244", now=NOW)
    return Headset(first_memory(arrival))


# --- the plain course ---------------------------------------------------------------------


def test_a_headset_whose_first_run_is_off_is_asked_nothing_and_costs_nothing() -> None:
    """Nothing is stored, and nothing is sent."""
    headset = Headset(first_memory(begin(FirstRunPlan(), WAY, has_user=False, build="", now=NOW)))

    headset.sync()

    assert headset.stored == ""
    assert headset.received == []


def test_another_way_of_coming_than_those_that_are_held_up_is_let_through() -> None:
    """The plan names Autopilot; this headset came by a package."""
    plan = FirstRunPlan(ways=frozenset({WAY}))

    assert begin(plan, "package", has_user=False, build="", now=NOW) is None


def test_the_page_is_announced_before_it_is_known_what_the_headset_gets() -> None:
    """Page, time, buttons and logs go out at once; the lists wait for the inventory."""
    headset = arriving()
    headset.want = PENDING

    headset.sync()

    assert {
        SKIP_DEVICE: "false",
        f"{PAGE}/TimeOutUntilSyncFailure": "60",
        f"{PAGE}/BlockInStatusPage": "2",
        f"{PAGE}/AllowCollectLogsButton": "true",
    } == headset.nodes
    assert headset.stage is Stage.ANNOUNCING


def test_the_lists_name_what_is_expected_and_are_sent_once() -> None:
    """A policy and a network, each in the list of its kind, and not again while nothing changes."""
    headset = arriving()
    headset.want = wanting(camera=SettingState.PENDING, wifi=SettingState.PENDING)
    headset.tell_what_it_is()

    headset.sync()
    headset.sync()

    assert headset.nodes[POLICIES] == CAMERA
    assert headset.nodes[f"{PAGE}/ExpectedNetworkProfiles"] == WIFI
    assert [uri for uri, _ in headset.received].count(POLICIES) == 1
    assert headset.stage is Stage.DELIVERING


def test_several_entries_are_divided_by_the_private_use_character() -> None:
    """CSP: FirstSyncStatus lists are separated by U+F000."""
    headset = arriving()
    other = "./Device/Vendor/MSFT/Policy/Config/Wifi/AllowWiFi2"
    tree = WantedTree(
        tuple(WantedNode(parse_uri(uri), Format.CHR, "1", uri, (OWNER,)) for uri in (CAMERA, other))
    )
    headset.want = Wanting(tree, DeviceStanding())
    headset.tell_what_it_is()

    headset.sync()

    assert headset.nodes[POLICIES] == f"{CAMERA}\uf000{other}"


def test_a_headset_is_let_go_when_all_is_there() -> None:
    """Not before: it stays held up as long as one setting is pending."""
    headset = arriving()
    headset.want = PENDING
    headset.tell_what_it_is()
    headset.sync()
    held = FINISHED in headset.nodes

    headset.want = READY
    headset.sync()

    assert held is False
    assert headset.nodes[FINISHED] == "true"
    assert f"{PAGE}/IsSyncDone" not in headset.nodes
    assert headset.stored == ""


def test_nothing_wanted_lets_it_go_once_it_told_what_it_is() -> None:
    """Until the inventory is in, it is not known which groups the headset belongs to."""
    headset = arriving()
    headset.sync()
    before = FINISHED in headset.nodes

    headset.tell_what_it_is()
    headset.sync()

    assert before is False
    assert headset.nodes[FINISHED] == "true"


def test_what_the_headset_does_not_have_is_not_expected_of_it() -> None:
    """A list with a node that never comes would hold the page up for ever; it is sent anew."""
    headset = arriving()
    headset.tell_what_it_is()
    headset.want = wanting(camera=SettingState.PENDING, wifi=SettingState.PENDING)
    headset.sync()

    headset.want = wanting(camera=SettingState.NOT_APPLICABLE, wifi=SettingState.VERIFIED)
    headset.sync()

    assert headset.nodes[f"{PAGE}/ExpectedNetworkProfiles"] == WIFI
    assert headset.nodes[FINISHED] == "true"


def test_each_step_stands_on_the_timeline_once() -> None:
    """Delivering, then let go and over."""
    headset = arriving()
    headset.want = PENDING
    headset.tell_what_it_is()
    headset.sync()
    headset.sync()
    headset.want = READY
    headset.sync()

    lines = [dict(line) for spoken in headset.spoken for line in spoken.lines]
    assert lines == [
        {"stage": "it gets its settings"},
        {"stage": "it is let go", "outcome": "done"},
        {"stage": "over", "outcome": "done"},
    ]


# --- trouble ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trouble", "success", "is_done"),
    [(Trouble.LET_IN, "1", "true"), (Trouble.SHOW_ERROR, "0", None)],
)
def test_when_time_is_up_it_is_let_go_as_configured(
    trouble: Trouble, success: str, is_done: str | None
) -> None:
    """Let in, or shown as failed with the buttons that the page has; released in any case."""
    headset = arriving(FirstRunPlan(ways=frozenset({WAY}), timeout_min=30, on_trouble=trouble))
    headset.want = PENDING
    headset.tell_what_it_is()
    headset.sync()

    headset.now += timedelta(minutes=30)
    headset.sync()

    assert headset.nodes[FINISHED] == "true"
    assert headset.nodes[f"{PAGE}/WasDeviceSuccessfullyProvisioned"] == success
    assert headset.nodes.get(f"{PAGE}/IsSyncDone") == is_done
    assert headset.stored == ""


def test_a_headset_that_was_away_and_has_all_is_done_and_not_late() -> None:
    """Time is up, and nothing is missing: then that is no trouble."""
    headset = arriving()
    headset.want = PENDING
    headset.tell_what_it_is()
    headset.sync()

    headset.now += timedelta(days=1)
    headset.want = READY
    headset.sync()

    assert headset.nodes[FINISHED] == "true"
    assert f"{PAGE}/WasDeviceSuccessfullyProvisioned" not in headset.nodes


def test_a_setting_that_was_refused_ends_it_as_failed() -> None:
    """All is settled, so there is nothing more to wait for."""
    headset = arriving()
    headset.tell_what_it_is()
    headset.want = wanting(camera=SettingState.FAILED)

    headset.sync()

    lines = [dict(line) for spoken in headset.spoken for line in spoken.lines]
    assert {"stage": "it is let go", "outcome": "failed", "refused": CAMERA} in lines
    assert {"stage": "over", "outcome": "failed"} in lines
    assert headset.nodes[f"{PAGE}/IsSyncDone"] == "true"


@pytest.mark.parametrize("status", [404, 406])
def test_a_headset_without_the_page_is_over_at_once(status: int) -> None:
    """Its first run is not held up, so that there is nothing to let go."""
    headset = arriving()
    headset.want = PENDING
    headset.refusing = {SKIP_DEVICE: status}

    headset.sync()

    assert headset.stored == ""
    assert FINISHED not in headset.nodes


def test_a_part_of_the_announcement_that_is_refused_holds_nothing_up() -> None:
    """An old build has no error text of ours; the rest goes on."""
    headset = arriving(FirstRunPlan(ways=frozenset({WAY}), error_text="Call Anna"))
    headset.tell_what_it_is()
    headset.refusing = {f"{PAGE}/CustomErrorText": 405}

    headset.sync()

    assert headset.nodes[FINISHED] == "true"
    assert [uri for uri, _ in headset.received].count(f"{PAGE}/CustomErrorText") == 1


def test_the_release_is_sent_in_every_session_until_it_is_taken() -> None:
    """Once a session: a headset that answers 500 is not asked again and again in the same one."""
    headset = arriving()
    headset.tell_what_it_is()
    headset.refusing = {FINISHED: 500}
    for _ in range(3):
        headset.sync()
    asked = [uri for uri, _ in headset.received].count(FINISHED)

    headset.refusing = {}
    headset.sync()

    assert asked == 3
    assert headset.nodes[FINISHED] == "true"
    assert headset.stored == ""


def test_an_answer_that_was_lost_skips_nothing() -> None:
    """The headset never saw the announcement: it is sent again before anything is released."""
    headset = arriving()
    headset.tell_what_it_is()

    headset.sync(lose=[True])
    headset.sync(lose=[True])
    headset.sync()

    assert headset.nodes[SKIP_DEVICE] == "false"
    assert headset.nodes[FINISHED] == "true"
    uris = [uri for uri, _ in headset.received]
    assert uris.index(SKIP_DEVICE) < uris.index(FINISHED)


# --- users --------------------------------------------------------------------------------

WITH_USER = FirstRunPlan(ways=frozenset({WAY}), user_page=True)


def test_without_a_user_nobody_is_shown_the_page_at_sign_in() -> None:
    """Autopilot: the users who sign in later would all wait for a release that never comes."""
    headset = arriving(WITH_USER, has_user=False)
    headset.tell_what_it_is()

    headset.sync("user")

    assert SKIP_USER not in headset.nodes
    assert not any(uri.startswith("./User/") for uri, _ in headset.received)
    assert headset.stored == ""


def test_the_user_is_let_go_by_a_node_that_is_made_first() -> None:
    """The account's node below ./User is not there by itself."""
    headset = arriving(WITH_USER, has_user=True)
    headset.tell_what_it_is()

    headset.sync("none")
    before = USER_FINISHED in headset.nodes
    headset.sync("user")

    uris = [uri for uri, _ in headset.received]
    assert before is False
    assert uris.index(USER_ACCOUNT) < uris.index(USER_FINISHED)
    assert headset.nodes[USER_FINISHED] == "true"


def test_a_user_whose_context_is_not_ready_is_asked_once_a_session_until_200() -> None:
    """405, as Windows answers until the user's part is there."""
    headset = arriving(WITH_USER, has_user=True)
    headset.tell_what_it_is()
    headset.refusing = {USER_ACCOUNT: 405, USER_FINISHED: 405}
    for _ in range(4):
        headset.sync("user")
    asked = [uri for uri, _ in headset.received].count(USER_FINISHED)
    waiting = headset.stage

    headset.refusing = {USER_ACCOUNT: 418}
    headset.sync("user")

    assert asked == 4
    assert waiting is Stage.RELEASING
    assert headset.nodes[USER_FINISHED] == "true"
    assert headset.stored == ""


def test_a_second_user_is_not_held_up() -> None:
    """Once the first user is through, the page is turned off for those who come later."""
    headset = arriving(WITH_USER, has_user=True)
    headset.tell_what_it_is()

    headset.sync("user")

    assert [v for uri, v in headset.received if uri == SKIP_USER] == ["false", "true"]
    assert headset.nodes[SKIP_USER] == "true"


def test_a_first_user_who_never_comes_holds_nobody_up_after_the_time() -> None:
    """Others sign in: when time is up, they are not shown the page either."""
    headset = arriving(WITH_USER, has_user=True)
    headset.tell_what_it_is()
    headset.sync("others")
    before = headset.nodes[SKIP_USER]

    headset.now += timedelta(minutes=61)
    headset.sync("others")

    assert before == "false"
    assert headset.nodes[SKIP_USER] == "true"


# --- anything at all ----------------------------------------------------------------------

CODES = st.sampled_from([200, 200, 200, 405, 425, 500])
URIS = (SKIP_DEVICE, SKIP_USER, FINISHED, USER_FINISHED, USER_ACCOUNT, POLICIES)


@dataclass(frozen=True)
class Day:
    """One session of a bad day."""

    user: str
    lose: tuple[bool, ...]
    codes: dict[str, int]
    minutes: int
    is_ready: bool


DAYS = st.builds(
    Day,
    st.sampled_from(["none", "user", "others"]),
    st.tuples(st.booleans(), st.booleans(), st.booleans()),
    st.dictionaries(st.sampled_from(URIS), CODES),
    st.integers(0, 20),
    st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(days=st.lists(DAYS, max_size=8), has_user=st.booleans(), told_at=st.integers(0, 3))
def test_whatever_is_lost_or_refused_it_ends_and_never_too_early(
    days: list[Day], has_user: bool, told_at: int
) -> None:
    """Released only with everything there, or when time is up; in the end always released."""
    plan = FirstRunPlan(ways=frozenset({WAY}), user_page=True, buttons=frozenset(Button))
    headset = arriving(plan, has_user=has_user)
    ends = NOW + timedelta(minutes=plan.timeout_min)
    order, seen = list(Stage), 0
    for number, day in enumerate(days):
        if number >= told_at:
            headset.tell_what_it_is()
        headset.now += timedelta(minutes=day.minutes)
        headset.want = READY if day.is_ready else PENDING
        headset.refusing = day.codes
        had = FINISHED in headset.nodes
        headset.sync(day.user, day.lose)
        is_known = headset.known.get(SOFTWARE) is not None
        if not had and FINISHED in headset.nodes:
            assert (
                (day.is_ready and is_known) or headset.now >= ends or order[seen] is Stage.RELEASING
            )
        assert order.index(headset.stage) >= seen
        seen = order.index(headset.stage)
    headset.refusing, headset.want = {}, PENDING
    for _ in range(12):
        headset.now += timedelta(minutes=20)
        headset.sync("user")

    assert headset.stored == ""
    assert headset.nodes[FINISHED] == "true"
    if headset.nodes.get(SKIP_USER) is not None:
        assert headset.nodes[SKIP_USER] == "true"


@settings(max_examples=40, deadline=None)
@given(lose=st.lists(st.booleans(), max_size=6))
def test_the_same_turn_taken_twice_says_the_same(lose: list[bool]) -> None:
    """Deciding again after a conflict in the store, or after a restart, changes nothing."""
    one, other = arriving(WITH_USER, has_user=True), arriving(WITH_USER, has_user=True)
    for headset in (one, other):
        headset.tell_what_it_is()
        headset.want = READY
    for each in lose:
        one.sync("user", [each])
        other.take(package1(str(other.number + 1), user="user"))
        other.stored, other.session = _before(other, one)

    assert one.stored == other.stored


def _before(other: Headset, one: Headset) -> tuple[str, Session | None]:
    """Put the other headset where the first one is, as if its turn had never been committed."""
    other.number = one.number
    return one.stored, one.session


# --- what the wearer reads ----------------------------------------------------------------

WORDS = WearerWords(help_phone="+49 30 1234", help_email="help@example.org")


def told(words: WearerWords) -> tuple[HouseWish, ...]:
    """The wishes for an enrolled headset."""
    return wearer_wishes(words, "Lenskeep", "Ward 3", "enr_1")


def test_words_are_told_once_and_then_noted_as_told() -> None:
    """Name, phone, mail and our id; the page that was not set is taken away, 404 is fine."""
    headset = Headset("", told(WORDS), refusing={f"{ACCOUNT}/HelpWebsite": 404})

    headset.sync()

    assert headset.nodes == {
        f"{ACCOUNT}/EntDMID": "enr_1",
        f"{ACCOUNT}/EntDeviceName": "Ward 3",
        f"{ACCOUNT}/HelpPhoneNumber": "+49 30 1234",
        f"{ACCOUNT}/HelpEmailAddress": "help@example.org",
    }
    assert headset.spoken[-1].noticed is True
    assert headset.stored == ""


def test_a_node_that_is_not_there_is_added() -> None:
    """Replace of what enrollment did not bring answers 404."""
    headset = Headset("", told(WORDS))
    headset.gone = {f"{ACCOUNT}/HelpPhoneNumber"}
    headset.refusing = {f"{ACCOUNT}/HelpWebsite": 404}

    headset.sync()

    assert headset.nodes[f"{ACCOUNT}/HelpPhoneNumber"] == "+49 30 1234"
    assert headset.spoken[-1].noticed is True


def test_words_that_were_lost_on_the_way_are_told_again() -> None:
    """They are not noted as told before the headset took them."""
    headset = Headset("", told(WORDS))
    headset.sync(lose=[True])
    before = any(each.noticed for each in headset.spoken)

    for _ in range(8):
        headset.sync()

    assert before is False
    assert headset.spoken[-1].noticed or not headset.words
    assert headset.nodes[f"{ACCOUNT}/HelpPhoneNumber"] == "+49 30 1234"
    assert headset.stored == ""


def test_words_and_first_run_do_not_get_in_each_others_way() -> None:
    """Both in one session; each is over by itself."""
    headset = arriving()
    headset.words = told(WORDS)
    headset.want = PENDING
    headset.tell_what_it_is()

    headset.sync()

    assert headset.words == ()
    assert headset.stage is Stage.DELIVERING
    headset.want = READY
    headset.sync()
    assert headset.stored == ""


def test_the_house_has_ids_of_its_own() -> None:
    """So that nobody takes them for steps of a profile."""
    for each in told(WORDS):
        assert each.id.startswith("want|house|")
        assert node_key(each.uri) in each.id
