"""Commands for groups and tags, for what would be sent, and for templates."""

import asyncio
import json
from pathlib import Path

import pytest
from tests.cli.conftest import Served, Type
from tests.flows.desired.wants import BLUETOOTH, CACHE, STORAGE, fleet

from lenskeep.access import Scope
from lenskeep.cli.desired.trials import is_refused
from lenskeep.cli.output import ExitCode


@pytest.fixture(scope="module")
def devices(served: Served) -> list[str]:
    """Two headsets that have told their build."""
    return list(asyncio.run(fleet(served.home, 2)))


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A profile that is not saved."""
    file = tmp_path_factory.mktemp("yaml") / "ward.yaml"
    text = f"lenskeep: profile/1\nname: x\nsettings:\n  - uri: {BLUETOOTH}\n    value: 0\n"
    file.write_text(text, "utf-8")
    return str(file)


def test_a_group_by_hand_is_filled_shown_and_emptied(
    type_: Type, served: Served, devices: list[str]
) -> None:
    created = type_("group", "create", "Ward", "HOLO-1", *served.way())
    added = type_("group", "add", "ward", devices[1], *served.way())
    members = type_("group", "members", "Ward", *served.way(Scope.READ))
    listed = type_("group", "list", *served.way(Scope.READ))
    removed = type_("group", "remove", "Ward", *devices, *served.way())
    renamed = type_("group", "change", "Ward", "--name", "Ward 3", *served.way())
    shown = type_("group", "show", "Ward 3", *served.way())
    of_device = type_("device", "groups", devices[0], *served.way())
    deleted = type_("group", "delete", "Ward 3", *served.way())

    assert (created.code, created.last.split()[-2:]) == (ExitCode.OK, ["1", "devices"])
    assert added.last.endswith(": 2 devices")
    assert {line.split()[0] for line in members.out.splitlines()[1:]} == set(devices)
    assert "grp_all" in listed.out
    assert removed.last.endswith(": 0 devices")
    assert renamed.code == shown.code == deleted.code == ExitCode.OK
    assert "grp_all" in of_device.out


def test_a_rule_is_previewed_with_its_reasons(
    type_: Type, served: Served, devices: list[str]
) -> None:
    typed = type_("group", "preview", "build >= 22621 and tag = loan", *served.way(Scope.READ))
    wrong = type_("group", "preview", "build >=", *served.way(Scope.READ))

    assert typed.out.splitlines()[0] == f"0 of {len(devices)} devices"
    assert "22621.1244" in typed.out
    assert wrong.code == ExitCode.USAGE


def test_tags_are_put_on_listed_and_taken_off(
    type_: Type, served: Served, devices: list[str]
) -> None:
    put = type_("tag", "add", "ward-3", *devices, *served.way())
    listed = type_("tag", "list", *served.way(Scope.READ))
    off = type_("tag", "remove", "ward-3", devices[0], "--json", *served.way())

    assert put.code == ExitCode.OK, put
    assert listed.out.splitlines()[1].split() == ["ward-3", "2"]
    assert json.loads(off.out)["items"] == [{"device": devices[0], "tags": []}]


def test_a_plan_says_verb_node_value_and_reason(
    type_: Type, served: Served, devices: list[str], document: str
) -> None:
    typed = type_("plan", "all devices", "--file", document, *served.way(Scope.READ))

    assert typed.code == ExitCode.OK, typed
    assert f"{len(devices)} devices: " in typed.out
    (row,) = [line.split() for line in typed.out.splitlines() if BLUETOOTH in line]
    assert row[:3] == ["replace", BLUETOOTH, "0"]
    assert len(row) > 4


def test_a_rehearsal_shows_what_a_headset_said(
    type_: Type, served: Served, devices: list[str], document: str
) -> None:
    typed = type_("rehearse", "grp_all", "--file", document, *served.way(Scope.READ))
    nothing = type_("rehearse", "grp_all", *served.way())

    assert typed.code == ExitCode.OK, typed
    assert f"for {len(devices)} devices" in typed.out
    (row,) = [line.split() for line in typed.out.splitlines() if BLUETOOTH in line]
    assert row[:3] == ["replace", BLUETOOTH, "200"]
    assert nothing.code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("verb", "accepted", "refused"),
    [("replace", True, False), ("replace", False, True), (None, False, False)],
)
def test_a_rehearsal_ends_with_1_where_a_command_was_refused_not_where_none_was_sent(
    verb: str | None, accepted: bool, refused: bool
) -> None:
    assert is_refused({"verb": verb, "accepted": accepted}) is refused


def test_one_device_shows_settings_plan_and_retries(
    type_: Type, served: Served, devices: list[str], document: str
) -> None:
    type_("profile", "import", document, *served.way())
    type_("assign", "x", "grp_all", *served.way())

    settings = type_("device", "settings", devices[0], *served.way(Scope.READ))
    plan = type_("device", "plan", devices[0], *served.way(Scope.READ))
    retried = type_("device", "retry", devices[0], *served.way())
    type_("unassign", "x", "grp_all", *served.way())

    assert settings.code == ExitCode.OK, settings
    (row,) = [line.split() for line in settings.out.splitlines() if BLUETOOTH in line]
    assert row[:3] == ["pending", BLUETOOTH, "0"]
    assert "not heard of since" in settings.err
    assert BLUETOOTH in plan.out
    assert retried.last == "0 settings are tried again"


def test_a_staged_roll_out_is_listed_and_released(
    type_: Type, served: Served, devices: list[str]
) -> None:
    words = ("--set", f"{STORAGE}=0", "--acknowledge")
    type_("profile", "create", "Locked", *words, *served.way())
    assigned = type_("assign", "Locked", "grp_all", *served.way())

    listed = type_("guard", "list", "--profile", "Locked", *served.way(Scope.READ))
    reset = type_("guard", "reset", "Locked/1", *served.way())
    released = type_("guard", "release", "Locked/1", *served.way())
    none = type_("guard", "release", "Locked", *served.way())
    type_("unassign", "Locked", "grp_all", *served.way())

    assert "one device first" in assigned.err
    assert "waiting for the first device" in listed.out
    assert reset.code == ExitCode.CONFLICT
    assert released.last.endswith("/1: released")
    assert none.code == ExitCode.USAGE


def test_a_template_is_shown_and_started(type_: Type, served: Served, devices: list[str]) -> None:
    listed = type_("template", "list", *served.way(Scope.READ))
    shown = type_("template", "show", "baseline-standard", *served.way(Scope.READ))
    started = type_(
        "template", "start", "baseline-standard", "Base", "--acknowledge", *served.way()
    )
    same = type_(
        "template", "compare", "baseline-standard", "--profile", "Base", *served.way(Scope.READ)
    )
    against = type_(
        "template", "compare", "baseline-standard", "--device", devices[0], *served.way(Scope.READ)
    )
    both = type_("template", "compare", "baseline-standard", *served.way())

    assert "baseline-standard" in listed.out
    assert "Settings" in shown.out
    assert started.code == ExitCode.OK, started
    assert same.code == against.code == ExitCode.OK
    assert "VERDICT" in against.out
    assert both.code == ExitCode.USAGE


def test_a_value_is_read_from_a_file(type_: Type, served: Served, tmp_path: Path) -> None:
    file = tmp_path / "value"
    file.write_text("0", "utf-8")

    type_("profile", "create", "From file", "--set", f"{BLUETOOTH}=@{file}", *served.way())
    missing = type_("profile", "create", "y", "--set", f"{BLUETOOTH}=@{file}2", *served.way())

    shown = type_("profile", "show", "From file", "--json", *served.way())
    assert [each["value"] for each in json.loads(shown.out)["settings"]] == ["0"]
    assert missing.code == ExitCode.USAGE


def test_a_clash_that_a_group_brings_is_told_before_and_accepted(
    type_: Type, served: Served, devices: list[str]
) -> None:
    way = served.way()
    type_("profile", "create", "Clash base", "--set", f"{CACHE}=5", *way)
    type_("profile", "create", "Clash ward", "--set", f"{CACHE}=9", *way)
    type_("group", "create", "Clash", *way)
    type_("assign", "Clash base", "grp_all", *way)
    type_("assign", "Clash ward", "Clash", *way)

    tried = type_("group", "add", "Clash", devices[0], "--dry-run", *way)
    refused = type_("group", "add", "Clash", devices[0], *way)
    accepted = type_("group", "add", "Clash", devices[0], "--accept-conflicts", *way)
    harmless = type_("group", "remove", "Clash", devices[0], "--dry-run", *way)

    assert tried.code == ExitCode.OK, tried
    assert "Clash base" in tried.out
    assert "Clash ward" in tried.out
    assert "--accept-conflicts" in tried.last
    assert refused.code == ExitCode.CONFLICT
    assert accepted.last.endswith(": 1 devices")
    assert "nothing to accept" in harmless.last
    for group in ("grp_all", "Clash"):
        name = "Clash base" if group == "grp_all" else "Clash ward"
        ended = type_("unassign", name, group, "--accept-conflicts", *way)
        assert ended.code == ExitCode.OK, ended
