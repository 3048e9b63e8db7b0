"""Remote commands: the way to the server, and plain words when it leads nowhere."""

import socket
from pathlib import Path

import pytest
from tests.cli.conftest import Served, Type

from lenskeep.cli.output import CommandError, ExitCode
from lenskeep.cli.remote import find_access


def test_options_lead_to_the_server() -> None:
    access = find_access("mdm.example:8443/", " lk_x ", Path("ca.pem"), None)

    assert (access.server, access.token.reveal()) == ("https://mdm.example:8443", "lk_x")
    assert access.ca == Path("ca.pem")


@pytest.mark.parametrize("url", ["https://a.example/api/v1", "https://a.example/", "a.example"])
def test_a_server_is_named_with_or_without_what_we_know(url: str) -> None:
    assert find_access(url, "lk_x", None, None).server == "https://a.example"


@pytest.mark.parametrize(
    "url",
    [
        *("http://mdm.example", "ftp://a.example", "https://", "http://", "a.example:port"),
        *("https://[", "[::1", "https://[::1]x", "https://x[::1]", "https://a:0", "https://a b"),
    ],
)
def test_a_token_does_not_travel_unprotected(url: str) -> None:
    with pytest.raises(CommandError, match="is no server"):
        find_access(url, "lk_x", None, None)


def test_a_server_without_a_token_is_not_given_the_one_of_the_data_folder(folder: Path) -> None:
    with pytest.raises(CommandError, match="without a token"):
        find_access("https://elsewhere.example", None, None, folder)


def test_beside_the_server_the_data_folder_knows_the_way(folder: Path, type_: Type) -> None:
    (folder / "local-token").write_text("lk_local\n")

    access = find_access(None, None, None, folder)

    assert access.token.reveal() == "lk_local"
    assert access.ca is not None
    assert access.ca.exists()
    assert access.is_local


def test_the_environment_leads_to_the_server(
    type_: Type, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.enroll(1)
    (_, server, _, token) = served.way()
    monkeypatch.setenv("LENSKEEP_SERVER", server)
    monkeypatch.setenv("LENSKEEP_TOKEN", token)

    typed = type_("devices")

    assert typed.code == ExitCode.OK
    assert "dev_1" in typed.out


def test_nowhere_to_go_says_what_to_give(type_: Type, tmp_path: Path) -> None:
    typed = type_("devices", "--data", str(tmp_path))

    assert typed.code == ExitCode.USAGE
    assert "--server" in typed.err


def test_a_server_that_is_not_there_is_unavailable(type_: Type) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"

        typed = type_("devices", "--server", url, "--token", "lk_x")

    assert typed.code == ExitCode.UNAVAILABLE
    assert "does not answer" in typed.err


def test_a_token_that_is_not_known_says_how_to_get_one(type_: Type, served: Served) -> None:
    typed = type_("devices", "--server", served.url, "--token", "lk_x")

    assert typed.code == ExitCode.REFUSED
    assert "lenskeep token new" in typed.err


def test_a_file_that_is_no_certificate_is_named(type_: Type, tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_text("not a certificate")

    typed = type_("devices", "--server", "a.example", "--token", "lk_x", "--ca", str(ca))

    assert typed.code == ExitCode.USAGE
    assert str(ca) in typed.err
