"""Who may renew, and when: one row for each way to be refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lenskeep.base.errors import Refusal
from lenskeep.base.identifiers import EnrollmentId
from lenskeep.enrollment.renewing import WINDOW_SLACK, Held, Term, judge_renewal, window_opens

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
YEAR = timedelta(days=365)
OLD = Held(EnrollmentId("enr_1"), START, START + YEAR)
INSIDE = START + timedelta(days=310)
TERM = Term(60, INSIDE + YEAR)


def test_a_headset_renews_inside_the_window() -> None:
    """Sixty days before the end, with the same certificate on both sides."""
    assert judge_renewal(OLD, OLD, TERM, INSIDE) is None


def test_either_certificate_of_one_headset_goes_during_the_overlap() -> None:
    """Connected with the new one, signed with the old one: it is the same headset."""
    new = replace(OLD, not_before=INSIDE, not_after=INSIDE + YEAR)

    assert judge_renewal(new, OLD, TERM, INSIDE + timedelta(days=1)) is None


@pytest.mark.parametrize(
    ("connection", "signer", "at", "reason"),
    [
        pytest.param(None, OLD, INSIDE, "connection shows no", id="no certificate"),
        pytest.param(OLD, None, INSIDE, "signer's certificate is unknown", id="unknown signer"),
        pytest.param(
            replace(OLD, enrollment_id=EnrollmentId("enr_2")),
            OLD,
            INSIDE,
            "of another",
            id="another headset's connection",
        ),
        pytest.param(OLD, OLD, START + YEAR, "not good at this time", id="at its end"),
        pytest.param(OLD, OLD, START - timedelta(seconds=1), "not good", id="before its time"),
        pytest.param(
            replace(OLD, not_after=INSIDE), OLD, INSIDE, "not good", id="ended connection"
        ),
        pytest.param(
            OLD, replace(OLD, hindrance="the headset is lost"), INSIDE, "is lost", id="lost"
        ),
        pytest.param(OLD, OLD, START, "too early", id="at issue"),
    ],
)
def test_everybody_else_is_refused(
    connection: Held | None, signer: Held | None, at: datetime, reason: str
) -> None:
    """One kind of refusal for all of them; the reason is in it for our log."""
    refused = judge_renewal(connection, signer, TERM, at)

    assert refused is not None
    assert Refusal.NOT_ELIGIBLE_TO_RENEW is refused.kind
    assert reason in refused.reason


def test_the_window_opens_a_day_before_it_is_promised() -> None:
    """A clock that runs ahead by minutes does not cost a headset days."""
    opens = window_opens(OLD.not_after, TERM.renew_days) - WINDOW_SLACK

    assert judge_renewal(OLD, OLD, TERM, opens) is None
    assert judge_renewal(OLD, OLD, TERM, opens - timedelta(seconds=1)) is not None


def test_the_window_is_never_open_at_issue() -> None:
    """Also of certificates that live for two days: half of the wait is kept."""
    short = Held(OLD.enrollment_id, START, START + timedelta(days=2))
    term = Term(1, START + timedelta(days=4))

    assert judge_renewal(short, short, term, START) is not None
    assert judge_renewal(short, short, term, START + timedelta(hours=11)) is not None
    assert judge_renewal(short, short, term, START + timedelta(hours=12)) is None


def test_a_certificate_of_an_issuer_on_its_way_out_is_renewed_at_any_time() -> None:
    """So that a rotation need not take a certificate's whole life."""
    assert judge_renewal(OLD, OLD, replace(TERM, is_early=True), START) is None


def test_a_renewal_that_gains_no_time_is_refused() -> None:
    """The issuer ends with the certificate: renewing would begin again at once."""
    refused = judge_renewal(OLD, OLD, replace(TERM, ends_at=OLD.not_after), INSIDE)

    assert refused is not None
    assert "rotate" in refused.reason
