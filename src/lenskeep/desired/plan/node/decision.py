"""What is done about one node next."""

from dataclasses import dataclass, replace

from lenskeep.desired.plan.order import Phase
from lenskeep.desired.plan.step import Step
from lenskeep.desired.standing import NodeStanding
from lenskeep.tree.operation import Verb


@dataclass(frozen=True, slots=True)
class Decision:
    """A node as it stands, and what is asked or sent for it. Nothing, where it waits or rests."""

    node: NodeStanding
    phase: Phase
    asks: tuple[str, ...] = ()
    step: Step | None = None
    group: str = ""
    """The LocURI of the node below which everything that is sent goes together."""
    first: Step | None = None
    """What has to go before the step: the node above."""
    guard: str = ""
    blind: Verb | None = None
    """What would be sent if the question found nothing."""

    @property
    def is_busy(self) -> bool:
        """Whether later phases wait for it."""
        return bool(self.asks) or self.step is not None or self.node.is_on_its_way

    def held(self, text: str) -> "Decision":
        """Return the same with nothing asked or sent, and why."""
        return Decision(replace(self.node, text=text), self.phase, group=self.group)
