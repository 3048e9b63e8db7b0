"""A 1st gen headset of the development edition becomes one for business, and gets what waited."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests.contract import world
from tests.flows.device.test_wanting import state, want
from tests.flows.device.wearer import Wearer, asked, wearing
from tests.flows.home import ADMIN, OPERATOR, VIEWER, Home, open_home, shipped

from lenskeep.base.errors import Conflict, Invalid, Missing, Refused
from lenskeep.desired.applies import DeviceFacts, Verdict, applies
from lenskeep.desired.inventory import HOLOLENS_1
from lenskeep.desired.standing import SettingState
from lenskeep.enrollment.edition import EDITION, STATUS, UPGRADE, UpgradeState
from lenskeep.flows.edition import licenses, upgrading
from lenskeep.flows.entrance import Custody, ItemKind
from lenskeep.flows.operations import list_operations
from lenskeep.flows.reading import PageRequest
from lenskeep.virtual.builds import find_profile
from lenskeep.virtual.session.commands import Done
from lenskeep.virtual.tree.book import rulebook
from lenskeep.virtual.tree.seed import AccountFacts, Hardware, seeds
from lenskeep.virtual.tree.store import Tree
from lenskeep.wire.syncml.model import BodyPart, Message

LICENSE = b'<?xml version="1.0"?>\n<License xmlns="urn:example">signed & sealed</License>'.replace(
    b"&", b"&amp;"
)
GATE_WORDS = "needs Windows Holographic for Business"
ENCRYPTION = "./Device/Vendor/MSFT/Policy/Config/Security/RequireDeviceEncryption"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A house with a real store."""
    with open_home(tmp_path) as home:
        yield home


@dataclass
class FirstGen(Wearer):
    """A development edition that becomes one for business where a license is carried out."""

    license_taken: str | None = None
    becomes: str = "HL1-17763-Business"

    def obey(self, reply: Message, user: str, done: list[Done]) -> tuple[BodyPart, ...]:
        """Carry out; the edition changes behind the message, as on the virtual headset."""
        before = len(done)
        parts = Wearer.obey(self, reply, user, done)
        for each in done[before:]:
            if each.verb == "exec" and each.uri == UPGRADE and each.status == 200:
                self.tree = grown(self.dev_id, self.becomes)
        return parts


def grown(dev_id: str, build: str) -> Tree:
    """Return the tree of such a headset."""
    hardware = Hardware("1" * 64, "02-00-5E-00-53-01", "000000000001", "HOLOLENS-1")
    account = AccountFacts("Lenskeep", "Lenskeep", "https://localhost/", dev_id)
    profile = find_profile(build)
    return Tree(rulebook(profile), seeds(profile, hardware, account))


async def first_gen(home: Home, number: int = 1, build: str = "HL1-17763-Dev") -> FirstGen:
    """Return an enrolled headset that told what it is."""
    made = await wearing(home, number, build)
    wearer = FirstGen(home, made.device, made.dev_id, made.der, made.tree)
    await wearer.sync()
    return wearer


async def how(home: Home, wearer: Wearer) -> UpgradeState:
    """Return how the upgrade stands."""
    return (await upgrading.show_edition(home.house, VIEWER, wearer.device)).upgrade.state


async def test_an_upgrade_brings_what_waited_without_a_restart(home: Home) -> None:
    """Gate, license, questions, edition, policies: in the sessions that come anyway."""
    await licenses.add_license(home.house, ADMIN, "suite", LICENSE)
    wearer = await first_gen(home)
    await want(home, (ENCRYPTION, "1"))
    await wearer.sync()
    stands, words = await state(home, wearer, ENCRYPTION)
    assert (SettingState.NOT_APPLICABLE, True) == (
        stands,
        "needs Windows Holographic for Business" in words,
    )
    assert UpgradeState.NEEDED is await how(home, wearer)

    view = await upgrading.upgrade_edition(home.house, OPERATOR, wearer.device)
    assert (UpgradeState.PENDING, False) == (view.upgrade.state, view.may_upgrade)
    done = await wearer.sync()

    assert [UPGRADE] == asked(done, "exec")
    assert UpgradeState.DONE is await how(home, wearer)
    assert [ENCRYPTION] == asked(done, "replace", "add")
    assert "1" == wearer.value(ENCRYPTION)
    assert (
        "Windows Holographic for Business"
        == (await upgrading.show_edition(home.house, VIEWER, wearer.device)).edition
    )
    home.clock.advance(hours=1)
    assert "./Vendor/MSFT/DeviceStatus/OS/Edition" in asked(await wearer.sync(), "get")


async def test_the_license_arrives_as_it_was_given(home: Home) -> None:
    """Escaped once on the wire, unescaped once by the headset; the prolog stays behind."""
    await licenses.add_license(home.house, ADMIN, "suite", LICENSE)
    wearer = await first_gen(home)
    await upgrading.upgrade_edition(home.house, OPERATOR, wearer.device)
    page = await list_operations(home.house, ADMIN, wearer.device, PageRequest())

    (sent,) = [each for each in page.items if each.operation.uri.key.endswith("withlicense")]

    assert LICENSE.decode().partition("\n")[2] == sent.operation.value


async def test_only_what_can_be_upgraded_is(home: Home) -> None:
    """Not a HoloLens 2, not one for business, not one twice."""
    await licenses.add_license(home.house, ADMIN, "suite", LICENSE)
    second, business = (
        await first_gen(home, 1, "HL2-22621.1244"),
        await first_gen(home, 2, "HL1-17763-Business"),
    )
    for each in (second, business):
        assert UpgradeState.NOT_NEEDED is await how(home, each)
        with pytest.raises(Conflict):
            await upgrading.upgrade_edition(home.house, OPERATOR, each.device)
    wearer = await first_gen(home, 3)
    await upgrading.upgrade_edition(home.house, OPERATOR, wearer.device)
    with pytest.raises(Conflict, match="on its way"):
        await upgrading.upgrade_edition(home.house, OPERATOR, wearer.device)


async def test_a_headset_that_has_told_nothing_counts_by_its_claim(home: Home) -> None:
    """So that it can have its license before anything else."""
    new = await world.enrolled(home.store, 1)
    context = {**new.enrollment.context, "OSEdition": ("135",)}
    changed = world.new_enrollment(2, context=context)
    await home.store.enrollments.enroll(changed)

    shown = await upgrading.show_edition(home.house, VIEWER, changed.enrollment.device_id)

    assert (UpgradeState.NEEDED, "Windows Holographic") == (shown.upgrade.state, shown.edition)


async def test_a_refused_license_is_said_to_be_so_and_can_be_sent_again(home: Home) -> None:
    """With what to do about it."""
    await licenses.add_license(home.house, ADMIN, "suite", LICENSE)
    wearer = await first_gen(home)
    wearer.failing = {UPGRADE: 500}
    await upgrading.upgrade_edition(home.house, OPERATOR, wearer.device)

    await wearer.sync()

    view = await upgrading.show_edition(home.house, VIEWER, wearer.device)
    assert (UpgradeState.FAILED, True, True) == (
        view.upgrade.state,
        "500" in view.upgrade.words,
        view.may_upgrade,
    )
    assert view.upgrade.remedy
    wearer.failing = {}
    await upgrading.upgrade_edition(home.house, OPERATOR, wearer.device)
    await wearer.sync()
    assert UpgradeState.FAILED is not await how(home, wearer)


async def test_an_upgrade_under_way_is_asked_after_every_few_minutes(home: Home) -> None:
    """Not while a question waits, and no more once it is done."""
    await licenses.add_license(home.house, ADMIN, "suite", LICENSE)
    wearer = await first_gen(home)
    wearer.becomes = "HL1-17763-Dev"
    await upgrading.upgrade_edition(home.house, OPERATOR, wearer.device)
    assert 0 == await upgrading.tend_editions(home.house), "the license waits"
    await wearer.sync()
    assert 0 == await upgrading.tend_editions(home.house), "asked just now"

    home.clock.advance(minutes=6)

    await upgrading.tend_editions(home.house)
    assert 0 == await upgrading.tend_editions(home.house), "the question waits"
    assert {STATUS, EDITION} <= set(asked(await wearer.sync(), "get"))


async def test_an_automatic_license_upgrades_every_new_one(home: Home) -> None:
    """Without a hand; a headset that is out of our hands is left alone."""
    await licenses.add_license(home.house, ADMIN, "suite", LICENSE, automatic=True)
    wearer, lost = await first_gen(home, 1), await first_gen(home, 2)
    await first_gen(home, 3, "HL2-22621.1244")
    await home.store.leaving.set_custody(lost.device, Custody.LOST, world.audit())

    assert 1 == await upgrading.tend_editions(home.house)

    assert UpgradeState.PENDING is await how(home, wearer)
    assert UpgradeState.NEEDED is await how(home, lost)
    await wearer.sync()
    assert UpgradeState.DONE is await how(home, wearer)
    line = (await home.store.fleet.audit_lines(None, 10)).items
    assert ("edition.upgrade", "system") in [(e.action, e.actor.kind.value) for e in line]
    home.clock.advance(days=1)
    assert 0 == await upgrading.tend_editions(home.house)


async def test_without_a_license_nothing_is_looked_at(home: Home) -> None:
    """And nothing can be sent."""
    wearer = await first_gen(home)

    assert 0 == await upgrading.tend_editions(home.house)
    with pytest.raises(Invalid, match="0 licenses"):
        await upgrading.upgrade_edition(home.house, OPERATOR, wearer.device)


async def test_licenses_are_kept_sealed_and_by_name(home: Home) -> None:
    """Two need a name to choose; removing one leaves the other."""
    first = await licenses.add_license(home.house, ADMIN, "suite", LICENSE)
    await licenses.add_license(home.house, ADMIN, "other", LICENSE)
    wearer = await first_gen(home)
    with pytest.raises(Invalid, match="2 licenses"):
        await upgrading.upgrade_edition(home.house, OPERATOR, wearer.device)
    with pytest.raises(Missing):
        await upgrading.upgrade_edition(home.house, OPERATOR, wearer.device, "third")
    with pytest.raises(Conflict):
        await licenses.add_license(home.house, ADMIN, "SUITE", LICENSE)

    await licenses.remove_license(home.house, ADMIN, "other")

    assert (first,) == await licenses.list_licenses(home.house, VIEWER)
    await upgrading.upgrade_edition(home.house, OPERATOR, wearer.device, "suite")
    (item,) = await home.store.items.items(ItemKind.LICENSE)
    assert "sealed" not in item.sealed
    assert LICENSE.decode() not in repr(item)


async def test_one_license_at_most_is_automatic(home: Home) -> None:
    """Which one would be a guess."""
    await licenses.add_license(home.house, ADMIN, "suite", LICENSE, automatic=True)

    with pytest.raises(Conflict, match="suite is the automatic one"):
        await licenses.add_license(home.house, ADMIN, "other", LICENSE, automatic=True)


async def test_licenses_are_administrators_business(home: Home) -> None:
    """Upgrading one headset is an operator's."""
    for wrong in (OPERATOR, VIEWER):
        with pytest.raises(Refused):
            await licenses.add_license(home.house, wrong, "suite", LICENSE)
    await licenses.add_license(home.house, ADMIN, "suite", LICENSE)
    with pytest.raises(Refused):
        await licenses.remove_license(home.house, OPERATOR, "suite")
    wearer = await first_gen(home)
    with pytest.raises(Refused):
        await upgrading.upgrade_edition(home.house, VIEWER, wearer.device)


@pytest.mark.parametrize(
    "uri",
    [
        ENCRYPTION,
        "./Device/Vendor/MSFT/VPNv2/Clinic/RememberCredentials",
        "./Device/Vendor/MSFT/AssignedAccess/Configuration",
        "./Device/Vendor/MSFT/EnterpriseModernAppManagement/AppManagement",
    ],
)
def test_what_lies_behind_the_gate(uri: str) -> None:
    """Encryption, VPN, kiosk and apps: there for business, and why not before."""
    record = shipped().find(uri)
    assert record is not None
    facts = DeviceFacts(HOLOLENS_1, 135, "17763.1")

    before, after = applies(record, facts), applies(record, replace(facts, edition=136))

    assert (Verdict.NO, True) == (before.verdict, GATE_WORDS in before.reason)
    assert Verdict.NO is not after.verdict
