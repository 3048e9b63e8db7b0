"""REST: profiles, their revisions, and what there is to know before one is saved."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from lenskeep.access import Caller
from lenskeep.base.identifiers import GroupId, ProfileId
from lenskeep.desired.profile import ProfileBody
from lenskeep.flows.desired import profiles, revisions, rolling
from lenskeep.flows.desired.casting.deciding import read_catalog
from lenskeep.flows.desired.profiles import Draft
from lenskeep.flows.house import House
from lenskeep.web.api.desired.contested import contested
from lenskeep.web.api.desired.shapes.inputs import (
    LARGEST,
    CheckBody,
    ImportBody,
    Number,
    ProfileBodyNew,
    ProfileChange,
    ProgressCut,
    RevisionBody,
    Wanting,
)
from lenskeep.web.api.desired.shapes.profiles import (
    Change,
    CheckedProfile,
    ImportedProfile,
    Profile,
    ProfileLine,
    Revision,
    RevisionPage,
    Rollout,
    SavedProfile,
)
from lenskeep.web.api.desired.shapes.rollouts import ProgressLine, ProgressPage
from lenskeep.web.api.guard import Asking
from lenskeep.web.api.inputs import Id
from lenskeep.web.api.models import Listing
from lenskeep.web.api.problems import documented

YAML: Final = "application/yaml"
"""[RFC 9512]"""
_TEXT: Final = {"type": "string"}


def make_profile_router(house: House) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["profiles"])
    _add_profiles(router, house)
    _add_one(router, house)
    _add_revisions(router, house)
    _add_saves(router, house)
    _add_export(router, house)
    _add_import(router, house)
    return router


async def wanted_body(
    house: House, caller: Caller, wanting: Wanting, profile: ProfileId | None = None
) -> ProfileBody | None:
    """Return the body that a question gives, None where it gives none. Raises Invalid, Missing."""
    kept = ProfileBody()
    if wanting.document is not None and profile is not None:
        kept = (await revisions.show_revision(house, caller, profile)).body
    return wanting.body(await read_catalog(house), kept)


def _add_profiles(router: APIRouter, house: House) -> None:
    @router.get("/profiles", summary="List profiles with their assignments and progress")
    async def list_profiles(caller: Asking) -> Listing[ProfileLine]:
        lines = await profiles.list_profiles(house, caller)
        return Listing(items=[ProfileLine.model_validate(each) for each in lines], next=None)

    @router.post(
        "/profiles",
        summary="Create a profile with its first revision; it reaches nobody yet",
        status_code=201,
        responses=documented(400, 409, 413),
    )
    async def create_profile(
        caller: Asking, body: ProfileBodyNew, response: Response
    ) -> SavedProfile:
        wanted = body.body(await read_catalog(house))
        draft = Draft(body.name, body.description, wanted, body.template)
        saved = await profiles.create_profile(house, caller, draft, reason=body.reason)
        response.headers["Location"] = f"/api/v1/profiles/{saved.profile.id}"
        return SavedProfile.of(saved)

    @router.post(
        "/profiles/check",
        summary="Say what saving these settings would say; nothing is saved",
        responses=documented(400, 404, 413),
    )
    async def check_profile(caller: Asking, body: CheckBody) -> CheckedProfile:
        profile = ProfileId(body.profile) if body.profile else None
        group = GroupId(body.group) if body.group else None
        wanted = await wanted_body(house, caller, body, profile) or ProfileBody((), body.drift)
        checked = await profiles.check_draft(house, caller, wanted, profile=profile, group=group)
        return CheckedProfile.of(checked)


def _add_one(router: APIRouter, house: House) -> None:
    @router.get("/profiles/{id}", summary="Show one profile", responses=documented(404))
    async def show_profile(caller: Asking, id: Id) -> ProfileLine:  # noqa: A002 - the public name
        return ProfileLine.model_validate(await profiles.show_profile(house, caller, ProfileId(id)))

    @router.patch(
        "/profiles/{id}",
        summary="Change a profile's name or description",
        responses=documented(400, 404, 409, 413),
    )
    async def rename_profile(caller: Asking, id: Id, body: ProfileChange) -> Profile:  # noqa: A002
        changed = await profiles.rename_profile(
            house, caller, ProfileId(id), name=body.name, description=body.description
        )
        return Profile.model_validate(changed)

    @router.delete(
        "/profiles/{id}",
        summary="Delete a profile with its revisions; never while it is assigned",
        status_code=204,
        responses=documented(404, 409),
    )
    async def delete_profile(caller: Asking, id: Id) -> None:  # noqa: A002
        await profiles.delete_profile(house, caller, ProfileId(id))

    @router.get(
        "/profiles/{id}/progress",
        summary="Read how far a profile has come, and on which devices",
        responses=documented(404),
    )
    async def read_progress(
        caller: Asking,
        id: Id,  # noqa: A002
        cut: Annotated[ProgressCut, Query()],
    ) -> ProgressPage:
        rollout, page = await rolling.profile_progress(
            house, caller, ProfileId(id), state=cut.state, page=cut.page
        )
        items = [ProgressLine.model_validate(each) for each in page.items]
        return ProgressPage(rollout=Rollout.model_validate(rollout), items=items, next=page.next)


def _add_revisions(router: APIRouter, house: House) -> None:
    @router.get(
        "/profiles/{id}/revisions",
        summary="List the saves of a profile, newest first",
        responses=documented(404),
    )
    async def list_revisions(caller: Asking, id: Id) -> Listing[Revision]:  # noqa: A002
        found = await revisions.list_revisions(house, caller, ProfileId(id))
        return Listing(items=[Revision.line(each) for each in found], next=None)

    @router.post(
        "/profiles/{id}/revisions",
        summary="Save new settings; devices that get the latest revision get them",
        status_code=201,
        responses=contested(400, 404, 413),
    )
    async def save_revision(caller: Asking, id: Id, body: RevisionBody) -> SavedProfile:  # noqa: A002
        saved = await profiles.save_revision(
            house,
            caller,
            ProfileId(id),
            body.body(await read_catalog(house)),
            base=body.base,
            reason=body.reason,
            accept_conflicts=body.accept_conflicts,
        )
        return SavedProfile.of(saved)


def _add_saves(router: APIRouter, house: House) -> None:
    @router.get(
        "/profiles/{id}/revisions/{number}",
        summary="Show one save with its settings; an operator reads secrets in it",
        responses=documented(404),
    )
    async def show_revision(caller: Asking, id: Id, number: Number) -> RevisionPage:  # noqa: A002
        view = await revisions.show_revision(house, caller, ProfileId(id), number)
        return RevisionPage.of(view, await read_catalog(house))

    @router.get(
        "/profiles/{id}/revisions/{number}/changes",
        summary="Compare a save with an earlier one, by default the one before",
        responses=documented(404),
    )
    async def compare_revisions(
        caller: Asking,
        id: Id,  # noqa: A002
        number: Number,
        since: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    ) -> Listing[Change]:
        earlier = since or max(1, number - 1)
        found = await revisions.compare_revisions(house, caller, ProfileId(id), earlier, number)
        return Listing(items=[Change.model_validate(each) for each in found], next=None)


def _add_export(router: APIRouter, house: House) -> None:
    @router.get(
        "/profiles/{id}/document",
        summary="Export a save as YAML; secrets only where they are asked for",
        response_class=Response,
        responses={
            200: {"description": "The document.", "content": {YAML: {"schema": _TEXT}}},
            **documented(404),
        },
    )
    async def export_profile(
        caller: Asking,
        id: Id,  # noqa: A002
        revision: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
        *,
        secrets: bool = False,
    ) -> Response:
        text = await revisions.export_profile(
            house, caller, ProfileId(id), revision, secrets=secrets
        )
        return Response(text, media_type=YAML)


def _add_import(router: APIRouter, house: House) -> None:
    @router.post(
        "/profiles/import",
        summary="Save a YAML document as a new profile, or as a new revision of one",
        status_code=201,
        responses={
            200: {"description": "A dry run.", "model": ImportedProfile},
            **contested(400, 404, 413),
        },
    )
    async def import_profile(
        caller: Asking, body: ImportBody, response: Response
    ) -> ImportedProfile:
        found = await profiles.import_profile(
            house,
            caller,
            body.document,
            reason=body.reason,
            into=ProfileId(body.into) if body.into else None,
            dry_run=body.dry_run,
            accept_conflicts=body.accept_conflicts,
        )
        response.status_code = 200 if body.dry_run else 201
        return ImportedProfile.of(found)
