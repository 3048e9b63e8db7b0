"""What is wanted, on the way of one message: the plan for this device, and how it stands after.

The deciding is done in `desired.plan`; here it is put between listening and speaking of a session
turn. Nothing is loaded for a device that stands as it should.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from lenskeep.base.errors import Unavailable
from lenskeep.base.identifiers import DeviceId, OperationId
from lenskeep.desired.applies import device_facts
from lenskeep.desired.known import Known
from lenskeep.desired.plan.observing import observe
from lenskeep.desired.plan.outstanding import outstanding
from lenskeep.desired.plan.planning import plan
from lenskeep.desired.plan.sending import sent
from lenskeep.desired.plan.step import Outcome, Plan, Situation, Staged, Step, is_step
from lenskeep.desired.standing import DeviceStanding, is_plausible, load_standing
from lenskeep.desired.wanted import WantedTree
from lenskeep.enrollment.wishes.wish import is_house
from lenskeep.flows.desired.casting.deciding import read_catalog
from lenskeep.flows.desired.casting.recast import open_tree
from lenskeep.flows.device.own.expecting import Wanting
from lenskeep.flows.device.progress import progress_of, worst_of
from lenskeep.flows.entrance import Way
from lenskeep.flows.house import House
from lenskeep.flows.mandate import GuardState
from lenskeep.flows.ports import Loaded, Mandated, Stood
from lenskeep.session.state import LoginStatus, News, Open, OperationChange, Planned, Turn
from lenskeep.tree.catalog.load import Catalog
from lenskeep.tree.operation import OperationState
from lenskeep.wire.syncml.model import Message, Results


@dataclass(frozen=True, slots=True)
class Want:
    """What is wanted of one device, and how it stands, before a message is answered."""

    device: DeviceId
    tree: str
    wanted: WantedTree
    standing: DeviceStanding
    staged: dict[str, Staged]
    catalog: Catalog
    by_autopilot: bool
    """Whether it came by Autopilot: only then may it be locked to a tenant."""


async def wanted_of(house: House, loaded: Loaded, message: Message, now: datetime) -> Want | None:
    """Return what is wanted; None where nothing is, or all is done and this message is no news.

    What a headset tells of itself (Results) can change what applies to it, so that is looked at.
    """
    head = loaded.mandated
    told = any(isinstance(each, Results) for each in message.body)
    nothing = not (head.tree or head.standing_tree) and head.settled
    if nothing or (_rests(head, now) and not told):
        return None
    due = loaded.due
    if due is None:
        return None
    return Want(
        device=head.device,
        tree=head.tree,
        wanted=await wanted_tree(house, head.tree),
        standing=load_standing(due.standing),
        staged={
            each.key: Staged(each.scout, each.state is GuardState.RELEASED) for each in due.guards
        },
        catalog=await read_catalog(house),
        by_autopilot=loaded.enrollment.way == Way.AUTOPILOT.value,
    )


async def wanted_tree(house: House, tree: str) -> WantedTree:
    """Return a wanted tree; it is read once, since it never changes under its id."""
    found = house.trees.get(tree) if tree else WantedTree()
    if found is None:
        sealed = await house.standings.sealed_tree(tree)
        if sealed is None:
            raise Unavailable("what is wanted of the device was changed at this moment")
        found = open_tree(house, sealed)
        house.trees.keep(tree, found)
    return found


def _rests(head: Mandated, now: datetime) -> bool:
    same = head.tree == head.standing_tree and head.settled
    return same and (head.due_at is None or (now < head.due_at and is_plausible(head.due_at, now)))


class DevicePlanner:
    """Plans for one device within one turn; used once, then dropped."""

    def __init__(self, want: Want, known: Known, now: datetime) -> None:
        self._want = replace(want, standing=want.standing.as_of(now))
        self._known = known.as_of(now)
        self._now = now
        self._plan: Plan | None = None

    @property
    def before(self) -> Wanting:
        """How the device stood to what is wanted when the message came."""
        return Wanting(self._want.wanted, self._want.standing)

    @property
    def after(self) -> Wanting:
        """How it stands in the light of this message; as before, where nothing was planned."""
        return Wanting(self._want.wanted, self._plan.standing) if self._plan else self.before

    def on_their_way(self) -> tuple[Open, ...]:
        """Return the commands that were sent and not answered yet."""
        want = self._want
        steps = outstanding(want.wanted, want.standing, want.catalog)
        return tuple(_open(each, OperationState.SENT) for each in steps)

    def __call__(self, news: News) -> Planned:
        """Return what to ask and to send next, in the light of what this message told."""
        want, known = self._want, self._known.learn(news.facts)
        standing = self._observed(known, news.changes)
        around = Situation(
            device=want.device,
            facts=replace(device_facts(known), by_autopilot=want.by_autopilot),
            now=self._now,
            session_started=news.started_at,
            user_is_there=news.login is LoginStatus.USER,
            tree=want.tree,
            staged=want.staged,
        )
        self._plan = plan(want.catalog, want.wanted, standing, known, around)
        opens = tuple(_open(each, OperationState.QUEUED) for each in self._plan.steps)
        return Planned(self._plan.asks, opens)

    def stood(self, turn: Turn) -> tuple[Stood, DeviceStanding]:
        """Return how the device stands after the turn, as it is stored and as a value."""
        made = self._plan
        if made is None:
            after = self._observed(self._known.learn(turn.facts), turn.changes)
        else:
            after = sent(made.standing, _delivered(turn), turn.asked, self._now)
            after = self._without_unwritable(after, turn)
        wanted = self._want.wanted
        stood = Stood(
            tree=after.tree,
            standing=after.dump(),
            settled=after.is_settled,
            due_at=after.due_at,
            device_print=after.device_print,
            worst=worst_of(wanted, after),
            progress=progress_of(wanted, after),
            claims=made.claims if made else (),
            releases=made.releases if made else (),
        )
        return stood, after

    def _without_unwritable(self, standing: DeviceStanding, turn: Turn) -> DeviceStanding:
        """Return it with what no message can carry as failed: it never went out, and would hold
        up what comes after it.
        """
        planned = {each.id for each in self._plan.steps} if self._plan else set()
        failed = [
            each
            for each in turn.changes
            if each.id in planned and each.state is OperationState.FAILED
        ]
        if not failed:
            return standing
        tried = sent(standing, {each.id: each.deliveries or 1 for each in failed}, (), self._now)
        want, outcomes = self._want, [_outcome(each) for each in failed]
        return observe(want.catalog, want.wanted, tried, self._known, outcomes, self._now)

    def _observed(self, known: Known, changes: tuple[OperationChange, ...]) -> DeviceStanding:
        want = self._want
        outcomes = [_outcome(each) for each in changes if _is_profiles(each.id)]
        return observe(want.catalog, want.wanted, want.standing, known, outcomes, self._now)


def _open(step: Step, state: OperationState) -> Open:
    return Open(step.id, step.operation, state, step.deliveries, step.atomic)


def _outcome(change: OperationChange) -> Outcome:
    return Outcome(change.id, change.state, change.status, change.status_text, change.deliveries)


def _delivered(turn: Turn) -> dict[OperationId, int]:
    return {
        each.id: each.deliveries or 1
        for each in turn.changes
        if _is_profiles(each.id) and each.state is OperationState.SENT
    }


def _is_profiles(operation: OperationId) -> bool:
    """Return whether a profile wants it, not a person and not the server itself."""
    return is_step(operation) and not is_house(operation)
