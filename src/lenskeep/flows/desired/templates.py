"""Templates: profiles to start from, and how far a device or profile is from one."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.identifiers import DeviceId, ProfileId
from lenskeep.desired.profile import ProfileBody
from lenskeep.flows.desired.profiles import Saved
from lenskeep.flows.house import House

if TYPE_CHECKING:
    from lenskeep.desired.changes import Change
    from lenskeep.desired.templates import Against, Template


async def list_templates(house: House, caller: Caller) -> "tuple[Template, ...]":
    """Return all templates."""
    demand(caller, Permission.SEE)
    raise NotImplementedError


async def show_template(house: House, caller: Caller, template_id: str) -> "Template":
    """Return one template. Raises Missing."""
    demand(caller, Permission.SEE)
    raise NotImplementedError


async def fill_template(
    house: House, caller: Caller, template_id: str, answers: Mapping[str, str]
) -> ProfileBody:
    """Return the body that a template gives with these answers. Raises Missing, Invalid."""
    demand(caller, Permission.SEE)
    raise NotImplementedError


async def start_from_template(
    house: House, caller: Caller, template_id: str, name: str, answers: Mapping[str, str]
) -> Saved:
    """Create a profile from a template. Raises Missing, Invalid, Conflict."""
    demand(caller, Permission.OPERATE)
    raise NotImplementedError


async def compare_with_device(
    house: House,
    caller: Caller,
    template_id: str,
    answers: Mapping[str, str],
    device_id: DeviceId,
) -> "tuple[Against, ...]":
    """Return how a device stands to a template, setting by setting. Raises Missing, Invalid."""
    demand(caller, Permission.SEE)
    raise NotImplementedError


async def compare_with_profile(
    house: House,
    caller: Caller,
    template_id: str,
    answers: Mapping[str, str],
    profile_id: ProfileId,
) -> "tuple[Change, ...]":
    """Return what differs from a template to a profile's latest save. Raises Missing, Invalid."""
    demand(caller, Permission.SEE)
    raise NotImplementedError
