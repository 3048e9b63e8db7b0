"""The clock is moved through a whole certificate life, and through the authority's."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from tests.flows.device.renewer import Headset, Papers, enrolled, new_key, refusal, worn
from tests.flows.device.wearer import Wearer
from tests.flows.home import ADMIN, Home, open_home

from lenskeep.base.errors import Conflict, Refusal, Refused
from lenskeep.certificates.keys import dump_certificate
from lenskeep.certificates.verify import verify_device_certificate
from lenskeep.flows.authority import rotating as authority

DAY = timedelta(days=1)
NOT_ELIGIBLE = Refusal.NOT_ELIGIBLE_TO_RENEW


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A house with a real store and a real authority."""
    with open_home(tmp_path) as home:
        yield home


def gate(home: Home, papers: Papers) -> bool:
    """Return whether the front door would let this certificate in: our TLS, or a proxy's header."""
    try:
        verify_device_certificate(papers.der, home.house.trust.issuers, home.clock.now())
    except Refused:
        return False
    return True


async def test_a_whole_life_window_renewal_overlap_rotation_expiry(home: Home) -> None:
    """One headset that takes part, one that sleeps through it all."""
    headset, sleeper = await enrolled(home, 1), await enrolled(home, 2)
    first = headset.papers
    born, ends = home.clock.now(), first.certificate.not_valid_after_utc
    assert abs(ends - born - 365 * DAY) < timedelta(minutes=10)

    # The window is closed at issue, and opens sixty days before the end.
    assert await is_too_early(home, headset)
    home.clock.moment = ends - 62 * DAY
    assert await is_too_early(home, headset)
    home.clock.moment = ends - 60 * DAY

    # Renewal, its answer lost: the same request brings the same certificate.
    lost = await headset.renew()
    home.clock.advance(minutes=3)
    document = await headset.renew()
    assert lost == document

    # Overlap: the old one works until the new one is used, then never again.
    assert (await headset.report(first)).outcome == "answered"
    await headset.take(document)
    home.clock.advance(days=1)
    assert (await headset.report(first)).outcome == "answered"
    assert (await headset.report()).outcome == "answered"
    assert (await headset.report(first)).outcome == "refused"
    assert (await refusal(home, headset.ask(first), first.der))[0] is NOT_ELIGIBLE

    # Rotation: new roots and issuers, delivered, renewed, finished.
    await rotate(home, headset, sleeper, ends)

    # Expiry: who slept through it has to enroll again; nothing else helps.
    home.clock.moment = ends + DAY
    assert not gate(home, sleeper.papers)
    assert (await sleeper.report()).outcome == "refused"
    assert (await refusal(home, sleeper.ask(), sleeper.papers.der))[0] is NOT_ELIGIBLE
    assert (await headset.report()).outcome == "answered"

    # And the certificate after that lives its own life under the new authority.
    home.clock.moment = headset.papers.certificate.not_valid_after_utc - 30 * DAY
    again = await headset.renew()
    assert again.root is None, "it has had the root since the rotation"
    await headset.take(again)
    assert (await headset.report()).outcome == "answered"
    assert gate(home, headset.papers)


async def is_too_early(home: Home, headset: Headset) -> bool:
    """Return whether a renewal is refused for the time it comes at."""
    kind, reason = await refusal(home, headset.ask(), headset.papers.der)
    return (kind, "too early" in reason) == (NOT_ELIGIBLE, True)


async def rotate(home: Home, headset: Headset, sleeper: Headset, ends: datetime) -> None:
    """Exchange the authority while the sleeper's certificate still has weeks to go."""
    assert home.clock.now() < ends - 50 * DAY
    before = home.house.trust
    await authority.rotate(home.house, ADMIN)
    trust = home.house.trust
    assert gate(home, headset.papers)
    assert gate(home, sleeper.papers)

    await worn(headset).sync()
    with pytest.raises(Conflict, match="1 headsets would not trust"):
        await authority.serve_new(home.house, ADMIN)
    document = await headset.renew()
    new = x509.load_der_x509_certificate(document.client)
    assert (trust.root_der, trust.devices.certificate.subject) == (document.root, new.issuer)
    await headset.take(document)
    headset.session += 5  # those that it had in between
    assert (await headset.report()).outcome == "answered"
    assert gate(home, headset.papers)

    # The sleeper holds it up until its certificate has ended.
    with pytest.raises(Conflict, match="1 headsets would have to enroll again"):
        await authority.finish(home.house, ADMIN)
    home.clock.moment = ends + timedelta(seconds=1)
    await authority.finish(home.house, ADMIN)
    assert (trust.devices.certificate,) == home.house.trust.issuers
    assert before.root_der not in home.house.trust.roots


async def test_a_certificate_that_ends_while_a_session_lasts_ends_it(home: Home) -> None:
    """A connection that was opened before does not outlive it."""
    headset = await enrolled(home)
    wearer = worn(headset)
    await wearer.sync()

    home.clock.moment = headset.papers.certificate.not_valid_after_utc

    assert (await headset.report()).outcome == "refused"


async def test_the_sessions_of_a_renewed_headset_go_on(home: Home) -> None:
    """What is known and wanted of it stays: it is the same enrollment."""
    headset = await enrolled(home)
    wearer: Wearer = worn(headset)
    await wearer.sync()
    before = await home.store.fleet.device(headset.device)
    home.clock.moment = headset.papers.certificate.not_valid_after_utc - 10 * DAY
    await headset.take(await headset.renew())

    wearer.der = headset.papers.der
    await wearer.sync()

    after = await home.store.fleet.device(headset.device)
    assert [each.id for each in before.enrollments] == [each.id for each in after.enrollments]
    assert before.row.nodes_known <= after.row.nodes_known


async def test_a_stranger_s_certificate_of_our_names_opens_nothing(home: Home) -> None:
    """Issuer, subject and serial number can be written by anybody."""
    headset = await enrolled(home)
    own, key = headset.papers.certificate, new_key()
    twin = (
        x509.CertificateBuilder()
        .subject_name(own.subject)
        .issuer_name(own.issuer)
        .serial_number(own.serial_number)
        .public_key(key.public_key())
        .not_valid_before(own.not_valid_before_utc)
        .not_valid_after(own.not_valid_after_utc)
        .sign(key, hashes.SHA256())
    )
    papers = Papers(key, dump_certificate(twin))

    assert not gate(home, papers)
    assert (await headset.report(papers)).outcome == "refused"
