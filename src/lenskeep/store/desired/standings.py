"""Serves what is wanted of a device and how it stands, where a message or a page asks for it."""

from functools import partial

from lenskeep.base.errors import Conflict, Missing
from lenskeep.base.identifiers import DeviceId, EnrollmentId
from lenskeep.flows.ports.mandate import Wanting
from lenskeep.flows.records import Audit
from lenskeep.store.desired import rows
from lenskeep.store.sql import Executor, Row, Work
from lenskeep.store.statements.conversations import MOVE_ON
from lenskeep.store.statements.desired.standing import (
    GUARDS_OF_TREE,
    KEEP_STANDING,
    SEALED_TREE,
    STANDING,
    UNSETTLE,
    WANTING_OF_DEVICE,
)
from lenskeep.store.statements.devices import DEVICE
from lenskeep.store.statements.enrollments import ACTIVE_OF_DEVICE
from lenskeep.store.units.journal import record


class Standings:
    """The StandingStore on an executor."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def sealed_tree(self, tree: str) -> str | None:
        """Return the wanted tree of this id; None where it is gone."""
        return await self._executor.read(partial(_sealed_tree, tree))

    async def standing_of(self, device_id: DeviceId) -> Wanting:
        """Return the same for the device's active, else latest, enrollment."""
        return await self._executor.read(partial(_standing_of, device_id))

    async def unsettle(
        self, device_id: DeviceId, before: bytes, standing: bytes, audit: Audit
    ) -> bool:
        """Store a standing changed by an administrator; False: it is no longer as `before`."""
        return await self._executor.write(partial(_unsettle, device_id, before, standing, audit))


def _sealed_tree(tree: str) -> Work[str | None]:
    found = yield SEALED_TREE.only(tree_id=tree)
    return str(found[0]["sealed"]) if found else None


def _standing_of(device_id: DeviceId) -> Work[Wanting]:
    found = yield WANTING_OF_DEVICE(device_id=device_id)
    if not found:
        raise Missing("device", device_id)
    return (yield from _with_guards(found[0]))


def _with_guards(row: Row) -> Work[Wanting]:
    tree = row["tree_id"] or ""
    guards = yield GUARDS_OF_TREE(tree_id=tree)
    return Wanting(
        tree=tree,
        sealed_tree=row["sealed"] or "",
        standing=row["body"] or b"",
        guards=tuple(map(rows.guard, guards)),
    )


def _unsettle(device_id: DeviceId, before: bytes, standing: bytes, audit: Audit) -> Work[bool]:
    stands = yield DEVICE(device_id=device_id)
    if not stands:
        raise Missing("device", device_id)
    active = yield ACTIVE_OF_DEVICE(device_id=device_id)
    if not active:
        raise Conflict(f"the device {device_id!r} has no active enrollment")
    enrollment_id = EnrollmentId(active[0]["id"])
    found = yield STANDING(enrollment_id=enrollment_id)
    if (found[0]["body"] if found else b"") != before:
        return False
    if found:
        yield UNSETTLE(of_enrollment=enrollment_id, new_body=standing)
    else:
        yield KEEP_STANDING(**_never_planned(device_id, enrollment_id, standing))
    yield MOVE_ON(of_enrollment=enrollment_id)
    yield record((audit,))
    return True


def _never_planned(
    device_id: DeviceId, enrollment_id: EnrollmentId, standing: bytes
) -> dict[str, object]:
    return {
        "enrollment_id": enrollment_id,
        "device_id": device_id,
        "tree": "",
        "body": standing,
        "settled": 0,
        "due_at": None,
        "device_print": "",
        "worst": None,
    }
