"""What would be sent to a device, told beforehand: every command with its reason, and what is not
sent and why.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from lenskeep.desired.known import Known
from lenskeep.desired.plan import words
from lenskeep.desired.plan.node.decision import Decision
from lenskeep.desired.plan.node.removal import Frame
from lenskeep.desired.plan.node.wish import BEGINNING
from lenskeep.desired.plan.order import Phase
from lenskeep.desired.plan.planning import decide
from lenskeep.desired.plan.step import Situation, Step
from lenskeep.desired.standing import DeviceStanding, SettingState
from lenskeep.desired.wanted import WantedNode, WantedTree
from lenskeep.tree.catalog.load import Catalog
from lenskeep.tree.operation import Verb
from lenskeep.tree.value import Format


@dataclass(frozen=True, slots=True)
class Preview:
    """One command that would be sent; or, without a verb, a node for which nothing would be."""

    uri: str
    verb: Verb | None
    format: Format | None
    value: str | None = field(repr=False)
    """May be a secret: who may only look is shown `tree.sensitive.redacted`."""
    reason: str
    """Why it is sent, or why not."""
    phase: Phase
    state: SettingState
    text: str
    """How the node stands, in words."""


def preview(
    catalog: Catalog,
    wanted: WantedTree,
    standing: DeviceStanding,
    known: Known,
    around: Situation,
) -> tuple[Preview, ...]:
    """Return all that would be sent, phase after phase, as far as it is known what is there.

    Questions count as answered with what is known, however old.
    """
    frame = Frame(catalog, wanted, replace(around, session_started=BEGINNING))
    decisions = decide(frame, standing, known)
    return tuple(row for each in decisions for row in _rows(each, wanted.by_key.get(each.node.key)))


def _rows(each: Decision, wish: WantedNode | None) -> Iterable[Preview]:
    if each.first is not None and each.step is not None:
        yield _row(each, each.first)
    if each.step is not None:
        yield _row(each, each.step)
    elif each.asks and wish is not None and each.node.state is SettingState.PENDING:
        yield _unknown(each, wish)
    else:
        reason = each.node.text or _RESTS.get(each.node.state, "")
        uri = wish.uri.text if wish is not None else each.node.uri
        yield Preview(uri, None, None, None, reason, each.phase, each.node.state, each.node.text)


def _row(each: Decision, step: Step) -> Preview:
    operation = step.operation
    return Preview(
        operation.uri.text,
        operation.verb,
        operation.format,
        operation.value,
        step.reason,
        each.phase,
        each.node.state,
        each.node.text,
    )


def _unknown(each: Decision, wish: WantedNode) -> Preview:
    """It is asked first; what it would take is the verb for a node that is not there yet."""
    return Preview(
        wish.uri.text,
        each.blind or Verb.REPLACE,
        wish.format,
        wish.value,
        "it is not known what it is: the headset is asked, and it is sent where it differs",
        each.phase,
        each.node.state,
        words.ASKING,
    )


_RESTS = {
    SettingState.VERIFIED: "it is as wanted",
    SettingState.APPLIED: "the headset said yes to it",
    SettingState.SENT: "it is on its way",
    SettingState.REMOVING: words.REMOVING,
}
