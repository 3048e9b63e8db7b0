"""Local commands: what they make is in the data folder, its secret alone on the last line."""

import io
import json
from pathlib import Path

import pytest
from tests.cli.conftest import Type

from lenskeep.cli.output import ExitCode


@pytest.mark.parametrize(
    "words",
    [
        ("account", "add", "made@example.org"),
        ("admin", "add", "made"),
        ("code", "new", "--uses", "3", "--minutes", "5"),
        ("token", "new", "made", "--scope", "operate"),
    ],
)
def test_a_secret_made_stands_alone_on_the_last_line(
    type_: Type, folder: Path, words: tuple[str, ...]
) -> None:
    typed = type_(*words, "--data", str(folder))

    assert (typed.code, typed.err) == (ExitCode.OK, "")
    assert len(typed.last) >= 9
    assert " " not in typed.last
    assert typed.last not in (folder / "lenskeep.db").read_bytes().decode("latin-1")


def test_a_password_is_read_from_stdin_and_not_printed(
    type_: Type, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\nsecond line\n"))

    typed = type_("admin", "add", "grace", "--password-stdin", "--data", str(folder))

    assert typed.code == ExitCode.OK
    assert typed.out == "admin grace added\n"


def test_an_empty_stdin_is_no_password(
    type_: Type, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    typed = type_("admin", "add", "eve", "--password-stdin", "--data", str(folder))

    assert typed.code == ExitCode.USAGE


def test_json_is_what_rest_would_answer(type_: Type, folder: Path) -> None:
    made = type_("code", "new", "--json", "--data", str(folder))
    listed = type_("code", "list", "--json", "--data", str(folder))

    code = json.loads(made.out)
    assert {"id", "uses_total", "uses_left", "created_at", "expires_at", "code"} == code.keys()
    assert code["id"] in [row["id"] for row in json.loads(listed.out)["items"]]
    assert code["code"] not in listed.out


def test_a_code_ends(type_: Type, folder: Path) -> None:
    made = json.loads(type_("code", "new", "--json", "--data", str(folder)).out)

    assert type_("code", "end", made["id"], "--data", str(folder)).code == ExitCode.OK
    assert type_("code", "end", "cod_404", "--data", str(folder)).code == ExitCode.NOT_FOUND


def test_an_account_is_disabled_by_name(type_: Type, folder: Path) -> None:
    type_("account", "add", "leaver@example.org", "--data", str(folder))

    typed = type_("account", "disable", "leaver@example.org", "--data", str(folder))

    rows = json.loads(type_("account", "list", "--json", "--data", str(folder)).out)["items"]
    (row,) = [row for row in rows if row["name"] == "leaver@example.org"]
    assert typed.code == ExitCode.OK
    assert row["disabled_at"] is not None


def test_a_token_is_revoked_by_name(type_: Type, folder: Path) -> None:
    type_("token", "new", "leaked", "--data", str(folder))

    typed = type_("token", "revoke", "leaked", "--data", str(folder))

    rows = json.loads(type_("token", "list", "--json", "--data", str(folder)).out)["items"]
    (row,) = [row for row in rows if row["name"] == "leaked"]
    assert typed.code == ExitCode.OK
    assert row["revoked_at"] is not None


def test_a_list_is_a_table_for_people(type_: Type, folder: Path) -> None:
    type_("account", "add", "seen@example.org", "--data", str(folder))

    typed = type_("account", "list", "--data", str(folder))

    assert typed.out.splitlines()[0].split() == ["ID", "NAME", "CREATED", "DISABLED"]
    assert "seen@example.org" in typed.out


def test_what_is_wrong_is_said_in_plain_words(type_: Type, folder: Path, tmp_path: Path) -> None:
    for words, code in (
        (("account", "add", "nobody", "--data", str(folder)), ExitCode.USAGE),
        (("code", "new", "--uses", "0", "--data", str(folder)), ExitCode.USAGE),
        (("token", "new", "t", "--scope", "god", "--data", str(folder)), ExitCode.USAGE),
        (("code", "list", "--data", str(tmp_path / "nothing")), ExitCode.NOT_FOUND),
    ):
        typed = type_(*words)

        assert (typed.code, typed.out) == (code, ""), words
        assert typed.err.startswith("error: ")
        assert "Traceback" not in typed.err


def test_a_person_is_changed_and_disabled_but_not_the_last_in_charge(
    type_: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = ("--data", str(tmp_path / "lenskeep"))
    type_("init", "--hostname", "localhost:18444", *data)
    type_("admin", "add", "ada", *data)
    first = type_("admin", "add", "grace", "--role", "viewer", *data).last

    promoted = type_("admin", "role", "GRACE", "operator", *data)
    second = type_("admin", "password", "grace", *data)
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\n"))
    third = type_("admin", "password", "grace", "--password-stdin", *data)
    disabled = type_("admin", "disable", "grace", *data)
    last = type_("admin", "disable", "ada", *data)

    assert promoted.out == "grace is now operator\n"
    assert (second.code, second.last == first) == (ExitCode.OK, False)
    assert third.out == "grace has another password\n"
    assert disabled.out == "grace disabled\n"
    assert (last.code, "last active administrator" in last.err) == (ExitCode.CONFLICT, True)
    rows = json.loads(type_("admin", "list", "--json", *data).out)["items"]
    assert [(row["name"], row["role"], row["disabled_at"] is None) for row in rows] == [
        ("ada", "admin", True),
        ("grace", "operator", False),
    ]
    table = type_("admin", "list", *data).out
    assert table.splitlines()[0].split() == ["ID", "NAME", "ROLE", "CREATED", "DISABLED"]
