"""Templates: profiles to start from, and how far a device or profile is from one."""

from collections.abc import Mapping
from dataclasses import replace

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.identifiers import DeviceId, ProfileId
from lenskeep.desired.changes import Change, changes
from lenskeep.desired.profile import ProfileBody
from lenskeep.desired.templates.against import Against, against_device
from lenskeep.desired.templates.every import template, templates
from lenskeep.desired.templates.template import Template
from lenskeep.desired.validate.profile import Noticed, check_profile
from lenskeep.flows.desired.casting.bodies import open_body
from lenskeep.flows.desired.casting.deciding import profile_in, read_catalog
from lenskeep.flows.desired.profiles import Draft, Saved, create_profile
from lenskeep.flows.house import House


async def list_templates(_house: House, caller: Caller) -> tuple[Template, ...]:
    """Return all templates."""
    demand(caller, Permission.SEE)
    return templates()


async def show_template(_house: House, caller: Caller, template_id: str) -> Template:
    """Return one template. Raises Missing."""
    demand(caller, Permission.SEE)
    return template(template_id)


async def fill_template(
    _house: House, caller: Caller, template_id: str, answers: Mapping[str, str]
) -> ProfileBody:
    """Return the body that a template gives with these answers. Raises Missing, Invalid.

    Nothing is acknowledged in it: what can lock out has to be looked at by somebody.
    """
    demand(caller, Permission.SEE)
    return template(template_id).fill(answers)


async def start_from_template(  # noqa: PLR0913 - each is a question of its own, by keyword
    house: House,
    caller: Caller,
    template_id: str,
    name: str,
    answers: Mapping[str, str],
    *,
    acknowledged: bool = False,
    reason: str = "",
) -> Saved:
    """Create a profile from a template. Raises Missing, Invalid, Conflict.

    `acknowledged`: somebody has read how its settings can lock out, and wants them all the same.
    """
    demand(caller, Permission.OPERATE)
    found = template(template_id)
    body = found.fill(answers)
    if acknowledged:
        trapped = {each.uri for each in await _dangers(house, body)}
        settings = (replace(s, acknowledged=s.uri in trapped) for s in body.settings)
        body = replace(body, settings=tuple(settings))
    draft = Draft(name, found.summary, body, template=found.id)
    why = reason.strip() or f"from the template {found.title}"
    return await create_profile(house, caller, draft, reason=why)


async def _dangers(house: House, body: ProfileBody) -> tuple[Noticed, ...]:
    catalog = await read_catalog(house)
    return check_profile(catalog, body, now=house.clock.now()).lockouts


async def compare_with_device(
    house: House,
    caller: Caller,
    template_id: str,
    answers: Mapping[str, str],
    device_id: DeviceId,
) -> tuple[Against, ...]:
    """Return how a device stands to a template, setting by setting. Raises Missing, Invalid."""
    demand(caller, Permission.SEE)
    body = template(template_id).fill(answers)
    known = house.open_known((await house.fleet.device(device_id)).known)
    return against_device(body, known, await read_catalog(house))


async def compare_with_profile(
    house: House,
    caller: Caller,
    template_id: str,
    answers: Mapping[str, str],
    profile_id: ProfileId,
) -> tuple[Change, ...]:
    """Return what differs from a template to a profile's latest save. Raises Missing, Invalid."""
    demand(caller, Permission.SEE)
    body = template(template_id).fill(answers)
    profile = profile_in(await house.mandate.mandate(counted=False), profile_id)
    latest = await house.mandate.revision(profile_id, profile.revision)
    return changes(body, open_body(house, latest.sealed), await read_catalog(house))
