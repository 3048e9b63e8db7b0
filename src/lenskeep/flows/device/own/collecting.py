"""The hardware hash that Autopilot wants, kept with its records as headsets tell it.

It is asked for once an enrollment. Its value is some 4 kB that do not pack: among what is known
of the headset, which is read with every message, stays only that it was told.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from lenskeep.desired.inventory import HARDWARE_DATA, SERIAL
from lenskeep.desired.known import Known, load_known
from lenskeep.enrollment.autopilot.merging import collected
from lenskeep.enrollment.autopilot.rows import HashRow, wrongs
from lenskeep.flows.entrance import AutopilotRecord
from lenskeep.flows.house import House
from lenskeep.flows.in_force.hashes import record_of, row_of
from lenskeep.flows.ports import Loaded
from lenskeep.flows.records import Actor, ActorKind, Audit
from lenskeep.tree.fact import Fact
from lenskeep.tree.uri import node_key
from lenskeep.wire.syncml.codes import is_success

_KEY: Final = node_key(HARDWARE_DATA)


def lasting(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Return the facts as they are remembered: of the hash, only that it was told."""
    return tuple(
        replace(each, value=None) if node_key(each.uri) == _KEY else each for each in facts
    )


async def collect(house: House, loaded: Loaded, facts: Sequence[Fact]) -> None:
    """Keep the hash that a message brought. Doing it twice does no more than once."""
    told = [each for each in facts if node_key(each.uri) == _KEY and is_success(each.status)]
    if not told or not told[-1].value:
        return
    known = load_known(loaded.known).learn(facts)
    row = HashRow(_text(known, SERIAL), hardware_hash="".join(told[-1].value.split()))
    if any(wrongs(row)):  # a virtual or a broken one: nothing that Autopilot would take
        return
    before = await house.entry.autopilot.by_serial(row.serial)
    after = record_of(_merged(before, row), "collected", house.clock.now())
    if before is not None and before.source == "imported":
        after = replace(after, source=before.source, changed_at=before.changed_at)
    after = replace(after, device_id=loaded.enrollment.device_id)
    if after == before:
        return
    actor = Actor(ActorKind.DEVICE, loaded.enrollment.principal.name)
    line = Audit(house.clock.now(), actor, "autopilot.collect", row.serial)
    await house.entry.autopilot.put([after], line)


def _merged(before: AutopilotRecord | None, row: HashRow) -> HashRow:
    known = row_of(before) if before is not None else None
    return collected(known, row, was_imported=before is not None and before.source == "imported")


def _text(known: Known, uri: str) -> str:
    fact = known.get(uri)
    return (fact.value or "").strip() if fact is not None and is_success(fact.status) else ""
