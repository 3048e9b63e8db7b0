"""The certificate authority is rotated from the command line, on a data folder."""

import json
from pathlib import Path

from tests.cli.conftest import Type

from lenskeep.cli.output import ExitCode
from lenskeep.files.folder import DataFolder


def test_a_rotation_is_carried_through(type_: Type, folder: Path) -> None:
    """Status, rotate, finish; a step out of order says why, and `ca show` follows the server."""
    data = ("--data", str(folder))
    first = type_("ca", "show", *data).out

    begun = type_("ca", "rotate", *data)
    again = type_("ca", "rotate", *data)

    assert (ExitCode.OK, True) == (begun.code, "within a minute" in begun.err)
    assert (ExitCode.CONFLICT, True) == (again.code, "under way" in again.err)
    assert first == type_("ca", "show", *data).out
    shown = json.loads(type_("ca", "status", "--json", *data).out)
    assert (True, [1, 2]) == (
        shown["is_rotating"],
        [each["number"] for each in shown["eras"]],
    )
    assert "0 headsets" in type_("ca", "deliver", "--renew-now", *data).out
    assert ExitCode.OK == type_("ca", "serve-new", *data).code
    second = type_("ca", "show", *data).out
    assert second != first
    assert ExitCode.OK == type_("ca", "finish-rotation", *data).code
    assert ExitCode.CONFLICT == type_("ca", "finish-rotation", *data).code
    assert first + second == DataFolder(folder).trusted_roots().read_text()
    assert "a rotation" not in type_("doctor", *data).out


def test_the_doctor_sees_a_rotation_under_way(type_: Type, folder: Path) -> None:
    """So that it is not forgotten halfway."""
    data = ("--data", str(folder))
    type_("ca", "rotate", "--keep-root", *data)

    assert "a rotation is under way" in type_("doctor", *data).out
    type_("ca", "finish-rotation", *data)


def test_a_folder_that_was_never_made_is_missing(type_: Type, tmp_path: Path) -> None:
    """As for every command."""
    typed = type_("ca", "status", "--data", str(tmp_path / "none"))

    assert (ExitCode.NOT_FOUND, "") == (typed.code, typed.out)
