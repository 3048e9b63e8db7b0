"""Where it is measured: a data folder and a database with a fleet in it, servers beside them."""

import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, closing, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx2
from benchmarks.bench.fleet.papers import Paper, key_pem, make_key, papers
from benchmarks.bench.fleet.pattern import WHO, Pattern, managed
from benchmarks.bench.fleet.seeding import Fleet, Member, seed
from benchmarks.bench.load.exchanges import Exchanges, recorded, strangers
from benchmarks.bench.load.floor import MAKE_NOTE
from benchmarks.bench.load.processes import Floor, Load, dump_replies, with_children
from benchmarks.rig.site import Site, free_port
from tools.postgres_cluster import OWNER, Cluster, running

from lenskeep.app import initialize, open_house
from lenskeep.base.secret import Secret
from lenskeep.files.folder import DATABASE
from lenskeep.flows.admins import add_admin, sign_in
from lenskeep.flows.house import House
from lenskeep.store import open_store
from lenskeep.web.console.visitor import COOKIE

SQLITE: Final = "SQLite"
POSTGRESQL: Final = "PostgreSQL"
_MEMORY: Final = {"shared_buffers": "512MB", "max_connections": "100", "jit": "off"}
"""What differs from PostgreSQL's own defaults; it is durable."""

Tell = Callable[[str], None]


@dataclass
class Databases:
    """Gives a fresh database of one kind, as many as are asked for."""

    kind: str
    cluster: Cluster | None = None
    _made: int = 0

    def url(self) -> str:
        """Return the URL of a new database; empty for SQLite."""
        if self.cluster is None:
            return ""
        self._made += 1
        return self.cluster.create(f"bench{self._made}")

    def tidy(self, url: str) -> None:
        """Let the server look at what was put in, as it does by itself after a while."""
        if self.cluster is not None:
            self.cluster.sql("VACUUM ANALYZE", _name(url))

    def processes(self) -> tuple[int, ...]:
        """Return the processes of the database server; none for SQLite."""
        if self.cluster is None or self.cluster.process is None:
            return ()
        return with_children(self.cluster.process.pid)


def _name(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


def databases(kind: str) -> AbstractContextManager[Cluster | None]:
    """Return what starts and stops the database server of this kind."""
    return running(durable=True, **_MEMORY) if kind == POSTGRESQL else nullcontext()


@dataclass
class Place:
    """A data folder, its database, the fleet in it."""

    folder: Path
    url: str = ""
    port: int = field(default_factory=free_port)
    pattern: Pattern | None = None
    members: list[Member] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)
    cookie: str = ""

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    def site(self, workers: int) -> Site:
        """Return the server on it, not yet started."""
        return Site(self.data, self.url, workers, self.port)

    def initialize(self) -> None:
        """Make the data folder and the database."""
        name = f"localhost:{self.port}"
        initialize(self.data, hostname=name, listen=f"127.0.0.1:{self.port}", **self._database)

    @asynccontextmanager
    async def house(self) -> AsyncIterator[House]:
        """Open the house on it."""
        async with open_house(self.data, **self._database) as house:
            yield house

    @property
    def _database(self) -> dict[str, Any]:
        return {"database": self.url} if self.url else {}

    async def fill(self, house: House, fleet: "Wanted", tell: Tell) -> None:
        """Put a fleet in."""
        store = open_store(Secret(self.url) if self.url else self.data / DATABASE)
        try:
            tell(f"one device is managed, {fleet.settings} settings")
            self.pattern = await managed(house, store.executor, fleet.settings)
            key = make_key()
            self.papers = papers(house, key, fleet.papers)
            (self.folder / "key.pem").write_text(key_pem(key), "ascii")
            wanted = Fleet(self.pattern, fleet.devices, self.papers)
            self.members = await seed(
                store.executor, wanted, lambda done: tell(f"{done} of {fleet.devices} devices")
            )
        finally:
            await store.aclose()

    async def sign_in(self, house: House) -> None:
        """Let an administrator sign in; keep the cookie."""
        _, password = await add_admin(house, WHO, "ada", "admin")
        _, secret = await sign_in(house, "ada", password)
        self.cookie = f"{COOKIE}={secret.reveal()}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A fleet that is wanted."""

    devices: int
    settings: int
    papers: int = 0
    """Devices that connect: the first ones, with certificates of their own."""


# --- what the load and the floor are given --------------------------------------------------


async def prepare_talk(place: Place, house: House, count: int, tell: Tell) -> Exchanges:
    """Write the load's plan: who speaks, and what is said; so many may enroll."""
    assert place.pattern is not None
    speaker = [each for each in place.members if each.is_managed][-1]
    talk = await recorded(house, place.pattern, speaker)
    own = place.folder / "papers"
    own.mkdir()
    callers = []
    for member, paper in zip(place.members, place.papers, strict=False):
        path = own / f"{member.number}.pem"
        path.write_text(paper.pem, "ascii")
        callers.append({"name": member.dev_id, "certificate": str(path)})
    host = f"localhost:{place.port}"
    plan = {
        "host": host,
        "key": str(place.folder / "key.pem"),
        "talks": talk.talks,
        "callers": callers,
        "strangers": strangers(f"https://{host}", count, tell),
    }
    (place.folder / "plan.json").write_text(json.dumps(plan), "utf-8")
    return talk


def record_enrollment(place: Place, site: Site, talk: Exchanges) -> None:
    """Let one headset enroll with the server, the first of the plan, and keep the replies."""
    plan = json.loads((place.folder / "plan.json").read_text("utf-8"))
    with httpx2.Client(verify=False) as client:
        for each in plan["strangers"][0]:
            headers = {"Content-Type": each["type"], "User-Agent": each["agent"]}
            body = each["body"].encode("utf-8")
            answer = client.post(site.url + each["path"], content=body, headers=headers)
            if answer.status_code != httpx2.codes.OK:
                raise RuntimeError(f"{each['path']}: {answer.status_code} {answer.text[:500]}")
            talk.replies[each["path"]] = answer.content


def make_floor(place: Place, talk: Exchanges, found: Databases, workers: int) -> Floor:
    """Return the floor beside the place, with a database of its own."""
    own = place.folder / f"floor{workers}"
    own.mkdir()
    replies = own / "replies.json"
    dump_replies(replies, talk.replies)
    url = found.url()
    where: Secret | Path = Secret(url) if url else replies.with_suffix(".db")
    open_store(where).close()
    if found.cluster is not None:
        found.cluster.sql(MAKE_NOTE.format("BYTEA"), _name(url), OWNER)
    else:
        with closing(sqlite3.connect(replies.with_suffix(".db"))) as connection:
            connection.execute(MAKE_NOTE.format("BLOB"))
    return Floor(place.data, replies, workers, url)


def make_load(place: Place) -> Load:
    """Return the load of this place, not yet started."""
    return Load(place.folder / "plan.json")
