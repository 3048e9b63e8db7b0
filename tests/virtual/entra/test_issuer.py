"""Tokens of the test issuer, judged by a library that is not ours."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from lenskeep.virtual.entra.issuer import Kind, Shape, TokenIssuer, Wrong

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNA = "anna@contoso.example"

OF_THE_SIGNATURE = (
    Wrong.ALGORITHM_NONE,
    Wrong.HS256_WITH_PUBLIC_KEY,
    Wrong.RS512,
    Wrong.WRONG_KEY,
    Wrong.NO_SIGNATURE,
    Wrong.TAMPERED,
    Wrong.UNKNOWN_KID,
    Wrong.EMBEDDED_JWK,
    Wrong.EMBEDDED_JKU,
    Wrong.CRITICAL_HEADER,
)


@pytest.fixture(scope="module")
def issuer() -> TokenIssuer:
    return TokenIssuer.create(now=lambda: NOW)


def read(issuer: TokenIssuer, token: str) -> dict[str, Any]:
    keys = KeySet.import_key_set(issuer.jwks)  # type: ignore[arg-type]
    return dict(jwt.decode(token, keys, algorithms=["RS256"]).claims)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_token_is_signed_by_the_published_key(
    issuer: TokenIssuer, kind: Kind
) -> None:
    claims = read(issuer, issuer.token(kind, ANNA))

    assert issuer.tenant == claims["tid"]
    assert claims["nbf"] == NOW.timestamp() == claims["exp"] - 3600


def test_the_token_of_a_headset_alone_names_no_user(issuer: TokenIssuer) -> None:
    claims = read(issuer, issuer.device())

    assert {"upn", "unique_name", "preferred_username"}.isdisjoint(claims)
    assert claims["deviceid"]


def test_the_token_for_the_terms_names_no_device(issuer: TokenIssuer) -> None:
    assert "deviceid" not in read(issuer, issuer.terms(ANNA))
    assert "deviceid" in read(issuer, issuer.join(ANNA))


def test_a_user_is_the_same_in_all_tokens(issuer: TokenIssuer) -> None:
    tokens = (issuer.terms(ANNA), issuer.join(ANNA.upper()), issuer.session(ANNA))

    assert {issuer.oid_of(ANNA)} == {read(issuer, token)["oid"] for token in tokens}
    assert issuer.oid_of("ben@contoso.example") != issuer.oid_of(ANNA)


def test_both_versions_name_audience_and_issuer_in_their_own_way(issuer: TokenIssuer) -> None:
    first = read(issuer, issuer.join(ANNA))
    second = read(issuer, issuer.join(ANNA, Shape(version=2)))

    assert (issuer.audience, f"https://sts.windows.net/{issuer.tenant}/") == (
        first["aud"],
        first["iss"],
    )
    assert issuer.client_id == second["aud"]
    assert f"https://login.microsoftonline.com/{issuer.tenant}/v2.0" == second["iss"]


@pytest.mark.parametrize("wrong", OF_THE_SIGNATURE)
def test_a_token_with_a_wrong_signature_is_taken_by_no_library(
    issuer: TokenIssuer, wrong: Wrong
) -> None:
    token = issuer.join(ANNA, Shape(wrong=wrong))

    with pytest.raises((JoseError, ValueError)):
        read(issuer, token)


@pytest.mark.parametrize("wrong", [each for each in Wrong if each not in OF_THE_SIGNATURE])
def test_a_token_with_wrong_claims_is_signed_well_and_differs(
    issuer: TokenIssuer, wrong: Wrong
) -> None:
    good, bad = (read(issuer, issuer.join(ANNA, Shape(wrong=each))) for each in (None, wrong))

    assert (wrong is Wrong.NO_KID) == (good | {"uti": ""} == bad | {"uti": ""})


def test_a_claim_can_be_set_and_taken_away(issuer: TokenIssuer) -> None:
    shape = Shape(changes={"upn": None, "ipaddr": "192.0.2.1"}, lifetime=timedelta(minutes=5))

    claims = read(issuer, issuer.join(ANNA, shape))

    assert "upn" not in claims
    assert claims["ipaddr"] == "192.0.2.1"
    assert claims["exp"] - claims["iat"] == 300


def test_an_issuer_in_a_folder_stays_who_it_is(tmp_path: Path) -> None:
    first = TokenIssuer.open(tmp_path / "issuer", audience="https://mdm.test", now=lambda: NOW)
    token = first.join(ANNA)

    again = TokenIssuer.open(tmp_path / "issuer")

    assert read(again, token)["aud"] == again.audience == "https://mdm.test"
    assert (tmp_path / "issuer" / "jwks.json").read_text() == again.jwks_json
    assert (tmp_path / "issuer" / "issuer.json").stat().st_mode & 0o077 == 0


def test_a_new_key_leaves_the_old_one_published_only_if_it_is_kept() -> None:
    issuer = TokenIssuer.create(now=lambda: NOW)
    old = issuer.join(ANNA)

    issuer.rotate()
    assert read(issuer, old)["upn"] == ANNA
    issuer.rotate(keep_old=False)

    with pytest.raises((JoseError, ValueError)):
        read(issuer, old)
