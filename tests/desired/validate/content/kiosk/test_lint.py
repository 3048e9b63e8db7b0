"""Kiosk documents: for each rule one document that keeps it and one that breaks it."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.desired.validate.content.kiosk.written import (
    FOR_ALL,
    GROUP,
    ID,
    INSPECT,
    MULTI,
    START,
    config,
    single,
    with_configs,
)

from lenskeep.desired.applies import DeviceFacts
from lenskeep.desired.guard.kiosk import SETTINGS_NEW, SETTINGS_OLD
from lenskeep.desired.inventory import HOLOLENS_2
from lenskeep.desired.validate.circumstances import Circumstances
from lenskeep.desired.validate.content.kiosk.lint import MAX_FOUND, kiosk
from lenskeep.desired.validate.finding import Found, Weight
from lenskeep.tree.uri import parse_uri

AT = parse_uri("./Vendor/MSFT/AssignedAccess/Configuration")
EVE = "<Account>AzureAD\\eve@contoso.com</Account>"
EXCLUSION = (
    f'<g:GlobalProfile Id="{ID}"><x:Exclusions><x:SpecialGroup Name="DeviceOwner"/></x:Exclusions>'
    "</g:GlobalProfile>"
)


def check(value: str, build: str = "") -> Found:
    device = DeviceFacts(HOLOLENS_2, 0x88, build) if build else None
    return kiosk(AT, value, Circumstances(device=device))


def refusals(value: str) -> list[str]:
    return [each.message for each in check(value) if each.weight is Weight.REFUSED]


def warnings(value: str, build: str = "") -> list[str]:
    return [each.message for each in check(value, build) if each.weight is Weight.WARNING]


def group(name: str, kind: str = "AzureActiveDirectoryGroup") -> str:
    return f'<UserGroup Type="{kind}" Name="{name}"/>'


def test_a_document_by_the_rules_is_fine() -> None:
    assert check(MULTI) == ()
    assert check(MULTI, "22621.1244") == ()
    assert check(with_configs(config(EVE))) == ()
    assert check(single("<Account>eve</Account>")) == ()


def test_a_namespace_goes_by_its_uri_and_never_by_its_prefix() -> None:
    assert check(MULTI.replace("xmlns:a=", "xmlns:v5=").replace("a:Auto", "v5:Auto")) == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("http://schemas.microsoft.com/A", "https://schemas.microsoft.com/A", "https://"),
        ("AssignedAccess/201810", "AssignedAccess/201811", "not a namespace of kiosk"),
        ("AssignedAccess/2020/config", "AssignedAccess/2022/config", "namespace of GlobalProfile"),
        ("AssignedAccess/2017/config", "AssignedAccess/2017/config/", "at its end"),
        ("a:AutoLaunch", "AutoLaunch", "namespace of AutoLaunch"),
        ("AssignedAccessConfiguration", "AssignedAccess", "another root"),
        ("</Profiles>", "", "not well-formed"),
        ("<Profiles>", "\u00a0<Profiles>", ""),
        ('Id="{0A', 'Id="0A', "not a profile id"),
        ('Id="{0A', 'Id=" {0A', "not a profile id"),
        ("{0a000000", "{0a000001", "not the id of a profile"),
        ("Configs>", "Confits>", "says of nobody"),
        (FOR_ALL, "", "says of nobody"),
        (FOR_ALL, FOR_ALL * 2, "several global"),
        (FOR_ALL, config(EVE) + FOR_ALL, "behind others"),
        (SETTINGS_NEW, INSPECT, "listed twice"),
        (f'"{SETTINGS_NEW}"', f'"{SETTINGS_NEW}" a:AutoLaunch="1"', "starts several"),
        ('AutoLaunch="true"', 'AutoLaunch="yes"', "neither true nor false"),
        (INSPECT, "Contoso.Inspect_1.0.0.0_arm64__8wekyb3d8bbwe!App", "full name"),
        (INSPECT, "Contoso.Inspect_8wekyb3d8bbwe", "no app in it"),
        (INSPECT, "Contoso.Inspect_8wekyb3d8bbwi!App", "not the id of an app"),
        (INSPECT, "Contoso.Inspect_8wekyb3d8bbw!App", "not the id of an app"),
        (INSPECT, f" {INSPECT}", "has blanks around"),
        (f'AppUserModelId="{INSPECT}"', "", "an app without an id"),
        ("AllAppsList>", "AllApps>", "a profile without apps"),
        ("StartLayout>", "Layout>", "without StartLayout"),
        ("<Taskbar ", "<Bar ", "without Taskbar"),
        ("ShowTaskbar", "Show", "ShowTaskbar"),
        (f"<![CDATA[{START}]]>", START, "StartLayout of elements"),
        (
            "<AllAppsList>",
            f'<KioskModeApp AppUserModelId="{INSPECT}"/><AllAppsList>',
            "one app and",
        ),
    ],
)
def test_a_broken_rule_is_refused(old: str, new: str, said: str) -> None:
    broken = MULTI.replace(old, new)
    assert broken != MULTI

    messages = refusals(broken)

    assert any(said in each for each in messages) or (not said and warnings(broken)), messages


def test_another_order_is_refused() -> None:
    bar = '<Taskbar ShowTaskbar="true"/>'
    moved = MULTI.replace(bar, "").replace("<AllAppsList>", f"{bar}<AllAppsList>")

    assert refusals(moved) == ["the value has a profile in another order"]


def test_the_same_profile_id_twice_is_refused() -> None:
    start, profile, rest = MULTI.partition("<Profile ")
    body, _, end = rest.partition("</Profile>")
    twice = f"{start}{profile}{body}</Profile>{profile}{body}</Profile>{end}"

    assert "the value has two profiles with one id" in refusals(twice)


def test_a_mark_at_the_beginning_is_refused() -> None:
    assert refusals("\ufeff" + MULTI) == ["the value begins with a byte order mark"]


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("", "not for one"),
        (EVE * 2, "not for one"),
        ("<Account> </Account>", "without a name"),
        ("<Account>AzureAD\\eve</Account>", "no user of Microsoft Entra"),
        ('<AutoLogonAccount HiddenId="{74331115-F68A-4DF9-8D2C-52BA2CE2ADB1}"/>', "for desktops"),
        (group("eve@contoso.com"), "looks like a user"),
        (group("Inspectors"), "not the object id"),
        (group(GROUP, "EntraGroup"), "not a kind of group"),
        ('<SpecialGroup Name="Guest"/>', "not a special group"),
    ],
)
def test_who_nobody_is_gets_no_profile(who: str, said: str) -> None:
    messages = refusals(with_configs(FOR_ALL, config(who)))

    assert any(said in each for each in messages), messages


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"<Config>{EVE}</Config>", "without one profile"),
        (f'<Config><DefaultProfile Id="{ID}"/>{EVE}</Config>', "another order"),
        (EXCLUSION.replace("DeviceOwner", "Visitor"), "cannot be excluded"),
        (EXCLUSION.replace("x:Exclusions", "x:Others"), "something else than exclusions"),
    ],
)
def test_a_config_that_says_half_of_it_is_refused(text: str, said: str) -> None:
    messages = refusals(with_configs(text))

    assert any(said in each for each in messages), messages


def test_one_app_alone_cannot_be_for_everybody() -> None:
    text = single("<Account>eve</Account>").replace(config("<Account>eve</Account>"), FOR_ALL)

    assert refusals(text) == ["the value gives everybody a profile of one app"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MULTI.replace(f'<App AppUserModelId="{SETTINGS_NEW}"/>', ""), "builds before 21H1"),
        (
            MULTI.replace(SETTINGS_NEW, "Contoso.Draw_8wekyb3d8bbwe!App").replace(
                SETTINGS_OLD, "Contoso.Read_8wekyb3d8bbwe!App"
            ),
            "cannot fix Wi-Fi",
        ),
        (MULTI.replace(INSPECT, "Microsoft.settingn_cw5n1h2txyewy!App"), "no app that HoloLens"),
        (
            MULTI.replace(INSPECT, "Microsoft.MicrosoftEdge_8wekyb3d8bbwe!MSEDGE"),
            "no app that HoloLens",
        ),
        (MULTI.replace(START, "<L>"), "StartLayout that is not well-formed"),
        (
            MULTI.replace(f'AppUserModelId="{INSPECT}"', 'DesktopAppPath="C:\\a.exe"'),
            "program of desktops",
        ),
        (with_configs(EXCLUSION), "exempts device owners"),
        (with_configs(config("<Account>AzureAD\\eve@contoso.com </Account>")), "blanks around"),
        (with_configs(config("<Account>eve</Account>")), "pages disagree"),
        (with_configs(config("<Account>CONTOSO\\eve</Account>")), "headsets join none"),
        (single(EVE), "pages disagree"),
        (with_configs(config(group(GROUP))), "has no GlobalProfile"),
        (with_configs(FOR_ALL, config(group(f"{{{GROUP}}}"))), "more than the object id"),
        (with_configs(FOR_ALL, config(group("Staff", "LocalGroup"))), "do not have"),
        (with_configs(config('<SpecialGroup Name="Visitor"/>')), "pages disagree"),
        (
            with_configs(config(EVE), config(EVE.upper().replace("ACCOUNT", "Account"))),
            "nobody says",
        ),
        (
            with_configs(FOR_ALL, config(group(GROUP)), config(group(GROUP.replace("1", "2")))),
            "a user in two of them",
        ),
    ],
)
def test_where_pages_disagree_or_a_trap_is_near_it_is_a_warning(text: str, said: str) -> None:
    assert refusals(text) == []
    assert any(said in each for each in warnings(text)), warnings(text)


def test_a_group_with_a_net_below_is_fine() -> None:
    assert check(with_configs(FOR_ALL, config(group(GROUP)))) == ()


def test_kinds_of_profiles_are_not_mixed_without_a_word() -> None:
    other = ID.replace("0A", "0C")
    mixed = MULTI.replace(
        "</Profiles>",
        f'<Profile Id="{other}"><KioskModeApp AppUserModelId="{INSPECT}"/></Profile></Profiles>',
    )

    assert [each.split()[2] for each in warnings(mixed)] == ["mixes", "is"] or len(
        warnings(mixed)
    ) == 2
    assert any("nobody gets" in each for each in warnings(mixed))


@pytest.mark.parametrize(
    ("build", "parts"), [("19041.1117", ["GlobalProfile", "AutoLaunch"]), ("19041.1128", [])]
)
def test_a_build_before_20h2_is_too_old_for_the_global_profile(
    build: str, parts: list[str]
) -> None:
    found = [each for each in check(MULTI, build) if each.field == "device"]

    assert [each.problem.removeprefix("is too old for ") for each in found] == parts


def test_which_settings_app_is_needed_goes_by_the_build() -> None:
    only_new = MULTI.replace(f'<App AppUserModelId="{SETTINGS_OLD}"/>', "")

    assert warnings(only_new) == []
    assert warnings(only_new, "22621.1244") == []
    assert any("from 21H1 on" in each for each in warnings(only_new, "19041.1128"))


def test_a_long_document_says_little_and_costs_little() -> None:
    apps = "".join(f'<App AppUserModelId="bad{n}"/>' for n in range(5000))

    assert len(check(MULTI.replace("<AllowedApps>", f"<AllowedApps>{apps}"))) <= MAX_FOUND


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.integers(0, len(MULTI)))
def test_no_text_breaks_the_lint(text: str, at: int) -> None:
    check(text)
    check(MULTI[:at] + text + MULTI[at:])


SAMPLES = Path(__file__).parents[6] / "shared" / "samples"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="published samples are not here")
def test_published_kiosk_samples_are_read_without_trouble() -> None:
    for path in sorted(SAMPLES.glob("*.xml")):
        text = path.read_text(encoding="utf-8", errors="replace")
        if "AssignedAccessConfiguration" in text:
            assert all(each.message for each in check(text))
