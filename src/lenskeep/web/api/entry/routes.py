"""All routers of the ways in and out."""

from fastapi import APIRouter

from lenskeep.flows.house import House
from lenskeep.web.api.entry.arriving.autopilot import make_autopilot_router
from lenskeep.web.api.entry.arriving.first_run import make_first_run_router
from lenskeep.web.api.entry.authority import make_authority_router
from lenskeep.web.api.entry.leaving import make_leaving_router
from lenskeep.web.api.entry.licenses import make_license_router
from lenskeep.web.api.entry.packages import make_package_router
from lenskeep.web.api.entry.providers import make_provider_router
from lenskeep.web.api.entry.rules import make_rules_router
from lenskeep.web.api.entry.tenants import make_tenant_router
from lenskeep.web.api.entry.terms import make_terms_router


def make_entry_routers(house: House) -> list[APIRouter]:
    """Return the routers, each path in one of them."""
    return [
        make_authority_router(house),
        make_autopilot_router(house),
        make_first_run_router(house),
        make_leaving_router(house),
        make_license_router(house),
        make_package_router(house),
        make_provider_router(house),
        make_rules_router(house),
        make_tenant_router(house),
        make_terms_router(house),
    ]
