"""The commands for Entra tenants and for the terms of use."""

import io
import json
from pathlib import Path

import pytest
from tests.cli.conftest import Served, Type
from tests.enrollment.entra.issuer import AUDIENCE, CLIENT_ID, NOW, TENANT, claims, jwks, token

from lenskeep.cli.output import ExitCode


@pytest.fixture(autouse=True)
def keys(tmp_path: Path, served: Served) -> Path:
    """A file with keys; the house stands in the time of the tokens."""
    served.home.clock.moment = NOW
    path = tmp_path / "jwks.json"
    path.write_text(jwks("one"), "utf-8")
    return path


def test_a_tenant_goes_its_way(type_: Type, served: Served, keys: Path) -> None:
    """Added with a file of keys, shown, tried, changed, switched off, removed."""
    way = served.way()
    options = ("--audience", AUDIENCE, "--client-id", CLIENT_ID, "--label", "Contoso")
    added = type_("entra", "add-tenant", TENANT, *options, "--jwks", str(keys), *way)
    listed = type_("entra", "tenants", *way)
    good = type_("entra", "try", token(), *way)
    bad = type_("entra", "try", token(claims(aud="https://x.example.net")), *way)
    off = type_("entra", "change-tenant", "contoso", "--off", *way)
    refused = type_("entra", "try", token(), *way)
    shown = type_("entra", "show-tenant", TENANT, *way)
    keys.write_text(jwks("one", "two"), "utf-8")
    put = type_("entra", "refresh-keys", TENANT, "--jwks", str(keys), *way)
    fetched = type_("entra", "refresh-keys", TENANT, *way)
    removed = type_("entra", "remove-tenant", TENANT, *way)
    gone = type_("entra", "show-tenant", TENANT, *way)

    assert (added.code, added.out) == (ExitCode.OK, f"tenant {TENANT} added; 1 keys\n")
    assert "Contoso" in listed.out
    assert (good.code, good.err) == (ExitCode.OK, "it is believed\n")
    assert bad.code == ExitCode.ERROR
    assert "it is meant for another application" in bad.out
    assert "https://x.example.net" in bad.out
    assert (off.code, refused.code) == (ExitCode.OK, ExitCode.ERROR)
    assert "put in" in shown.out
    assert put.out.endswith("2 keys\n")
    assert fetched.code == ExitCode.USAGE
    assert (removed.code, gone.code) == (ExitCode.OK, ExitCode.NOT_FOUND)


def test_a_token_is_read_from_stdin(
    type_: Type, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it stands in no list of processes and in no shell's history."""
    monkeypatch.setattr("sys.stdin", io.StringIO(token() + "\n"))

    typed = type_("entra", "try", "-", *served.way())

    assert typed.code == ExitCode.ERROR
    assert "it is of no tenant that is set up" in typed.out


@pytest.mark.parametrize("text", ["", "[]", "<html>"], ids=["empty", "a list", "a page"])
def test_a_file_that_holds_no_keys_is_refused(
    type_: Type, served: Served, keys: Path, text: str
) -> None:
    """Before anything is sent."""
    keys.write_text(text, "utf-8")

    typed = type_(
        "entra", "add-tenant", TENANT, "--audience", AUDIENCE, "--jwks", str(keys), *served.way()
    )

    assert typed.code == ExitCode.USAGE


def test_keys_elsewhere_are_an_address(type_: Type, served: Served) -> None:
    """Plain HTTP to another machine is refused by the server, in words."""
    typed = type_(
        "entra",
        "add-tenant",
        TENANT,
        "--audience",
        AUDIENCE,
        "--jwks",
        "http://keys.example.org/k",
        *served.way(),
    )

    assert typed.code == ExitCode.USAGE
    assert "https" in typed.err


def test_without_tenants_the_list_says_so(type_: Type, served: Served) -> None:
    """And what follows from it."""
    typed = type_("entra", "tenants", *served.way())

    assert "nobody enrolls with a token of Entra" in typed.err


def test_terms_go_their_way(type_: Type, served: Served, tmp_path: Path) -> None:
    """Written, shown, switched off, listed."""
    way, path = served.way(), tmp_path / "terms.txt"
    path.write_text("# Use\n\nBe kind.\n", "utf-8")
    none = type_("terms", "show", *way)
    written = type_("terms", "set", str(path), "--title", "House rules", *way)
    shown = type_("terms", "show", *way)
    off = type_("terms", "off", *way)
    after = type_("terms", "show", "--json", *way)
    versions = type_("terms", "versions", *way)
    accepted = type_("terms", "acceptances", *way)

    assert none.err == "no terms were ever written\n"
    assert written.out.startswith("version 1 is in force")
    assert shown.out == "House rules\n\n# Use\n\nBe kind.\n"
    assert (off.code, json.loads(after.out)["on"]) == (ExitCode.OK, False)
    assert [line.split()[0] for line in versions.out.splitlines()] == ["VERSION", "2", "1"]
    assert accepted.out.startswith("USER")
