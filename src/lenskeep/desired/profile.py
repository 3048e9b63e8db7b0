"""A profile: a named bundle of settings as an administrator wrote it. Values only."""

from dataclasses import dataclass, field
from enum import Enum

from lenskeep.base.identifiers import ProfileId
from lenskeep.tree.uri import node_key
from lenskeep.tree.value import Format


class Drift(Enum):
    """What is done when a headset no longer holds what was verified; the value is the spelling
    in REST and YAML.
    """

    CORRECT = "correct"
    """It is set again in the same session."""
    REPORT = "report"
    """It is shown as drifted and left as it is."""


@dataclass(frozen=True, slots=True)
class ProfileSetting:
    """What one node shall hold."""

    uri: str
    """A concrete LocURI."""
    value: str | None = field(default=None, repr=False)
    """As text, in the form that goes on the wire; None for formats without a value."""
    format: Format | None = None
    """None: the catalog's."""
    acknowledged: bool = False
    """Somebody has read that this can lock a headset out, and wants it all the same."""

    @property
    def key(self) -> str:
        """The form by which two settings are of the same node."""
        return node_key(self.uri)


@dataclass(frozen=True, slots=True)
class ProfileBody:
    """What a revision holds: the settings, in the order of their writing, and what drift does."""

    settings: tuple[ProfileSetting, ...] = ()
    drift: Drift = Drift.CORRECT

    def get(self, uri: str) -> ProfileSetting | None:
        """Return the setting of this node, in whatever spelling."""
        key = node_key(uri)
        return next((each for each in self.settings if each.key == key), None)


@dataclass(frozen=True, slots=True)
class Owner:
    """The profile that wants something, at the revision that said so."""

    profile: ProfileId
    name: str
    revision: int
