"""Who a device belongs to and how it came: way, owner, certificates, what its wearer reads."""

from typing import Final

from starlette.responses import Response

from lenskeep.flows.arriving.first_run import first_run_of
from lenskeep.flows.arriving.wearer import preview
from lenskeep.flows.authority.rotating import certificates_of
from lenskeep.flows.entrance import Way
from lenskeep.flows.entry.tenants import list_tenants
from lenskeep.flows.leaving.showing import show_owner
from lenskeep.flows.reading import show_device
from lenskeep.flows.records import Enrollment
from lenskeep.web.console.device.doing import first_run_steps, first_run_words
from lenskeep.web.console.device.lives import draw
from lenskeep.web.console.device.pages import device_id, is_active
from lenskeep.web.console.page import Visit

WAYS: Final = {
    Way.ENTRA_JOIN.value: "It joined Entra, in its first run or in Settings, by a user.",
    Way.ENTRA_ACCOUNT.value: "A work account was added to a headset that somebody owns.",
    Way.AUTOPILOT.value: "Autopilot joined it to Entra by itself, without a user.",
    Way.BULK_TOKEN.value: "A provisioning package joined it to Entra by a bulk token.",
    Way.LOCAL.value: "“Enroll only in device management”, with a password or a code.",
    Way.FEDERATED.value: "“Enroll only in device management”, through the sign-in page.",
    Way.PACKAGE.value: "A provisioning package with a bulk account.",
    Way.PACKAGE_CERTIFICATE.value: "A provisioning package with a certificate.",
}


async def who_page(visit: Visit) -> Response:
    """Show who and how."""
    house, caller, device = visit.house, visit.caller, device_id(visit)
    detail = (await show_device(house, caller, device)).detail
    first_run = await first_run_of(house, caller, device)
    newest = next(iter(detail.enrollments), None)
    values = {
        "row": detail.row,
        "is_active": is_active(detail.row),
        "enrollment": newest,
        "earlier": detail.enrollments[1:],
        "way": WAYS.get(newest.way, "") if newest else "",
        "tenant": await _tenant(visit, newest),
        "owned": await show_owner(house, caller, device),
        "lives": draw(await certificates_of(house, caller, device), visit.now),
        "wearer": await preview(house, caller, device),
        "first_run": first_run,
        "first_run_steps": first_run_steps(first_run),
        "first_run_words": first_run_words(first_run),
        "here": "who",
    }
    return visit.answer("device/who.html", values)


async def _tenant(visit: Visit, enrollment: Enrollment | None) -> str:
    """Return what the tenant is called here; empty where it is not known any more."""
    if enrollment is None or not enrollment.tenant:
        return ""
    known = await list_tenants(visit.house, visit.caller)
    return next((each.label for each in known if each.tenant == enrollment.tenant), "")
