"""The enrollment status page: progress, outcome, buttons - and what cannot be changed any more."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from tests.virtual.tree.test_verbs import HARDWARE

from lenskeep.tree.operation import Verb
from lenskeep.virtual.builds import Profile, find_profile
from lenskeep.virtual.tree.book import rulebook
from lenskeep.virtual.tree.seed import AccountFacts, seeds
from lenskeep.virtual.tree.store import Tree
from lenskeep.virtual.tree.verbs import Act, Circumstances, perform
from lenskeep.virtual.world.status_page import (
    Moment,
    Row,
    Stage,
    StatusPage,
    begin,
    settle,
    status_page,
)

NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROOT: Final = "./Device/Vendor/MSFT/DMClient/Provider/P/FirstSyncStatus/"
USER: Final = "./User/Vendor/MSFT/DMClient/Provider/P"
LOCATION: Final = "./Device/Vendor/MSFT/Policy/Config/System/AllowLocation"
WIFI: Final = "./Device/Vendor/MSFT/WiFi/Profile/Ward"
APP: Final = "./User/Vendor/MSFT/EnterpriseModernAppManagement/AppManagement/nonStore/X_1"
COMPLETED: Final = "./Device/Vendor/MSFT/EnrollmentStatusTracking/Setup/HasProvisioningCompleted"
NEW, OLD = find_profile("22621.1244"), find_profile("20348.1503")


class Headset:
    """A tree with a clock and a user, moved by hand."""

    def __init__(self, profile: Profile = NEW) -> None:
        self.profile = profile
        account = AccountFacts("P", "P", "https://mdm.example/", "0" * 32)
        self.tree = Tree(rulebook(profile), seeds(profile, HARDWARE, account))
        self.minutes = 0
        self.user_at: int | None = None

    def do(self, verb: Verb, uri: str, value: str | None = None, format_: str = "chr") -> int:
        around = Circumstances(user_present=self.user_at is not None, local_time="", provider="P")
        return perform(self.tree, Act(verb, uri, format_, value), around).status

    def set(self, name: str, value: str, format_: str = "bool") -> int:
        return self.do(Verb.REPLACE, ROOT + name, value, format_)

    def page(self) -> StatusPage:
        user = None if self.user_at is None else NOW + timedelta(minutes=self.user_at)
        moment = Moment(NOW + timedelta(minutes=self.minutes), NOW, user)
        page = status_page(self.tree, self.profile, "P", moment)
        settle(self.tree, "P", page)
        return page

    def value(self, name: str) -> str | None:
        return self.tree.value(ROOT + name)


@pytest.fixture
def headset() -> Headset:
    found = Headset()
    found.set("SkipDeviceStatusPage", "false")
    return found


def test_without_the_server_s_word_nobody_sees_a_page() -> None:
    page = Headset().page()

    assert (page.device.stage, page.user.stage) == (Stage.SKIPPED, Stage.SKIPPED)
    assert page.lines() == ()
    assert not page.blocks


def test_progress_is_counted_from_the_lists(headset: Headset) -> None:
    policies = f"{LOCATION}\uf000./Device/Vendor/MSFT/Policy/Config/Experience/AllowCortana"
    assert headset.do(Verb.ADD, f"{ROOT}ExpectedPolicies", policies) == 200
    assert headset.do(Verb.ADD, f"{ROOT}ExpectedNetworkProfiles", WIFI) == 200
    assert headset.do(Verb.ADD, f"{ROOT}ExpectedModernAppPackages", f"{APP};3") == 200
    headset.do(Verb.REPLACE, LOCATION, "0", "int")
    headset.minutes = 10

    page = headset.page()

    assert page.device.stage is Stage.WORKING
    assert (Row("policies", 1, 2), Row("networks", 0, 1), Row("apps", 0, 3)) == page.device.rows
    assert page.minutes_left == 50
    assert "  policies: 1 of 2" in page.lines()


def test_it_is_done_only_once_the_server_says_that_it_has_finished(headset: Headset) -> None:
    headset.do(Verb.ADD, f"{ROOT}ExpectedPolicies", LOCATION)
    headset.do(Verb.REPLACE, LOCATION, "0", "int")
    assert headset.page().device.stage is Stage.WORKING
    assert headset.value("WasDeviceSuccessfullyProvisioned") == "2"
    assert headset.tree.value(COMPLETED) == "false"

    headset.set("ServerHasFinishedProvisioning", "true")

    assert headset.page().device.stage is Stage.DONE
    assert headset.tree.value(COMPLETED) == "true"
    assert headset.value("IsSyncDone") == "true"
    assert headset.value("WasDeviceSuccessfullyProvisioned") == "1"
    headset.minutes = 100
    assert headset.page().device.stage is Stage.DONE


def test_too_late_is_a_failure_with_the_buttons_that_the_server_left(headset: Headset) -> None:
    headset.set("TimeOutUntilSyncFailure", "5", "int")
    headset.set("BlockInStatusPage", "3", "int")
    headset.set("AllowCollectLogsButton", "true")
    headset.set("CustomErrorText", "Call Anna, 4711.", "chr")
    assert headset.page().blocks

    headset.minutes = 5
    page = headset.page()

    assert page.device.stage is Stage.TIMED_OUT
    assert page.buttons == ("Reset device", "Try again", "Collect logs")
    assert page.text == "Call Anna, 4711."
    assert page.blocks
    assert headset.value("WasDeviceSuccessfullyProvisioned") == "0"
    assert headset.value("IsSyncDone") == "false"


def test_the_reset_button_came_with_23h1() -> None:
    old = Headset(OLD)
    for name, value, format_ in (
        ("SkipDeviceStatusPage", "false", "bool"),
        ("BlockInStatusPage", "7", "int"),
    ):
        old.set(name, value, format_)
    old.minutes = 60

    page = old.page()

    assert page.buttons == ("Try again", "Continue anyway")
    assert not page.blocks


def test_trying_again_starts_the_clock_again(headset: Headset) -> None:
    headset.minutes = 60
    assert headset.page().device.stage is Stage.TIMED_OUT

    begin(headset.tree, "P")
    headset.minutes = 0

    assert headset.page().device.stage is Stage.WORKING


def test_the_server_can_force_the_outcome(headset: Headset) -> None:
    headset.set("WasDeviceSuccessfullyProvisioned", "0", "int")
    headset.set("IsSyncDone", "true")

    assert headset.page().device.stage is Stage.FAILED


@pytest.mark.parametrize(
    ("name", "values", "format_"),
    [
        ("ServerHasFinishedProvisioning", ("true", "true", "false"), "bool"),
        ("IsSyncDone", ("true", "true"), "bool"),
        ("WasDeviceSuccessfullyProvisioned", ("1", "0"), "int"),
    ],
)
def test_what_is_decided_once_stays_decided(
    headset: Headset, name: str, values: tuple[str, ...], format_: str
) -> None:
    """CFGMGR_E_COMMANDNOTALLOWED, says the device description of each."""
    *good, last = (headset.set(name, value, format_) for value in values)

    assert set(good) == {200}
    assert last == 405


def test_lists_are_frozen_once_the_server_has_finished(headset: Headset) -> None:
    uri = f"{ROOT}ExpectedPolicies"
    assert headset.do(Verb.ADD, uri, LOCATION) == 200
    headset.set("ServerHasFinishedProvisioning", "true")

    assert headset.do(Verb.REPLACE, uri, "") == 405
    assert headset.do(Verb.DELETE, uri) == 405
    assert headset.do(Verb.ADD, f"{ROOT}ExpectedNetworkProfiles", WIFI) == 405
    assert headset.do(Verb.GET, uri) == 200


def test_the_user_s_half_waits_for_a_user_and_for_its_provider(headset: Headset) -> None:
    finished = f"{USER}/FirstSyncStatus/ServerHasFinishedProvisioning"
    assert headset.do(Verb.ADD, USER, None, "node") == 405
    assert headset.do(Verb.REPLACE, finished, "true", "bool") == 405

    headset.user_at = 0
    assert headset.do(Verb.REPLACE, finished, "true", "bool") == 405
    assert headset.do(Verb.ADD, USER, None, "node") == 200
    assert headset.do(Verb.ADD, USER, None, "node") == 418
    assert headset.do(Verb.REPLACE, finished, "true", "bool") == 200


def test_the_user_s_half_has_its_own_lists_and_clock(headset: Headset) -> None:
    headset.set("SkipUserStatusPage", "false")
    headset.set("ServerHasFinishedProvisioning", "true")
    headset.minutes, headset.user_at = 100, 90
    headset.do(Verb.ADD, USER, None, "node")
    assert headset.do(Verb.ADD, f"{USER}/FirstSyncStatus/ExpectedPolicies", LOCATION) == 200

    page = headset.page()
    assert (page.device.stage, page.user.stage) == (Stage.DONE, Stage.WORKING)
    assert (Row("policies", 0, 1),) == page.user.rows
    headset.minutes = 151

    assert headset.page().user.stage is Stage.TIMED_OUT
    outcome = f"{USER}/FirstSyncStatus/WasDeviceSuccessfullyProvisioned"
    assert headset.tree.value(outcome) == "0"
