"""How each kind of enrollment ends, what is left of it, and how the headset comes back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.virtual import double
from tests.virtual.double import Authority, Double
from tests.virtual.gate import Gate
from tests.virtual.manager import Manager

from lenskeep.virtual.enrollment.certificate_request import Style
from lenskeep.virtual.enrollment.ways import (
    AnyWay,
    Autopilot,
    EntraAccount,
    EntraJoin,
    Local,
    Package,
)
from lenskeep.virtual.entra.issuer import TokenIssuer
from lenskeep.virtual.headset import Habits, VirtualHeadset
from lenskeep.virtual.session.opening import USER_TOKEN
from lenskeep.virtual.session.report import Ended, SessionReport, SyncOptions
from lenskeep.virtual.transport import Patience
from lenskeep.virtual.trouble import Breach, WrongState
from lenskeep.wire.syncml.codes import LOGIN_STATUS, UNENROLLMENT
from lenskeep.wire.syncml.model import Alert, Message

ANNA = "anna@contoso.example"
ONCE = Patience(retries=0)
UNENROLL = double.execute("9", "./Device/Vendor/MSFT/DMClient/Provider/Double/Unenroll")
PERSIST = double.execute("9", "./Vendor/MSFT/RemoteWipe/doWipePersistProvisionedData")
WIPE = double.execute("9", "./Vendor/MSFT/RemoteWipe/doWipe")


class House:
    """A gate with a manager behind it, and a tenant."""

    def __init__(self, authority: Authority) -> None:
        self.gate = Gate(authority)
        self.manager = Manager(authority)
        self.gate.pages = self.manager
        self.issuer = TokenIssuer.create()
        self.running: Double | None = None

    async def enrolled(self, way: AnyWay) -> VirtualHeadset:
        headset = VirtualHeadset.create()
        await self.enroll(headset, way)
        return headset

    async def enroll(self, headset: VirtualHeadset, way: AnyWay) -> None:
        assert self.running is not None
        habits = Habits(style=Style.WINDOWS_11, patience=ONCE)
        await headset.enroll_as(way, self.running.authority.pem, habits=habits)

    @property
    def ways(self) -> dict[str, AnyWay]:
        base, issuer = self.gate.base, self.issuer
        return {
            "local": Local(ANNA, "x", base),
            "account": EntraAccount(issuer.account(ANNA), base),
            "join": EntraJoin(issuer.join(ANNA), base),
            "autopilot": Autopilot(issuer.device(), base),
        }


@pytest.fixture
async def house(authority: Authority, tmp_path: Path) -> AsyncIterator[House]:
    found = House(authority)
    async with double.serve(authority, found.gate, tmp_path) as running:
        found.gate.base = running.base
        found.running = running
        yield found


async def sync(headset: VirtualHeadset, token: str = "") -> SessionReport:
    return await headset.sync(SyncOptions(patience=ONCE, entra_token=token))


def types(message: Message) -> list[str]:
    alerts = [part for part in message.body if isinstance(part, Alert)]
    return [item.meta.type or "" for alert in alerts for item in alert.items]


async def test_the_server_s_word_ends_an_enrollment_by_hand(house: House) -> None:
    headset = await house.enrolled(house.ways["local"])
    house.manager.batches = [UNENROLL]

    report = await sync(headset)

    assert report.ended is Ended.UNENROLLED
    assert not headset.is_enrolled
    assert house.manager.statuses == []  # the Exec is never answered
    last = house.manager.heard[-1]
    assert last.header.msg_id == "1"
    assert types(last) == [LOGIN_STATUS, UNENROLLMENT]
    await house.enroll(headset, house.ways["local"])


async def test_a_work_account_does_not_listen(house: House) -> None:
    headset = await house.enrolled(house.ways["account"])
    house.manager.batches = [UNENROLL]

    report = await sync(headset)
    again = await sync(headset)

    assert report.ended is again.ended is Ended.NOTHING_MORE
    assert house.manager.statuses == [200]
    assert headset.is_enrolled


@pytest.mark.parametrize("way", ["join", "autopilot"])
async def test_a_joined_headset_that_is_unenrolled_has_to_be_reset(house: House, way: str) -> None:
    headset = await house.enrolled(house.ways[way])
    house.manager.batches = [UNENROLL]

    await sync(headset)

    assert not headset.is_enrolled
    assert headset.needs_reset
    with pytest.raises(WrongState, match="only a reset helps"):
        await house.enroll(headset, house.ways["local"])
    headset.reset()
    await house.enroll(headset, house.ways["local"])


async def test_the_wearer_of_a_work_account_can_leave(house: House) -> None:
    headset = await house.enrolled(house.ways["account"])

    report = await headset.unenroll(SyncOptions(patience=ONCE))

    assert report.ended is Ended.UNENROLLED
    assert not headset.needs_reset


def package(house: House) -> Package:
    assert house.running is not None
    text = f"""<WindowsCustomizations><Settings><Customizations><Common><Workplace><Enrollments>
    <UPN UPN="{ANNA}"><AuthPolicy>OnPremise</AuthPolicy><Secret>x</Secret><DiscoveryServiceFullUrl
    >{house.gate.base}</DiscoveryServiceFullUrl></UPN></Enrollments></Workplace></Common>
    </Customizations></Settings></WindowsCustomizations>"""
    return Package(text.encode())


@pytest.mark.parametrize(("command", "keeps"), [(WIPE, False), (PERSIST, True)])
async def test_a_wipe_takes_the_package_or_leaves_it(
    house: House, command: str, *, keeps: bool
) -> None:
    headset = await house.enrolled(package(house))
    before = headset.device_id, headset.device.state.hardware
    house.manager.batches = [command]

    report = await sync(headset)

    assert report.ended is Ended.WIPED
    assert not headset.is_enrolled
    kept = headset.kept_package
    assert (kept is not None) is keeps
    if kept is not None:
        await house.enroll(headset, kept)
        assert headset.device.state.hardware == before[1]
        assert headset.device_id != before[0]


async def test_a_signed_in_user_s_token_goes_with_every_message(house: House) -> None:
    headset = await house.enrolled(house.ways["account"])
    house.manager.batches = [double.get("9", "./DevInfo/Man")]
    token = house.issuer.session(ANNA)
    assert house.running is not None
    calls = len(house.running.calls)

    await sync(headset, token)

    sent = house.running.calls[calls:]
    assert len(sent) == 2
    assert {f"Bearer {token}"} == {call.headers["authorization"] for call in sent}
    first = house.manager.heard[0]
    assert types(first) == [LOGIN_STATUS, USER_TOKEN]
    data = [part.items[0].data for part in first.body if isinstance(part, Alert) and part.items]
    assert data == ["user", token]
    assert token not in repr(SyncOptions(entra_token=token))


async def test_a_renewal_that_the_server_asks_for_follows_the_session(house: House) -> None:
    headset = await house.enrolled(house.ways["local"])
    node = "./Device/Vendor/MSFT/CertificateStore/My/WSTEP/Renew/"
    house.manager.batches = [double.execute("9", f"{node}RenewNow")]
    house.gate.refuse = [double.fault("/Enroll", "s:CertificateRequest", "no")]

    with pytest.raises(Exception, match="0x80180004"):
        await sync(headset)

    assert house.manager.statuses == [200]
    assert headset.value(f"{node}Status") == "3"
    assert (await sync(headset)).ended is Ended.NOTHING_MORE


async def test_a_search_that_finds_nothing_shows_nothing_and_says_nothing(house: House) -> None:
    """CSP: w7 APPLICATION/SSLCLIENTCERTSEARCHCRITERIA: the TLS sign-in fails, silently."""
    criteria = "Subject=CN%3dsomebody-else&amp;Stores=My%5CUser"
    house.gate.document = lambda text: text.replace(
        '<parm name="BACKCOMPATRETRYDISABLED"/>',
        f'<parm name="SSLCLIENTCERTSEARCHCRITERIA" value="{criteria}"/>',
    )
    headset = await house.enrolled(house.ways["local"])
    assert house.running is not None

    await sync(headset)

    assert not house.running.calls[-1].has_certificate


@pytest.mark.parametrize(
    ("provider", "code"),
    [
        ("PassportForWork", "0x80180021"),
        ("RootCATrustedCertificates", "0x80180022"),
        ("Policy", "0x80180022"),
        ("EnterpriseModernAppManagement", "0x80180025"),
        ("Surprise", "0x80180023"),
    ],
)
async def test_one_provider_too_many_fails_the_enrollment_with_its_number(
    house: House, provider: str, code: str
) -> None:
    house.gate.document = lambda text: text.replace(
        '<characteristic type="APPLICATION">',
        f'<characteristic type="{provider}"/><characteristic type="APPLICATION">',
    )

    with pytest.raises(Breach, match=f"{code} {provider}"):
        await house.enrolled(house.ways["local"])


async def test_a_certificate_dated_back_by_the_renewal_period_is_reported(house: House) -> None:
    house.gate.dated_back_days = 42

    with pytest.raises(Breach, match="dated back"):
        await house.enrolled(house.ways["local"])


async def test_a_tenant_s_lock_is_felt_in_the_next_first_run_only(house: House) -> None:
    headset = await house.enrolled(house.ways["account"])
    lock = "./Vendor/MSFT/TenantLockdown/RequireNetworkInOOBE"
    headset.tamper(lock, "true")

    await headset.unenroll(SyncOptions(patience=ONCE))
    await house.enroll(headset, house.ways["local"])
    headset.reset()

    assert headset.value(lock) == "true"
    with pytest.raises(WrongState, match="Autopilot"):
        await house.enroll(headset, house.ways["local"])
