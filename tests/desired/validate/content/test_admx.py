"""ADMX-backed values."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.desired.validate.content.admx import PARTS, Part, admx
from lenskeep.desired.validate.finding import Weight
from lenskeep.desired.validate.special import parts_of
from lenskeep.tree.uri import parse_uri

POWER = PARTS["power/standbytimeoutpluggedin"]
NTP = PARTS["mixedreality/configurentpclient"]
IDS = PARTS["deviceinstallation/allowinstallationofmatchingdeviceids"]


def data(**values: str) -> str:
    return "<enabled/>" + "".join(f'<data id="{k}" value="{v}"/>' for k, v in values.items())


WHOLE_NTP = data(
    W32TIME_NtpServer="time.windows.com,0x9 10.0.0.1,0x8",
    W32TIME_Type="NTP",
    W32TIME_CrossSiteSyncFlags="2",
    W32TIME_ResolvePeerBackoffMinutes="15",
    W32TIME_ResolvePeerBackoffMaxTimes="7",
    W32TIME_SpecialPollInterval="1024",
    W32TIME_NtpClientEventLogFlags="0",
)


@pytest.mark.parametrize(
    ("parts", "value"),
    [
        (POWER, data(EnterACStandbyTimeOut="100")),
        (POWER, '<enabled /> <data value="0" id="enteracstandbytimeout"></data>'),
        (POWER, "<disabled/>"),
        (NTP, WHOLE_NTP),
        ((), "<enabled/>"),
        (IDS, data(DeviceInstall_IDs_Allow_List="1&#xF000;USB\\VID_1&amp;PID_2")),
        (IDS, data(DeviceInstall_IDs_Allow_List="1\uf000A\uf0002\uf000B")),
        (None, "<disabled/>"),
        (None, "<enabled/>"),
    ],
)
def test_a_state_with_the_data_it_takes_is_fine(parts: tuple[Part, ...] | None, value: str) -> None:
    assert admx(value, parts) == ()


@pytest.mark.parametrize(
    ("parts", "value"),
    [
        (POWER, "60"),
        (POWER, ""),
        (POWER, "<enabled/>"),
        (POWER, data(EnterACStandbyTimeOut="soon")),
        (POWER, data(EnterACStandbyTimeOut="4294967296")),
        (POWER, data(EnterACStandbyTimeOut="1") + '<data id="EnterACStandbyTimeOut" value="2"/>'),
        (POWER, data(EnterDCStandbyTimeOut="1")),
        (POWER, "<disabled/>" + '<data id="EnterACStandbyTimeOut" value="2"/>'),
        (POWER, "&lt;enabled/&gt;"),
        (POWER, "<![CDATA[<enabled/>]]>"),
        (POWER, "<enabled/></root><root>"),
        (POWER, "<enabled>yes</enabled>"),
        (POWER, "<enabled/><Data id='EnterACStandbyTimeOut' value='1'/>"),
        (POWER, '<enabled/><data id="EnterACStandbyTimeOut"/>'),
        (POWER, "<!DOCTYPE x [<!ENTITY a 'b'>]><enabled/>"),
        (NTP, WHOLE_NTP.replace('"NTP"', '"ntp2"')),
        (NTP, WHOLE_NTP.replace("0x9", "nine")),
        ((), data(Anything="1")),
        (IDS, data(DeviceInstall_IDs_Allow_List="USB")),
        (IDS, data(DeviceInstall_IDs_Allow_List="2&#xF000;USB")),
    ],
)
def test_what_the_policy_does_not_take_is_refused(
    parts: tuple[Part, ...] | None, value: str
) -> None:
    assert Weight.REFUSED in [each.weight for each in admx(value, parts)]


def test_a_refused_plain_number_is_shown_how_to_say_it() -> None:
    (finding,) = admx("60", POWER)

    wanted = '<enabled/><data id="EnterACStandbyTimeOut" value="..."/> or <disabled/>'
    assert finding.allowed == wanted


def test_what_may_be_left_out_is_a_warning() -> None:
    found = admx(data(W32TIME_NtpServer="a", W32TIME_Type="NTP"), NTP)

    assert {Weight.WARNING} == {each.weight for each in found}
    assert len(found) == 5


def test_all_complaints_come_at_once() -> None:
    found = admx(data(W32TIME_Type="x", Foo="1", W32TIME_SpecialPollInterval="y"), NTP)

    assert len([each for each in found if each.weight is Weight.REFUSED]) == 4


def test_data_of_an_unknown_policy_is_a_warning() -> None:
    assert [Weight.WARNING] == [each.weight for each in admx(data(Foo="1"))]


def test_the_parts_of_a_policy_are_found_by_its_address() -> None:
    path = "Policy/Config/Power/StandbyTimeoutPluggedIn"

    assert parts_of(parse_uri(f"./Vendor/MSFT/{path}")) == POWER
    assert parts_of(parse_uri(f"./Device/Vendor/MSFT/{path.upper()}")) == POWER
    assert parts_of(parse_uri("./Device/Vendor/MSFT/Policy/Config/Browser/HomePages")) is None


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.sampled_from([POWER, NTP, IDS, (), None]))
def test_no_text_breaks_the_check(value: str, parts: tuple[Part, ...] | None) -> None:
    admx(value, parts)
    admx(f"<enabled/>{value}", parts)


@pytest.mark.parametrize("value", ["<a>" * 100_000, "<enabled/>" * 100_000, "<data/>" * 200_000])
def test_a_flood_is_refused(value: str) -> None:
    found = admx(value)

    assert found
    assert len(found) <= 20
