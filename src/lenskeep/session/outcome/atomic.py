"""What became of an Atomic: one answer for the group, one for each command, any of them missing.

All or nothing ([OMA-DM-RepPro 1.2.1] Atomic): where the group failed, a command of it that was
carried out first was undone, and says in words whose fault it was.
"""

from collections.abc import Sequence
from typing import Final

from lenskeep.session.ledger import Ledger, done_before
from lenskeep.session.state import Awaited, OperationChange
from lenskeep.tree.operation import OperationState
from lenskeep.wire.syncml.codes import StatusCode, is_success, meaning

DONE_WITH_ITS_GROUP: Final = (
    "Done: the headset says so of the whole group, and nothing of this command in it."
)
DONE_BEFORE: Final = (
    "Done: the group was presumably carried out by an earlier delivery whose answer was lost."
)
_NOT_UNDONE: Final = (
    "The group it was sent in failed and could not be undone, so this may be in effect. Read the "
    "node back."
)
_FAULTLESS: Final = frozenset(
    {
        StatusCode.NOT_EXECUTED,
        StatusCode.ROLLED_BACK,
        StatusCode.ATOMIC_FAILED,
        StatusCode.ROLL_BACK_FAILED,
    }
)
"""What a command answers that failed only with its group."""


def is_answered(status: int | None) -> bool:
    """Return whether it is a last word: not silence, and not that it still runs."""
    return status not in (None, StatusCode.IN_PROGRESS)


def is_decided(status: int | None, children: Sequence[Awaited], *, whole: bool) -> bool:
    """Return whether the outcome is known; `whole`: what is not said by now is not said.

    Success of some commands alone decides nothing: never said is never taken for done.
    """
    said = [is_answered(each.status) for each in children]
    if is_answered(status) and all(said):
        return True
    return whole and (is_answered(status) or all(said) or any(map(_has_failed, children)))


def settle_group(status: int | None, children: Sequence[Awaited], ledger: Ledger) -> None:
    """Settle the commands of a group that is decided; `status` is that of the Atomic itself."""
    if _is_success(status):
        _settle_each(status, children, ledger)
    elif is_answered(status) or any(map(_has_failed, children)):
        _settle_failed(status, children, ledger)
    else:  # assumed: all commands said yes, so the Atomic whose status is missing did
        _settle_each(None, children, ledger)


def _settle_each(status: int | None, children: Sequence[Awaited], ledger: Ledger) -> None:
    """Take each command's own word; assumed: even a failure's, where the Atomic said 200."""
    for each in children:
        assert each.operation is not None
        if each.status is not None and is_answered(each.status):
            ledger.settle(each.operation, each.status)
        else:  # assumed: the Atomic's success is that of every command in it
            done = OperationState.DONE
            ledger.finish(OperationChange(each.operation, done, status, DONE_WITH_ITS_GROUP))


def _settle_failed(status: int | None, children: Sequence[Awaited], ledger: Ledger) -> None:
    """Fail all: who is at fault with its own code, the others with the name of who is.

    assumed: a group that fails only because a node is there (418) or gone (404) on a second
    delivery was carried out by the first one, whole.
    """
    culprits = [each for each in children if _is_culprit(each)]
    if culprits and all(_is_done_before(each, ledger) for each in culprits):
        for each in children:
            assert each.operation is not None
            done = OperationState.DONE
            ledger.finish(OperationChange(each.operation, done, each.status or status, DONE_BEFORE))
        return
    for each in children:
        assert each.operation is not None
        if _is_culprit(each):
            assert each.status is not None
            ledger.fail(each.operation, each.status, meaning(each.status))
        else:
            text = _with_its_group(each, status, culprits)
            ledger.fail(each.operation, _code(each, status), text)


def _with_its_group(each: Awaited, status: int | None, culprits: Sequence[Awaited]) -> str:
    """Return the words for a command that is not at fault."""
    if StatusCode.ROLL_BACK_FAILED in (each.status, status):
        effect = _NOT_UNDONE
    else:
        effect = "Not in effect, because the group it was sent in failed as a whole."
    if culprits:
        told = "; ".join(f"{one.uris[0]} answered {one.status}: {_words(one)}" for one in culprits)
        return f"{effect} {told}"
    code = f" It answered {status} for the group." if is_answered(status) else ""
    return f"{effect} The headset did not say which command was at fault.{code}"


def _code(each: Awaited, status: int | None) -> int | None:
    """Return the code of a command that failed with its group: never that of a success."""
    if is_answered(each.status) and not _is_success(each.status):
        return each.status
    return status if is_answered(status) else None


def _words(each: Awaited) -> str:
    return meaning(each.status or 0)


def _is_success(status: int | None) -> bool:
    return status is not None and is_success(status)


def _has_failed(each: Awaited) -> bool:
    return is_answered(each.status) and not _is_success(each.status)


def _is_culprit(each: Awaited) -> bool:
    return _has_failed(each) and each.status not in _FAULTLESS


def _is_done_before(each: Awaited, ledger: Ledger) -> bool:
    operation = ledger.get(each.operation) if each.operation is not None else None
    return operation is not None and done_before(operation, each.status or 0)
