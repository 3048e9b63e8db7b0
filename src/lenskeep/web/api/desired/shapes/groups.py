"""What REST answers of groups, of rules, and of tags."""

from datetime import datetime

from pydantic import Field

from lenskeep.desired.groups.rule import Truth
from lenskeep.flows.mandate import GroupKind
from lenskeep.web.api.models import Answer


class Group(Answer):
    """A group of devices; `rule` is empty for one by hand."""

    id: str
    name: str
    kind: GroupKind
    rule: str
    description: str
    created_at: datetime
    devices: int
    fault: str = Field(
        description="Why the rule cannot be read any more, or empty; the group keeps its devices."
    )


class Member(Answer):
    """A device of a group."""

    device: str
    name: str
    state: str
    generation: str
    os_build: str
    edition: str
    model: str
    serial: str
    tags: list[str]
    last_seen: datetime | None


class Explained(Answer):
    """One comparison of a rule; `value` is what the device has, empty where nobody has told."""

    term: str
    verdict: Truth
    value: str


class Example(Answer):
    """One device as a rule sees it."""

    device: str
    name: str
    holds: bool
    explained: list[Explained]


class RulePreview(Answer):
    """Which devices a rule would take."""

    matching: int
    devices: int = Field(description="Devices under management.")
    examples: list[Example]
    advice: list[str]


class Tag(Answer):
    """A tag and how many devices have it."""

    tag: str
    devices: int


class DeviceTags(Answer):
    """The tags of a device."""

    device: str
    tags: list[str]
