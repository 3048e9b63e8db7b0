"""A stored package is read back whole, and nothing secret is in the part that is shown."""

import json
from dataclasses import replace

import pytest
from tests.enrollment.package.test_customizations import BARE, ENDPOINTS, FULL

from lenskeep.base.errors import Unavailable
from lenskeep.base.secret import Secret
from lenskeep.enrollment.package.customizations import customizations
from lenskeep.enrollment.package.definition import Kept, Package, Proof, SignIn
from lenskeep.enrollment.package.stored import read_back, secret_form, shown_form

CERTIFIED = replace(
    FULL, sign_in=SignIn("w@example.org", Proof.CERTIFICATE, Secret("AB12"), Secret("pfx word"))
)


@pytest.mark.parametrize("package", [BARE, FULL, CERTIFIED])
def test_what_was_stored_is_read_back(package: Package) -> None:
    kept = Kept(package, b"\x30\x01")
    shown = json.loads(json.dumps(shown_form(package)))

    back = read_back(package.id, package.name, ENDPOINTS, shown, secret_form(kept))

    assert kept == back
    assert customizations(package) == customizations(back.package)


def test_what_is_shown_holds_no_secret() -> None:
    for package in (FULL, CERTIFIED):
        text = json.dumps(shown_form(package))
        assert not any(secret in text for secret in ("a<b", "long enough", "p@ss word", "pfx word"))
    assert "pfx word" not in repr(Kept(CERTIFIED, b"private"))
    assert "private" not in repr(Kept(CERTIFIED, b"private"))


@pytest.mark.parametrize("secret", [b"", b"{}", b"[]", b'{"wifi": 1}'])
def test_a_form_that_is_not_ours_is_not_guessed_at(secret: bytes) -> None:
    with pytest.raises(Unavailable):
        read_back(FULL.id, FULL.name, ENDPOINTS, shown_form(FULL), secret)
