"""Puts a fleet into a database: copies of one device, each with a name and a past of its own."""

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from benchmarks.bench.fleet.papers import Paper
from benchmarks.bench.fleet.pattern import Pattern, certificate_of, dev_id_of
from sqlalchemy import Table, insert

from lenskeep.base.system import SortableIds
from lenskeep.certificates.verify import fingerprint
from lenskeep.store import schema
from lenskeep.store.sql import Executor, Query, Work
from lenskeep.store.units.portrait import searchable

CHUNK: Final = 1000
"""Devices a transaction."""
TOLD: Final = 8
"""Lines of a device's timeline: some weeks of a quiet headset."""
ASKED: Final = 1
"""Operations that a device has behind it."""
_DAY_US: Final = 24 * 3600 * 1_000_000
_BUILDS: Final = (
    "22621.1244",
    "22621.1252",
    "22621.1258",
    "22621.1266",
    "20348.1543",
    "20348.1550",
)
_TAGS: Final = ("lab", "ward 3", "loan", "training", "spare")
_ENDED: Final = ("unenrolled", "unenrolled", "wiped")
_WORST: Final = ("verified",) * 97 + ("failed", "applied", "waiting")
_KEPT: Final = ("conversation", "known", "progress", "reply")
_LEFT: Final = ("conversation", "known")
_ORDER: Final = (
    *(schema.device, schema.enrollment, schema.certificate, schema.conversation, schema.known),
    *(schema.standing, schema.progress, schema.reply, schema.timeline, schema.operation),
)
_ADD: Final = {table.name: Query(insert(table)) for table in _ORDER}


@dataclass(frozen=True, slots=True)
class Member:
    """A device of the fleet as those who speak for it know it."""

    number: int
    device: str
    enrollment: str
    dev_id: str
    is_managed: bool


@dataclass(frozen=True, slots=True)
class Fleet:
    """What is to be put in. `papers` are real certificates, for the first devices."""

    pattern: Pattern
    count: int
    papers: Sequence[Paper] = ()
    first: int = 1


async def seed(
    executor: Executor, fleet: Fleet, tell: Callable[[int], None] = lambda _done: None
) -> list[Member]:
    """Put the fleet into the database; return its members in order."""
    ids, dice = SortableIds(), random.Random(fleet.first)
    members: list[Member] = []
    numbers = range(fleet.first, fleet.first + fleet.count)
    for start in range(0, fleet.count, CHUNK):
        chunk = [
            _member(
                ids, number, managed=number - fleet.first < len(fleet.papers) or number % 50 > 0
            )
            for number in numbers[start : start + CHUNK]
        ]
        rows = _rows(fleet, chunk, dice)
        await executor.write(partial(_put, rows))
        members += chunk
        tell(len(members))
    return members


def _member(ids: SortableIds, number: int, *, managed: bool) -> Member:
    return Member(number, ids.new("dev"), ids.new("enr"), dev_id_of(number), managed)


def _put(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> Work[None]:
    for table in _ORDER:
        yield _ADD[table.name].each(rows[table.name])


def _rows(
    fleet: Fleet, members: Sequence[Member], dice: random.Random
) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {table.name: [] for table in _ORDER}
    for member in members:
        for table, row in _of(fleet, member, dice):
            rows[table.name].append(row)
    return rows


def _of(
    fleet: Fleet, member: Member, dice: random.Random
) -> Iterator[tuple[Table, dict[str, Any]]]:
    pattern = fleet.pattern.rows
    its = {"device_id": member.device, "enrollment_id": member.enrollment}
    yield schema.device, _device(pattern["device"][0], member, dice)
    (at,) = (row["at"] for row in pattern["reply"][-1:])
    (enrollment,) = pattern["enrollment"]
    ended = {} if member.is_managed else {"state": "ended", "ended_at": at}
    yield schema.enrollment, {**enrollment, **_enrollment(member), **ended}
    revoked = {} if member.is_managed else {"revoked_at": at}
    yield schema.certificate, _certificate(fleet, member) | revoked
    for name in _KEPT if member.is_managed else _LEFT:
        for row in pattern[name]:
            yield _table(name), {**row, **{key: its[key] for key in its if key in row}}
    if member.is_managed:
        for row in pattern["standing"]:
            yield schema.standing, {**row, **its, "worst": dice.choice(_WORST)}
    for number in range(TOLD):
        yield schema.timeline, _line(member, at - number * 3 * _DAY_US)
    for number in range(ASKED):
        yield schema.operation, _operation(member, number, at - number * 5 * _DAY_US)


def _table(name: str) -> Table:
    return next(each for each in _ORDER if each.name == name)


def _device(row: Mapping[str, Any], member: Member, dice: random.Random) -> dict[str, Any]:
    number = member.number
    mac = f"{number:012X}"
    last = int(dice.triangular(0, 30, 0) * _DAY_US)
    changed = {
        "id": member.device,
        "dev_id": member.dev_id,
        "name": f"HOLO-{number:06}",
        "serial": f"{number:012}",
        "macs": json.dumps([":".join(mac[at : at + 2] for at in range(0, 12, 2))]),
        "user_name": f"wearer{number % 5000:04}@example.org",
        "os_build": dice.choice(_BUILDS),
        "state": "managed" if member.is_managed else dice.choice(_ENDED),
        "tags": json.dumps([dice.choice(_TAGS)] if number % 10 == 0 else []),
        "last_seen": row["last_seen"] - last,
        "first_seen": row["first_seen"] - 200 * _DAY_US,
        "operations_failed": int(number % 200 == 0),
    }
    columns = {**row, **changed}
    return columns | {"search": searchable(columns)}


def _enrollment(member: Member) -> dict[str, Any]:
    return {
        "id": member.enrollment,
        "device_id": member.device,
        "dev_id": member.dev_id,
        "hw_dev_id": f"{member.number:064X}",
        "auth_name": member.enrollment,
        "principal_id": "acc_0",
    }


def _certificate(fleet: Fleet, member: Member) -> dict[str, Any]:
    (row,) = fleet.pattern.rows["certificate"]
    at = member.number - fleet.first
    if at < len(fleet.papers):
        paper = fleet.papers[at]
        serial, spki, der = paper.serial, paper.spki_sha256, paper.der
    else:
        der = certificate_of(member.number)
        serial, spki = f"{member.number:032X}", fingerprint(b"key" + der)
    return {
        **row,
        "id": f"crt_{member.enrollment[4:]}",
        "enrollment_id": member.enrollment,
        "serial": serial,
        "sha256": fingerprint(der),
        "spki_sha256": spki,
        "der": der,
    }


def _line(member: Member, at: int) -> dict[str, Any]:
    return {
        "device_id": member.device,
        "at": at,
        "kind": "settings",
        "detail": '{"verified":"10"}',
        "session_id": f"{at // _DAY_US:04X}",
        "msg_id": "2",
    }


def _operation(member: Member, number: int, at: int) -> dict[str, Any]:
    return {
        "id": f"op_{member.enrollment[4:]}{number}",
        "device_id": member.device,
        "enrollment_id": member.enrollment,
        "verb": "get",
        "uri": "./DevDetail/SwV",
        "format": None,
        "value": None,
        "state": "done",
        "created_at": at,
        "actor": "benchmark",
        "status": 200,
        "status_text": "",
        "result": "10.0.22621.1244",
        "result_format": "chr",
        "deliveries": 1,
        "session_id": "0001",
        "sent_at": at,
        "ended_at": at,
    }
