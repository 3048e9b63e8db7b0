"""A body of settings played on a virtual headset: what a plan for a fresh one sends, and gets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from lenskeep.base.identifiers import DeviceId
from lenskeep.desired.applies import device_facts
from lenskeep.desired.changes import record_of
from lenskeep.desired.compare import same_value
from lenskeep.desired.inventory import INVENTORY
from lenskeep.desired.known import Known
from lenskeep.desired.plan.node.case import result_uri
from lenskeep.desired.plan.node.place import group_of
from lenskeep.desired.plan.preview import Preview
from lenskeep.desired.standing import DeviceStanding, NodeStanding, SettingState
from lenskeep.desired.wanted import WantedTree
from lenskeep.flows.desired.showing.foreseen import Foresight, Told
from lenskeep.flows.ports import Tried
from lenskeep.tree.catalog.record import Reboot
from lenskeep.tree.fact import Fact
from lenskeep.tree.operation import Operation, Verb
from lenskeep.tree.sensitive import redacted
from lenskeep.tree.uri import parse_uri
from lenskeep.wire.syncml.codes import is_success, meaning

_TREE: Final = "rehearsal"
_PLAYED: Final = DeviceId("dev_rehearsal")


@dataclass(frozen=True, slots=True)
class RehearsedSetting:
    """What a virtual headset said to one command."""

    uri: str
    verb: Verb | None
    """None: nothing was sent; `skipped` says why."""
    status: int | None
    words: str
    """What the status means, and whether what it shows afterwards is what is wanted."""
    accepted: bool
    """Whether the headset has it as wanted afterwards, as far as it shows."""
    value_after: str | None = field(repr=False)
    """What it shows afterwards; None: nothing."""
    effective_after: str | None = field(repr=False)
    skipped: str
    """Why nothing was sent; empty where something was."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """One rehearsal on one build; what it answers shows secrets to nobody."""

    foresight: Foresight
    build: str
    tree: WantedTree

    async def play(self, *, removal: bool = False) -> tuple[RehearsedSetting, ...]:
        """Return what the headset says to all that a plan sends it; then to taking it away."""
        known = await self._asked()
        rows = self._plan(self.tree, DeviceStanding(), known)
        gone: tuple[Preview, ...] = ()
        if removal:
            gone = self._plan(WantedTree(), self._held(), known)
        return await self._tried((*rows, *gone))

    async def _asked(self) -> Known:
        """Return what a fresh headset tells of itself and of the wanted nodes."""
        uris = [each.uri.text for each in self.tree.nodes]
        results = [each for each in map(result_uri, uris) if each is not None]
        every = dict.fromkeys((*INVENTORY, *uris, *results))
        asks = [(Operation(Verb.GET, parse_uri(each)), "") for each in every]
        answers = await self.foresight.house.rehearser.rehearse(self.build, asks)
        now = self.foresight.house.clock.now()
        return Known().learn(
            Fact(uri, said.status, now, None, said.value)
            for uri, said in zip(every, answers, strict=True)
        )

    def _plan(
        self, tree: WantedTree, standing: DeviceStanding, known: Known
    ) -> tuple[Preview, ...]:
        device = Told(_PLAYED, known, standing, device_facts(known))
        return self.foresight.commands(_TREE, tree, device)

    def _held(self) -> DeviceStanding:
        """Return the standing of a headset on which we set all of it."""
        now = self.foresight.house.clock.now()
        nodes = (
            NodeStanding(
                uri=each.uri.text,
                state=SettingState.VERIFIED,
                since=now,
                owners=each.owners,
                mark=each.mark,
                set_mark=each.mark,
                ours=True,
                read_at=now,
            )
            for each in self.tree.nodes
        )
        return DeviceStanding(_TREE).with_nodes(nodes)

    async def _tried(self, rows: Sequence[Preview]) -> tuple[RehearsedSetting, ...]:
        commands = [(each, self._command(each)) for each in rows if each.verb is not None]
        answers = await self.foresight.house.rehearser.rehearse(
            self.build, [command for _, command in commands]
        )
        by_row: Mapping[int, Tried] = {
            id(row): said for (row, _), said in zip(commands, answers, strict=True)
        }
        return tuple(self._row(each, by_row.get(id(each))) for each in rows)

    def _command(self, row: Preview) -> tuple[Operation, str]:
        assert row.verb is not None
        uri = parse_uri(row.uri)
        operation = Operation(row.verb, uri, row.format, row.value)
        return operation, group_of(record_of(row.uri, self.foresight.catalog), uri)

    def _row(self, row: Preview, said: Tried | None) -> RehearsedSetting:
        if said is None:
            is_held = row.state is SettingState.VERIFIED
            return RehearsedSetting(row.uri, None, None, "", is_held, None, None, row.reason)
        is_taken, words = self._judged(row, said)
        return RehearsedSetting(
            uri=row.uri,
            verb=row.verb,
            status=said.status,
            words=words,
            accepted=is_taken,
            value_after=redacted(row.uri, said.value),
            effective_after=redacted(row.uri, said.effective),
            skipped="",
        )

    def _judged(self, row: Preview, said: Tried) -> tuple[bool, str]:
        """Return whether the headset took it, and that in words."""
        words = meaning(said.status)
        if not is_success(said.status):
            return False, words
        record = record_of(row.uri, self.foresight.catalog)
        if row.verb is Verb.DELETE or record is None or said.value is None:
            return True, words
        if not same_value(record, row.value, said.value):
            return False, f"{words} It shows another value afterwards: it changed what it was told."
        if said.effective is None or same_value(record, row.value, said.effective):
            return True, words
        if record.reboot is not Reboot.NONE:
            return True, f"{words} It takes effect after a restart."
        return True, f"{words} Another value is in effect."
