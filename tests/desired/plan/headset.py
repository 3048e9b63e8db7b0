"""A headset in memory, and a server that talks to it in messages: for the tests of planning."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files

from lenskeep.base.identifiers import DeviceId, ProfileId
from lenskeep.desired.applies import DeviceFacts
from lenskeep.desired.known import Known
from lenskeep.desired.plan.observing import observe
from lenskeep.desired.plan.outstanding import outstanding
from lenskeep.desired.plan.planning import plan
from lenskeep.desired.plan.sending import sent
from lenskeep.desired.plan.step import Outcome, Plan, Situation, Staged, Step
from lenskeep.desired.profile import Drift, Owner
from lenskeep.desired.standing import DeviceStanding, NodeStanding, SettingState
from lenskeep.desired.wanted import WantedNode, WantedTree
from lenskeep.tree.catalog.load import Catalog, load_catalog
from lenskeep.tree.fact import Fact
from lenskeep.tree.operation import Operation, OperationState, Verb
from lenskeep.tree.uri import node_key, parse_uri
from lenskeep.tree.value import Format
from lenskeep.wire.syncml.codes import is_success

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
OWNER = Owner(ProfileId("prf_a"), "Base", 1)
OTHER = Owner(ProfileId("prf_b"), "Other", 4)
HL2 = DeviceFacts("HoloLens 2", 136, "22621.1244")
POLICY = "./Device/Vendor/MSFT/Policy/Config/"
DEVICE = DeviceId("dev_1")


@cache
def catalog() -> Catalog:
    """Return the shipped catalog."""
    return load_catalog(files("lenskeep.tree").joinpath("data/catalog.json.gz").read_bytes())


def wish(
    uri: str, value: str | None = None, *, guard: str = "", drift: Drift = Drift.CORRECT
) -> WantedNode:
    """Return a wanted node in the catalog's format."""
    record = catalog().find(uri)
    form = record.format if record is not None else Format.CHR
    mark = hashlib.sha256(f"{form.value}={value}".encode()).hexdigest()[:12]
    return WantedNode(parse_uri(uri), form, value, mark, (OWNER,), drift=drift, guard=guard)


def tree(*nodes: WantedNode) -> WantedTree:
    """Return a wanted tree."""
    return WantedTree(tuple(sorted(nodes, key=lambda each: each.key)))


@dataclass
class Headset:
    """Answers as the catalog says that a headset does."""

    held: dict[str, str | None] = field(default_factory=dict)
    refusing: dict[str, int] = field(default_factory=dict)
    """By key: the status of every command that sets."""
    unreadable: dict[str, int] = field(default_factory=dict)
    in_effect: dict[str, str] = field(default_factory=dict)
    """By key of Policy/Config: what Policy/Result says instead."""
    deaf: set[str] = field(default_factory=set)
    """Keys whose command is accepted, and nothing happens."""
    log: list[Operation] = field(default_factory=list)

    def get(self, uri: str, now: datetime) -> Fact:
        """Answer a question."""
        key = node_key(uri)
        if key in self.unreadable:
            return Fact(uri, self.unreadable[key], now)
        config = key.replace("/policy/result/", "/policy/config/")
        if config != key and config in self.in_effect:
            return Fact(uri, 200, now, Format.CHR, self.in_effect[config])
        record = catalog().find(uri)
        if record is not None and Verb.GET not in record.access:
            return Fact(uri, 405, now)
        if config in self.held:
            form = record.format if record is not None else Format.CHR
            return Fact(uri, 200, now, form, self.held[config])
        if any(each.startswith(config + "/") for each in self.held):
            return Fact(uri, 200, now, Format.NODE, "")
        return Fact(uri, 404, now)

    def run(self, steps: Sequence[Step]) -> list[int]:
        """Carry out commands; those of one Atomic together or not at all."""
        statuses: list[int] = []
        at = 0
        while at < len(steps):
            group = [steps[at]]
            while group[0].atomic and at + len(group) < len(steps):
                if steps[at + len(group)].atomic != group[0].atomic:
                    break
                group.append(steps[at + len(group)])
            before = dict(self.held)
            results = [self.perform(each.operation) for each in group]
            if group[0].atomic and any(each >= 300 for each in results):
                self.held = before
                results = [each if each >= 300 else 216 for each in results]
            statuses += results
            at += len(group)
        return statuses

    def perform(self, operation: Operation) -> int:
        """Carry out one command."""
        self.log.append(operation)
        key, verb = operation.uri.key, operation.verb
        if verb is not Verb.DELETE and key in self.refusing:
            return self.refusing[key]
        record = catalog().find(operation.uri.path)
        is_interior = record is not None and record.format is Format.NODE and verb is Verb.ADD
        if record is not None and verb not in record.access and not is_interior:
            return 405
        if key in self.deaf:
            return 200
        below = [each for each in self.held if each == key or each.startswith(key + "/")]
        if verb is Verb.DELETE:
            for each in below:
                del self.held[each]
            return 200 if below else 404
        is_policy = "/policy/config/" in key
        if verb is Verb.ADD and below and not is_policy:
            return 418
        is_made = record is not None and Verb.ADD in record.access and not is_policy
        if verb is Verb.REPLACE and not below and is_made:
            return 404
        self.held[key] = operation.value
        return 200


@dataclass
class Talk:
    """A server and a headset, message by message. Every message checks the laws of planning."""

    wanted: WantedTree
    headset: Headset = field(default_factory=Headset)
    tree_id: str = "one"
    now: datetime = START
    started: datetime = START
    standing: DeviceStanding = field(default_factory=DeviceStanding)
    known: Known = field(default_factory=Known)
    facts: DeviceFacts = HL2
    user: bool = True
    staged: dict[str, Staged] = field(default_factory=dict)
    device: DeviceId = DEVICE
    is_lost: Callable[[], bool] = lambda: False
    tick: timedelta = timedelta(seconds=1)
    plans: list[Plan] = field(default_factory=list)

    def around(self) -> Situation:
        """Return the situation of now."""
        return Situation(
            self.device, self.facts, self.now, self.started, self.user, self.tree_id, self.staged
        )

    def want(self, *nodes: WantedNode) -> None:
        """Change the wanted tree."""
        self.wanted = tree(*nodes)
        self.tree_id += "+"

    def plan(self) -> Plan:
        """Plan, and plan again: without news it is the same."""
        first = plan(catalog(), self.wanted, self.standing, self.known, self.around())
        again = plan(catalog(), self.wanted, first.standing, self.known, self.around())
        assert again.asks == first.asks
        assert again.steps == first.steps
        assert again.standing == first.standing
        return first

    def message(self) -> Plan:
        """Plan, send, hear the answers."""
        made = self.plan()
        self.plans.append(made)
        for each in made.claims:
            self.staged[each] = Staged(self.device)
        for each in made.releases:
            self.staged[each] = Staged(self.device, released=True)
        steps = _company(made.steps)
        delivered = {each.id: each.deliveries + 1 for each in steps}
        self.standing = sent(made.standing, delivered, made.asks, self.now)
        keys = {each.id for each in outstanding(self.wanted, self.standing, catalog())}
        assert {
            each.id for each in steps if node_key(each.id.split("|", 2)[2]) in self.standing.by_key
        } <= keys
        lost_on_the_way = self.is_lost()
        facts: list[Fact] = []
        statuses: list[int] = []
        if not lost_on_the_way:
            facts = [self.headset.get(each, self.now + self.tick) for each in made.asks]
            statuses = self.headset.run(steps)
        self.now += self.tick
        if lost_on_the_way or self.is_lost():
            self.hear((), [_lost(each) for each in steps])
        else:
            pairs = zip(steps, statuses, strict=True)
            self.hear(facts, [_answered(each, status) for each, status in pairs])
        return made

    def hear(self, facts: Iterable[Fact], outcomes: Sequence[Outcome]) -> None:
        """Take in what came; hearing it twice changes nothing."""
        self.known = self.known.learn(facts)
        once = observe(catalog(), self.wanted, self.standing, self.known, outcomes, self.now)
        twice = observe(catalog(), self.wanted, once, self.known, outcomes, self.now)
        assert twice == once
        self.standing = once

    def session(self, after: timedelta = timedelta(minutes=1), limit: int = 60) -> list[Plan]:
        """Hold a session: messages until there is nothing to say."""
        self.now += after
        self.started = self.now
        made: list[Plan] = []
        while len(made) < limit:
            made.append(self.message())
            if not made[-1].asks and not made[-1].steps:
                return made
        raise AssertionError("the session does not end")

    def states(self) -> dict[str, SettingState]:
        """Return the state of every node by the last part of its LocURI."""
        return {each.uri.rpartition("/")[2]: each.state for each in self.standing.nodes}

    def node(self, name: str) -> NodeStanding:
        """Return the one node whose LocURI ends so."""
        (found,) = [each for each in self.standing.nodes if each.uri.endswith("/" + name)]
        return found


def _company(steps: Sequence[Step]) -> list[Step]:
    """What was lost before goes alone."""
    if steps and steps[0].deliveries and not steps[0].atomic:
        return [steps[0]]
    alone = next((n for n, each in enumerate(steps) if each.deliveries and not each.atomic), None)
    return list(steps if alone is None else steps[:alone])


def _lost(step: Step) -> Outcome:
    count = step.deliveries + 1
    if count >= 3:
        return Outcome(step.id, OperationState.FAILED, None, "dropped three times")
    return Outcome(step.id, OperationState.QUEUED, None, "sent without an answer", count)


def _answered(step: Step, status: int) -> Outcome:
    state = OperationState.DONE if is_success(status) else OperationState.FAILED
    return Outcome(step.id, state, status)


def only(operations: Iterable[Operation]) -> list[tuple[str, str]]:
    """Return verb and last name of each."""
    return [(each.verb.value, each.uri.text.rpartition("/")[2]) for each in operations]
