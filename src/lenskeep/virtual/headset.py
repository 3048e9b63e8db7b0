"""The virtual headset as others use it: command line, tests, demonstration, benchmarks."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding

from lenskeep.tree.uri import parse_uri
from lenskeep.tree.value import Format
from lenskeep.virtual.builds import Profile
from lenskeep.virtual.device import Device, Now, system_now
from lenskeep.virtual.enrollment import renewal
from lenskeep.virtual.enrollment.certificate_request import Style
from lenskeep.virtual.enrollment.hresult import EnrollmentRefused
from lenskeep.virtual.enrollment.journey import Enrollment, enroll
from lenskeep.virtual.enrollment.keys import FreshKeys, KeySource
from lenskeep.virtual.enrollment.package.kept import dump_package, load_package
from lenskeep.virtual.enrollment.passage import passage_of
from lenskeep.virtual.enrollment.renewal import Identity, RenewalHabits
from lenskeep.virtual.enrollment.ways import AnyWay, Local, Package, entrances_of
from lenskeep.virtual.schedule import next_poll, poll_of
from lenskeep.virtual.session.drive import converse
from lenskeep.virtual.session.report import Origin, SessionReport, SyncOptions
from lenskeep.virtual.state import (
    KEY_FILE,
    PACKAGE_FILE,
    Account,
    Folder,
    Memory,
    PendingAlert,
    Vault,
)
from lenskeep.virtual.transport import NO_ACCIDENTS, Fate, Patience, Switchboard
from lenskeep.virtual.tree.mirror import after_change
from lenskeep.virtual.tree.rules import VENDOR
from lenskeep.virtual.tree.store import Tree
from lenskeep.virtual.tree.verbs import Effect
from lenskeep.virtual.trouble import LostPower, NoConnection, WrongState
from lenskeep.virtual.world.kiosk import Visit
from lenskeep.virtual.world.network import Network, Stranded, Way, way_out
from lenskeep.virtual.world.settings import Connection, Settings, read_settings
from lenskeep.virtual.world.status_page import StatusPage, begin
from lenskeep.virtual.world.wearer import Wearer, view

DEFAULT_BUILD = "HL2-20348.1503"

Tell = Callable[[str], None]
Sleep = Callable[[float], Awaitable[None]]

_PACKAGE_RETRIES_S: Final = (0, 0, 0, 15 * 60, 3600, 4 * 3600)
"""CSP: Workplace/Enrollments: three times at once, then later and later; then at the next start."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How this headset enrolls: the request's style, what goes wrong, how patient it is."""

    style: Style | None = None
    accidents: Fate = NO_ACCIDENTS
    patience: Patience | None = None


class VirtualHeadset:
    """One headset that enrolls, syncs and leaves. Made by `create` or `open`."""

    def __init__(self, device: Device, keys: KeySource | None = None) -> None:
        self.device = device
        self._keys = keys or FreshKeys()

    @classmethod
    def create(
        cls,
        state_dir: Path | None = None,
        *,
        build: str = DEFAULT_BUILD,
        keys: KeySource | None = None,
        now: Now = system_now,
        dice: random.Random | None = None,
    ) -> "VirtualHeadset":
        """Return a new headset, kept in the folder or in memory.

        Raises WrongState where the folder holds one already, Invalid for an unknown build.
        """
        vault = Folder(state_dir) if state_dir else Memory()
        if Device.load(vault, now) is not None:
            raise WrongState(f"there is a headset in {state_dir} already")
        return cls(Device.born(vault, build, now, dice), keys)

    @classmethod
    def living_in(
        cls,
        vault: Vault,
        *,
        build: str = DEFAULT_BUILD,
        keys: KeySource | None = None,
        switchboard: Switchboard | None = None,
    ) -> "VirtualHeadset":
        """Return the headset that a vault holds, or a new one of that build: for fleets."""
        device = Device.load(vault) or Device.born(vault, build)
        device.switchboard = switchboard or device.switchboard
        return cls(device, keys)

    @classmethod
    def open(
        cls, state_dir: Path, *, keys: KeySource | None = None, now: Now = system_now
    ) -> "VirtualHeadset":
        """Return the headset that lives in the folder. Raises WrongState where there is none."""
        device = Device.load(Folder(state_dir), now) if state_dir.is_dir() else None
        if device is None:
            raise WrongState(f"there is no headset in {state_dir}")
        return cls(device, keys)

    @property
    def tree(self) -> Tree:
        """Its management tree as it is now."""
        return self.device.tree

    def value(self, uri: str) -> str | None:
        """Return what a node holds, by any spelling of its LocURI; None where it is not there.

        Raises Invalid where this is no LocURI.
        """
        return self.tree.value(parse_uri(uri).path)

    @property
    def profile(self) -> Profile:
        """What kind of headset it is."""
        return self.device.profile

    @property
    def account(self) -> Account | None:
        """Its management account, None while it is not enrolled."""
        return self.device.state.account

    @property
    def is_enrolled(self) -> bool:
        """Whether it is under management."""
        return self.device.state.account is not None

    @property
    def device_id(self) -> str:
        """The DevId of its enrollment, empty while it is not enrolled."""
        account = self.device.state.account
        return account.device_id if account else ""

    def ways(self) -> frozenset[str]:
        """Return the names of the ways in that this build has, in its present network."""
        found = entrances_of(self.profile, by_cable=self.device.state.network.ethernet)
        return frozenset(each.value for each in found)

    async def enroll(
        self,
        server: str,
        user: str,
        secret: str,
        ca: Path | bytes | None = None,
        *,
        habits: Habits | None = None,
        tell: Tell | None = None,
    ) -> None:
        """Enroll with "Enroll only in device management" and a password; see `enroll_as`."""
        await self.enroll_as(Local(user, secret, server), ca, habits=habits, tell=tell)

    async def enroll_as(
        self,
        way: AnyWay,
        ca: Path | bytes | None = None,
        *,
        habits: Habits | None = None,
        tell: Tell | None = None,
    ) -> None:
        """Enroll by any way that this headset has. `ca` is a PEM file or its content.

        The first session is not part of it: `sync(SyncOptions(origin=Origin.ENROLLMENT))`.
        Raises EnrollmentRefused (with an HRESULT), Breach or NoConnection, and WrongState where
        the build lacks the way or its tenant has locked it.
        """
        habits = habits or Habits()
        trusted = ca.read_bytes() if isinstance(ca, Path) else ca or b""
        passage = passage_of(way, self.device.now())
        package = dump_package(way) if isinstance(way, Package) else b""
        trusted += passage.recipe.roots if passage.recipe else b""
        wanted = Enrollment(
            passage, trusted, habits.style, habits.accidents, habits.patience, package
        )
        await enroll(self.device, wanted, self._keys, tell or _say_nothing)

    async def enroll_by_package(
        self,
        way: Package,
        ca: Path | bytes | None = None,
        *,
        habits: Habits | None = None,
        tell: Tell | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Enroll by a package as patiently as a headset does; nobody is there to try again."""
        for pause_s in _PACKAGE_RETRIES_S:
            try:
                return await self.enroll_as(way, ca, habits=habits, tell=tell)
            except (EnrollmentRefused, NoConnection) as error:
                (tell or _say_nothing)(f"{error} - again in {pause_s} s")
            await sleep(pause_s)
        return await self.enroll_as(way, ca, habits=habits, tell=tell)

    @property
    def kept_package(self) -> Package | None:
        """The package that is on it, ready to be applied once more."""
        kept = self.device.vault.read(PACKAGE_FILE)
        return load_package(kept) if kept else None

    @property
    def needs_reset(self) -> bool:
        """Whether it has lost its tenant: nobody can sign in, only a reset helps."""
        return self.device.state.needs_reset

    async def sync(self, options: SyncOptions | None = None) -> SessionReport:
        """Run one session, or finish the one that was interrupted.

        A renewal that the session asked for follows it, and may fail as one. Raises Breach,
        SessionRefused, Postponed, NoConnection, LostPower, or WrongState where not enrolled.
        """
        try:
            report = await converse(self.device, options or SyncOptions())
        except LostPower:
            self.device.save(open=None, chunk=None)
            raise
        if Effect.RENEW.value in self.device.state.after:
            self.device.save(after=())
            await self.renew()
        return report

    async def unenroll(self, options: SyncOptions | None = None) -> SessionReport:
        """Leave management as the wearer does: tell the server, then clean up whatever it says.

        Raises WrongState where a policy forbids it, and for Entra joins. CSP:
        Experience/AllowManualMDMUnenrollment.
        """
        if self.device.is_joined:
            raise WrongState("a headset that joined a tenant leaves only by a reset")
        policy = f"{VENDOR}Policy/Config/Experience/AllowManualMDMUnenrollment"
        if self.tree.value(policy) == "0":
            raise WrongState("a policy forbids the wearer to leave management")
        return await converse(self.device, options or SyncOptions(), leaving=True)

    @property
    def renewal_due_at(self) -> datetime:
        """When it begins to renew its certificate. Raises WrongState where not enrolled."""
        return renewal.due_at(self.device)

    def identity(self) -> Identity:
        """Return the certificate and the key that it has at present."""
        certificate = renewal.certificate_of(self.device).public_bytes(Encoding.PEM)
        return Identity(certificate, self.device.vault.read(KEY_FILE) or b"")

    async def renew(self, habits: RenewalHabits | None = None, tell: Tell | None = None) -> None:
        """Renew its certificate now, due or not.

        Raises EnrollmentRefused, Breach, NoConnection, or WrongState where it cannot at all.
        """
        await renewal.renew(
            self.device, habits or RenewalHabits(), self._keys, tell or _say_nothing
        )

    async def renew_if_due(self, habits: RenewalHabits | None = None) -> bool:
        """Do what its clock asks for; return whether the certificate was renewed."""
        if not renewal.is_due(self.device):
            return False
        await self.renew(habits)
        return True

    def view(self, visit: Visit | None = None) -> Wearer:
        """Return what its wearer sees, with what this build gets wrong."""
        return view(self.tree, self.profile, self.device.state.blocking, visit or Visit())

    def status_page(self) -> StatusPage:
        """Return the enrollment status page as it is now. Raises WrongState where not enrolled."""
        return self.device.status_page()

    def look(self) -> StatusPage:
        """Let it look at its own progress, as it does all the time, and return the page."""
        page = self.device.work_out()
        self.device.save()
        return page

    def press(self, button: str) -> None:
        """Press a button of the status page. Raises WrongState where it is not there."""
        if button not in self.look().buttons:
            raise WrongState(f"the page has no button {button!r}")
        if button == "Reset device":
            self.reset()
        elif button == "Try again":
            begin(self.tree, self.device.account.provider)
            self.device.save(status_since=self.device.now())

    def settings(self) -> Settings:
        """Return what Settings > Access work or school shows."""
        device, account = self.device, self.account
        if account is None:
            return read_settings(self.tree, self.profile, None, None, ())
        connection = Connection(
            account.provider, account.name, account.user, account.tenant, device.is_joined
        )
        last = device.state.last_session_at
        return read_settings(self.tree, self.profile, connection, last, device.certificates)

    def restart(self) -> None:
        """Switch off and on: settings that waited for a restart come into force."""
        self.device.restart()

    def reset(self, *, keep_package: bool = False) -> None:
        """Reset it as somebody would who has it in his hands: it must be enrolled anew.

        A tenant's lock outlasts it. CSP: TenantLockdown.
        """
        self.device.reset(keep_package=keep_package)

    def recover(self) -> None:
        """Reset it, packages and all."""
        self.reset()

    @property
    def connection(self) -> Way | Stranded:
        """How it reaches the world, or why it does not."""
        return way_out(self.tree, self.device.state.network)

    def use_network(self, network: Network) -> None:
        """Bring it into another network: a cable, another Wi-Fi joined by hand, or none."""
        way = way_out(self.tree, network)
        for adapter in self.tree.children(f"{VENDOR}DeviceStatus/NetworkIdentifiers"):
            if isinstance(way, Way) and self.tree.find(f"{adapter.path}/SSID"):
                self.tree.put(f"{adapter.path}/SSID", Format.CHR, way.name)
        self.device.save(network=network)

    def tamper(self, uri: str, value: str | None) -> None:
        """Change a value behind the server's back; None takes the node away.

        Nothing is checked, for nobody asks. Raises Invalid where this is no LocURI, WrongState
        where the headset has no such node.
        """
        path = parse_uri(uri).path
        rule = self.tree.book.find(path)
        if rule is None:
            raise WrongState(f"this headset has no {uri}")
        if value is not None:
            self.tree.put(path, rule.format, value)
        elif self.tree.find(path) is not None:
            self.tree.remove(path)
        after_change(self.tree, path)
        self.device.save()

    def raise_alert(self, alert: PendingAlert) -> None:
        """Queue an alert for the next session's first message."""
        self.device.save(alerts=(*self.device.state.alerts, alert))

    def next_poll(self) -> datetime:
        """Return when it calls next by its schedule. Raises WrongState where not enrolled."""
        account, state = self.device.account, self.device.state
        poll = poll_of(self.tree, account.provider)
        return next_poll(poll, state.last_poll_at or account.enrolled_at, state.polls)


def _say_nothing(_: str) -> None:
    return None


__all__ = [
    "DEFAULT_BUILD",
    "Habits",
    "Network",
    "Origin",
    "SessionReport",
    "SyncOptions",
    "VirtualHeadset",
    "Visit",
]
