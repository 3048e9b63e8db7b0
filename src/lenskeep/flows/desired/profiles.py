"""Profiles and their revisions: check, save, compare, export, import.

Every save is a new immutable revision, and reaches the devices in the same commit: the wanted
trees of the cohorts that get the profile's latest revision are made anew, no device is touched.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.identifiers import GroupId, ProfileId
from lenskeep.desired.profile import ProfileBody
from lenskeep.flows.desired.casting.clashing import Clashing
from lenskeep.flows.house import House
from lenskeep.flows.mandate import Assignment, Profile, Revision, Rollout

if TYPE_CHECKING:
    from lenskeep.desired.changes import Change
    from lenskeep.desired.validate.profile import ProfileFindings


@dataclass(frozen=True, slots=True)
class Draft:
    """A profile that does not exist yet."""

    name: str
    description: str
    body: ProfileBody
    template: str = ""
    """The id of the template it was started from; empty for none."""


@dataclass(frozen=True, slots=True)
class Reach:
    """On how many of the devices in question one setting works."""

    uri: str
    yes: int
    no: int
    unknown: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    """In words, why not or why nobody knows: the number of devices by reason."""

    @property
    def devices(self) -> int:
        """How many devices were asked about."""
        return self.yes + self.no + self.unknown


@dataclass(frozen=True, slots=True)
class Checked:
    """What there is to know of a body before it is saved."""

    findings: "ProfileFindings"
    clashes: tuple[Clashing, ...]
    """Nodes on which it and another profile differ over the devices it reaches."""
    reach: tuple[Reach, ...]
    """One for each setting, in their order."""
    devices: int
    """How many devices the profile reaches, or would reach by the group named."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A profile as saved, and what was noticed on the way."""

    profile: Profile
    checked: Checked


@dataclass(frozen=True, slots=True)
class ProfileLine:
    """One line of the list of profiles."""

    profile: Profile
    assignments: tuple[Assignment, ...]
    rollout: Rollout


@dataclass(frozen=True, slots=True)
class RevisionView:
    """One save with what it holds; a viewer reads no secret in it."""

    revision: Revision
    body: ProfileBody


async def check_draft(
    house: House,
    caller: Caller,
    body: ProfileBody,
    *,
    profile: ProfileId | None = None,
    group: GroupId | None = None,
) -> Checked:
    """Return what saving this body would say; nothing is saved. Raises Missing.

    It is held against the devices that `profile` reaches, or that `group` has.
    """
    demand(caller, Permission.SEE)
    raise NotImplementedError


async def create_profile(house: House, caller: Caller, draft: Draft, *, reason: str = "") -> Saved:
    """Create a profile with its first revision; it reaches nobody yet.

    Raises Invalid with every complaint at once, Conflict where the name is taken.
    """
    demand(caller, Permission.OPERATE)
    raise NotImplementedError


async def save_revision(  # noqa: PLR0913 - each is a question of its own, by keyword
    house: House,
    caller: Caller,
    profile_id: ProfileId,
    body: ProfileBody,
    *,
    base: int,
    reason: str,
    accept_conflicts: bool = False,
) -> Saved:
    """Save a new revision made from revision `base`.

    Raises Invalid with every complaint at once, Missing, and Conflict where `base` is not the
    latest, or where another profile wants something else and that was not accepted.
    """
    demand(caller, Permission.OPERATE)
    raise NotImplementedError


async def rename_profile(
    house: House,
    caller: Caller,
    profile_id: ProfileId,
    *,
    name: str | None = None,
    description: str | None = None,
) -> Profile:
    """Change name or description. Raises Invalid, Missing, Conflict where the name is taken."""
    demand(caller, Permission.OPERATE)
    raise NotImplementedError


async def delete_profile(house: House, caller: Caller, profile_id: ProfileId) -> None:
    """Delete a profile with its revisions. Raises Missing, and Conflict while it is assigned."""
    demand(caller, Permission.OPERATE)
    raise NotImplementedError


async def list_profiles(house: House, caller: Caller) -> tuple[ProfileLine, ...]:
    """Return all profiles in order of their name."""
    demand(caller, Permission.SEE)
    raise NotImplementedError


async def show_profile(house: House, caller: Caller, profile_id: ProfileId) -> ProfileLine:
    """Return one profile. Raises Missing."""
    demand(caller, Permission.SEE)
    raise NotImplementedError


async def list_revisions(
    house: House, caller: Caller, profile_id: ProfileId
) -> tuple[Revision, ...]:
    """Return the saves of a profile, newest first. Raises Missing."""
    demand(caller, Permission.SEE)
    raise NotImplementedError


async def show_revision(
    house: House, caller: Caller, profile_id: ProfileId, number: int | None = None
) -> RevisionView:
    """Return one save, by default the latest, with its settings. Raises Missing."""
    demand(caller, Permission.SEE)
    raise NotImplementedError


async def compare_revisions(
    house: House, caller: Caller, profile_id: ProfileId, old: int, new: int
) -> "tuple[Change, ...]":
    """Return what differs between two saves of a profile. Raises Missing."""
    demand(caller, Permission.SEE)
    raise NotImplementedError


async def export_profile(
    house: House,
    caller: Caller,
    profile_id: ProfileId,
    number: int | None = None,
    *,
    secrets: bool = False,
) -> str:
    """Return a save as YAML; with `secrets` (not for viewers) nothing is left out.

    Raises Missing.
    """
    demand(caller, Permission.OPERATE if secrets else Permission.SEE)
    raise NotImplementedError


async def import_profile(  # noqa: PLR0913 - as `save_revision`
    house: House,
    caller: Caller,
    text: str,
    *,
    reason: str = "",
    into: ProfileId | None = None,
    dry_run: bool = False,
    accept_conflicts: bool = False,
) -> Saved | Checked:
    """Save what a YAML text says as a new profile, or as a new revision of `into`.

    A dry run only says what would be noticed. Raises as `create_profile` and `save_revision`.
    """
    demand(caller, Permission.SEE if dry_run else Permission.OPERATE)
    raise NotImplementedError
