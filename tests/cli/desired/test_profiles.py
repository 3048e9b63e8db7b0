"""Commands for profiles: made, imported, compared, assigned, rolled back, and shown to people."""

import asyncio
import json
from pathlib import Path

import pytest
from tests.cli.conftest import Served, Type
from tests.flows.desired.wants import CACHE, CAMERA, IDLE, STORAGE, fleet

from lenskeep.access import Scope
from lenskeep.cli.output import ExitCode

WARD = f"""\
lenskeep: profile/1
name: Ward
settings:
  - policy: Camera/AllowCamera
    value: false
  - uri: {IDLE}
    value: 5
"""
THEATRE = """\
---
# for the theatre
lenskeep: profile/1
name: "Theatre"
settings:
  - policy: MixedReality/AADGroupMembershipCacheValidityInDays
    value: 9
"""
WRONG = """\
---
lenskeep: profile/1
name: Wrong
settings:
  - policy: Camera/AllowCamera
    value: 7
"""


@pytest.fixture(scope="module")
def devices(served: Served) -> list[str]:
    """Two headsets that have told their build."""
    return list(asyncio.run(fleet(served.home, 2)))


@pytest.fixture
def made(type_: Type, served: Served, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A profile of its own name for one test."""
    name = request.node.name
    file = tmp_path / "ward.yaml"
    file.write_text(WARD.replace("name: Ward", f"name: {name}"), "utf-8")
    typed = type_("profile", "import", str(file), *served.way(Scope.OPERATE))
    assert typed.code == ExitCode.OK, typed
    return str(name)


def test_a_profile_is_created_with_settings_and_shown(type_: Type, served: Served) -> None:
    words = ("--set", f"{CAMERA}=0", "--set", f"{IDLE}=5", "--description", "by hand")
    created = type_("profile", "create", "By hand", *words, *served.way())

    shown = type_("profile", "show", "by hand", *served.way(Scope.READ))
    listed = type_("profile", "list", *served.way(Scope.READ))

    assert created.code == ExitCode.OK, created
    assert "revision 1 saved" in created.last
    assert CAMERA in shown.out
    assert "by hand" in shown.out
    assert any("By hand" in line for line in listed.out.splitlines())


def test_json_is_the_rest_body(type_: Type, served: Served, made: str) -> None:
    typed = type_("profile", "show", made, "--json", *served.way())

    body = json.loads(typed.out)
    assert [(each["uri"], each["value"]) for each in body["settings"]] == [
        (CAMERA, "0"),
        (IDLE, "5"),
    ]


def test_several_documents_are_imported_each_as_its_own_profile(
    type_: Type, served: Served, tmp_path: Path
) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(WARD.replace("name: Ward", "name: 'First of two'") + THEATRE, "utf-8")

    typed = type_("profile", "import", str(file), "--json", *served.way())

    items = json.loads(typed.out)["items"]
    assert [each["profile"]["name"] for each in items] == ["First of two", "Theatre"]


def test_an_import_is_updated_by_name(
    type_: Type, served: Served, made: str, tmp_path: Path
) -> None:
    file = tmp_path / "again.yaml"
    file.write_text(WARD.replace("name: Ward", f"name: {made}").replace("5", "7"), "utf-8")

    new = type_("profile", "import", str(file), *served.way())
    updated = type_("profile", "import", str(file), "--update", *served.way())

    assert new.code == ExitCode.CONFLICT
    assert updated.code == ExitCode.OK, updated
    assert "revision 2 saved" in updated.last


def test_a_dry_run_shows_what_is_wrong_with_its_field_and_saves_nothing(
    type_: Type, served: Served, tmp_path: Path
) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(WRONG, "utf-8")

    typed = type_("profile", "import", str(file), "--dry-run", *served.way(Scope.READ))

    assert typed.code == ExitCode.ERROR
    assert "settings[0].value" in typed.out
    assert "would be refused" in typed.last
    assert "Wrong" not in type_("profile", "list", *served.way()).out


def test_what_is_no_document_is_named_by_file_and_line(
    type_: Type, served: Served, tmp_path: Path
) -> None:
    file = tmp_path / "mixed.yaml"
    file.write_text(f"{WARD}---\nlenskeep: profile/1\nname: Last\nsetings: []\n", "utf-8")

    typed = type_("profile", "import", str(file), "--dry-run", *served.way())

    line = 1 + WARD.count("\n") + 3
    assert typed.code == ExitCode.USAGE
    assert "mixed.yaml" in typed.err
    assert f"line {line}:" in typed.err


def test_a_check_ends_with_1_where_it_would_be_refused(
    type_: Type, served: Served, tmp_path: Path, devices: list[str]
) -> None:
    good, wrong = tmp_path / "good.yaml", tmp_path / "wrong.yaml"
    good.write_text(WARD, "utf-8")
    wrong.write_text(WRONG, "utf-8")

    accepted = type_("profile", "check", str(good), "--group", "all devices", *served.way())
    refused = type_("profile", "check", str(wrong), *served.way())

    assert (accepted.code, refused.code) == (ExitCode.OK, ExitCode.ERROR)
    assert accepted.last == "it can be saved"
    assert f"Works on, of {len(devices)} devices" in accepted.out


def test_a_lock_out_tells_how_a_headset_is_recovered(
    type_: Type, served: Served, tmp_path: Path
) -> None:
    file = tmp_path / "locking.yaml"
    text = f"lenskeep: profile/1\nname: x\nsettings:\n  - uri: {STORAGE}\n    value: 0\n"
    file.write_text(text, "utf-8")

    typed = type_("profile", "check", str(file), *served.way())

    assert typed.code == ExitCode.ERROR
    assert "lock-out" in typed.out
    assert "recovery: " in typed.err


def test_a_profile_is_exported_as_what_imports_again(
    type_: Type, served: Served, made: str, tmp_path: Path
) -> None:
    file = tmp_path / "out.yaml"

    printed = type_("profile", "export", made, *served.way())
    written = type_("profile", "export", made, "-o", str(file), *served.way())
    again = type_("profile", "import", str(file), "--into", made, *served.way())

    assert written.code == ExitCode.OK
    assert file.read_text("utf-8") == printed.out
    assert printed.out.splitlines()[1:3] == ["lenskeep: profile/1", f"name: {made}"]
    assert "revision 2 saved" in again.last


def test_an_edit_goes_through_the_editor_and_becomes_a_revision(
    type_: Type, served: Served, made: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "sed -i s/5$/9/")
    edited = type_("profile", "edit", made, *served.way())
    monkeypatch.setenv("EDITOR", "true")
    untouched = type_("profile", "edit", made, *served.way())

    assert "revision 2 saved" in edited.last
    assert untouched.err == "nothing was changed\n"
    compared = type_("profile", "diff", made, "1", *served.way())
    assert IDLE in compared.out
    assert CAMERA not in compared.out


def test_revisions_are_listed_and_rolled_back(
    type_: Type, served: Served, made: str, tmp_path: Path, devices: list[str]
) -> None:
    file = tmp_path / "again.yaml"
    file.write_text(WARD.replace("5", "7"), "utf-8")
    type_("profile", "import", str(file), "--into", made, "--reason", "longer", *served.way())

    listed = type_("profile", "revisions", made, *served.way())
    nobody = type_("profile", "rollback", made, "1", *served.way())
    assigned = type_("assign", made, "grp_all", "--accept-conflicts", *served.way())
    back = type_("profile", "rollback", made, "1", "--accept-conflicts", *served.way())
    fixed = type_("assignments", "--profile", made, "--json", *served.way())
    new = type_("profile", "rollback", made, "1", "--as-new", "--accept-conflicts", *served.way())
    ended = type_("unassign", made, "all devices", *served.way())

    assert [line.split()[0] for line in listed.out.splitlines()] == ["REVISION", "2", "1"]
    assert "longer" in listed.out
    assert nobody.code == ExitCode.CONFLICT
    assert assigned.code == ExitCode.OK, assigned
    assert f"{len(devices)} devices" in assigned.last
    assert "revision 1" in back.last
    assert [each["revision"] for each in json.loads(fixed.out)["items"]] == [1]
    assert "revision 3 saved" in new.last
    assert ended.code == ExitCode.OK


def test_progress_is_a_bar_for_every_state(
    type_: Type, served: Served, made: str, devices: list[str]
) -> None:
    type_("assign", made, "grp_all", "--accept-conflicts", *served.way())

    typed = type_("profile", "progress", made, *served.way(Scope.READ))
    picture = type_("compliance", *served.way(Scope.READ))
    plain = type_("compliance", "--json", *served.way(Scope.READ))
    type_("unassign", made, "grp_all", *served.way())

    assert typed.out.splitlines()[0] == f"0 of {len(devices)} devices verified"
    waiting = typed.out.splitlines()[1].split()
    assert waiting[:2] == ["waiting", str(len(devices))]
    assert "━" in waiting[2]
    assert all(each in typed.out for each in devices)
    assert picture.out.splitlines()[1].split()[:2] == ["waiting", str(len(devices))]
    assert json.loads(plain.out)["by_state"]["waiting"] == len(devices)


def test_a_clash_is_shown_before_it_is_accepted(
    type_: Type, served: Served, devices: list[str]
) -> None:
    for name, value in (("Five", 5), ("Nine", 9)):
        type_("profile", "create", name, "--set", f"{CACHE}={value}", *served.way())
    type_("assign", "Five", "grp_all", *served.way())

    tried = type_("assign", "Nine", "grp_all", "--accept-conflicts", "--dry-run", *served.way())
    refused = type_("assign", "Nine", "grp_all", *served.way())
    strong = type_(
        "assign", "Nine", "grp_all", "--priority", "5", "--accept-conflicts", *served.way()
    )
    changed = type_(
        "assign", "Nine", "grp_all", "--change", "--exclude", "--accept-conflicts", *served.way()
    )
    for name in ("Five", "Nine"):
        type_("unassign", name, "grp_all", *served.way())

    assert refused.code == ExitCode.CONFLICT
    assert "--accept-conflicts" in refused.err
    for typed in (tried, strong):
        assert typed.code == ExitCode.OK, typed
        assert "Five r1: 5" in typed.out
        assert "Nine r1: 9" in typed.out
    assert tried.last.startswith("nothing was done")
    assert strong.last.startswith("asg_")
    assert changed.code == ExitCode.OK, changed


def test_an_assignment_changes_only_in_what_is_said(type_: Type, served: Served, made: str) -> None:
    def row(*words: str) -> tuple[object, ...]:
        typed = type_("assign", made, "grp_all", *words, "--json", *served.way())
        assert typed.code == ExitCode.OK, typed
        found = json.loads(typed.out)["assignment"]
        return found["revision"], found["priority"], found["excludes"]

    assert row("--revision", "1", "--priority", "3", "--accept-conflicts") == (1, 3, False)
    assert row("--change", "--exclude") == (1, 3, True)
    assert row("--change", "--priority", "4") == (1, 4, True)
    assert row("--change", "--latest", "--include", "--accept-conflicts") == (None, 4, False)
    assert type_("assign", made, "grp_all", "--latest", *served.way()).code == ExitCode.USAGE
    type_("unassign", made, "grp_all", *served.way())


def test_a_roll_out_is_watched_until_nothing_waits(type_: Type, served: Served, made: str) -> None:
    typed = type_("profile", "progress", made, "--watch", *served.way())

    assert typed.code == ExitCode.OK
    assert typed.out.splitlines()[-1] == "0 of 0 devices verified"


def test_a_profile_is_renamed_and_deleted(type_: Type, served: Served, made: str) -> None:
    renamed = type_("profile", "rename", made, "Other", *served.way())
    deleted = type_("profile", "delete", "Other", *served.way())
    gone = type_("profile", "show", "Other", *served.way())

    assert renamed.last.endswith("is now called Other")
    assert deleted.code == ExitCode.OK
    assert gone.code == ExitCode.NOT_FOUND
    assert "`lenskeep profile list` lists them" in gone.err


@pytest.mark.parametrize("words", [("rename", "x"), ("create", "x", "--set", "nothing")])
def test_words_that_say_nothing_are_a_usage_error(
    type_: Type, served: Served, words: tuple[str, ...]
) -> None:
    assert type_("profile", *words, *served.way()).code == ExitCode.USAGE
