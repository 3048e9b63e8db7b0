"""A body of settings held against one headset."""

from datetime import UTC, datetime
from typing import Final

import pytest
from tests.desired.document.catalogs import shipped

from lenskeep.desired.inventory import EDITION, MODEL, SOFTWARE
from lenskeep.desired.known import Known
from lenskeep.desired.profile import ProfileBody, ProfileSetting
from lenskeep.desired.templates.against import Against, Standing, against_device
from lenskeep.tree.fact import Fact
from lenskeep.tree.sensitive import REDACTED
from lenskeep.tree.value import Format

NOW: Final = datetime(2026, 3, 1, tzinfo=UTC)
P: Final = "./Device/Vendor/MSFT/Policy/Config/"
CORTANA: Final = f"{P}Experience/AllowCortana"
WLAN: Final = "./Vendor/MSFT/WiFi/Profile/lab/WlanXml"
TENANT: Final = "./Vendor/MSFT/PassportForWork/11111111-2222-3333-4444-555555555555"


def lens(*facts: Fact, build: str = "22621.1244") -> Known:
    told = ((MODEL, "HoloLens 2"), (EDITION, "136"), (SOFTWARE, f"10.0.{build}"))
    return Known().learn((*(Fact(uri, 200, NOW, Format.CHR, value) for uri, value in told), *facts))


def against(uri: str, value: str | None, known: Known) -> Against:
    (found,) = against_device(ProfileBody((ProfileSetting(uri, value),)), known, shipped())
    return found


@pytest.mark.parametrize(
    ("status", "has", "verdict"),
    [
        (200, "0", Standing.SAME),
        (200, "00", Standing.SAME),
        (200, "1", Standing.DIFFERENT),
        (404, None, Standing.DIFFERENT),
        (500, None, Standing.UNKNOWN),
        (200, None, Standing.UNKNOWN),
    ],
)
def test_what_the_headset_has_is_compared_by_its_format(
    status: int, has: str | None, verdict: Standing
) -> None:
    known = lens(Fact(CORTANA, status, NOW, Format.INT, has))

    found = against(CORTANA, "0", known)

    assert found.verdict is verdict
    assert found.has == has


def test_what_was_never_asked_is_unknown() -> None:
    found = against(CORTANA, "0", lens())

    assert (found.verdict, found.reason) == (Standing.UNKNOWN, "the headset has not said")
    assert against("./Vendor/MSFT/Nobody/Knows", "0", lens()).verdict is Standing.UNKNOWN


def test_what_the_headset_lacks_is_not_applicable_with_the_reason() -> None:
    found = against(f"{P}MixedReality/VisitorAutoLogon", "1", lens(build="19041.1128"))

    assert found.verdict is Standing.NOT_APPLICABLE
    assert "needs 20346.1002" in found.reason
    assert found.title == "Sign visitors in"


def test_a_secret_is_compared_and_never_shown() -> None:
    found = against(WLAN, "<hunter2/>", lens(Fact(WLAN, 200, NOW, Format.CHR, "<hunter3/>")))

    assert found.verdict is Standing.DIFFERENT
    assert (found.wanted, found.has) == (REDACTED, REDACTED)
    assert "hunter" not in repr(found)


def test_an_inner_node_is_the_same_when_it_is_there() -> None:
    there = lens(Fact(TENANT, 200, NOW, Format.NODE, "Policies"))

    assert against(TENANT, None, there).verdict is Standing.SAME
    assert against(TENANT, None, lens()).verdict is Standing.UNKNOWN
