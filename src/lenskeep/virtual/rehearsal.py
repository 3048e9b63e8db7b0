"""Operations tried out on headsets that exist only for the trial: what each build makes of them.

A rehearsal has a headset to itself, fresh from its enrollment, with somebody signed in; nothing is
kept. What is to be deleted is there beforehand: whoever deletes knows that it is. It answers as the
build would, which need not be what the server expects.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from lenskeep.tree.operation import Operation, Verb
from lenskeep.tree.uri import LocUri
from lenskeep.virtual.builds import HOLOGRAPHIC, PROFILES, Profile, find_profile
from lenskeep.virtual.session.commands import Execution, Executor
from lenskeep.virtual.tree.book import rulebook
from lenskeep.virtual.tree.mirror import after_change
from lenskeep.virtual.tree.seed import AccountFacts, Hardware, seeds
from lenskeep.virtual.tree.store import Tree
from lenskeep.virtual.tree.verbs import Act, Circumstances, perform
from lenskeep.wire.syncml.codes import is_success
from lenskeep.wire.syncml.model import CommandName, Group, GroupName, Item, Meta, Request, Status

DEFAULT_PROVIDER: Final = "Lenskeep"

_FIRST_GENERATION: Final = "HoloLens (1st gen)"
_FOR_DEVELOPERS: Final = "Windows Holographic"

_HARDWARE: Final = Hardware("00" * 32, "02-00-5E-00-53-00", "000000000000", "HOLOLENS-TRIAL")
_MOMENT: Final = "2024-01-01T12:00:00+00:00"

_COMMANDS: Final = {
    Verb.GET: CommandName.GET,
    Verb.ADD: CommandName.ADD,
    Verb.REPLACE: CommandName.REPLACE,
    Verb.DELETE: CommandName.DELETE,
    Verb.EXEC: CommandName.EXEC,
}
_CONFIG: Final = "/policy/config/"


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One operation to try. Neighbors with the same `atomic`, not empty, go in one Atomic."""

    operation: Operation
    atomic: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the headset made of it.

    `status` is the command's own; `value` what a Get of the node says afterwards, None where it
    says nothing; `effective` what Policy/Result says, None where there is none.
    """

    status: int
    value: str | None = field(repr=False)
    effective: str | None = field(repr=False)


class Rehearsals:
    """Plays any build that there is. `provider` is the server's name under DMClient."""

    def __init__(self, provider: str = DEFAULT_PROVIDER) -> None:
        self._provider = provider

    def builds(self) -> tuple[str, ...]:
        """Return the names of the headsets that can be played."""
        return tuple(profile.name for profile in PROFILES)

    def rehearse(self, build: str, operations: Sequence[Rehearsed]) -> tuple[Answered, ...]:
        """Return what a headset of that build answers, one answer for each operation, in order.

        Raises Invalid for a build that is not played.
        """
        trial = _Trial(find_profile(build), self._provider)
        numbered = list(enumerate(operations))
        answers: list[Answered] = []
        for atomic, members in groupby(numbered, key=_group_of):
            wanted = [each for _, each in members]
            answers.extend(trial.run(wanted, in_atomic=bool(atomic[0])))
        return tuple(answers)

    def nearest(self, generation: str, edition: str, os_build: str) -> str:
        """Return which build stands in best for a headset.

        The newest of its servicing branch that is not newer than itself, or else the newest that
        is not; where all are newer, the oldest. A headset that has not said its build is played as
        the oldest of its kind.
        """
        candidates = [each for each in PROFILES if _is_kind(each, generation, edition)]
        version = _version(os_build)
        fitting = [
            each
            for each in candidates
            if each.version <= version and (each.version == version or not each.is_insider)
        ]
        if not fitting:
            return min(candidates, key=lambda each: each.version).name
        return max(fitting, key=lambda each: each.version).name


class _Trial:
    """One headset for one rehearsal."""

    def __init__(self, profile: Profile, provider: str) -> None:
        account = AccountFacts(provider, provider, "https://rehearsal.invalid/", "0" * 32)
        self._tree = Tree(rulebook(profile), seeds(profile, _HARDWARE, account))
        self._around = Circumstances(user_present=True, local_time=_MOMENT, provider=provider)

    def run(self, wanted: Sequence[Rehearsed], *, in_atomic: bool) -> Iterator[Answered]:
        """Carry out one operation, or several as one Atomic, then look at each node."""
        for each in wanted:
            if each.operation.verb is Verb.DELETE:
                self._provide(each.operation.uri.path)
        requests = tuple(
            _request(each.operation, str(number)) for number, each in enumerate(wanted, start=2)
        )
        commands = (Group(GroupName.ATOMIC, "1", requests),) if in_atomic else requests
        statuses = _statuses(Executor(self._tree, self._around).carry_out(commands, "1", 1000))
        for request, each in zip(requests, wanted, strict=True):
            uri = each.operation.uri
            yield Answered(
                statuses[request.cmd_id], self._value(uri.text), self._value(_result_of(uri))
            )

    def _provide(self, path: str) -> None:
        """Let a node be there that comes and goes, where this build knows it."""
        rule = self._tree.book.find(path)
        if rule is not None and rule.made and self._tree.find(path) is None:
            self._tree.put(path, rule.format, rule.first_value)
            after_change(self._tree, path)

    def _value(self, uri: str) -> str | None:
        if not uri:
            return None
        outcome = perform(self._tree, Act(Verb.GET, uri), self._around)
        return outcome.found[0].value if is_success(outcome.status) and outcome.found else None


def _group_of(numbered: tuple[int, Rehearsed]) -> tuple[str, int]:
    """Return what neighbors of one Atomic have alike, and nobody else."""
    number, each = numbered
    return (each.atomic, -1) if each.atomic else ("", number)


def _request(operation: Operation, cmd_id: str) -> Request:
    form = operation.format.value if operation.format else None
    item = Item(operation.uri.text, meta=Meta(format=form), data=operation.value)
    return Request(_COMMANDS[operation.verb], cmd_id, (item,))


def _statuses(execution: Execution) -> dict[str, int]:
    return {part.cmd_ref: part.code for part in execution.parts if isinstance(part, Status)}


def _result_of(uri: LocUri) -> str:
    """Return the LocURI of the policy's value in force, empty where it is no policy."""
    at = uri.key.find(_CONFIG)
    if at < 0:
        return ""
    return f"{uri.path[:at]}/Policy/Result/{uri.path[at + len(_CONFIG) :]}"


def _is_kind(profile: Profile, generation: str, edition: str) -> bool:
    if generation != _FIRST_GENERATION:
        return profile.generation == 2
    for_developers = edition == _FOR_DEVELOPERS
    return profile.generation == 1 and (profile.edition == HOLOGRAPHIC) == for_developers


def _version(os_build: str) -> tuple[int, int]:
    build, _, revision = os_build.partition(".")
    return (int(build) if build.isdecimal() else 0, int(revision) if revision.isdecimal() else 0)
