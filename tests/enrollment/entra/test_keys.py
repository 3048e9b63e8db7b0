"""Keys of a tenant: which are taken, and when they are asked for anew."""

import json
from datetime import timedelta

import pytest
from tests.enrollment.entra.issuer import NOW, jwk, jwks, private_key

from lenskeep.base.errors import Invalid
from lenskeep.enrollment.entra.keys import (
    LONGEST_AGE,
    MAX_JWKS,
    PAUSE,
    ROUTINE_AGE,
    KeyRing,
    SigningKey,
    is_fetchable,
    public_key,
    read_jwks,
)

URL = "https://login.microsoftonline.com/t/discovery/v2.0/keys"
KEYS = (SigningKey("one", "n", "AQAB"),)


def ring(age: timedelta, tried: timedelta | None = None, url: str = URL) -> KeyRing:
    """Return keys of that age."""
    return KeyRing(url, KEYS, NOW - age, NOW - (age if tried is None else tried))


def test_a_list_of_keys_is_read() -> None:
    """Every usable key is taken, with the issuer it is for."""
    entra = jwk("two", issuer="https://login.microsoftonline.com/{tenantid}/v2.0", x5c=["AAAA"])

    found = read_jwks(json.dumps({"keys": [jwk("one"), entra]}))

    assert [each.kid for each in found] == ["one", "two"]
    assert found[1].issuer == "https://login.microsoftonline.com/{tenantid}/v2.0"
    assert public_key(found[0]).public_key == private_key("one").public_key()


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(jwk("weak", 1024), id="1024 bits"),
        pytest.param(jwk("odd", 2040), id="2040 bits"),
        pytest.param({**jwk("one"), "use": "enc"}, id="for encryption"),
        pytest.param({**jwk("one"), "alg": "RS512"}, id="for another algorithm"),
        pytest.param({**jwk("one"), "alg": "PS256"}, id="for PSS"),
        pytest.param({**jwk("one"), "kid": ""}, id="without a kid"),
        pytest.param({**jwk("one"), "kid": 7}, id="with a number for a kid"),
        pytest.param({**jwk("one"), "n": 7}, id="with a number for a modulus"),
        pytest.param({**jwk("one"), "n": "!!"}, id="with a modulus that is no base64"),
        pytest.param({**jwk("one"), "e": "AQ"}, id="with an exponent of 1"),
        pytest.param({**jwk("one"), "e": "Ag"}, id="with an even exponent"),
        pytest.param({**jwk("one"), "e": ""}, id="without an exponent"),
        pytest.param({**jwk("one"), "kty": "EC"}, id="of another type"),
        pytest.param({"kty": "oct", "kid": "one", "k": "c2VjcmV0"}, id="a shared secret"),
        pytest.param("one", id="no object"),
        pytest.param({**jwk("one"), "n": "_" * 20_000}, id="of absurd size"),
    ],
)
def test_a_key_that_may_not_check_rs256_is_passed_over(entry: object) -> None:
    """Next to a good one it is left out; alone it makes the list unusable."""
    found = read_jwks(json.dumps({"keys": [entry, jwk("two")]}))
    with pytest.raises(Invalid):
        read_jwks(json.dumps({"keys": [entry]}))

    assert [each.kid for each in found] == ["two"]


def test_a_private_key_in_the_list_is_not_kept() -> None:
    """Of a private key that somebody left in only the public numbers stay."""
    found = read_jwks(json.dumps({"keys": [jwk("one", d="c2VjcmV0")]}))

    assert "c2VjcmV0" not in repr(found)


def test_the_first_of_two_keys_with_one_id_counts() -> None:
    """A second key cannot take the place of a first."""
    second = {**jwk("two"), "kid": "one"}

    found = read_jwks(json.dumps({"keys": [jwk("one"), second]}))

    assert [each.modulus for each in found] == [jwk("one")["n"]]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"keys": {}}',
        '{"keys": []}',
        "[" * 100_000,
        " " * (MAX_JWKS + 1),
        "7" * 9000,
    ],
    ids=["empty", "a list", "no keys", "an object", "none", "deep", "long", "a number"],
)
def test_what_is_no_list_of_keys_is_refused(text: str) -> None:
    """The complaint names the field."""
    with pytest.raises(Invalid) as caught:
        read_jwks(text)

    assert caught.value.complaints[0].field == "jwks"


def test_too_many_keys_are_refused() -> None:
    """A list of a hundred keys is none of Entra's."""
    with pytest.raises(Invalid):
        read_jwks(json.dumps({"keys": [jwk("one")] * 100}))


@pytest.mark.parametrize(
    ("keys", "kid", "wanted"),
    [
        pytest.param(KeyRing(URL), "one", True, id="never fetched"),
        pytest.param(ring(timedelta(hours=1)), "one", False, id="known and fresh"),
        pytest.param(ring(timedelta(hours=1)), "new", True, id="an unknown id"),
        pytest.param(ring(PAUSE), "new", True, id="an unknown id after the pause"),
        pytest.param(
            ring(PAUSE - timedelta(seconds=1)), "new", False, id="an unknown id within the pause"
        ),
        pytest.param(ring(ROUTINE_AGE), "one", True, id="a day old"),
        pytest.param(ring(ROUTINE_AGE - timedelta(seconds=1)), "one", False, id="not yet a day"),
        pytest.param(
            ring(LONGEST_AGE * 2, timedelta(seconds=5)), "one", False, id="just tried in vain"
        ),
        pytest.param(ring(LONGEST_AGE * 9, url=""), "one", False, id="an offline copy"),
        pytest.param(ring(timedelta(hours=1), url=""), "new", False, id="offline, unknown id"),
    ],
)
def test_keys_are_asked_for_only_when_it_is_time(keys: KeyRing, kid: str, wanted: bool) -> None:
    """Once a day, and for an unknown id at most once a minute; an offline copy never."""
    assert wanted == keys.wants_fetch(kid, NOW)


@pytest.mark.parametrize(
    ("keys", "stale"),
    [
        (ring(LONGEST_AGE), False),
        (ring(LONGEST_AGE + timedelta(seconds=1)), True),
        (ring(LONGEST_AGE * 100, url=""), False),
        (KeyRing(URL), True),
    ],
    ids=["a week", "more than a week", "offline", "never fetched"],
)
def test_keys_grow_too_old(keys: KeyRing, stale: bool) -> None:
    """What could not be fetched for a week is believed no more; an offline copy has no age."""
    assert stale == keys.is_stale(NOW)


def test_a_list_made_by_hand_fits_the_limit() -> None:
    """Entra's own list is far below it."""
    assert len(jwks("one", "two")) < MAX_JWKS


@pytest.mark.parametrize(
    "url",
    [URL, "https://sts.example.org:8443/keys?a=b", "http://127.0.0.1:8000/k", "http://[::1]/k"],
)
def test_keys_are_fetched_by_https_or_from_this_machine(url: str) -> None:
    """Whoever changes the keys on the way makes tokens."""
    assert is_fetchable(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://sts.example.org/keys",
        "http://127.0.0.1.example.org/keys",
        "http://localhost@example.org/",
        "https://user:word@sts.example.org/",
        "https:///keys",
        "https://sts.example.org/#f",
        "https://sts.example.org/ x",
        "https://sts.example.org:port/",
        "https://[::1/keys",
        "file:///etc/passwd",
        "ftp://sts.example.org/",
        "https://sts.example.org/\r\n",
        "https://sts.example.org/" + "a" * 600,
    ],
)
def test_keys_are_fetched_from_nowhere_else(url: str) -> None:
    """No file, no plain HTTP, no secrets in the address."""
    assert not is_fetchable(url)
