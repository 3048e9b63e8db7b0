"""Whoever guesses is counted by all processes together; whoever is right never notices."""

from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from sqlalchemy import select
from tests.flows.home import ADMIN, Home

from lenskeep.base.errors import Refusal, Refused
from lenskeep.base.secret import Secret
from lenskeep.enrollment.credentials import WRONG_PER_ACCOUNT, Attempts, Remembered
from lenskeep.flows.admins import add_admin, change_admin, disable_admin, sign_in
from lenskeep.flows.device.proving.passwords import principal_of
from lenskeep.flows.guarding.counting import SIGN_IN, count_wrong
from lenskeep.flows.house import COUNTED_AT_ONCE, Guard, House
from lenskeep.flows.people import add_account, disable_account
from lenskeep.store import open_store
from lenskeep.store.operating.stumbles import Stumbles
from lenskeep.store.schema import stumble
from lenskeep.store.sql import Query, Work

PASSWORD = Secret("correct horse battery")
WRONG = Secret("incorrect horse battery")


def beside(home: Home) -> House:
    """Another process on the same store: what the first has in memory it does not know."""
    guard = Guard(
        Attempts(), Attempts(), Remembered(home.house.keyring.digest), home.store.stumbles
    )
    return replace(home.house, guard=guard)


async def refusal(house: House, name: str = "grace", address: str = "192.0.2.9") -> Refusal:
    """Try a wrong password; return how it was refused."""
    with pytest.raises(Refused) as caught:
        await sign_in(house, name, WRONG, address)
    return caught.value.kind


async def test_guesses_at_two_doors_count_together(home: Home) -> None:
    """Ten at both in all; the eleventh is told to wait, whichever door it is."""
    await add_admin(home.house, ADMIN, "grace", "admin", PASSWORD)
    doors = [home.house, beside(home)]

    found = [await refusal(doors[each % 2]) for each in range(WRONG_PER_ACCOUNT + 1)]

    assert found == [Refusal.AUTHENTICATION] * WRONG_PER_ACCOUNT + [Refusal.TOO_MANY_ATTEMPTS]
    assert await refusal(beside(home)) is Refusal.TOO_MANY_ATTEMPTS
    assert await refusal(beside(home), "someone", "192.0.2.10") is Refusal.AUTHENTICATION


async def test_the_right_password_is_never_slowed(home: Home) -> None:
    """However many wrong ones there were for the same name, from the same address."""
    await add_admin(home.house, ADMIN, "grace", "admin", PASSWORD)
    for _ in range(WRONG_PER_ACCOUNT + 5):
        await refusal(home.house)

    for house in (home.house, beside(home)):
        signed, _ = await sign_in(house, "grace", PASSWORD, "192.0.2.9")
        assert signed.admin.name == "grace"


async def test_no_name_and_no_address_is_stored(home: Home) -> None:
    """Only what tells two apart, and only for who has the key."""
    await refusal(home.house, "grace", "192.0.2.9")
    await refusal(home.house, " GRACE ", "::ffff:192.0.2.9")

    def work() -> Work[list[tuple[str, str, str]]]:
        columns = (stumble.c.purpose, stumble.c.account, stumble.c.address)
        rows = yield Query(select(*columns))()
        return [(row["purpose"], row["account"], row["address"]) for row in rows]

    one, two = await home.store.executor.read(work)
    assert one == two
    assert one[0] == SIGN_IN
    assert all(len(bytes.fromhex(each)) == 32 for each in one[1:])


async def test_a_flood_fills_no_table(home: Home) -> None:
    """Beyond the allowance this process counts alone, and no less strictly."""
    waits = [
        await count_wrong(home.house, SIGN_IN, f"name {each}", "192.0.2.9")
        for each in range(COUNTED_AT_ONCE + 50)
    ]

    def work() -> Work[int]:
        rows = yield Query(select(stumble.c.id))()
        return len(rows)

    assert await home.store.executor.read(work) == COUNTED_AT_ONCE
    assert waits[99] is None
    assert all(each is not None for each in waits[100:])


async def test_without_the_store_each_counts_alone(home: Home, tmp_path: Path) -> None:
    """The answer does not depend on it, and the log says so."""
    closed = open_store(tmp_path / "closed.db")
    closed.close()
    guard = replace(home.house.guard, stumbles=Stumbles(closed.executor))
    house = replace(home.house, guard=guard)

    with structlog.testing.capture_logs() as logs:
        waits = [await count_wrong(house, SIGN_IN, "grace", "192.0.2.9") for _ in range(11)]

    assert [each is None for each in waits] == [True] * 10 + [False]
    assert {each["event"] for each in logs} == {"stumble_not_shared"}


async def test_a_password_remembered_here_ends_with_a_change_elsewhere(home: Home) -> None:
    """What one process just checked is bound to what is stored, which another one changed."""
    here, there = home.house, beside(home)
    admin, _ = await add_admin(here, ADMIN, "grace", "admin", PASSWORD)
    await add_admin(here, ADMIN, "other", "admin", PASSWORD)
    account, secret = await add_account(here, ADMIN, "ana@example.org")
    await sign_in(here, "grace", PASSWORD)
    await principal_of(here, "ana@example.org", secret, "192.0.2.9")

    await change_admin(there, ADMIN, admin.id, password=WRONG)
    await disable_account(there, ADMIN, account.id)

    with pytest.raises(Refused, match="wrong password"):
        await sign_in(here, "grace", PASSWORD)
    with pytest.raises(Refused, match="disabled"):
        await principal_of(here, "ana@example.org", secret, "192.0.2.9")
    await disable_admin(there, ADMIN, admin.id)
    with pytest.raises(Refused):
        await sign_in(here, "grace", WRONG)
