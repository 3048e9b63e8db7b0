"""REST: who may enroll, which ways are offered, which names are needed, who tried."""

from typing import Annotated

from fastapi import APIRouter, Query

from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.entry.admission import names, rules, ways
from lenskeep.flows.entry.admission.rules import Described
from lenskeep.flows.house import House
from lenskeep.web.api.entry.shapes import rules as shapes
from lenskeep.web.api.guard import Asking
from lenskeep.web.api.inputs import Cut
from lenskeep.web.api.models import Listing
from lenskeep.web.api.problems import documented

_Domain = Annotated[str, Query(max_length=300, description="What follows @ in user names.")]


def make_rules_router(house: House) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["enrollment"])
    _add_rules(router, house)
    _add_maintenance(router, house)
    _add_lists(router, house)
    return router


def _add_rules(router: APIRouter, house: House) -> None:
    @router.get("/enrollment/rules", summary="Show the rules for who and what may enroll")
    async def show_enrollment_rules(caller: Asking) -> shapes.EnrollmentRules:
        found = await rules.show_rules(house, caller)
        return shapes.EnrollmentRules.model_validate(found)

    @router.put(
        "/enrollment/rules",
        summary="Set the rules for who and what may enroll",
        responses=documented(400, 409, 413),
    )
    async def set_enrollment_rules(
        caller: Asking, body: shapes.EnrollmentRulesBody
    ) -> shapes.EnrollmentRules:
        found = await rules.set_rules(house, caller, body.rules, body.base)
        return shapes.EnrollmentRules.model_validate(found)

    @router.post(
        "/enrollment/rules/try",
        summary="Say what the rules, or a draft of them, would say of somebody",
        responses=documented(400, 404, 413),
    )
    async def try_enrollment_rules(
        caller: Asking, body: shapes.RulesTrialBody
    ) -> shapes.RulesTrial:
        described = Described(
            body.applicant.applicant if body.applicant else None,
            DeviceId(body.device) if body.device else None,
        )
        found = await rules.try_rules(house, caller, described, body.rules, body.at)
        return shapes.RulesTrial.of(found)


def _add_maintenance(router: APIRouter, house: House) -> None:
    @router.put(
        "/enrollment/maintenance",
        summary="Let nobody enroll until a moment, or end that; renewals go on",
        responses=documented(400, 409, 413),
    )
    async def set_enrollment_maintenance(
        caller: Asking, body: shapes.MaintenanceBody
    ) -> shapes.EnrollmentRules:
        wanted = {"until": body.until, "words": body.words} if body.until is not None else None
        found = await rules.set_maintenance(house, caller, wanted)
        return shapes.EnrollmentRules.model_validate(found)


def _add_lists(router: APIRouter, house: House) -> None:
    @router.get(
        "/enrollment/ways", summary="List the ways in: whether they are offered, and what to do"
    )
    async def list_enrollment_ways(caller: Asking) -> Listing[shapes.EnrollmentWay]:
        found = await ways.show_ways(house, caller)
        return Listing(items=[shapes.EnrollmentWay.of(each) for each in found], next=None)

    @router.get(
        "/enrollment/names",
        summary="Look at the names that headsets of a mail domain look for",
    )
    async def look_at_enrollment_names(
        caller: Asking, domain: _Domain = ""
    ) -> Listing[shapes.EnrollmentName]:
        found = await names.look_at_names(house, caller, domain)
        return Listing(items=[shapes.EnrollmentName.of(each) for each in found], next=None)

    @router.get("/enrollment/attempts", summary="List who tried to come in, newest first")
    async def list_enrollment_attempts(
        caller: Asking, cut: Annotated[Cut, Query()]
    ) -> Listing[shapes.EnrollmentAttempt]:
        page = await rules.list_attempts(house, caller, cut.page)
        items = [shapes.EnrollmentAttempt.of(each) for each in page.items]
        return Listing(items=items, next=page.next)
