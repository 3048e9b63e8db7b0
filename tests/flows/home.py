"""A house to try flows in: a real store and real keys, a clock that stands still, cheap hashing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.contract import world

from lenskeep.access import Caller, CallerKind, Role
from lenskeep.app import Rehearsing, make_entry
from lenskeep.base.identifiers import DeviceId
from lenskeep.base.secret import Secret
from lenskeep.base.system import SortableIds, SystemRandomness
from lenskeep.certificates.authority import Authority, IssuerRole, make_issuer, make_root
from lenskeep.certificates.keyring import Keyring, new_master_key
from lenskeep.certificates.keys import dump_certificate
from lenskeep.config import Settings
from lenskeep.desired.known import Known
from lenskeep.enrollment.credentials import Attempts, Remembered
from lenskeep.files.catalog import shipped_catalog
from lenskeep.files.folder import DataFolder
from lenskeep.files.rotating import AuthorityFolder
from lenskeep.files.setup import Site, store_authority
from lenskeep.flows.house import Authorities, Guard, House, Tools, Trust, read_trust
from lenskeep.flows.ports import NewEnrollment
from lenskeep.session.state import OperationChange
from lenskeep.store import Store, attach, open_store
from lenskeep.store.authority import LivingCertificates
from lenskeep.tree.catalog.load import Catalog, load_catalog
from lenskeep.tree.fact import Fact
from lenskeep.work.hashing import Cost, PasswordHasher

START = world.NOW + timedelta(hours=1)
"""When the house is opened: after everything that `world` makes."""

VIEWER = Caller(CallerKind.ADMIN, "vera", Role.VIEWER, "192.0.2.1")
OPERATOR = Caller(CallerKind.ADMIN, "olga", Role.OPERATOR, "192.0.2.2")
ADMIN = Caller(CallerKind.ADMIN, "ada", Role.ADMIN, "192.0.2.3")


@cache
def shipped() -> Catalog:
    """Return the catalog that comes with us, read once."""
    return load_catalog(shipped_catalog())


@dataclass
class SetClock:
    """A clock that a test moves."""

    moment: datetime = START

    def now(self) -> datetime:
        """Return the moment set."""
        return self.moment

    def advance(self, **by: float) -> None:
        """Move on, by what `timedelta` takes."""
        self.moment += timedelta(**by)


@dataclass
class Home:
    """A house with its insides in reach."""

    house: House
    store: Store
    clock: SetClock
    enrolled: dict[DeviceId, NewEnrollment] = field(default_factory=dict)
    said: int = 0

    async def enroll(self, number: int) -> DeviceId:
        """Enroll the headset with this number; return its record's id."""
        new = await world.enrolled(self.store, number)
        self.enrolled[new.enrollment.device_id] = new
        return new.enrollment.device_id

    async def answer(self, device_id: DeviceId, *changes: OperationChange) -> None:
        """Let the device bring these outcomes in a message."""
        await self.say(device_id, changes=changes)

    async def say(self, device_id: DeviceId, **changed: Any) -> None:
        """Let the device bring a message that changes this."""
        self.said += 1
        await world.say(self.store, self.enrolled[device_id], self.said, **changed)

    async def tell(self, device_id: DeviceId, *facts: Fact) -> None:
        """Let the device tell these facts in a message."""
        known = Known().learn(facts)
        await self.say(device_id, known=known.dump(), known_count=known.count)


@contextmanager
def open_home(folder: Path, database: Secret | None = None) -> Iterator[Home]:
    """Yield a house on an empty store: a file in this folder, or this PostgreSQL database."""
    randomness, clock = SystemRandomness(), SetClock()
    hasher = PasswordHasher(workers=1, cost=Cost(memory_kib=8, passes=1))
    keyring = Keyring.from_text(new_master_key(randomness))
    file = folder / "lenskeep.db"
    is_new = not file.exists()
    if is_new and database is None:
        file.write_bytes(_empty_store())
    store = attach(database or file)
    files = AuthorityFolder(_site(folder, keyring, clock))
    house = House(
        settings=Settings(data=folder),
        tools=Tools(clock, SortableIds(), randomness, keyring, hasher),
        authorities=Authorities(
            files,
            LivingCertificates(store.executor),
            _first_trust() if is_new else read_trust(files),
        ),
        guard=Guard(Attempts(), Attempts(), Remembered(keyring.digest), store.stumbles),
        conversations=store.conversations,
        enrollments=store.enrollments,
        people=store.people,
        fleet=store.fleet,
        housekeeping=store.housekeeping,
        mandate=store.mandate,
        standings=store.standings,
        rollouts=store.rollouts,
        rehearser=Rehearsing("Lenskeep"),
        entry=make_entry(store),
        catalog=shipped,
    )
    try:
        yield Home(house, store, clock)
    finally:
        store.close()
        hasher.close()


@cache
def _empty_store() -> bytes:
    """Return a database with nothing in it, made once for each test process."""
    with TemporaryDirectory() as made:
        path = Path(made) / "lenskeep.db"
        open_store(path).close()
        return path.read_bytes()


def _site(folder: Path, keyring: Keyring, clock: SetClock) -> Site:
    """Return a data folder with an authority in it, made once for each test process."""
    site = Site(DataFolder(folder), Settings(data=folder), keyring, clock, SystemRandomness())
    for name, authority in _authorities().items():
        store_authority(site, name, authority, 1)
    return site


@cache
def _first_trust() -> Trust:
    """Return what `read_trust` reads of a folder that was just made; reading a key takes long."""
    root, devices = _authorities()["root"], _authorities()["devices"]
    der = dump_certificate(root.certificate)
    return Trust(der, devices, (der,), (devices.certificate,), serving_root=der)


@cache
def _authorities() -> dict[str, Authority]:
    """Made once for each test process."""
    root = make_root("mdm.example", START, SystemRandomness())
    issuers = {
        role.value: make_issuer(root, role, "mdm.example", START, SystemRandomness())
        for role in IssuerRole
    }
    return {"root": root, **issuers}
