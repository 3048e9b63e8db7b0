"""Whether a node exists on a device."""

from datetime import UTC, datetime
from typing import Any

import pytest

from lenskeep.desired.applies import (
    CSP_VERSIONS,
    DeviceFacts,
    Verdict,
    applies,
    csp_versions,
    device_facts,
)
from lenskeep.desired.inventory import EDITION, HOLOLENS_1, HOLOLENS_2, MODEL, SOFTWARE
from lenskeep.desired.known import Known
from lenskeep.tree.catalog.record import (
    Build,
    Confidence,
    Evidence,
    Generation,
    Record,
    Says,
    Source,
)
from lenskeep.tree.fact import Fact
from lenskeep.tree.operation import Verb
from lenskeep.tree.uri import Scope
from lenskeep.tree.value import Format

NOW = datetime(2026, 3, 1, tzinfo=UTC)
YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN
EDITIONS = frozenset({"0x4", "0x88"})


def record(
    uri: str = "./Device/Vendor/MSFT/Policy/Config/MixedReality/X", csp: str = "Policy", **more: Any
) -> Record:
    access = frozenset({Verb.GET, Verb.ADD, Verb.REPLACE, Verb.DELETE})
    return Record(uri, Scope.DEVICE, csp, "", uri.split("/")[-1], access, Format.INT, **more)


def word(generation: Generation, says: Says) -> tuple[Evidence, ...]:
    return (Evidence(Source.POLICY_LIST, says, {generation: says}),)


def documented(build: tuple[int, int], **more: Any) -> Record:
    evidence = word(Generation.SECOND, Says.YES)
    return record(
        confidence=Confidence.DOCUMENTED,
        hl_min_build=Build(*build),
        evidence=evidence,
        editions=EDITIONS,
        **more,
    )


def lens(build: str = "22621.1244", **more: Any) -> DeviceFacts:
    return DeviceFacts(HOLOLENS_2, 0x88, build, **more)


def test_a_documented_build_decides_with_words() -> None:
    needed = documented((22621, 1244), builds=(Build(18362),))

    assert applies(needed, lens()).verdict is YES
    answer = applies(needed, lens("19041.1128"))
    assert answer.verdict is NO
    assert answer.reason == "not applicable on 19041.1128: needs 22621.1244 or later"
    assert not answer.may_be_sent


def test_what_the_documentation_says_outweighs_the_description() -> None:
    earlier = documented((20346, 1002), builds=(Build(20348),))

    assert applies(earlier, lens("20346.1002")).verdict is YES


def test_an_unknown_build_is_unknown() -> None:
    assert applies(documented((22621, 1244)), lens("")).verdict is UNKNOWN
    assert applies(documented((22621, 1244)), lens("?")).verdict is UNKNOWN


def test_desktop_revisions_are_not_compared() -> None:
    backport = record(
        editions=EDITIONS, builds=(Build(22000), Build(19041, 1202)), confidence=Confidence.DDF_ONLY
    )

    assert applies(backport, lens("19041.1223")).verdict is NO
    assert applies(backport, lens("22621.1113")).verdict is UNKNOWN
    assert applies(record(editions=EDITIONS, builds=(Build(19041, 9999),)), lens("19041.1128")) == (
        applies(record(editions=EDITIONS), lens("19041.1128"))
    )


POLICY = "./device/vendor/msft/policy"


@pytest.mark.parametrize(
    ("reported", "needed", "verdict"),
    [
        ("9.0", "10.0", NO),
        ("10.0", "10.0", YES),
        ("11.0", "10.0", YES),
        ("9.0", "", YES),
        ("9.0", "9.9", YES),
    ],
)
def test_what_the_device_reports_comes_first(reported: str, needed: str, verdict: Verdict) -> None:
    facts = lens(csp_versions={POLICY: reported})

    answer = applies(documented((19041, 1103), csp_version=needed), facts)

    assert answer.verdict is verdict


def test_a_csp_that_no_documentation_names_is_there_when_the_device_reports_it() -> None:
    uri = "./Vendor/MSFT/Firewall/MdmStore/Global/Enable"
    node = record(uri, "Firewall", editions=EDITIONS, confidence=Confidence.DDF_ONLY)

    reports = {"./device/vendor/msft/firewall": "1.0"}
    assert applies(node, lens()).verdict is UNKNOWN
    assert applies(node, lens(csp_versions=reports)).verdict is YES
    assert applies(node, lens(csp_versions={POLICY: "10.0"})).verdict is NO


@pytest.mark.parametrize(
    ("csp", "verdict"),
    [("DevDetail", YES), ("WindowsLicensing", YES), ("WiFi", NO), ("Policy", NO)],
)
def test_the_development_edition_has_eight_csps(csp: str, verdict: Verdict) -> None:
    device = DeviceFacts(HOLOLENS_1, 0x87, "17763.1")
    node = record(
        f"./Vendor/MSFT/{csp}/A", csp, evidence=word(Generation.FIRST_DEVELOPMENT, Says.YES)
    )

    answer = applies(node, device)

    assert answer.verdict is verdict
    assert verdict is YES or answer.reason.endswith("needs Windows Holographic for Business")


@pytest.mark.parametrize(
    "more",
    [
        {"is_insider": True},
        {"is_insider": True, "builds": (Build(22000, 2836), Build(22621, 3235))},
        {"builds": (Build(22000),)},
    ],
)
def test_the_development_edition_has_no_later_nodes(more: dict[str, Any]) -> None:
    device = DeviceFacts(HOLOLENS_1, 0x87, "17763.1")
    node = record("./Device/Vendor/MSFT/DMClient/A", "DMClient", **more)

    assert applies(node, device).verdict is NO
    assert applies(record("./Device/Vendor/MSFT/DMClient/A", "DMClient"), device).verdict is YES


@pytest.mark.parametrize("builds", [(), (Build(22000, 2836), Build(22621, 3235))])
def test_a_documented_csp_has_no_nodes_that_were_never_released(builds: tuple[Build, ...]) -> None:
    node = record(
        "./Device/Vendor/MSFT/DMClient/A",
        "DMClient",
        confidence=Confidence.CSP_DOCUMENTED,
        evidence=word(Generation.SECOND, Says.YES),
        is_insider=True,
        builds=builds,
    )

    answer = applies(node, lens("22621.1244"))

    assert answer.verdict is NO
    assert answer.reason.endswith("only unreleased builds of Windows have it")


def test_an_unreleased_node_with_a_documented_build_is_there() -> None:
    node = record(
        confidence=Confidence.CSP_DOCUMENTED, hl_min_build=Build(22621, 1244), is_insider=True
    )

    assert applies(node, lens("22621.1244")).verdict is YES
    assert applies(node, lens("20348.1528")).verdict is NO


@pytest.mark.parametrize("tail", ["", "/{PolicyName}"])
def test_what_stands_for_any_policy_is_unknown(tail: str) -> None:
    node = record(
        "./Device/Vendor/MSFT/Policy/Config/{AreaName}" + tail,
        confidence=Confidence.CSP_DOCUMENTED,
        evidence=word(Generation.SECOND, Says.YES),
    )

    assert applies(node, lens()).verdict is UNKNOWN


def test_generations_are_told_apart() -> None:
    commercial = DeviceFacts(HOLOLENS_1, 0x88, "17763.1")
    old = record(
        evidence=(
            Evidence(
                Source.POLICY_LIST,
                Says.YES,
                {Generation.SECOND: Says.NO, Generation.FIRST_COMMERCIAL: Says.YES},
            ),
        )
    )

    assert applies(old, commercial).verdict is YES
    assert applies(old, lens()).verdict is NO
    assert applies(documented((18362, 1039)), commercial).verdict is not YES


@pytest.mark.parametrize(
    ("more", "build", "verdict"),
    [
        ({"confidence": Confidence.EXCLUDED}, "22621.1244", NO),
        ({"evidence": word(Generation.SECOND, Says.PACKAGE)}, "22621.1244", NO),
        ({"evidence": word(Generation.SECOND, Says.INSIDER)}, "22621.1303", UNKNOWN),
        ({"evidence": word(Generation.SECOND, Says.INSIDER)}, "20348.1528", NO),
        ({"is_insider": True, "editions": EDITIONS}, "22621.1244", NO),
        ({"editions": frozenset()}, "22621.1244", NO),
        ({"editions": frozenset({"0x4"})}, "22621.1244", NO),
        ({"editions": frozenset({"0x88*"})}, "22621.1244", UNKNOWN),
        ({}, "22621.1244", UNKNOWN),
        ({"confidence": Confidence.CSP_DOCUMENTED}, "22621.1244", YES),
        ({"confidence": Confidence.CSP_DOCUMENTED, "builds": (Build(22621),)}, "19041.1", NO),
        (
            {
                "confidence": Confidence.CSP_DOCUMENTED,
                "hl_min_build": Build(18362, 1039),
                "builds": (Build(22621),),
            },
            "19041.1128",
            NO,
        ),
    ],
)
def test_the_word_of_each_source_counts(more: dict[str, Any], build: str, verdict: Verdict) -> None:
    assert applies(record(**more), lens(build)).verdict is verdict


def test_another_windows_goes_by_edition_and_build() -> None:
    desktop = DeviceFacts("PC", 0x4, "19045.3000", holographic=False)
    node = record(editions=EDITIONS, builds=(Build(22000), Build(19041, 1202)))

    assert applies(node, desktop).verdict is YES
    assert applies(record(editions=frozenset({"0x88"})), desktop).verdict is NO
    assert applies(record(editions=EDITIONS, builds=(Build(22000),)), desktop).verdict is NO
    assert applies(record(editions=EDITIONS), desktop).verdict is UNKNOWN


REPORT = """<?xml version="1.0"?><DeviceManageability
 Version="com.microsoft/1.1/MDM/DeviceManageability"><Capabilities><CSPVersions>
 <CSP Node="./Vendor/MSFT/Policy" Version="10.0"/><CSP Node="./DevInfo" Version="1.1"/>
 <CSP Node="" Version="1"/><CSP Node="./A" Version="x"/>
</CSPVersions></Capabilities></DeviceManageability>"""


def fact(uri: str, value: str | None, status: int = 200) -> Fact:
    return Fact(uri, status, NOW, Format.CHR, value)


def test_the_report_of_csp_versions_is_read() -> None:
    assert csp_versions(fact(CSP_VERSIONS, REPORT)) == {POLICY: "10.0", "./devinfo": "1.1"}


@pytest.mark.parametrize("value", [None, "", "no xml", "<a>" * 5000, "<!DOCTYPE a><a/>", "<a/>"])
def test_an_unreadable_report_says_nothing(value: str | None) -> None:
    assert csp_versions(fact(CSP_VERSIONS, value)) == {}
    assert csp_versions(fact(CSP_VERSIONS, REPORT, 404)) == {}
    assert csp_versions(None) == {}


def test_the_facts_of_a_device_are_gathered_from_what_is_known() -> None:
    told = [(MODEL, "HoloLens 2"), (SOFTWARE, "10.0.22621.1244"), (EDITION, "136")]
    known = Known().learn([fact(*each) for each in (*told, (CSP_VERSIONS, REPORT))])

    facts = device_facts(known)

    assert (facts.generation, facts.edition) == (HOLOLENS_2, 0x88)
    assert (facts.build, facts.holographic) == ("22621.1244", True)
    assert facts.csp_versions[POLICY] == "10.0"


def test_a_desktop_is_no_hololens() -> None:
    known = Known().learn([fact(MODEL, "OptiPlex"), fact(EDITION, "4")])

    assert not device_facts(known).holographic


def test_a_first_generation_without_device_status_is_of_the_development_edition() -> None:
    known = Known().learn([fact(MODEL, "HoloLens"), fact(SOFTWARE, "10.0.17763.1")])
    known = known.learn([fact(EDITION, None, 404)])

    assert device_facts(known).edition == 0x87
