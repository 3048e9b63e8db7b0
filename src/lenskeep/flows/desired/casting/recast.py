"""The wanted trees of cohorts, made anew: one merge for each different set of revisions."""

import asyncio
import base64
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from lenskeep.base.identifiers import ProfileId
from lenskeep.desired.changes import record_of
from lenskeep.desired.guard.lockout import Around, lockouts
from lenskeep.desired.merge.merge import merge
from lenskeep.desired.merge.wish import Assigned, Clash, Merged
from lenskeep.desired.profile import Owner, ProfileBody
from lenskeep.desired.wanted import WantedTree, load_wanted
from lenskeep.flows.desired.casting.bodies import Revised, read_bodies
from lenskeep.flows.desired.casting.deciding import read_catalog
from lenskeep.flows.desired.casting.reached import Effective, effective, revised
from lenskeep.flows.house import House
from lenskeep.flows.mandate import Cohort, Guard, GuardState, Mandate, StoredTree
from lenskeep.tree.catalog.load import Catalog

_TREE: Final = "wanted.tree"
_MARK: Final = "wanted.mark"
_MARK_BYTES: Final = 12
"""96 bits: marks of one node are compared, a few at a time."""
_TREE_BYTES: Final = 18
"""144 bits: trees of a whole fleet never meet by chance."""

Bodies = Mapping[Revised, ProfileBody]


@dataclass(frozen=True, slots=True)
class Made:
    """What comes of the revisions that reach a cohort together."""

    merged: Merged
    stored: StoredTree


_NOTHING: Final = Made(Merged(WantedTree()), StoredTree("", "", 0, {}))


@dataclass(frozen=True, slots=True)
class Cast:
    """What is wanted of some cohorts."""

    made: Mapping[Effective, Made] = field(default_factory=dict)
    by_cohort: Mapping[Cohort, Effective] = field(default_factory=dict)
    guards: tuple[Guard, ...] = ()
    """The staged roll-outs in the trees, as they begin."""

    @property
    def merged(self) -> Mapping[Cohort, Merged]:
        """What is wanted of each cohort, and where profiles differ."""
        return {cohort: self.made[each].merged for cohort, each in self.by_cohort.items()}

    def of(self, cohort: Cohort | None) -> Merged:
        """Return what is wanted of one cohort; nothing of one that is not in here."""
        each = None if cohort is None else self.by_cohort.get(cohort)
        return _NOTHING.merged if each is None else self.made[each].merged

    @property
    def cohorts(self) -> Mapping[Cohort, str]:
        """The id of the wanted tree of each; empty where nothing is wanted."""
        return {cohort: self.made[each].stored.id for cohort, each in self.by_cohort.items()}

    @property
    def trees(self) -> tuple[StoredTree, ...]:
        """The wanted trees, each once."""
        return _trees(self.made[each] for each in self.by_cohort.values())

    def clashes(self, profile: ProfileId) -> Mapping[Clash, tuple[Cohort, ...]]:
        """Return over what a profile and others differ, and in which cohorts."""
        found: dict[Clash, tuple[Cohort, ...]] = {}
        for cohort, merged in self.merged.items():
            for clash in merged.clashes:
                if any(c.owner.profile == profile for c in (*clash.winners, *clash.losers)):
                    found[clash] = (*found.get(clash, ()), cohort)
        return found


async def recast(
    house: House,
    mandate: Mandate,
    cohorts: Collection[Cohort],
    drafts: Bodies | None = None,
    made: Mapping[Effective, Made] | None = None,
) -> Cast:
    """Return what is wanted of these cohorts, as the mandate says.

    `drafts` are bodies that need not be read, such as those of revisions that are not stored yet;
    `made` is what was made of the same bodies before, and need not be made again.
    """
    by_cohort = {each: effective(mandate, each) for each in cohorts}
    ready = {(): _NOTHING, **(made or {})}
    missing = frozenset(by_cohort.values()) - ready.keys()
    if missing:
        catalog = await read_catalog(house)
        wanted = {revised(reach) for each in missing for reach in each}
        bodies = await read_bodies(house, wanted, drafts or {})
        making = _Making(house, mandate, catalog, bodies)
        # hundreds of merges take a second: they run beside what serves the devices
        ready |= await asyncio.to_thread(making.all, missing)
    kept = {each: ready[each] for each in by_cohort.values()}
    return Cast(kept, by_cohort, _guards(house, _trees(kept.values())))


def _trees(made: Iterable[Made]) -> tuple[StoredTree, ...]:
    return tuple({each.stored.id: each.stored for each in made if each.stored.id}.values())


@dataclass(frozen=True, slots=True)
class _Making:
    house: House
    mandate: Mandate
    catalog: Catalog
    bodies: Bodies

    def all(self, different: Iterable[Effective]) -> dict[Effective, Made]:
        """Return what comes of each of these."""
        return {each: self._one(each) for each in different}

    def _one(self, reached: Effective) -> Made:
        own = [self.bodies[revised(each)] for each in reached]
        assigned = [
            Assigned(
                Owner(each.profile, self.mandate.profiles[each.profile].name, revised(each)[1]),
                each.priority,
                body,
                _guarded(guard_key(*revised(each)), body, [o for o in own if o is not body]),
            )
            for each, body in zip(reached, own, strict=True)
        ]
        merged = merge(
            assigned, lambda uri: record_of(uri, self.catalog), lambda text: _mark(self.house, text)
        )
        return Made(merged, stored_tree(self.house, merged.tree))


def _guarded(key: str, body: ProfileBody, others: Collection[ProfileBody]) -> Mapping[str, str]:
    """Return the settings that can lock out, beside what the others want, and were acknowledged."""
    known = {each.key for each in body.settings if each.acknowledged}
    if not known:
        return {}
    around = Around({each.uri: each.value for other in others for each in other.settings})
    found = lockouts([(each.uri, each.value) for each in body.settings], around)
    return {each.key: key for each in found if each.key in known}


def guard_key(profile: ProfileId, revision: int) -> str:
    """Return the key of a revision's staged roll-out."""
    return f"{profile}/{revision}"


def _guards(house: House, trees: Collection[StoredTree]) -> tuple[Guard, ...]:
    keys = dict.fromkeys(key for each in trees for key in each.guards)
    return tuple(_begun(house, key) for key in keys)


def _begun(house: House, key: str) -> Guard:
    profile, _, revision = key.rpartition("/")
    now = house.clock.now()
    return Guard(key, ProfileId(profile), int(revision), GuardState.OPEN, None, now)


# --- Stored form ------------------------------------------------------------------------------


def _mark(house: House, text: str) -> str:
    return _digest(house, _MARK, text.encode("utf-8", "surrogatepass"), _MARK_BYTES)


def _digest(house: House, purpose: str, data: bytes, length: int) -> str:
    short = house.keyring.digest(purpose, data)[:length]
    return base64.urlsafe_b64encode(short).decode("ascii")


def stored_tree(house: House, tree: WantedTree) -> StoredTree:
    """Return the tree as it is stored, under a digest of its content; an empty one has no id."""
    if not tree.nodes:
        return StoredTree("", "", 0, {})
    plain = tree.dump()
    return StoredTree(
        id=_digest(house, _TREE, plain, _TREE_BYTES),
        sealed=house.keyring.seal(_TREE, plain),
        nodes=len(tree.nodes),
        owners=_parts(tree),
        guards=tree.guards,
    )


def open_tree(house: House, sealed: str) -> WantedTree:
    """Return a stored tree; of an empty text, the one in which nothing is wanted."""
    return load_wanted(house.keyring.open(_TREE, sealed)) if sealed else WantedTree()


def _parts(tree: WantedTree) -> Mapping[ProfileId, tuple[int, int]]:
    """Return revision and number of nodes of each profile that has a part in the tree."""
    found: dict[ProfileId, tuple[int, int]] = {}
    for node in tree.nodes:
        for owner in {*node.owners, *node.overruled, *node.undecided}:
            found[owner.profile] = (owner.revision, found.get(owner.profile, (0, 0))[1] + 1)
    return found
