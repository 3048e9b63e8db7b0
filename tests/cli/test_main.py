"""The command as a whole: every command explains itself, every exit code is the table's."""

import subprocess
import sys

import pytest
from tests.cli.conftest import Type
from typer.main import get_command

from lenskeep import __version__
from lenskeep.base import errors
from lenskeep.cli.main import ROOMS, TRACE, explain, make_app
from lenskeep.cli.output import ExitCode
from lenskeep.web import respond

GIVEN = {
    "init", "serve", "doctor", "ca", "admin", "account", "code", "token", "virtual",
    "devices", "device", "operation",
}  # fmt: skip


def test_the_commands_that_others_rely_on_are_there() -> None:
    command = get_command(make_app())

    assert command.commands.keys() >= GIVEN  # type: ignore[attr-defined]


def test_every_room_is_found_by_each_of_its_commands() -> None:
    whole = get_command(make_app()).commands.keys()  # type: ignore[attr-defined]

    assert whole == ROOMS.keys()
    for name in whole:
        assert name in get_command(make_app(name)).commands  # type: ignore[attr-defined]


def test_a_command_that_speaks_rest_loads_no_server() -> None:
    """It would take most of a second each time somebody types it."""
    words = ("devices", "--server", "https://localhost:1", "--token", "lk_x")
    code = (
        "import sys; from lenskeep.cli.main import run;"
        f"run({words!r});"
        "print(sorted({each.split('.')[0] for each in sys.modules} & {"
        "'fastapi', 'starlette', 'sqlalchemy', 'uvicorn', 'jinja2', 'argon2'}"
        "| {'lenskeep.app'} & sys.modules.keys()))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_every_command_explains_itself(type_: Type) -> None:
    for path in _paths(get_command(make_app()), ()):
        typed = type_(*path, "--help")

        assert typed.code == ExitCode.OK, path
        assert "Usage:" in typed.out


def _paths(command: object, path: tuple[str, ...]) -> list[tuple[str, ...]]:
    inner = getattr(command, "commands", {})
    return [path, *(found for name in inner for found in _paths(inner[name], (*path, name)))]


def test_the_version_is_told(type_: Type) -> None:
    assert type_("--version").out == f"lenskeep {__version__}\n"


def test_a_command_that_does_not_exist_is_a_usage_error(type_: Type) -> None:
    assert type_("fly").code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.Invalid.field("x", "y"), ExitCode.USAGE),
        (errors.Refused(errors.Refusal.AUTHORIZATION, "x"), ExitCode.REFUSED),
        (errors.Missing("x", "y"), ExitCode.NOT_FOUND),
        (errors.Conflict("x"), ExitCode.CONFLICT),
        (errors.Unavailable("x"), ExitCode.UNAVAILABLE),
        (RuntimeError("x"), ExitCode.ERROR),
    ],
)
def test_the_table_of_errors_and_the_exit_codes_agree(error: Exception, code: ExitCode) -> None:
    assert respond.exit_code(error) == code


def test_an_error_of_ours_is_one_line_unless_more_is_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(TRACE, raising=False)
    error = RuntimeError("out of ink")

    assert explain(error) == ExitCode.ERROR
    brief = capsys.readouterr().err
    monkeypatch.setenv(TRACE, "1")
    explain(error)

    assert brief.startswith("error: RuntimeError: out of ink\n")
    assert "RuntimeError: out of ink\nerror: " in capsys.readouterr().err
