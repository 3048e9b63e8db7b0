"""A profile's saves: list, show, compare, export."""

from dataclasses import dataclass, replace

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.identifiers import ProfileId
from lenskeep.desired.changes import Change, changes
from lenskeep.desired.document.profile import ProfileDocument
from lenskeep.desired.document.write import write_document
from lenskeep.desired.profile import ProfileBody
from lenskeep.flows.desired.casting.bodies import open_body
from lenskeep.flows.desired.casting.deciding import profile_in, read_catalog
from lenskeep.flows.house import House
from lenskeep.flows.mandate import Revision
from lenskeep.flows.reading import may_read_secrets
from lenskeep.tree.sensitive import redacted


@dataclass(frozen=True, slots=True)
class RevisionView:
    """One save with what it holds; a viewer reads no secret in it."""

    revision: Revision
    body: ProfileBody


async def list_revisions(
    house: House, caller: Caller, profile_id: ProfileId
) -> tuple[Revision, ...]:
    """Return the saves of a profile, newest first. Raises Missing."""
    demand(caller, Permission.SEE)
    profile_in(await house.mandate.mandate(counted=False), profile_id)
    return await house.mandate.revisions(profile_id)


async def show_revision(
    house: House, caller: Caller, profile_id: ProfileId, number: int | None = None
) -> RevisionView:
    """Return one save, by default the latest, with its settings. Raises Missing."""
    demand(caller, Permission.SEE)
    revision = await read_revision(house, profile_id, number)
    body = open_body(house, revision.sealed)
    return RevisionView(revision, body if may_read_secrets(caller) else _shielded(body))


def _shielded(body: ProfileBody) -> ProfileBody:
    shown = (replace(each, value=redacted(each.uri, each.value)) for each in body.settings)
    return replace(body, settings=tuple(shown))


async def read_revision(house: House, profile_id: ProfileId, number: int | None) -> Revision:
    """Return one save, by default the latest, as it is stored. Raises Missing."""
    profile = profile_in(await house.mandate.mandate(counted=False), profile_id)
    return await house.mandate.revision(profile_id, profile.revision if number is None else number)


async def compare_revisions(
    house: House, caller: Caller, profile_id: ProfileId, old: int, new: int
) -> tuple[Change, ...]:
    """Return what differs between two saves of a profile. Raises Missing."""
    demand(caller, Permission.SEE)
    before = open_body(house, (await read_revision(house, profile_id, old)).sealed)
    after = open_body(house, (await read_revision(house, profile_id, new)).sealed)
    return changes(before, after, await read_catalog(house))


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
    profile = profile_in(await house.mandate.mandate(counted=False), profile_id)
    revision = await read_revision(house, profile_id, number)
    body = open_body(house, revision.sealed)
    document = ProfileDocument(profile.name, profile.description, revision.reason, body)
    saved = f"revision {revision.number} of {revision.at:%Y-%m-%d %H:%M} UTC by {revision.author}"
    catalog = await read_catalog(house)
    return write_document(document, catalog, secrets=secrets, header=(f"{profile_id}, {saved}",))
