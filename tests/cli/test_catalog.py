"""`lenskeep catalog` as it is typed."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Type
from tests.tree.catalog.gadgets import files
from tests.tree.descriptions import area, policy

from lenskeep.cli.output import ExitCode

LOGON = "./Vendor/MSFT/Policy/Config/MixedReality/AutoLogonUser"
SPIN = "./Device/Vendor/MSFT/Policy/Config/Gadgets/AutoSpin"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder of small descriptions."""
    folder = tmp_path / "set"
    folder.mkdir()
    for name, body in files().items():
        (folder / name).write_bytes(body)
    return folder


def test_show_tells_a_person_what_is_known(type_: Type) -> None:
    shown = type_("catalog", "show", LOGON)

    assert shown.code == 0
    assert "Sign one person in" in shown.out
    assert "20348.1432" in shown.out
    assert "documented" in shown.out


def test_show_names_every_field_in_json(type_: Type) -> None:
    body = json.loads(type_("catalog", "show", LOGON, "--json").out)

    assert body["uri"] == "./Device/Vendor/MSFT/Policy/Config/MixedReality/AutoLogonUser"
    assert {
        "scope",
        "access",
        "format",
        "default",
        "allowed",
        "placeholders",
        "dependencies",
        "atomic_root",
        "conflict",
        "reboot",
        "deprecated",
        "builds",
        "insider",
        "csp_version",
        "editions",
        "evidence",
        "confidence",
        "hl_min_build",
    } <= body.keys()


def test_show_takes_a_real_name_in_an_open_place(type_: Type) -> None:
    body = json.loads(
        type_("catalog", "show", "./Vendor/MSFT/WiFi/Profile/lab/WlanXml", "--json").out
    )

    assert body["uri"].endswith("/WiFi/Profile/{SSID}/WlanXml")
    assert body["names"] == {"SSID": "lab"}


def test_show_of_no_node_says_so(type_: Type) -> None:
    shown = type_("catalog", "show", "./Device/Vendor/MSFT/Nope")

    assert shown.code == ExitCode.NOT_FOUND
    assert "no node in the catalog" in shown.err


def test_search_hides_blanket_areas(type_: Type) -> None:
    usual = json.loads(type_("catalog", "search", "screensaver", "--json").out)
    everything = json.loads(type_("catalog", "search", "screensaver", "--all", "--json").out)

    assert usual["items"] == []
    assert everything["items"]


def test_search_without_hits_points_further(type_: Type) -> None:
    assert "--all" in type_("catalog", "search", "screensaver").err


def test_search_for_a_build(type_: Type) -> None:
    found = [
        [each["name"] for each in json.loads(listed.out)["items"]]
        for listed in (
            type_("catalog", "search", "moving platform", "--build", "19041", "--json"),
            type_("catalog", "search", "moving platform", "--build", "22621.1244", "--json"),
        )
    ]

    assert found == [[], ["ConfigureMovingPlatform"]]


def test_a_build_that_is_none_is_refused(type_: Type) -> None:
    assert type_("catalog", "search", "x", "--build", "22H2").code == ExitCode.USAGE


def test_build_writes_the_same_file_twice(type_: Type, source: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"

    assert type_("catalog", "build", str(source), "-o", str(one)).code == 0
    assert type_("catalog", "build", str(source), "-o", str(two)).code == 0
    assert one.read_bytes() == two.read_bytes()


def test_a_broken_description_is_named(type_: Type, source: Path, tmp_path: Path) -> None:
    (source / "Bad.xml").write_text("<MgmtTree>")

    typed = type_("catalog", "build", str(source), "-o", str(tmp_path / "out"))

    assert typed.code == ExitCode.USAGE
    assert "Bad.xml" in typed.err


def test_import_replaces_the_catalog_of_the_data_folder(
    type_: Type, source: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()

    typed = type_("catalog", "import", str(source), "--data", str(data), "--json")
    difference = json.loads(typed.out)

    assert typed.code == 0
    assert SPIN in difference["added"]
    assert "./Device/Vendor/MSFT/DevDetail/SwV" not in difference["added"]
    shown = json.loads(type_("catalog", "show", SPIN, "--data", str(data), "--json").out)
    assert shown["description"] == "The maker's own sentence."
    assert shown["allowed"]["labels"] == ["Still", "Turning"]


def test_import_without_a_data_folder_is_refused(type_: Type, source: Path, tmp_path: Path) -> None:
    typed = type_("catalog", "import", str(source), "--data", str(tmp_path / "nowhere"))

    assert typed.code == ExitCode.NOT_FOUND
    assert not (tmp_path / "nowhere").exists()


def test_diff_lists_what_is_different(type_: Type, source: Path, tmp_path: Path) -> None:
    before = tmp_path / "before.json.gz"
    type_("catalog", "build", str(source), "-o", str(before))
    (source / "ADMX_Toys.xml").write_bytes(area("Toys", policy("Ball", "", "chr")))

    typed = type_("catalog", "diff", str(before), str(source))
    difference = json.loads(type_("catalog", "diff", str(before), str(source), "--json").out)

    assert "Added: 2" in typed.out
    assert [uri.rpartition("/")[2] for uri in difference["removed"]] == ["ADMX_Toys", "SpinningTop"]
