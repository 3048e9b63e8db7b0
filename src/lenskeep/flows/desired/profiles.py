"""Profiles: check, create, save, import, list. What was saved is read in `revisions`.

Every save is a new immutable revision, and reaches the devices in the same commit: the wanted
trees of the cohorts that get the profile's latest revision are made anew, no device is touched.
"""

from dataclasses import dataclass, replace
from typing import Final

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.errors import Complaint, Conflict
from lenskeep.base.identifiers import GroupId, ProfileId
from lenskeep.desired.document.read import read_document
from lenskeep.desired.profile import ProfileBody
from lenskeep.desired.validate.profile import ProfileFindings
from lenskeep.flows.desired.casting import texts
from lenskeep.flows.desired.casting.bodies import open_body, read_bodies, seal_body
from lenskeep.flows.desired.casting.clashing import Clashing as Clashing
from lenskeep.flows.desired.casting.consequences import Consequences, follow, refuse
from lenskeep.flows.desired.casting.deciding import (
    Decision,
    decided,
    group_in,
    profile_in,
    read_catalog,
)
from lenskeep.flows.desired.casting.examining import Examined, examine
from lenskeep.flows.desired.casting.reached import reached_by, with_profile
from lenskeep.flows.desired.casting.recast import recast
from lenskeep.flows.desired.casting.stranding import Stranding as Stranding
from lenskeep.flows.desired.revisions import RevisionView as RevisionView
from lenskeep.flows.desired.revisions import compare_revisions as compare_revisions
from lenskeep.flows.desired.revisions import export_profile as export_profile
from lenskeep.flows.desired.revisions import list_revisions as list_revisions
from lenskeep.flows.desired.revisions import read_revision
from lenskeep.flows.desired.revisions import show_revision as show_revision
from lenskeep.flows.desired.showing.foreseen import foresee
from lenskeep.flows.desired.showing.supporting import Reach as Reach
from lenskeep.flows.desired.showing.supporting import support
from lenskeep.flows.house import House
from lenskeep.flows.mandate import Assignment, Mandate, Profile, Revision, Rollout
from lenskeep.flows.people import audit_line
from lenskeep.flows.ports import MandateChange

_NOBODY: Final = Rollout(0, {})


@dataclass(frozen=True, slots=True)
class Draft:
    """A profile that does not exist yet."""

    name: str
    description: str
    body: ProfileBody
    template: str = ""
    """The id of the template it was started from; empty for none."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What there is to know of a body before it is saved."""

    findings: ProfileFindings
    clashes: tuple[Clashing, ...]
    """Nodes on which it and another profile differ over the devices it reaches, or of which it
    makes others differ.
    """
    strandings: tuple[Stranding, ...]
    """Lock-outs that come of what it and others want together."""
    reach: tuple[Reach, ...]
    """One for each setting, in their order; empty where it was saved and not only looked at."""
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
    mandate = await house.mandate.mandate()
    if group is not None:
        group_in(mandate, group)
    seen = await foresee(house, mandate, body, profile=profile, group=group)
    _, consequences = await follow(house, mandate, seen.mandate, seen.found)
    reach = await support(house, seen.found.cohorts, body)
    return _checked(seen.found, consequences, reach)


async def create_profile(house: House, caller: Caller, draft: Draft, *, reason: str = "") -> Saved:
    """Create a profile with its first revision; it reaches nobody yet.

    Raises Invalid with every complaint at once, Conflict where the name is taken.
    """
    demand(caller, Permission.OPERATE)
    wrongs = _text_wrongs(draft.name, draft.description, reason)
    wrongs += texts.lock_wrongs(draft.body, reason)
    profile = Profile(
        id=ProfileId(house.ids.new("prf")),
        name=draft.name.strip(),
        description=draft.description.strip(),
        created_at=house.clock.now(),
        revision=1,
        template=draft.template,
    )

    async def decide(mandate: Mandate) -> Decision[Saved]:
        after = with_profile(mandate, profile)
        found = await examine(house, after, (profile.id, 1), draft.body)
        texts.require([*wrongs, *found.findings.complaints()])
        revision = _revision(house, caller, profile, found.body, reason)
        change = MandateChange(profile=profile, revision=revision)
        detail = {"name": profile.name, "settings": str(revision.settings)}
        line = audit_line(house, caller, "profile.create", profile.id, detail)
        return Decision(Saved(profile, _checked(found, Consequences())), change, (line,))

    return await decided(house, decide)


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

    Raises Invalid with every complaint at once, Missing, Conflict where `base` is not the latest,
    and Unaccepted where profiles want different things, or strand headsets together, and that was
    not accepted.
    """
    demand(caller, Permission.OPERATE)
    wrongs = texts.text_wrongs("reason", reason)

    async def decide(mandate: Mandate) -> Decision[Saved]:
        before = profile_in(mandate, profile_id)
        if base != before.revision:
            newer = f"revision {before.revision} was saved since"
            raise Conflict(f"'{before.name}' was changed from revision {base}, but {newer}")
        profile = replace(before, revision=before.revision + 1)
        after = with_profile(mandate, profile)
        own = (profile.id, profile.revision)
        found = await examine(house, after, own, body)
        was = (profile.id, before.revision)
        old = (await read_bodies(house, [was], {}))[was]
        locks = texts.lock_wrongs(body, reason, old)
        texts.require([*wrongs, *locks, *found.findings.complaints()])
        cast, consequences = await follow(house, mandate, after, found)
        if not accept_conflicts:
            refuse(consequences)
        revision = _revision(house, caller, profile, found.body, reason)
        change = MandateChange(
            profile=profile,
            revision=revision,
            trees=cast.trees,
            cohorts=cast.cohorts,
            guards=cast.guards,
        )
        detail = {"revision": str(revision.number), "settings": str(revision.settings)}
        line = audit_line(house, caller, "profile.save", profile.id, detail)
        return Decision(Saved(profile, _checked(found, consequences)), change, (line,))

    return await decided(house, decide)


def _revision(
    house: House, caller: Caller, profile: Profile, body: ProfileBody, reason: str
) -> Revision:
    return Revision(
        profile=profile.id,
        number=profile.revision,
        at=house.clock.now(),
        author=caller.name,
        reason=reason.strip(),
        settings=len(body.settings),
        sealed=seal_body(house, body),
    )


def _checked(found: Examined, consequences: Consequences, reach: tuple[Reach, ...] = ()) -> Checked:
    return Checked(
        findings=found.findings,
        clashes=consequences.clashes,
        strandings=consequences.strandings,
        reach=reach,
        devices=found.devices,
    )


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
    wrongs = [] if name is None else texts.name_wrongs(name)
    wrongs.extend([] if description is None else texts.text_wrongs("description", description))
    texts.require(wrongs)

    async def decide(mandate: Mandate) -> Decision[Profile]:
        before = profile_in(mandate, profile_id)
        profile = replace(
            before,
            name=before.name if name is None else name.strip(),
            description=before.description if description is None else description.strip(),
        )
        after = with_profile(mandate, profile)
        # the wanted trees name their owners
        named = reached_by(after, profile_id) if profile.name != before.name else ()
        cast = await recast(house, after, named)
        change = MandateChange(profile=profile, trees=cast.trees, cohorts=cast.cohorts)
        detail = {"before": before.name, "after": profile.name}
        line = audit_line(house, caller, "profile.rename", profile_id, detail)
        return Decision(profile, change, (line,))

    return await decided(house, decide)


async def delete_profile(house: House, caller: Caller, profile_id: ProfileId) -> None:
    """Delete a profile with its revisions. Raises Missing, and Conflict while it is assigned."""
    demand(caller, Permission.OPERATE)

    async def decide(mandate: Mandate) -> Decision[None]:
        profile = profile_in(mandate, profile_id)
        groups = [a.group for a in mandate.assignments if a.profile == profile_id]
        if groups:
            listed = ", ".join(sorted(f"'{mandate.groups[each].name}'" for each in groups))
            raise Conflict(f"'{profile.name}' is still assigned to {listed}")
        line = audit_line(house, caller, "profile.delete", profile_id, {"name": profile.name})
        return Decision(None, MandateChange(forget_profile=profile_id), (line,))

    await decided(house, decide)


# --- Reading ----------------------------------------------------------------------------------


async def list_profiles(house: House, caller: Caller) -> tuple[ProfileLine, ...]:
    """Return all profiles in order of their name."""
    demand(caller, Permission.SEE)
    mandate = await house.mandate.mandate()
    rollouts = await house.rollouts.rollouts()
    ordered = sorted(mandate.profiles.values(), key=lambda each: each.name.casefold())
    return tuple(_line(mandate, each, rollouts.get(each.id, _NOBODY)) for each in ordered)


async def show_profile(house: House, caller: Caller, profile_id: ProfileId) -> ProfileLine:
    """Return one profile. Raises Missing."""
    demand(caller, Permission.SEE)
    mandate = await house.mandate.mandate()
    profile = profile_in(mandate, profile_id)
    return _line(mandate, profile, await house.rollouts.rollout(profile_id))


def _line(mandate: Mandate, profile: Profile, rollout: Rollout) -> ProfileLine:
    mine = tuple(each for each in mandate.assignments if each.profile == profile.id)
    return ProfileLine(profile, mine, rollout)


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

    A dry run only says what would be noticed. In a new revision, a setting whose secret was left
    out keeps its value; the profile keeps its name. Raises as `create_profile`, `save_revision`.
    """
    demand(caller, Permission.SEE if dry_run else Permission.OPERATE)
    catalog = await read_catalog(house)
    if into is None:
        document = read_document(text, catalog)
        if dry_run:
            return await check_draft(house, caller, document.body)
        draft = Draft(document.name, document.description, document.body)
        return await create_profile(house, caller, draft, reason=reason or document.reason)
    latest = await read_revision(house, into, None)
    document = read_document(text, catalog, open_body(house, latest.sealed))
    if dry_run:
        return await check_draft(house, caller, document.body, profile=into)
    return await save_revision(
        house,
        caller,
        into,
        document.body,
        base=latest.number,
        reason=reason or document.reason,
        accept_conflicts=accept_conflicts,
    )


def _text_wrongs(name: str, description: str, reason: str) -> list[Complaint]:
    return [
        *texts.name_wrongs(name),
        *texts.text_wrongs("description", description),
        *texts.text_wrongs("reason", reason),
    ]
