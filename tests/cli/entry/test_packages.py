"""Commands for packages: files for their owner alone, secrets nowhere else."""

import json
import stat
from pathlib import Path

import pytest
from tests.cli.conftest import Served, Type

from lenskeep.access import Scope


@pytest.fixture
def wifi(tmp_path: Path) -> Path:
    """A file with a network and its key."""
    path = tmp_path / "wifi.txt"
    path.write_text("Ward=long enough\nGuests\n")
    return path


def test_a_package_is_written_for_its_owner_alone(
    served: Served, type_: Type, tmp_path: Path, wifi: Path
) -> None:
    out = tmp_path / "ward.xml"

    made = type_(
        *("package", "new", "Ward written", "--out", str(out), "--wifi-file", str(wifi)),
        *("--user", "ward", "--skip", "calibration", "--uses", "5", *served.way()),
    )

    assert 0 == made.code, made.err
    assert 0o600 == stat.S_IMODE(out.stat().st_mode)
    assert 0o600 == stat.S_IMODE((tmp_path / "root.cer").stat().st_mode)
    text = out.read_text()
    assert "<SecurityKey>long enough</SecurityKey>" in text
    assert f"<Password>{made.last}</Password>" in text
    assert "/CustomizationXML:ward.xml" in made.out
    assert "Confirm" in made.out
    assert "long enough" not in made.out + made.err
    assert "cannot be encrypted" in made.err


def test_nothing_is_written_over_and_nothing_made_then(
    served: Served, type_: Type, tmp_path: Path
) -> None:
    out = tmp_path / "there.xml"
    out.write_text("mine")

    refused = type_("package", "new", "Never", "--out", str(out), *served.way())
    nowhere = type_(
        "package", "new", "Never", "--out", str(tmp_path / "no" / "x.xml"), *served.way()
    )

    assert (2, 2) == (refused.code, nowhere.code)
    assert "mine" == out.read_text()
    assert "Never" not in type_("package", "list", *served.way()).out


def test_it_is_listed_shown_read_again_and_removed(
    served: Served, type_: Type, tmp_path: Path
) -> None:
    first, again = tmp_path / "a" / "c.xml", tmp_path / "b" / "c.xml"
    for path in (first, again):
        path.parent.mkdir()
    name = ("Ward listed",)
    wanted = ("--certificate", "--user", "ward", "--wifi", "Guests", "--skip", "training")
    type_("package", "new", *name, *wanted, "--out", str(first), *served.way())

    assert "Ward listed" in type_("package", "list", *served.way(Scope.READ)).out
    shown = type_("package", "show", *name, *served.way(Scope.READ))
    assert "icd.exe /Build-ProvisioningPackage" in shown.out
    assert all(each in shown.out for each in ("Guests (open)", "ward, device owner", "training"))
    written = type_("package", "show", "ward LISTED", "--out", str(again), *served.way())
    assert 0 == written.code, written.err
    assert first.read_bytes() == again.read_bytes()
    pfx = [path.with_name("enrollment.pfx").read_bytes() for path in (first, again)]
    assert pfx[0] == pfx[1]
    assert 0 == type_("package", "remove", *name, *served.way()).code
    assert 7 == type_("package", "show", *name, *served.way()).code


def test_options_that_exclude_each_other_are_refused(
    served: Served, type_: Type, tmp_path: Path
) -> None:
    out = str(tmp_path / "x.xml")

    both = type_(
        "package", "new", "x", "--certificate", "--prepare-only", "--out", out, *served.way()
    )
    skip = type_("package", "new", "x", "--skip", "everything", "--out", out, *served.way())

    assert (2, 2) == (both.code, skip.code)
    assert "calibration" in skip.err


def test_what_to_press_is_printed_for_a_build(served: Served, type_: Type) -> None:
    told = type_("package", "instructions", "--way", "package", *served.way(Scope.READ))
    old = type_(
        *("package", "instructions", "--way", "package", "--build", "18362.1039"),
        *served.way(Scope.READ),
    )

    assert 0 == told.code
    assert "ten seconds" in told.out
    assert 2 == old.code


def test_a_bulk_account_is_added_listed_and_removed(
    served: Served, type_: Type, tmp_path: Path
) -> None:
    pfx = tmp_path / "c.pfx"

    made = type_("bulk-account", "add", "b1@example.org", "--uses", "4", *served.way())
    certified = type_("bulk-account", "add", "b2@example.org", "--pfx", str(pfx), *served.way())

    assert 32 == len(made.last)
    assert 0o600 == stat.S_IMODE(pfx.stat().st_mode)
    assert certified.last
    assert 0 == type_("bulk-account", "remove", "B1@example.org", *served.way()).code
    rows = json.loads(type_("bulk-account", "list", "--json", *served.way()).out)["items"]
    found = {each["name"]: each for each in rows}
    assert found["b1@example.org"]["disabled_at"]
    assert found["b2@example.org"]["disabled_at"] is None
    assert 4 == found["b1@example.org"]["uses_left"]
    assert 7 == type_("bulk-account", "remove", "nobody@example.org", *served.way()).code
