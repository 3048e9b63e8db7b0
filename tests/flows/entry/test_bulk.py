"""Bulk accounts: secrets once, for packages alone, with an end."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from tests.certificates import signing
from tests.flows.home import ADMIN, OPERATOR, START, VIEWER, Home

from lenskeep.access import Caller
from lenskeep.base.errors import Conflict, Invalid, Missing, Refusal, Refused
from lenskeep.base.secret import Secret
from lenskeep.certificates.package_certificate import thumbprint
from lenskeep.flows.device.proving.asked import Asked, Visitor
from lenskeep.flows.device.proving.dispatch import prove
from lenskeep.flows.device.proving.passwords import principal_of
from lenskeep.flows.entrance import Way
from lenskeep.flows.entry.bulk import BulkWish, add_bulk, disable_bulk, list_bulk
from lenskeep.flows.people import add_account
from lenskeep.flows.records import PrincipalKind
from lenskeep.wire.soap import UsernameToken

NAME = "ward7@example.org"
ADDRESS = "192.0.2.7"


def asked(secret: Secret, name: str = NAME) -> Asked:
    return Asked(UsernameToken(name, secret), Visitor(ADDRESS), b"", issuing=True)


async def refusal(home: Home, secret: Secret) -> Refused:
    with pytest.raises(Refused) as caught:
        await prove(home.house, asked(secret))
    return caught.value


async def test_its_password_is_long_shown_once_and_proves_a_package(home: Home) -> None:
    made = await add_bulk(home.house, ADMIN, BulkWish(NAME))

    assert made.password is not None
    assert 32 == len(made.password.reveal())
    assert made.password.reveal() not in repr(made)
    proven = await prove(home.house, asked(made.password))
    assert Way.PACKAGE is proven.way
    assert PrincipalKind.BULK is proven.principal.kind
    assert NAME == proven.user


async def test_a_person_cannot_sign_in_with_it(home: Home) -> None:
    """To our web page its secret is wrong, and is counted as such."""
    made = await add_bulk(home.house, ADMIN, BulkWish(NAME))
    assert made.password is not None

    kinds = []
    for _ in range(12):
        with pytest.raises(Refused) as caught:
            await principal_of(home.house, NAME, made.password, ADDRESS)
        kinds.append(caught.value.kind)

    assert Refusal.AUTHENTICATION is kinds[0]
    assert Refusal.TOO_MANY_ATTEMPTS is kinds[-1]


async def test_it_ends(home: Home) -> None:
    made = await add_bulk(home.house, ADMIN, BulkWish(NAME, days=2))
    assert made.password is not None
    assert START + timedelta(days=2) == made.account.expires_at

    home.clock.advance(days=2, seconds=-1)
    await prove(home.house, asked(made.password))
    home.clock.advance(seconds=1)

    assert Refusal.AUTHORIZATION is (await refusal(home, made.password)).kind
    assert Refusal.AUTHENTICATION is (await refusal(home, Secret("wrong"))).kind


async def test_it_is_disabled_by_name_or_id(home: Home) -> None:
    first = await add_bulk(home.house, ADMIN, BulkWish(NAME))
    second = await add_bulk(home.house, ADMIN, BulkWish("b@example.org"))
    assert first.password is not None

    await disable_bulk(home.house, ADMIN, NAME.upper())
    await disable_bulk(home.house, ADMIN, second.account.id)

    assert all(each.disabled_at is not None for each in await list_bulk(home.house, ADMIN))
    assert Refusal.AUTHORIZATION is (await refusal(home, first.password)).kind
    with pytest.raises(Missing):
        await disable_bulk(home.house, ADMIN, "c@example.org")


async def test_only_bulk_accounts_are_listed_and_disabled_here(home: Home) -> None:
    person, _ = await add_account(home.house, ADMIN, "ada@example.org")
    made = await add_bulk(home.house, ADMIN, BulkWish(NAME))

    assert (made.account,) == await list_bulk(home.house, ADMIN)
    with pytest.raises(Missing):
        await disable_bulk(home.house, ADMIN, person.id)


async def test_a_certificate_given_is_known_by_its_fingerprint_and_ends_with_it(
    home: Home,
) -> None:
    who = signing.holder(START, days=5)
    der = who.certificate.public_bytes(Encoding.DER)

    made = await add_bulk(home.house, ADMIN, BulkWish(NAME, days=100, certificate=der))

    assert made.password is None
    assert made.pfx == b""
    assert thumbprint(who.certificate) == made.thumbprint
    assert who.certificate.not_valid_after_utc == made.account.expires_at
    pem = who.certificate.public_bytes(Encoding.PEM)
    with pytest.raises(Conflict, match=NAME):
        await add_bulk(home.house, ADMIN, BulkWish("b@example.org", certificate=pem))
    assert 1 == len(await list_bulk(home.house, ADMIN))


async def test_a_certificate_made_here_comes_with_its_key_once(home: Home) -> None:
    made = await add_bulk(home.house, ADMIN, BulkWish(NAME, with_certificate=True))

    assert made.password is None
    assert made.pfx_password is not None
    assert made.pfx
    digest = made.account.certificate_sha256
    assert digest is not None
    assert made.account == await home.house.enrollments.account_by_certificate(digest)


@pytest.mark.parametrize("name", ["ward7", "@example.org", "a b@example.org", "a@b@c", ""])
async def test_it_is_named_like_a_user(home: Home, name: str) -> None:
    with pytest.raises(Invalid, match=r"^name: "):
        await add_bulk(home.house, ADMIN, BulkWish(name))


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (BulkWish(NAME, days=0), "days"),
        (BulkWish(NAME, days=3651), "days"),
        (BulkWish(NAME, uses=0), "uses"),
        (BulkWish(NAME, uses=100_001), "uses"),
        (BulkWish(NAME, certificate=b"x", with_certificate=True), "certificate"),
        (BulkWish(NAME, certificate=b"no certificate"), "certificate"),
    ],
)
async def test_what_cannot_be_is_refused(home: Home, wish: BulkWish, field: str) -> None:
    with pytest.raises(Invalid, match=f"^{field}: "):
        await add_bulk(home.house, ADMIN, wish)
    assert () == await list_bulk(home.house, ADMIN)


async def test_a_name_is_given_once(home: Home) -> None:
    await add_account(home.house, ADMIN, NAME)

    with pytest.raises(Conflict):
        await add_bulk(home.house, ADMIN, BulkWish(NAME))


@pytest.mark.parametrize("caller", [VIEWER, OPERATOR])
async def test_only_administrators_have_them(home: Home, caller: Caller) -> None:
    for flow in (
        add_bulk(home.house, caller, BulkWish(NAME)),
        disable_bulk(home.house, caller, NAME),
    ):
        with pytest.raises(Refused):
            await flow
    with pytest.raises(Refused):
        await list_bulk(home.house, caller)
