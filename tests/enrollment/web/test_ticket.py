"""`wresult`: its form, what is forgiven in transport, and how long it lasts."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from lenskeep.base.secret import Secret
from lenskeep.base.system import SystemRandomness
from lenskeep.enrollment.credentials import REPEAT_WINDOW
from lenskeep.enrollment.web.ticket import (
    TICKET_LIFE,
    TicketStanding,
    TicketVerdict,
    judge_ticket,
    new_wresult,
    read_wresult,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ENDS = NOW + TICKET_LIFE
TEXT = "aB3" * 10 + "zz"


def b64(text: str, encoding: str = "ascii") -> str:
    return base64.b64encode(text.encode(encoding)).decode()


@pytest.mark.parametrize(
    "data",
    [
        b64(TEXT),
        b64(TEXT).rstrip("="),
        base64.urlsafe_b64encode(TEXT.encode()).decode(),
        f"\r\n  {b64(TEXT)[:20]}\r\n  {b64(TEXT)[20:]}\r\n",
        b64(TEXT, "utf-16-le"),
        b64(TEXT + "\x00", "utf-16-le"),
        b64(TEXT + "\r\n"),
        b64(b64(TEXT)),
        TEXT,
    ],
)
def test_the_token_is_found_however_it_was_wrapped(data: str) -> None:
    """Base64 as it should be, in its variants, twice, in UTF-16, or not at all."""
    assert Secret(TEXT) == read_wresult(data)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "=",
        "!!!",
        b64("short"),
        b64(TEXT + "x"),
        b64("<script>"),
        "A" * 5000,
        b64("ä" * 32, "utf-8"),
    ],
)
def test_what_is_no_token_of_ours_is_none(data: str) -> None:
    """Of another length or alphabet, or far too long to look at."""
    assert read_wresult(data) is None


def test_a_fresh_token_is_short_and_is_read_again() -> None:
    """32 letters and digits: nothing a form or a URL would change."""
    secret = new_wresult(SystemRandomness())

    assert len(secret.reveal()) == 32
    assert secret == read_wresult(b64(secret.reveal()))
    assert secret != new_wresult(SystemRandomness())


@pytest.mark.parametrize(
    ("standing", "now", "verdict"),
    [
        (TicketStanding(ENDS), NOW, TicketVerdict.USABLE),
        (TicketStanding(ENDS), ENDS - timedelta(seconds=1), TicketVerdict.USABLE),
        (TicketStanding(ENDS), ENDS, TicketVerdict.EXPIRED),
        (TicketStanding(ENDS, NOW), NOW, TicketVerdict.REPEAT_ONLY),
        (TicketStanding(ENDS, ENDS), ENDS + timedelta(minutes=1), TicketVerdict.REPEAT_ONLY),
        (TicketStanding(ENDS, NOW), NOW + REPEAT_WINDOW, TicketVerdict.USED),
    ],
)
def test_a_token_is_judged_by_its_time_and_use(
    standing: TicketStanding, now: datetime, verdict: TicketVerdict
) -> None:
    """Good until its end; once spent, good for the same answer again for minutes."""
    assert verdict is judge_ticket(standing, now)


def test_only_good_tokens_prove_anything() -> None:
    """Expired and used up ones are refused."""
    accepted = {each for each in TicketVerdict if each.accepted}

    assert {TicketVerdict.USABLE, TicketVerdict.REPEAT_ONLY} == accepted
