"""Codes, wrong guesses, and what is remembered of secrets."""

import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.base.secret import Secret
from lenskeep.base.system import SystemRandomness
from lenskeep.enrollment import credentials
from lenskeep.enrollment.credentials import (
    CODE_ALPHABET,
    Attempts,
    CodeStanding,
    CodeVerdict,
    Remembered,
    code_digest,
    judge_code,
    new_code,
    normalize_code,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def digest(purpose: str, data: bytes) -> bytes:
    """A keyed digest, as the keyring has one."""
    return hmac.digest(b"key", purpose.encode() + b"\0" + data, "sha256")


# --- codes --------------------------------------------------------------------------------


def test_a_new_code_is_shown_in_two_halves_and_read_back() -> None:
    """What is shown to the administrator is what the wearer may type."""
    code = new_code(SystemRandomness()).reveal()

    assert (len(code), code[4]) == (9, "-")
    assert normalize_code(code) == code.replace("-", "")


@pytest.mark.parametrize(
    "typed",
    [
        "bcdfghjk",
        "BCDF-GHJK",
        " bcdf ghjk ",
        "b-c-d-f-g-h-j-k",
        "bcdf\u2013ghjk",
        "Bcdf\u00a0Ghjk\n",
    ],
)
def test_case_spaces_and_dashes_do_not_matter(typed: str) -> None:
    """Keyboards capitalize, add spaces and turn hyphens into dashes."""
    assert normalize_code(typed) == "bcdfghjk"


@pytest.mark.parametrize(
    "typed",
    ["", "bcdfghj", "bcdfghjkm", "bcdfghja", "bcdfghj1", "bcdf_ghjk", "b\u0441dfghjk", "-" * 100],
)
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    """Other letters, other lengths and look-alikes (a Cyrillic es) are passwords, not codes."""
    assert normalize_code(typed) is None


@given(st.text(max_size=80))
@settings(max_examples=60, deadline=None)
def test_a_normalized_code_is_eight_letters_of_the_alphabet(typed: str) -> None:
    """Whatever is typed: None, or exactly what a digest is made of, and stable."""
    code = normalize_code(typed)

    if code is not None:
        assert len(code) == 8
        assert set(code) <= set(CODE_ALPHABET)
        assert normalize_code(code) == code


def test_a_code_is_kept_as_a_digest_of_its_own_purpose() -> None:
    """No other digest of the house equals that of a code."""
    assert code_digest(digest, "bcdfghjk") == digest("enrollment.code", b"bcdfghjk")


@pytest.mark.parametrize(
    ("left", "expires", "exhausted", "verdict"),
    [
        pytest.param(1, MINUTE, None, CodeVerdict.USABLE, id="good"),
        pytest.param(1, 0 * MINUTE, None, CodeVerdict.REPEAT_ONLY, id="ends this moment"),
        pytest.param(1, -9 * MINUTE, None, CodeVerdict.REPEAT_ONLY, id="ended minutes ago"),
        pytest.param(1, -10 * MINUTE, None, CodeVerdict.EXPIRED, id="ended"),
        pytest.param(0, MINUTE, -9 * MINUTE, CodeVerdict.REPEAT_ONLY, id="used up minutes ago"),
        pytest.param(0, -5 * MINUTE, -9 * MINUTE, CodeVerdict.REPEAT_ONLY, id="used up and ended"),
        pytest.param(0, MINUTE, -10 * MINUTE, CodeVerdict.EXHAUSTED, id="used up"),
        pytest.param(0, MINUTE, None, CodeVerdict.EXHAUSTED, id="never had a use"),
    ],
)
def test_a_code_is_judged_by_uses_and_time(
    left: int, expires: timedelta, exhausted: timedelta | None, verdict: CodeVerdict
) -> None:
    """Good with a use and time left; for minutes after its end only a repetition; then no more."""
    ended = None if exhausted is None else NOW + exhausted

    judged = judge_code(CodeStanding(left, NOW + expires, ended), NOW)

    assert judged is verdict
    assert judged.accepted is (verdict in (CodeVerdict.USABLE, CodeVerdict.REPEAT_ONLY))


# --- wrong guesses ------------------------------------------------------------------------


def test_the_eleventh_wrong_secret_for_an_account_in_a_minute_is_one_too_many() -> None:
    """Ten are answered as wrong, the eleventh with the seconds to wait."""
    attempts = Attempts()
    waits = [attempts.wrong("a@x", f"192.0.2.{each}", NOW + each * SECOND) for each in range(11)]

    assert waits[:10] == [None] * 10
    assert waits[10] == 51  # until the second of the eleven is a minute old


def test_waiting_as_long_as_told_is_enough() -> None:
    """One more wrong secret after the wait is answered as wrong again."""
    attempts = Attempts()
    waits = [attempts.wrong("a@x", "192.0.2.1", NOW + each * SECOND) for each in range(11)]

    assert waits[10] is not None
    later = NOW + 10 * SECOND + timedelta(seconds=waits[10])
    assert attempts.wrong("a@x", "192.0.2.1", later) is None


def test_an_account_is_counted_by_its_name_without_case() -> None:
    """Writing the name differently gives no further guesses."""
    attempts = Attempts(per_account=1)
    attempts.wrong("Ann@Example", "192.0.2.1", NOW)

    assert attempts.wrong(" ann@example", "192.0.2.2", NOW) is not None
    assert attempts.wrong("bob@example", "192.0.2.2", NOW) is None


def test_the_hundred_and_first_wrong_secret_from_an_address_is_one_too_many() -> None:
    """Another name for each guess does not help."""
    attempts = Attempts()
    waits = [attempts.wrong(f"{each}@x", "192.0.2.1", NOW) for each in range(101)]

    assert waits[:100] == [None] * 100
    assert waits[100] == 60
    assert attempts.wrong("new@x", "192.0.2.2", NOW) is None


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("unix", "unix", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_addresses_of_one_site_count_as_one(first: str, second: str, *, same: bool) -> None:
    """An IPv6 subscriber has 2^64 addresses; a mapped IPv4 address is that IPv4 address.

    [RFC 6177].
    """
    attempts = Attempts(per_address=1)
    attempts.wrong("a@x", first, NOW)

    assert (attempts.wrong("b@x", second, NOW) is not None) is same


def test_suspicion_is_the_wrong_secrets_of_the_address_in_the_last_minute() -> None:
    """It grows with each, fades with time, and never falls on another address."""
    attempts = Attempts()
    for each in range(3):
        attempts.wrong("a@x", "192.0.2.1", NOW + each * SECOND)

    assert attempts.suspicion("192.0.2.1", NOW + 3 * SECOND) == 3
    assert attempts.suspicion("192.0.2.1", NOW + MINUTE) == 2
    assert attempts.suspicion("192.0.2.1", NOW + 2 * MINUTE) == 0
    assert attempts.suspicion("192.0.2.2", NOW) == 0


def test_counting_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made-up names do not fill the memory, and what is past its minute is forgotten."""
    monkeypatch.setattr(credentials, "MAX_COUNTED", 50)
    attempts = Attempts()
    for each in range(500):
        attempts.wrong(f"{each}@x", f"10.0.{each // 256}.{each % 256}", NOW)
    assert len(attempts._moments) == 50

    attempts.wrong("a@x", "192.0.2.1", NOW + MINUTE)
    assert len(attempts._moments) == 2


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3)), max_size=60))
@settings(max_examples=50, deadline=None)
def test_counting_agrees_with_a_plain_list(steps: list[tuple[int, int]]) -> None:
    """The sliding window answers as a list of all moments would, for any order of guesses."""
    attempts = Attempts(per_account=3, per_address=10_000)
    past: dict[int, list[datetime]] = {}
    now = NOW

    for seconds, account in steps:
        now += seconds * SECOND
        moments = [each for each in past.get(account, []) if now - each < MINUTE] + [now]
        past[account] = moments
        over = len(moments) > 3
        assert (attempts.wrong(str(account), "192.0.2.1", now) is not None) is over


# --- what was found out -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "lasting"), [(True, 10 * MINUTE), (False, MINUTE)], ids=["right", "wrong"]
)
def test_an_answer_is_remembered_for_its_time(*, right: bool, lasting: timedelta) -> None:
    """Right ones for minutes, wrong ones for one, then the hash is asked again."""
    remembered = Remembered(digest)
    remembered.remember("a@x", "hash", Secret("s"), NOW, right=right)

    assert remembered.recall("A@X", "hash", Secret("s"), NOW + lasting - SECOND) is right
    assert remembered.recall("a@x", "hash", Secret("s"), NOW + lasting) is None


@pytest.mark.parametrize(
    ("account", "password_hash", "secret"),
    [("b@x", "hash", "s"), ("a@x", "other", "s"), ("a@x", "hash", "t"), ("a@x", "has", "hs")],
)
def test_only_the_very_question_is_answered(account: str, password_hash: str, secret: str) -> None:
    """Another account, a changed password or another secret is not known."""
    remembered = Remembered(digest)
    remembered.remember("a@x", "hash", Secret("s"), NOW, right=True)

    assert remembered.recall(account, password_hash, Secret(secret), NOW) is None


def test_guessing_pushes_no_right_secret_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both memories are bounded, apart from each other."""
    monkeypatch.setattr(credentials, "MAX_REMEMBERED", 10)
    remembered = Remembered(digest)
    remembered.remember("a@x", "hash", Secret("s"), NOW, right=True)
    for each in range(100):
        remembered.remember("a@x", "hash", Secret(str(each)), NOW, right=False)

    assert remembered.recall("a@x", "hash", Secret("s"), NOW) is True
    assert remembered.recall("a@x", "hash", Secret("99"), NOW) is False
    assert remembered.recall("a@x", "hash", Secret("0"), NOW) is None
    assert len(remembered._wrong) == 10


def test_no_secret_is_kept_as_it_is() -> None:
    """What lies in memory is digests."""
    remembered = Remembered(digest)
    remembered.remember("a@x", "hash", Secret("open sesame"), NOW, right=True)

    assert "sesame" not in repr(remembered._right)
    assert all(len(key) == 32 for key in remembered._right)
