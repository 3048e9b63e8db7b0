"""The commands for first run, for what wearers read, and for Autopilot's records."""

import base64
import json
from pathlib import Path

import pytest
from tests.cli.conftest import Served, Type

from lenskeep.cli.output import ExitCode

HASH = base64.b64encode(bytes(range(250)) * 12).decode()
HEADER = "Device Serial Number,Windows Product ID,Hardware Hash,Group Tag,Assigned User"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with one headset."""
    path = tmp_path / "hashes.csv"
    path.write_bytes(f"{HEADER}\r\n003008,,{HASH},ward-3,\r\n".encode())
    return path


def test_autopilot_goes_its_way(type_: Type, served: Served, file: Path, tmp_path: Path) -> None:
    """Looked at, imported, listed, tagged, exported, forgotten."""
    way, out = served.way(), tmp_path / "out.csv"
    tried = type_("autopilot", "import", str(file), "--dry-run", *way)
    done = type_("autopilot", "import", str(file), *way)
    tagged = type_("autopilot", "tag", "003008", "ward-4", "--user", "anna@example.org", *way)
    listed = type_("autopilot", "list", "anna", *way)
    written = type_("autopilot", "export", str(out), *way)
    gone = type_("autopilot", "remove", "003008", *way)
    again = type_("autopilot", "remove", "003008", *way)

    assert tried.out == "1 would be added, 0 would be changed, 0 would be unchanged\n"
    assert done.out == "1 were added, 0 were changed, 0 were unchanged\n"
    assert tagged.out == "003008: ward-4\n"
    assert "ward-4" in listed.out
    assert written.err.startswith("1 headsets are in ")
    assert out.read_bytes() == (f"{HEADER}\r\n003008,,{HASH},ward-4,anna@example.org\r\n".encode())
    assert (gone.code, again.code) == (ExitCode.OK, ExitCode.NOT_FOUND)


def test_a_wrong_file_is_told_line_by_line(type_: Type, served: Served, tmp_path: Path) -> None:
    """And nothing is imported."""
    path = tmp_path / "wrong.csv"
    path.write_text(f"{HEADER}\nx,,!,,\n", "utf-8")

    typed = type_("autopilot", "import", str(path), *served.way())

    assert typed.code == ExitCode.USAGE
    assert "line 2: Hardware Hash" in typed.err


def test_first_run_is_shown_set_and_looked_at(type_: Type, served: Served, tmp_path: Path) -> None:
    """What is shown can be set again."""
    way, path, device = served.way(), tmp_path / "plan.json", served.enroll(1)
    plan = json.loads(type_("first-run", "show", *way).out)
    path.write_text(json.dumps({**plan, "ways": ["autopilot"]}), "utf-8")

    done = type_("first-run", "set", str(path), *way)
    looked = type_("first-run", "device", device, *way)

    assert done.out == "version 1 is in force; held up: autopilot\n"
    assert "none" in looked.out


def test_what_wearers_read_is_set_word_by_word(type_: Type, served: Served) -> None:
    """What is left out stays; a headset's Settings can be looked at."""
    way, device = served.way(), served.enroll(2)
    type_("wearer", "set", "--organization", "Clinic", *way)
    done = type_("wearer", "set", "--phone", "+49 30 12", *way)
    shown = json.loads(type_("wearer", "show", *way).out)
    seen = type_("wearer", "preview", device, *way)
    neither = type_("wearer", "set", *way)

    assert done.out.startswith("version 2 is in force")
    assert (shown["organization"], shown["help_phone"]) == ("Clinic", "+49 30 12")
    assert "Clinic" in seen.out
    assert "next contact" in seen.err
    assert neither.code == ExitCode.USAGE
