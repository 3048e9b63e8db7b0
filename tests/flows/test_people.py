"""Accounts, codes, administrators and tokens: secrets once, refusals alike, all on record."""

from datetime import timedelta

import pytest
from tests.flows.home import ADMIN, OPERATOR, VIEWER, Home

from lenskeep.access import Caller, CallerKind, Role
from lenskeep.base.errors import Conflict, Invalid, Missing, Refusal, Refused
from lenskeep.base.identifiers import CodeId
from lenskeep.base.secret import Secret
from lenskeep.enrollment.credentials import code_digest, normalize_code
from lenskeep.flows import admins, people
from lenskeep.flows.reading import PageRequest

PASSWORD = Secret("correct horse battery")
ALL = PageRequest()


async def test_an_account_is_made_with_a_password_that_verifies(home: Home) -> None:
    account, secret = await people.add_account(home.house, ADMIN, "ward3@example.org")

    kept = await home.house.enrollments.account_by_name("WARD3@example.org")
    assert kept == account
    assert await home.house.hasher.verify(account.password_hash, secret)
    assert secret.reveal() not in account.password_hash


@pytest.mark.parametrize("name", ["ward3", "@example.org", "a b@example.org", "a@b@c", ""])
async def test_an_account_is_named_as_the_wearer_types_it(home: Home, name: str) -> None:
    with pytest.raises(Invalid, match=r"^name: "):
        await people.add_account(home.house, ADMIN, name, PASSWORD)


async def test_a_name_is_given_once(home: Home) -> None:
    await people.add_account(home.house, ADMIN, "a@example.org", PASSWORD)

    with pytest.raises(Conflict):
        await people.add_account(home.house, ADMIN, "A@example.org", PASSWORD)


async def test_an_account_is_disabled_by_name_or_id(home: Home) -> None:
    first, _ = await people.add_account(home.house, ADMIN, "a@example.org", PASSWORD)
    await people.add_account(home.house, ADMIN, "b@example.org", PASSWORD)

    await people.disable_account(home.house, ADMIN, first.id)
    await people.disable_account(home.house, ADMIN, "b@example.org")

    page = await people.list_accounts(home.house, ADMIN, ALL)
    assert all(each.disabled_at is not None for each in page.items)
    with pytest.raises(Missing):
        await people.disable_account(home.house, ADMIN, "c@example.org")


async def test_a_code_is_kept_as_the_digest_that_enrollment_looks_for(home: Home) -> None:
    code, secret = await people.new_code(home.house, OPERATOR, 3, 15)

    letters = normalize_code(secret.reveal().upper())
    assert letters is not None
    digest = code_digest(home.house.keyring.digest, letters)
    assert await home.house.enrollments.code_by_digest(digest) == code
    assert code.uses_left == 3
    assert code.expires_at - code.created_at == timedelta(minutes=15)


@pytest.mark.parametrize(("uses", "minutes"), [(0, 60), (1001, 60), (1, 0), (1, 43_201)])
async def test_a_code_is_limited_in_uses_and_time(home: Home, uses: int, minutes: int) -> None:
    with pytest.raises(Invalid, match="out of range"):
        await people.new_code(home.house, OPERATOR, uses, minutes)


async def test_a_code_ends_before_its_time(home: Home) -> None:
    code, _ = await people.new_code(home.house, OPERATOR)

    await people.end_code(home.house, OPERATOR, code.id)

    page = await people.list_codes(home.house, OPERATOR, ALL)
    ended = page.items[0]
    assert ended.uses_left == 0 or ended.expires_at <= home.clock.now()
    with pytest.raises(Missing):
        await people.end_code(home.house, OPERATOR, CodeId("cod_404"))


async def test_a_token_proves_its_caller_until_it_is_revoked(home: Home) -> None:
    _, secret = await people.new_token(home.house, ADMIN, "nightly", "operate")
    assert secret.reveal().startswith("lk_")

    caller = await people.who_has_token(home.house, secret, "192.0.2.9")
    await people.revoke_token(home.house, ADMIN, "nightly")

    assert caller == Caller(CallerKind.TOKEN, "nightly", Role.OPERATOR, "192.0.2.9")
    with pytest.raises(Refused) as caught:
        await people.who_has_token(home.house, secret)
    assert caught.value.kind is Refusal.AUTHENTICATION


@pytest.mark.parametrize("text", ["", "lk_", "lk_" + "x" * 43, "nightly", "lk_\udc80"])
async def test_what_is_no_token_proves_nothing(home: Home, text: str) -> None:
    await people.new_token(home.house, ADMIN, "nightly", "read")

    with pytest.raises(Refused) as caught:
        await people.who_has_token(home.house, Secret(text))

    assert caught.value.kind is Refusal.AUTHENTICATION


async def test_a_token_that_is_not_there_cannot_be_revoked(home: Home) -> None:
    for reference in ("nightly", "tok_404"):
        with pytest.raises(Missing):
            await people.revoke_token(home.house, ADMIN, reference)


async def test_people_are_the_business_of_administrators(home: Home) -> None:
    for attempt in (
        people.add_account(home.house, OPERATOR, "a@example.org"),
        people.list_accounts(home.house, OPERATOR, ALL),
        people.disable_account(home.house, OPERATOR, "acc_1"),
        admins.add_admin(home.house, OPERATOR, "eve", "admin"),
        admins.list_admins(home.house, OPERATOR, ALL),
        admins.change_admin(home.house, OPERATOR, "adm_1", "admin"),
        admins.disable_admin(home.house, OPERATOR, "adm_1"),
        people.new_token(home.house, OPERATOR, "t", "admin"),
        people.list_tokens(home.house, OPERATOR, ALL),
        people.revoke_token(home.house, OPERATOR, "t"),
        people.new_code(home.house, VIEWER),
        people.list_codes(home.house, VIEWER, ALL),
        people.end_code(home.house, VIEWER, CodeId("cod_1")),
    ):
        with pytest.raises(Refused):
            await attempt


async def test_every_change_has_its_audit_line_and_no_secret(home: Home) -> None:
    _, password = await people.add_account(home.house, ADMIN, "a@example.org")
    _, code = await people.new_code(home.house, ADMIN)
    _, token = await people.new_token(home.house, ADMIN, "t", "read")
    await admins.add_admin(home.house, ADMIN, "grace", "viewer", PASSWORD)

    lines = (await home.house.fleet.audit_lines(None, 10)).items

    actions = [line.action for line in lines]
    assert actions == ["admin.add", "token.new", "code.new", "account.add"]
    for secret in (password, code, token, PASSWORD):
        assert secret.reveal() not in str(lines)
