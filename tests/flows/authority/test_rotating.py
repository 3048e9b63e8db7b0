"""The authority is rotated under a living fleet: nobody is left behind unless somebody insists."""

import hashlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from tests.flows.device.renewer import Headset, enrolled, refusal, worn
from tests.flows.home import ADMIN, OPERATOR, VIEWER, Home, open_home

from lenskeep.access import Caller
from lenskeep.base.errors import Conflict, Refusal, Refused
from lenskeep.certificates.keys import dump_certificate
from lenskeep.certificates.rotation import Eras
from lenskeep.flows.authority import rotating as authority
from lenskeep.flows.authority.resting import root_uri
from lenskeep.flows.entry.package.sheet import sheet
from lenskeep.flows.house import House, read_trust
from lenskeep.flows.operations import list_operations
from lenskeep.flows.reading import PageRequest
from lenskeep.tree.operation import OperationState, Verb
from lenskeep.web.device.pages.routes import make_page_routes
from lenskeep.wire.wap import thumbprint

Step = Callable[[House, Caller], Awaitable[object]]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A house with a real store and a real authority."""
    with open_home(tmp_path) as home:
        yield home


async def waiting(home: Home, headset: Headset) -> list[tuple[Verb, str]]:
    """Return what waits for a headset, in order."""
    page = await list_operations(home.house, OPERATOR, headset.device, PageRequest())
    open_ = [each.operation for each in page.items if each.state is OperationState.QUEUED]
    return [(each.verb, each.uri.segments[-1]) for each in reversed(open_)]


async def test_a_rotation_brings_everybody_over(home: Home) -> None:
    """New root by an operation, new certificate by renewal; then the old one can go."""
    headset = await enrolled(home)
    old = home.house.trust

    view = await authority.rotate(home.house, ADMIN)

    assert [(1, 1), (2, 0)] == [(e.era.number, e.devices) for e in view.eras]
    assert (True, 1) == (view.is_rotating, view.without_root)
    trust = home.house.trust
    assert (trust.root_der, old.root_der) == trust.roots
    assert (trust.devices.certificate, old.devices.certificate) == trust.issuers
    expected = [(Verb.ADD, "EncodedCertificate"), (Verb.GET, "EncodedCertificate")]
    assert expected == await waiting(home, headset)
    wearer = worn(headset)
    await wearer.sync()
    assert wearer.value(root_uri(trust.root_der)) is not None
    view = await authority.show_authority(home.house, VIEWER)
    assert (0, "renewed" in view.advice) == (view.without_root, True)

    document = await headset.renew()  # at any time: its issuer is on its way out
    assert trust.root_der == document.root
    await headset.take(document)
    wearer.der = headset.papers.der
    await wearer.sync()

    view = await authority.show_authority(home.house, VIEWER)
    assert [0, 1] == [each.devices for each in view.eras]
    assert "finish" in view.advice
    view = await authority.finish(home.house, ADMIN)
    assert (False, [2]) == (view.is_rotating, [e.era.number for e in view.eras])
    assert (trust.devices.certificate,) == home.house.trust.issuers


async def test_who_enrolls_under_a_rotation_gets_the_newest(home: Home) -> None:
    """Its document holds the new root, and it rests on nothing old."""
    await authority.rotate(home.house, ADMIN)

    headset = await enrolled(home)

    assert [home.house.trust.root_der] == headset.roots
    issuer = home.house.trust.devices.certificate.subject
    assert issuer == headset.papers.certificate.issuer
    view = await authority.show_authority(home.house, VIEWER)
    assert ((), [0, 1]) == (view.retiring, [each.devices for each in view.eras])


async def test_under_the_same_root_nothing_has_to_be_delivered(home: Home) -> None:
    """Only the certificates change; a renewal brings no root."""
    headset = await enrolled(home)

    view = await authority.rotate(home.house, ADMIN, keep_root=True)

    assert (1, 0, []) == (len(view.retiring), view.without_root, await waiting(home, headset))
    assert (home.house.trust.root_der,) == home.house.trust.roots
    assert (await headset.renew()).root is None


async def test_headsets_can_be_told_to_renew_now(home: Home) -> None:
    """A rotation then takes days, not a certificate's life."""
    headset = await enrolled(home)

    await authority.rotate(home.house, ADMIN, keep_root=True, renew_now=True)

    assert [(Verb.EXEC, "RenewNow")] == await waiting(home, headset)


async def test_what_waits_is_not_sent_twice(home: Home) -> None:
    """And what was refused is sent again when somebody asks for it."""
    headset = await enrolled(home)
    await authority.rotate(home.house, ADMIN)
    assert 0 == await authority.deliver(home.house, ADMIN)

    wearer = worn(headset)
    wearer.failing = {root_uri(home.house.trust.root_der): 500}
    await wearer.sync()

    assert (await authority.show_authority(home.house, VIEWER)).without_root == 1
    assert 1 == await authority.deliver(home.house, ADMIN)
    assert 2 == len(await waiting(home, headset))


async def test_the_server_shows_the_new_chain_once_all_trust_it(home: Home) -> None:
    """Before, the names of those who would not are told; force is for who knows better."""
    headset = await enrolled(home)
    await authority.rotate(home.house, ADMIN)

    with pytest.raises(Conflict, match="1 headsets would not trust this server: '"):
        await authority.serve_new(home.house, ADMIN)
    await worn(headset).sync()
    view = await authority.serve_new(home.house, ADMIN)

    assert [False, True] == [each.serves for each in view.eras]
    with pytest.raises(Conflict, match="already"):
        await authority.serve_new(home.house, ADMIN, force=True)


async def test_the_sheet_gives_the_root_that_the_server_shows(home: Home) -> None:
    """A headset that is brought in has to trust the server as it is now: the newest root comes
    with its enrollment.
    """
    old = home.house.trust.root_der
    roots = [shown_root(home)]
    await authority.rotate(home.house, ADMIN)
    roots.append(shown_root(home))
    await authority.serve_new(home.house, ADMIN, force=True)
    roots.append(shown_root(home))

    assert [old, old, home.house.trust.root_der] == roots
    assert old != roots[-1]


def shown_root(home: Home) -> bytes:
    """Return the root that the sheet offers, of which it shows the fingerprint."""
    browser = TestClient(Starlette(routes=make_page_routes(home.house)), "https://localhost")
    root = browser.get("/enroll/root.cer").content
    digits = sheet(home.house).root_sha256.replace(" ", "")
    assert hashlib.sha256(root).hexdigest().upper() == digits
    return root


async def test_a_foreign_server_certificate_needs_no_root_of_ours(home: Home) -> None:
    """Then headsets trust somebody else's root for that."""
    await enrolled(home)
    settings = home.house.settings.model_copy(update={"tls_certificate": Path("server.pem")})
    house = replace(home.house, settings=settings)
    await authority.rotate(house, ADMIN)

    view = await authority.serve_new(house, ADMIN)

    assert view.eras[-1].serves


async def test_a_rotation_does_not_end_over_a_headset(home: Home) -> None:
    """Unless it is said to be gone; then it is not known any more."""
    headset = await enrolled(home)
    await authority.rotate(home.house, ADMIN)
    with pytest.raises(Conflict, match="1 headsets would have to enroll again"):
        await authority.finish(home.house, ADMIN)

    await authority.finish(home.house, ADMIN, force=True)

    line = (await home.store.fleet.audit_lines(None, 1)).items[0]
    assert ("authority.finish", {"left_behind": "1"}) == (line.action, dict(line.detail))
    assert headset.papers.certificate.issuer not in [e.subject for e in home.house.trust.issuers]


async def test_a_headset_whose_certificate_has_ended_holds_nothing_up(home: Home) -> None:
    """It has to enroll again anyway."""
    await enrolled(home)
    await authority.rotate(home.house, ADMIN)
    home.clock.advance(days=366)

    assert () == (await authority.show_authority(home.house, VIEWER)).retiring
    await authority.finish(home.house, ADMIN)


async def test_steps_need_a_rotation_and_an_administrator(home: Home) -> None:
    """Looking is for everybody."""
    fitting: tuple[Step, ...] = (authority.serve_new, authority.finish, authority.deliver)
    for step in fitting:
        with pytest.raises(Conflict):
            await step(home.house, ADMIN)
    await authority.rotate(home.house, ADMIN)
    with pytest.raises(Conflict, match="under way"):
        await authority.rotate(home.house, ADMIN)

    for step in (authority.rotate, *fitting):
        with pytest.raises(Refused) as caught:
            await step(home.house, OPERATOR)
        assert Refusal.AUTHORIZATION is caught.value.kind
    await authority.show_authority(home.house, VIEWER)


async def test_another_process_s_rotation_is_taken_over(home: Home) -> None:
    """What lies in the files is the truth; listeners hear of it."""
    heard: list[int] = []
    home.house.authorities.listeners.append(lambda: heard.append(len(home.house.trust.issuers)))
    home.house.authorities.files.begin(keep_root=False)
    assert 1 == len(home.house.trust.issuers)

    home.house.authorities.exchange(read_trust(home.house.authorities.files))

    assert [2] == heard
    assert Eras(2, 1, (1, 2)) == home.house.authorities.files.state()


async def test_a_device_s_certificates_are_told_in_words(home: Home) -> None:
    """The newest first, each with how it stands and when it is expected to be renewed."""
    headset = await enrolled(home)
    home.clock.advance(days=310)
    await headset.take(await headset.renew())

    both = await authority.certificates_of(home.house, VIEWER, headset.device)
    assert ["not used yet", "in use"] == [each.state for each in both]
    first = both[1].certificate
    assert first.not_after - timedelta(days=60) == both[1].renews_from
    await headset.report()
    both = await authority.certificates_of(home.house, VIEWER, headset.device)
    assert ["in use", "revoked"] == [each.state for each in both]
    home.clock.advance(days=366)
    both = await authority.certificates_of(home.house, VIEWER, headset.device)
    assert ["ended", "revoked"] == [each.state for each in both]


async def test_a_rotation_is_advised_in_time(home: Home) -> None:
    """Two years before the issuer ends: a certificate's life, and a year to notice."""
    assert "" == (await authority.show_authority(home.house, VIEWER)).advice

    view = await authority.show_authority(home.house, VIEWER)
    home.clock.moment = view.rotate_by
    assert "Begin" in (await authority.show_authority(home.house, VIEWER)).advice


async def test_near_the_issuer_s_end_a_renewal_that_gains_nothing_is_refused(home: Home) -> None:
    """A headset would renew again and again; the log says what to do."""
    ends = home.house.trust.devices.certificate.not_valid_after_utc
    home.clock.moment = ends - timedelta(days=100)
    headset = await enrolled(home)
    home.clock.advance(days=50)

    kind, reason = await refusal(home, headset.ask(), headset.papers.der)

    assert (Refusal.NOT_ELIGIBLE_TO_RENEW, True) == (kind, "rotate" in reason)
    await authority.rotate(home.house, ADMIN)
    await headset.renew()


def test_a_root_is_named_as_headsets_name_it(home: Home) -> None:
    """SHA-1, upper case."""
    era = home.house.authorities.files.era(1)

    expected = thumbprint(dump_certificate(era.root))
    assert expected == authority.thumbprint_of(era)
    assert f"/Root/{expected}/" in root_uri(home.house.trust.root_der)
