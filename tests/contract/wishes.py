"""Values of the desired state to fill a store with, and fleets large enough to tell by size."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from tests.contract.world import NOW, account, after, audit, load, new_enrollment, say

from lenskeep.base.identifiers import AssignmentId, DeviceId, GroupId, ProfileId
from lenskeep.flows.mandate import (
    ALL_DEVICES,
    Assignment,
    Cohort,
    Group,
    GroupKind,
    Guard,
    GuardState,
    Mandate,
    Profile,
    Progress,
    ProgressState,
    Revision,
    StoredTree,
)
from lenskeep.flows.ports import NewEnrollment, Stood
from lenskeep.flows.ports.mandate import MandateChange
from lenskeep.flows.records import Audit
from lenskeep.store import Store
from lenskeep.store.entry.enrolling import (
    conversation_values,
    device_values,
    enrollment_values,
)
from lenskeep.store.sql import Work
from lenskeep.store.statements.devices import ADD_DEVICE
from lenskeep.store.statements.enrollments import ADD_CONVERSATION, ADD_ENROLLMENT, ADD_KNOWN

DEFAULT: Cohort = frozenset({ALL_DEVICES})
FLEET = 20_000


def profile(number: int = 1, name: str = "", **changed: Any) -> Profile:
    """A profile with one revision."""
    made = Profile(ProfileId(f"prf_{number}"), name or f"Profile {number}", "why", NOW, 1, "kiosk")
    return replace(made, **changed)


def revision(number: int = 1, of: int = 1) -> Revision:
    """A save of the profile with the number `of`."""
    return Revision(
        ProfileId(f"prf_{of}"), number, after(number), "ada", "because", 3, f"sealed {of}/{number}"
    )


def group(number: int = 1, name: str = "", rule: str = "") -> Group:
    """A group, by hand unless it has a rule."""
    kind = GroupKind.RULE if rule else GroupKind.HAND
    return Group(GroupId(f"grp_{number}"), name or f"Group {number}", kind, rule, "some", NOW)


def assignment(number: int = 1, profile: int = 1, group: str = ALL_DEVICES) -> Assignment:
    """The latest revision of a profile to a group."""
    return Assignment(
        id=AssignmentId(f"asg_{number}"),
        profile=ProfileId(f"prf_{profile}"),
        revision=None,
        group=GroupId(group),
        excludes=False,
        priority=10,
        created_at=after(number),
        actor="ada",
    )


def cohort(*numbers: int) -> Cohort:
    """The groups with these numbers, and "All devices"."""
    return DEFAULT | {GroupId(f"grp_{number}") for number in numbers}


def tree(
    digest: str, *owners: tuple[int, int], guards: tuple[str, ...] = (), nodes: int = 5
) -> StoredTree:
    """A wanted tree in which these profiles, each at a revision, have a part."""
    own = {ProfileId(f"prf_{number}"): (at, 2) for number, at in owners}
    return StoredTree(digest, f"sealed {digest}", nodes, own, guards)


def guard(key: str = "prf_1/1", at: datetime = NOW) -> Guard:
    """A staged roll-out that begins."""
    name, _, number = key.rpartition("/")
    return Guard(key, ProfileId(name), int(number), GuardState.OPEN, None, at)


def progress(number: int, state: ProgressState, revision: int = 1) -> Progress:
    """How a device stands to the profile with this number."""
    return Progress(ProfileId(f"prf_{number}"), revision, state, 1, 2, 0)


def stood(tree: str, worst: ProgressState | None = ProgressState.VERIFIED, **changed: Any) -> Stood:
    """How a device stands after a message."""
    made = Stood(tree, b"standing", settled=True, due_at=None, device_print="p1", worst=worst)
    return replace(made, **changed)


async def decide(store: Store, **parts: Any) -> Mandate:
    """A change of who gets what that was committed; return what stands now."""
    version = (await store.mandate.mandate()).version
    line = audit("mandate.change")
    assert await store.mandate.commit(version, MandateChange(**parts), [line])
    return await store.mandate.mandate()


async def wanted_by_all(store: Store, *devices: NewEnrollment, guards: tuple[str, ...] = ()) -> str:
    """Profile 1 at revision 1 assigned to all devices, these among them; return the tree's id."""
    await decide(
        store,
        profile=profile(),
        revision=revision(),
        assign=assignment(),
        trees=(tree("tree-1", (1, 1), guards=guards),),
        cohorts={DEFAULT: "tree-1"},
        moves={each.enrollment.device_id: DEFAULT for each in devices},
        guards=tuple(guard(key) for key in guards),
    )
    return "tree-1"


async def stand(store: Store, new: NewEnrollment, message: int, stands: Stood) -> None:
    """Let the device bring a message after which it stands like this."""
    await say(store, new, message, stood=stands)


async def audited(store: Store) -> list[Audit]:
    """The audit log, newest first."""
    return list((await store.fleet.audit_lines(None, 1000)).items)


async def fleet(store: Store, count: int = FLEET) -> list[DeviceId]:
    """So many enrolled devices, in one transaction."""
    await store.people.add_account(account(), audit())
    await store.executor.write(partial(_many, [new_enrollment(n) for n in range(count)]))
    return [DeviceId(f"dev_{number}") for number in range(count)]


def _many(enrolled: Iterable[NewEnrollment]) -> Work[None]:
    each = list(enrolled)
    yield ADD_DEVICE.each(device_values(new) for new in each)
    yield ADD_ENROLLMENT.each(enrollment_values(new.enrollment) for new in each)
    yield ADD_CONVERSATION.each(conversation_values(new, notice_due=False) for new in each)
    known = ({"enrollment_id": new.enrollment.id, "body": b"known", "nodes": 0} for new in each)
    yield ADD_KNOWN.each(known)


async def head(store: Store, new: NewEnrollment) -> Any:
    """The head of what is wanted of the device."""
    return (await load(store, new)).mandated
