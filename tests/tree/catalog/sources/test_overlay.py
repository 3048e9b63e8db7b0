"""Our own layer is read from its four files."""

import pytest

from lenskeep.base.errors import Invalid
from lenskeep.tree.catalog.allowed import Kind
from lenskeep.tree.catalog.record import Build, Generation, Naming, Reboot, Says, Source
from lenskeep.tree.catalog.sources.overlay import (
    OverlayFiles,
    plain_note,
    read_hololens_build,
    read_overlay,
    read_supplement,
)

POLICIES = b"""area,policy,hololens1_dev,hololens1_comm,hololens2,min_build,notes
Gadgets,One,no,yes,yes,19041.1128,20H2; careful
Gadgets,Two,no,no,insider,insider,Insider; not in the published support list: page
"""


@pytest.mark.parametrize(
    ("text", "build"),
    [
        ("22621.1244", Build(22621, 1244)),
        ("10.0.22621.1244", Build(22621, 1244)),
        ("22621", Build(22621)),
        ("insider", None),
        ("", None),
        ("10.0", None),
    ],
)
def test_builds(text: str, build: Build | None) -> None:
    assert read_hololens_build(text) == build


def test_a_listed_policy_has_an_answer_for_each_generation() -> None:
    listed = read_overlay(OverlayFiles(policies=POLICIES)).policies["gadgets/one"]

    assert listed.min_build == Build(19041, 1128)
    assert listed.evidence.source is Source.POLICY_LIST
    assert listed.evidence.generations == {
        Generation.FIRST_DEVELOPMENT: Says.NO,
        Generation.FIRST_COMMERCIAL: Says.YES,
        Generation.SECOND: Says.YES,
    }
    assert listed.evidence.note == "careful"


def test_what_the_list_lacks_comes_from_release_notes() -> None:
    listed = read_overlay(OverlayFiles(policies=POLICIES)).policies["gadgets/two"]

    assert listed.evidence.source is Source.RELEASE_NOTES
    assert listed.evidence.says is Says.INSIDER
    assert listed.min_build is None


@pytest.mark.parametrize(
    ("note", "plain"),
    [
        ("1903; 0 off; DDF: scope=device fmt=int", "0 off"),
        ("21H2 Feb-2022; DDF: scope=device", ""),
        ("DDF v2: 5 of 5 leaves list Holographic", ""),
        ("kiosk; DDF: all nodes but one; DDF v2: 4 of 5", "kiosk"),
        ("from 2004; steady", "from 2004; steady"),
    ],
)
def test_notes_lose_what_stands_elsewhere(note: str, plain: str) -> None:
    assert plain_note(note) == plain
    assert plain_note(plain) == plain


def test_a_supplied_node_is_a_whole_record() -> None:
    body = b"""
{"uri":"./Vendor/MSFT/Box/{Shelf}","access":"G","format":"node","naming":"ClientInventory"}
{"uri":"./Vendor/MSFT/Box/{Shelf}/Lid","access":"GR","format":"int","default":"5","source":"page",
"allowed":{"kind":"Range","range":[1,9]},"reboot":"ServerInitiated","hl_build":"10.0.20348.1432"}
""".replace(b'page",\n', b'page",')
    lid = read_supplement(body)[1]

    assert lid.uri == "./Device/Vendor/MSFT/Box/{Shelf}/Lid"
    assert (lid.allowed.kind, lid.allowed.ranges) == (Kind.RANGE, ((1, 9),))
    assert lid.placeholders[0].naming is Naming.CLIENT
    assert lid.reboot is Reboot.SERVER
    assert lid.hl_min_build == Build(20348, 1432)
    assert lid.evidence[0].source is Source.SUPPLEMENT


def test_what_we_know_of_a_single_node_is_read() -> None:
    own = b"""
[nodes."Box/Lid"]
since = "17134"
range = [0, 100]
[nodes."box/hole"]
kind = "json"
"""
    nodes = read_overlay(OverlayFiles(own=own)).nodes
    lid, hole = nodes["box/lid"], nodes["box/hole"]

    assert lid.since == Build(17134)
    assert lid.allowed is not None
    assert lid.allowed.ranges == ((0, 100),)
    assert hole.allowed is not None
    assert (hole.allowed.kind, hole.since) == (Kind.JSON, None)


@pytest.mark.parametrize(
    ("files", "name"),
    [
        (OverlayFiles(policies=b"area,policy\nGadgets,One\n"), "policies"),
        (OverlayFiles(csps=b"\xff\xfe"), "csps"),
        (OverlayFiles(supplement=b"{"), "supplement"),
        (OverlayFiles(supplement=b'{"uri":"./A","access":"Z","format":"chr"}'), "supplement"),
        (OverlayFiles(own=b"= 1"), "overlay"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(files: OverlayFiles, name: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_overlay(files)

    assert caught.value.complaints[0].field == name


def test_a_list_with_a_cell_without_end_is_refused() -> None:
    with pytest.raises(Invalid, match="the file cannot be read"):
        read_overlay(OverlayFiles(csps=b"csp,notes\n" + b"a" * 200_000))


def test_a_supplement_that_is_nested_without_end_is_refused() -> None:
    with pytest.raises(Invalid, match="the file cannot be read"):
        read_overlay(OverlayFiles(supplement=b"[" * 99_999))
