"""`lenskeep catalog import` asks a server which settings are in use, where one answers."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Served, Type
from tests.flows.desired.wants import CAMERA, IDLE
from tests.tree.catalog.gadgets import files

from lenskeep.access import Scope


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder of descriptions that lack nearly everything that a profile may use."""
    folder = tmp_path / "set"
    folder.mkdir()
    for name, body in files().items():
        (folder / name).write_bytes(body)
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An empty data folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def test_settings_of_all_profiles_that_change_come_first(
    type_: Type, served: Served, source: Path, data: Path
) -> None:
    way = served.way(Scope.OPERATE)
    for name, uri in (("One", CAMERA), ("Two", IDLE), ("Three", CAMERA)):
        typed = type_("profile", "create", name, "--set", f"{uri}=0", *way)
        assert typed.code == 0, typed

    listed = type_("catalog", "import", str(source), "--data", str(data), *way)
    (data / "catalog.json.gz").unlink()
    as_json = type_("catalog", "import", str(source), "--data", str(data), "--json", *way)

    assert listed.code == 0
    assert "Settings in use that change: 2" in listed.out
    gone = json.loads(as_json.out)["in_use"]
    assert [{"uri": each, "removed": True, "fields": []} for each in sorted((CAMERA, IDLE))] == gone


def test_a_revision_that_an_assignment_holds_on_to_counts(
    type_: Type, served: Served, source: Path, data: Path, tmp_path: Path
) -> None:
    held = CAMERA.replace("Camera/AllowCamera", "Experience/AllowCortana")
    way = served.way()
    later = tmp_path / "later.yaml"
    later.write_text(f"lenskeep: profile/1\nname: Held\nsettings:\n  - uri: {IDLE}\n    value: 5\n")
    for words in (
        ("profile", "create", "Held", "--set", f"{held}=0"),
        ("assign", "Held", "grp_all", "--revision", "1", "--accept-conflicts"),
        ("profile", "import", str(later), "--into", "Held"),
    ):
        typed = type_(*words, *way)
        assert typed.code == 0, (words, typed)

    typed = type_("catalog", "import", str(source), "--data", str(data), "--json", *way)

    assert held in [each["uri"] for each in json.loads(typed.out)["in_use"]]


@pytest.mark.parametrize(
    "way", [(), ("--server", "http://127.0.0.1:1", "--token", "lk_nobody"), ("--server", "x:1")]
)
def test_without_an_answer_it_says_so_and_loads_all_the_same(
    type_: Type, source: Path, data: Path, way: tuple[str, ...]
) -> None:
    typed = type_("catalog", "import", str(source), "--data", str(data), "--json", *way)

    assert typed.code == 0
    assert "which settings in use change is not known, since no server told" in typed.err
    assert "in_use" not in json.loads(typed.out)
    assert (data / "catalog.json.gz").is_file()


def test_a_token_that_is_wrong_is_told(
    type_: Type, served: Served, source: Path, data: Path
) -> None:
    way = ("--server", served.url, "--token", "lk_wrong")

    typed = type_("catalog", "import", str(source), "--data", str(data), *way)

    assert typed.code == 0
    assert "no server told" in typed.err
    assert "Settings in use" not in typed.out
