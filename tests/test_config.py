"""Settings come from a file and the environment, and are checked whole."""

from pathlib import Path

import pytest

from lenskeep.base.errors import Invalid
from lenskeep.config import Settings, load_settings, split_address


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of this shell reaches a test."""
    for name in ("DATA", "LISTEN", "HOSTNAME", "ALSO"):
        monkeypatch.delenv(f"LENSKEEP_{name}", raising=False)


def write(folder: Path, text: str) -> None:
    """Write the settings file."""
    (folder / "lenskeep.toml").write_text(text)


def test_every_field_has_a_default(tmp_path: Path) -> None:
    """An empty folder works on a laptop."""
    assert load_settings(tmp_path).url("/x") == "https://localhost:8443/x"
    assert load_settings(tmp_path).listening == ("0.0.0.0", 8443)


def test_it_listens_at_the_public_port_unless_told_otherwise(tmp_path: Path) -> None:
    """Who names a port means it."""
    write(tmp_path, 'hostname = "mdm.example.org:443"\n')

    assert load_settings(tmp_path).listening == ("0.0.0.0", 443)
    assert load_settings(tmp_path, listen="[::1]:9").listening == ("::1", 9)


def test_the_file_is_read(tmp_path: Path) -> None:
    """Names and numbers of lenskeep.toml count."""
    write(tmp_path, 'hostname = "mdm.example.org:443"\nalso = ["a.example.org"]\nrenew_days = 30\n')

    settings = load_settings(tmp_path)

    assert settings.url("/x") == "https://mdm.example.org/x"
    assert settings.host_names == ("mdm.example.org", "a.example.org")
    assert settings.renew_days == 30


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container overrides its image's file."""
    write(tmp_path, 'hostname = "file.example.org"\n')
    monkeypatch.setenv("LENSKEEP_HOSTNAME", "environment.example.org")

    assert load_settings(tmp_path).hostname == "environment.example.org"


def test_an_option_wins_over_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is typed counts; what is not typed changes nothing."""
    write(tmp_path, 'listen = "127.0.0.1:1"\n')
    monkeypatch.setenv("LENSKEEP_HOSTNAME", "environment.example.org")

    settings = load_settings(tmp_path, hostname="typed.example.org", listen=None)

    assert settings.hostname == "typed.example.org"
    assert settings.listen == "127.0.0.1:1"


def test_the_data_folder_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LENSKEEP_DATA names the folder where no option does."""
    monkeypatch.setenv("LENSKEEP_DATA", str(tmp_path))

    assert load_settings().data == tmp_path


def test_a_list_in_the_environment_is_separated_by_commas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody wants to write JSON in a unit file."""
    monkeypatch.setenv("LENSKEEP_ALSO", "a.example.org, b.example.org")

    assert load_settings(tmp_path).also == ("a.example.org", "b.example.org")


def test_all_complaints_come_at_once(tmp_path: Path) -> None:
    """Two wrong fields and an unknown one are three complaints."""
    write(tmp_path, 'hostname = "a b"\ncertificate_days = 0\ncolour = "red"\n')

    with pytest.raises(Invalid) as caught:
        load_settings(tmp_path)

    assert {each.field for each in caught.value.complaints} == {
        "hostname",
        "certificate_days",
        "colour",
    }


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    """The complaint says which file."""
    write(tmp_path, "hostname = ")

    with pytest.raises(Invalid, match=r"lenskeep\.toml"):
        load_settings(tmp_path)


def test_renewal_must_start_before_the_end(tmp_path: Path) -> None:
    """A renewal window as long as the certificate's life would be open at once."""
    write(tmp_path, "certificate_days = 30\nrenew_days = 30\n")

    with pytest.raises(Invalid, match="renew_days"):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name", ("name", 8443)),
        ("name:443", ("name", 443)),
        ("[::1]:9", ("::1", 9)),
        ("[::1]", ("::1", 8443)),
        ("0.0.0.0:0", ("0.0.0.0", 0)),
    ],
)
def test_addresses_are_split(text: str, expected: tuple[str, int]) -> None:
    """NAME, NAME:PORT and bracketed IPv6."""
    assert split_address(text) == expected


@pytest.mark.parametrize("text", ["", ":1", "a:b", "a:99999", "a b", "https://a", "a/b"])
def test_what_is_no_address_is_refused(text: str) -> None:
    """A URL or a typing error is not taken for a name."""
    with pytest.raises(ValueError, match="is not"):
        split_address(text)


def test_an_ipv6_name_is_bracketed_in_urls() -> None:
    """[RFC 3986] 3.2.2."""
    assert Settings(hostname="[::1]:9").url("/") == "https://[::1]:9/"


@pytest.mark.parametrize(
    "body", [b"hostname = '\xff'", b"port = " + b"9" * 5000, b"a = " + b"[" * 9999]
)
def test_a_file_that_is_no_toml_in_another_way_is_named_too(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "lenskeep.toml").write_bytes(body)

    with pytest.raises(Invalid, match="not TOML"):
        load_settings(tmp_path)


def test_a_complaint_about_a_long_value_is_short(tmp_path: Path) -> None:
    write(tmp_path, f'trusted_proxies = ["{"1" * 5000}"]')

    with pytest.raises(Invalid) as caught:
        load_settings(tmp_path)
    assert len(str(caught.value)) < 500
