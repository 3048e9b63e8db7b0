"""A fact: what a device said of one node, and when."""

from dataclasses import dataclass
from datetime import datetime

from lenskeep.tree.value import Format


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known of a node.

    `uri` is the canonical path (`LocUri.path` plus query); `status` is the OMA-DM code of the
    answer; `value` is None where the device gave none (an error, or an interior node's absence).
    """

    uri: str
    status: int
    learned_at: datetime
    format: Format | None = None
    value: str | None = None
