"""Who says that a HoloLens has a node, and how sure that is."""

from dataclasses import replace

import pytest
from tests.tree.descriptions import HOLOGRAPHIC, applies, area, ddf, node, policy, policy_shell

from lenskeep.tree.catalog.allowed import Allowed, Kind
from lenskeep.tree.catalog.record import Build, Confidence, Generation, Reboot, Record, Says, Source
from lenskeep.tree.catalog.sources.compile import compile_nodes
from lenskeep.tree.catalog.sources.evidence import overlaid
from lenskeep.tree.catalog.sources.overlay import OverlayFiles, read_overlay
from lenskeep.tree.ddf import read_ddf

HEAD = b"hololens1_dev,hololens1_comm,hololens2,min_build,notes\n"
POLICIES = (
    b"area,policy,"
    + HEAD
    + b"""Gadgets,Listed,no,yes,yes,19041.1128,
Gadgets,Noted,no,no,yes,20348.1432,not in the published support list: notes
Gadgets,Coming,no,no,insider,insider,
Gadgets,Old,yes,yes,no,,
"""
)
CSPS = (
    b"csp,"
    + HEAD
    + b"""Box,no,yes,yes,18362.1039,square
Crate,yes,yes,no,,
Reboot,no,no,yes,22621.1113,absent from the CSP table
"""
)
SUPPLEMENT = b"""{"uri":"./Vendor/MSFT/Bag","access":"G","format":"node","source":"page"}"""
OWN = b"""
[nodes."box/hole"]
excluded = "by its page"
[nodes."box/lid"]
min_build = "22621.1244"
reboot = "server"
since = "10240"
kind = "json"
[nodes."gadgets/listed"]
range = [5, 9]
[policy.Gadgets]
Listed = ["A title", "A sentence."]
[csp]
"Box/Lid" = ["The lid", "Closes the box."]
"""
EVERYWHERE = applies("10.0.1", "1.0", HOLOGRAPHIC)
NOWHERE = applies("10.0.1", "1.0", "0x4;")
ONLY = applies("10.0.1", "1.0", "0x88;")


@pytest.fixture(scope="module")
def records() -> dict[str, Record]:
    """A small set with a node for each case, by the end of its LocURI."""
    names = ("Listed", "Noted", "Coming", "Old", "Unknown")
    gadgets = [policy(name, EVERYWHERE) for name in names]
    gadgets += [policy("Own", ONLY), policy("Desktop", NOWHERE)]
    leaves = [node(name, EVERYWHERE, format_="chr") for name in ("Lid", "Hole")]
    leaves.append(node("Wheel", NOWHERE, format_="chr"))
    files = [
        policy_shell(),
        area("Gadgets", *gadgets),
        area("ADMX_Toys", policy("Ball", EVERYWHERE, "chr")),
        ddf(node("Box", EVERYWHERE, *leaves, path="./Vendor/MSFT")),
        ddf(node("Crate", EVERYWHERE, path="./Vendor/MSFT")),
        ddf(node("Reboot", EVERYWHERE, path="./Vendor/MSFT")),
        ddf(node("Firm", EVERYWHERE, path="./Vendor/MSFT")),
    ]
    nodes = [each for body in files for each in read_ddf(body)]
    overlay = read_overlay(OverlayFiles(POLICIES, CSPS, SUPPLEMENT, OWN))
    found = overlaid(compile_nodes(nodes).records, overlay)
    return {record.uri.removeprefix("./Device/Vendor/MSFT/"): record for record in found}


@pytest.mark.parametrize(
    ("name", "confidence"),
    [
        ("Policy/Config/Gadgets/Listed", Confidence.DOCUMENTED),
        ("Policy/Config/Gadgets/Noted", Confidence.MENTIONED),
        ("Policy/Config/Gadgets/Coming", Confidence.INSIDER),
        ("Policy/Config/Gadgets/Old", Confidence.EXCLUDED),
        ("Policy/Config/Gadgets/Unknown", Confidence.DDF_ONLY),
        ("Policy/Config/Gadgets/Own", Confidence.DDF_HOLOGRAPHIC_ONLY),
        ("Policy/Config/Gadgets/Desktop", Confidence.NONE),
        ("Policy/Config/ADMX_Toys/Ball", Confidence.DDF_ADMX_BLANKET),
        ("Policy/Config/ADMX_Toys", Confidence.DDF_ADMX_BLANKET),
        ("Policy/Config/Gadgets", Confidence.DOCUMENTED),
        ("Box", Confidence.CSP_DOCUMENTED),
        ("Box/Lid", Confidence.CSP_DOCUMENTED),
        ("Box/Hole", Confidence.EXCLUDED),
        ("Box/Wheel", Confidence.EXCLUDED),
        ("Crate", Confidence.EXCLUDED),
        ("Reboot", Confidence.CSP_MENTIONED),
        ("Firm", Confidence.DDF_ONLY),
        ("Bag", Confidence.CSP_MENTIONED),
    ],
)
def test_confidence(records: dict[str, Record], name: str, confidence: Confidence) -> None:
    assert records[name].confidence is confidence


def test_every_source_keeps_its_word(records: dict[str, Record]) -> None:
    listed = records["Policy/Config/Gadgets/Listed"]

    assert [each.source for each in listed.evidence] == [Source.DDF, Source.POLICY_LIST]
    assert listed.says(Generation.FIRST_COMMERCIAL) is Says.YES
    assert listed.says(Generation.FIRST_DEVELOPMENT) is Says.NO
    assert records["Bag"].evidence[0].source is Source.SUPPLEMENT
    assert records["Box/Hole"].evidence[1].note == "by its page"


def test_a_note_on_a_csp_stands_on_the_csp_alone(records: dict[str, Record]) -> None:
    assert records["Box"].evidence[1].note == "square"
    assert records["Box/Lid"].evidence[1].note == ""


def test_the_first_build_comes_from_the_closest_source(records: dict[str, Record]) -> None:
    assert records["Policy/Config/Gadgets/Listed"].hl_min_build == Build(19041, 1128)
    assert records["Box"].hl_min_build == Build(18362, 1039)
    assert records["Box/Lid"].hl_min_build == Build(22621, 1244)


def test_our_words_and_facts_are_laid_over(records: dict[str, Record]) -> None:
    assert records["Policy/Config/Gadgets/Listed"].words.explanation == "A sentence."
    assert records["Box/Lid"].title == "The lid"
    assert records["Box/Lid"].reboot is Reboot.SERVER
    assert records["Box"].title == "Box"


def test_a_build_before_the_descriptions_own_comes_first(records: dict[str, Record]) -> None:
    assert records["Box/Lid"].builds[0] == Build(10240)
    assert len(records["Box/Lid"].builds) == len(records["Box/Hole"].builds) + 1


def test_what_a_node_takes_is_ours_only_where_nothing_is_described(
    records: dict[str, Record],
) -> None:
    listed = records["Policy/Config/Gadgets/Listed"]
    described = replace(listed, allowed=Allowed(Kind.ENUM, values=("1",)))

    [again] = overlaid([described], read_overlay(OverlayFiles(own=OWN)))

    assert records["Box/Lid"].allowed.kind is Kind.JSON
    assert listed.allowed.ranges == ((5, 9),)
    assert again.allowed == described.allowed
