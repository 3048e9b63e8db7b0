"""Accounts, codes, administrators, sign-ins and tokens come back as they were put in."""

from dataclasses import replace

import pytest
from tests.contract.world import account, admin, after, audit, code, digest, token

from lenskeep.base.errors import Conflict, Missing
from lenskeep.base.identifiers import AccountId, AdminId, CodeId, TokenId
from lenskeep.flows.ports import AdminChange
from lenskeep.flows.records import SignIn
from lenskeep.store import Store


async def test_an_account_is_found_by_its_name_in_any_case(store: Store) -> None:
    """Names are compared without case, and shown as they were given."""
    ada = account(name="Ada@Example.org")
    await store.people.add_account(ada, audit())

    assert ada == await store.enrollments.account_by_name("ada@EXAMPLE.org")
    assert await store.enrollments.account_by_name("grace@example.org") is None


async def test_a_name_is_given_once(store: Store) -> None:
    """A second account, administrator or token of a name is a conflict and leaves no audit line."""
    await store.people.add_account(account(1), audit())
    await store.people.add_admin(admin(1), audit())
    await store.people.add_token(token(1), audit())

    with pytest.raises(Conflict, match=r"'ADA@example\.org'"):
        await store.people.add_account(account(2, "ADA@example.org"), audit())
    with pytest.raises(Conflict, match="'GRACE'"):
        await store.people.add_admin(admin(2, "GRACE"), audit())
    with pytest.raises(Conflict, match="'ci'"):
        await store.people.add_token(token(2), audit())
    assert len((await store.fleet.audit_lines(None, 10)).items) == 3


async def test_accounts_are_paged_by_name(store: Store) -> None:
    """Every account is on exactly one page."""
    names = ["dora", "Bert", "ada", "carl", "Emil"]
    for number, name in enumerate(names):
        await store.people.add_account(account(number, name), audit())

    first = await store.people.accounts(None, 2)
    second = await store.people.accounts(first.next, 2)
    third = await store.people.accounts(second.next, 2)

    pages = [[each.name for each in page.items] for page in (first, second, third)]
    assert pages == [["ada", "Bert"], ["carl", "dora"], ["Emil"]]
    assert third.next is None


async def test_a_page_that_is_just_full_is_the_last(store: Store) -> None:
    """No cursor leads to an empty page."""
    await store.people.add_account(account(1, "a"), audit())
    await store.people.add_account(account(2, "b"), audit())

    assert (await store.people.accounts(None, 2)).next is None


async def test_a_disabled_account_stays_known(store: Store) -> None:
    """It keeps the moment of the first time; a second time changes nothing."""
    await store.people.add_account(account(1), audit())
    await store.people.disable_account(AccountId("acc_1"), audit("account.disable", at=after(5)))
    await store.people.disable_account(AccountId("acc_1"), audit("account.disable", at=after(9)))

    found = await store.enrollments.account_by_name("ada@example.org")
    assert found == replace(account(1), disabled_at=after(5))
    assert len((await store.fleet.audit_lines(None, 10)).items) == 2


async def test_unknown_people_are_missing(store: Store) -> None:
    """Changing what does not exist is Missing and leaves no audit line."""
    with pytest.raises(Missing):
        await store.people.disable_account(AccountId("acc_9"), audit())
    with pytest.raises(Missing):
        await store.people.end_code(CodeId("cod_9"), audit())
    with pytest.raises(Missing):
        await store.people.revoke_token(TokenId("tok_9"), audit())
    assert (await store.fleet.audit_lines(None, 10)).items == ()


async def test_codes_are_found_by_digest_and_listed_newest_first(store: Store) -> None:
    """What is found is what was put in, whatever its time."""
    for number in range(3):
        await store.people.add_code(code(number, uses=number + 1), audit())

    assert code(1, uses=2) == await store.enrollments.code_by_digest(digest("code 1"))
    assert await store.enrollments.code_by_digest(digest("another")) is None
    first = await store.people.codes(None, 2)
    second = await store.people.codes(first.next, 2)
    assert [each.id for each in first.items] == ["cod_2", "cod_1"]
    assert ([each.id for each in second.items], second.next) == (["cod_0"], None)


async def test_an_ended_code_has_expired(store: Store) -> None:
    """Ending a code lets it expire at that moment."""
    await store.people.add_code(code(), audit())
    await store.people.end_code(CodeId("cod_0"), audit(at=after(30)))
    await store.people.end_code(CodeId("cod_0"), audit(at=after(60)))

    found = await store.enrollments.code_by_digest(digest("code 0"))
    assert found == replace(code(), expires_at=after(30))


async def test_an_administrator_is_found_by_name_in_any_case(store: Store) -> None:
    """Nobody else is found."""
    await store.people.add_admin(admin(), audit())

    assert admin() == await store.people.admin_by_name("gRACE")
    assert await store.people.admin_by_name("ada") is None


async def test_a_change_of_an_administrator_keeps_what_it_does_not_name(store: Store) -> None:
    """The end, and a new password, end the sign-ins of that person and of nobody else."""
    ada, grace = replace(admin(1, "ada"), role="admin"), admin(2, "grace")
    for each in (ada, grace):
        await store.people.add_admin(each, audit())
        cookie = SignIn(digest(each.name), each, after(1), after(3600))
        await store.people.add_sign_in(cookie, audit())

    promoted = await store.people.change_admin(grace.id, AdminChange("admin"), audit())
    ended = await store.people.change_admin(ada.id, AdminChange(disabled=True), audit(at=after(9)))

    assert replace(grace, role="admin") == promoted
    assert replace(ada, disabled_at=after(9)) == ended
    assert (ended, promoted) == (await store.people.admins(None, 5)).items
    assert await store.people.sign_in_by_digest(digest("ada")) is None
    assert await store.people.sign_in_by_digest(digest("grace")) is not None
    with pytest.raises(Conflict, match="last"):
        await store.people.change_admin(grace.id, AdminChange("viewer"), audit())
    await store.people.change_admin(grace.id, AdminChange(None, "$argon2id$new"), audit())
    assert await store.people.sign_in_by_digest(digest("grace")) is None
    with pytest.raises(Missing):
        await store.people.change_admin(AdminId("adm_404"), AdminChange("viewer"), audit())


async def test_a_sign_in_lasts_until_it_is_ended(store: Store) -> None:
    """It brings its administrator; ended, it is forgotten."""
    await store.people.add_admin(admin(), audit())
    sign_in = SignIn(digest("cookie"), admin(), after(1), after(3600))
    await store.people.add_sign_in(sign_in, audit())

    assert sign_in == await store.people.sign_in_by_digest(digest("cookie"))
    await store.people.end_sign_in(digest("cookie"), audit())
    await store.people.end_sign_in(digest("cookie"), audit())
    assert await store.people.sign_in_by_digest(digest("cookie")) is None
    assert len((await store.fleet.audit_lines(None, 10)).items) == 3


async def test_the_name_of_a_revoked_token_is_free_again(store: Store) -> None:
    """The revoked one stays on the list with its moment."""
    await store.people.add_token(token(1), audit())
    await store.people.revoke_token(TokenId("tok_1"), audit(at=after(7)))
    await store.people.add_token(token(2), audit())

    revoked = replace(token(1), revoked_at=after(7))
    assert revoked == await store.people.token_by_digest(digest("token 1"))
    assert token(2) == await store.people.token_by_digest(digest("token 2"))
    first = await store.people.tokens(None, 1)
    assert (token(2),) == first.items
    assert (revoked,) == (await store.people.tokens(first.next, 1)).items


async def test_the_audit_log_tells_who_and_what_newest_first(store: Store) -> None:
    """A line comes back whole, and pages follow each other."""
    lines = [audit("account.add", f"acc_{number}", after(number)) for number in range(3)]
    for number, line in enumerate(lines):
        await store.people.add_account(account(number, f"user{number}"), line)

    first = await store.fleet.audit_lines(None, 2)
    second = await store.fleet.audit_lines(first.next, 2)

    assert tuple(reversed(lines)) == first.items + second.items
