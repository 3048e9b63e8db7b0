"""`lenskeep sign-in`: providers from the command line."""

from pathlib import Path

import pytest
from tests.cli.conftest import Served, Type
from tests.flows.vouching import ISSUER

from lenskeep.access import Scope

ISSUED = ("--issuer", ISSUER, "--client-id", "lenskeep")


def test_a_provider_is_added_listed_and_removed(
    type_: Type, served: Served, tmp_path: Path
) -> None:
    """What to register is said; the secret comes from a file and is never shown."""
    secret = tmp_path / "secret"
    secret.write_text("hunter2\n")
    more = ("--client-secret-file", str(secret), "--domain", "a.example", "--domain", "b.example")

    added = type_("sign-in", "add-provider", "Clinic", *ISSUED, *more, *served.way())
    listed = type_("sign-in", "providers", *served.way())
    shown = type_("sign-in", "providers", "--json", *served.way())
    removed = type_("sign-in", "remove-provider", "clinic", *served.way())
    empty = type_("sign-in", "providers", *served.way())

    assert (added.code, listed.code, removed.code) == (0, 0, 0), added.err
    assert added.last == "https://localhost:8443/EnrollmentServer/Authenticate/callback"
    assert "a.example, b.example" in listed.out
    assert '"has_secret": true' in shown.out
    assert "hunter2" not in added.out + listed.out + shown.out
    assert "there is none" in empty.err


def test_what_is_asked_of_a_sign_in_is_passed_on(type_: Type, served: Served) -> None:
    """A claim, kinds of sign-in, scopes."""
    more = ("--require", "groups=a=b", "--acr", "phr", "--scope", "openid", "--prompt", "login")

    added = type_("sign-in", "add-provider", "Strict", *ISSUED, *more, "--json", *served.way())

    assert added.code == 0, added.err
    for part in ('"required_claim": "groups"', '"required_value": "a=b"', '"phr"', '"login"'):
        assert part in added.out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("add-provider", "X", "--issuer", "http://id.example", "--client-id", "x"), 2),
        (("add-provider", "X", *ISSUED, "--require", "groups"), 2),
        (("add-provider", "X", *ISSUED, "--client-secret-file", "/nonexistent"), 2),
        (("check", "nobody"), 7),
        (("remove-provider", "nobody"), 7),
    ],
)
def test_mistakes_end_with_their_code(
    type_: Type, served: Served, words: tuple[str, ...], code: int
) -> None:
    """And in words."""
    typed = type_("sign-in", *words, *served.way())

    assert code == typed.code
    assert typed.err.startswith("error: ")


def test_an_empty_secret_file_is_a_mistake(type_: Type, served: Served, tmp_path: Path) -> None:
    """Rather than a public client that nobody wanted."""
    empty = tmp_path / "secret"
    empty.write_text("\n")
    more = ("--client-secret-file", str(empty))

    assert type_("sign-in", "add-provider", "X", *ISSUED, *more, *served.way()).code == 2


def test_who_may_only_look_adds_nothing(type_: Type, served: Served) -> None:
    """Exit status 6."""
    typed = type_("sign-in", "add-provider", "X", *ISSUED, *served.way(Scope.OPERATE))

    assert typed.code == 6


def test_a_provider_that_does_not_answer_fails_its_check(type_: Type, served: Served) -> None:
    """Exit status 1, and the redirect URI all the same."""
    nobody = ("--issuer", "http://127.0.0.1:9", "--client-id", "x")
    type_("sign-in", "add-provider", "Away", *nobody, *served.way())

    checked = type_("sign-in", "check", "away", *served.way())

    assert checked.code == 1
    assert "Authenticate/callback" in checked.out
