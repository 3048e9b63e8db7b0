"""Exchanges the master key under a running server, in steps that may be broken off anywhere.

Announce: the new key is put into the master key's text, and every process reads it. Switch: it
seals from now on. Then everything is sealed anew, pass after pass, until a look through all tables
finds nothing of the old keys. Dropping them is a step of its own, after the same look.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final, TypeVar, assert_never

from lenskeep.app.keeping.contents import Tell, no_progress, place_of
from lenskeep.app.keeping.sealed import (
    SEALED_COLUMNS,
    Found,
    find_sealed_files,
    find_seals,
    reseal_files,
    resealed,
)
from lenskeep.app.opening import site_of
from lenskeep.base.errors import Conflict
from lenskeep.certificates.keyring import KEY_BYTES, KeyLines, Stage, key_name
from lenskeep.config import load_settings
from lenskeep.files.setup import (
    MASTER_KEY_VARIABLE,
    Site,
    master_key_file,
    master_key_text,
    write_master_key,
)
from lenskeep.flows.ports import Serving
from lenskeep.flows.records import Actor, ActorKind, Audit
from lenskeep.store import Store, open_store
from lenskeep.store.copying import moment_of
from lenskeep.store.copying.resealing import Exchanging, Value
from lenskeep.store.sql import Work
from lenskeep.store.units.journal import record

T = TypeVar("T")
LATELY: Final = timedelta(minutes=3)
"""A process that served says so more often than this; one that did not is gone."""
PATIENCE: Final = timedelta(minutes=4)
"""How long to wait for the processes that serve: longer than a dead one is taken for alive."""
_LOOK_S: Final = 1.0
_PASSES: Final = 5
_ACTOR: Final = Actor(ActorKind.CONSOLE, "lenskeep keys")


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """How the master key stands."""

    stage: Stage
    keys: tuple[str, ...]
    """Their names, the one that seals first."""
    coming: str
    """The name of the one that is announced; empty for none."""
    file: Path | None
    """Where the text is; None: in the environment, where only you can change it."""
    serving: tuple[Serving, ...]
    """The processes that serve, with the keys that they have."""
    found: Found | None = None
    """What is sealed with which key, where it was looked for."""

    def sealed_with(self, key: str) -> int:
        """Return how many sealed texts there are of a key."""
        pairs = self.found.items() if self.found is not None else ()
        return sum(number for (name, _), number in pairs if name == key)


class MasterKeys:
    """The master key of one data folder, and all that is sealed with it."""

    def __init__(self, data: Path | None, tell: Tell = no_progress) -> None:
        self._site: Site = site_of(load_settings(data))
        self._place = place_of(self._site.settings)
        self._tell = tell

    async def status(self, *, look: bool = False) -> KeyStatus:
        """Return how it stands; with `look`, everything is looked through."""
        lines = self._lines()
        return KeyStatus(
            stage=lines.stage,
            keys=tuple(map(key_name, lines.keys)),
            coming=key_name(lines.coming) if lines.coming else "",
            file=master_key_file(self._site.folder),
            serving=await self._with_store(lambda store: store.workers.workers(LATELY)),
            found=await self._find() if look else None,
        )

    async def next_text(self) -> str:
        """Return the text of the next step, for those who put it in place themselves.

        Raises Conflict where the next step is to drop a key that is still needed.
        """
        lines = self._lines()
        match lines.stage:
            case Stage.AT_REST:
                return self._announced(lines).dump()
            case Stage.ANNOUNCED:
                return lines.switch().dump()
            case Stage.SWITCHED:
                await self._want_unused()
                return lines.drop().dump()
            case other:
                assert_never(other)

    async def rotate(self, patience: timedelta = PATIENCE) -> KeyStatus:
        """Bring a rotation to where only dropping the old key is left, from wherever it is.

        Raises Conflict where a process that serves does not follow, and where the text cannot be
        changed from here.
        """
        if self._lines().stage is Stage.AT_REST:
            line = Audit(self._now(), _ACTOR, "master_key.announce", "house")
            await self._step(line, self._announced)
        lines = self._lines()
        if lines.coming is not None:
            coming = key_name(lines.coming)
            await self._wait(patience, coming, lambda keys: coming in keys)
            line = Audit(self._now(), _ACTOR, "master_key.switch", "house")
            await self._step(line, lambda found: found.switch())
        current = key_name(self._lines().keys[0])
        await self._wait(patience, current, lambda keys: keys[:1] == [current])
        self._site.keyring.refresh()
        return await self._seal_anew()

    async def drop(self, patience: timedelta = PATIENCE) -> KeyStatus:
        """Drop the old keys. Raises Conflict while anything is sealed with them, or a process
        seals with another key than the current one.
        """
        lines = self._lines()
        lines.drop()  # raises Conflict where there is nothing to drop, or it is too early
        current = key_name(lines.keys[0])
        await self._wait(patience, current, lambda keys: keys[:1] == [current])
        await self._want_unused()
        line = Audit(self._now(), _ACTOR, "master_key.drop", "house")
        await self._step(line, lambda found: found.drop())
        return await self.status()

    async def _want_unused(self) -> None:
        """Raise Conflict while anything is sealed with an old key."""
        status = await self.status(look=True)
        left = [name for name in status.keys[1:] if status.sealed_with(name)]
        if left:
            where = sorted({place for key, place in status.found or () if key in left})
            raise Conflict(
                f"{', '.join(where)} still needs {', '.join(left)}: run `lenskeep keys rotate`"
            )

    # --- steps ----------------------------------------------------------------------------

    def _lines(self) -> KeyLines:
        return KeyLines.read(master_key_text(self._site.folder))

    def _announced(self, lines: KeyLines) -> KeyLines:
        return lines.announce(self._site.randomness.octets(KEY_BYTES))

    async def _step(self, line: Audit, change: Callable[[KeyLines], KeyLines]) -> None:
        """Change the text, whole, with everybody else who changes keys kept waiting."""
        if master_key_file(self._site.folder) is None:
            raise Conflict(
                f"the master key is in {MASTER_KEY_VARIABLE}, where only you can change it: put "
                "there what `lenskeep keys next` prints, restart the servers, and run this again"
            )
        with self._site.folder.alone():
            before = self._lines()
            after = change(before)
            write_master_key(self._site.folder, after.dump())
        names = {"before": _named(before), "after": _named(after)}
        told = partial(_write_down, replace(line, detail=names))
        await self._with_store(lambda store: store.executor.write(told))

    def _now(self) -> datetime:
        return self._site.clock.now()

    async def _wait(
        self, patience: timedelta, key: str, follows: Callable[[list[str]], bool]
    ) -> None:
        """Wait until every process that serves has the key as it should. Raises Conflict."""
        looks = max(1, int(patience.total_seconds() / _LOOK_S))
        for look in range(looks):
            serving = await self._with_store(lambda store: store.workers.workers(LATELY))
            behind = [each for each in serving if not follows(each.master_keys.split(","))]
            if not behind:
                return
            self._tell("processes that follow", len(serving) - len(behind), len(serving))
            if look + 1 < looks:
                await asyncio.sleep(_LOOK_S)
        named = ", ".join(f"{each.host} (process {each.pid})" for each in behind)
        raise Conflict(
            f"master key {key} is not in use everywhere: {named}. Bring the same master key text "
            "there, or restart what serves there; then run this again, nothing is lost"
        )

    # --- sealing anew ---------------------------------------------------------------------

    async def _seal_anew(self) -> KeyStatus:
        for _ in range(_PASSES):
            reseal_files(self._site.folder, self._site.keyring)
            await self._with_store(self._pass)
            status = await self.status(look=True)
            if not any(status.sealed_with(name) for name in status.keys[1:]):
                return status
        raise Conflict("headsets talk faster than their secrets are sealed anew: run this again")

    async def _pass(self, store: Store) -> None:
        """Go once through everything that may be sealed."""
        for (table, column), purposes in SEALED_COLUMNS.items():
            change = partial(self._changed, purposes)
            tell = partial(self._told, f"sealing {table}.{column}")
            await Exchanging(store.executor, table, column).run(change, tell)

    def _changed(self, purposes: tuple[str, ...], value: Value) -> Value:
        return resealed(self._site.keyring, purposes, value)

    def _told(self, what: str, seen: int) -> None:
        self._tell(what, seen, seen)

    async def _find(self) -> Found:
        async with moment_of(self._place) as moment:
            found = await find_seals(moment, self._tell)
        return found + find_sealed_files(self._site.folder)

    async def _with_store(self, do: Callable[[Store], Awaitable[T]]) -> T:
        store = await asyncio.to_thread(open_store, self._place)
        try:
            return await do(store)
        finally:
            await store.aclose()


def _named(lines: KeyLines) -> str:
    coming = [f"next {key_name(lines.coming)}"] if lines.coming else []
    return ", ".join([*map(key_name, lines.keys), *coming])


def _write_down(line: Audit) -> Work[None]:
    yield record((line,))
