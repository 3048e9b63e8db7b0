"""The addresses of setting up the ways in."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from lenskeep.access import Permission
from lenskeep.enrollment.edition import MAX_LICENSE_BYTES
from lenskeep.web.console.page import Console, Visit
from lenskeep.web.console.setup import authority, licenses, providers
from lenskeep.web.console.setup.arriving import autopilot, first_run, wearer
from lenskeep.web.console.setup.entra import tenants, terms, token
from lenskeep.web.console.setup.upload import Upload, upload
from lenskeep.web.console.visitor import form, page

_Action: TypeAlias = Callable[[Visit], Awaitable[Response]]

_SHOWN: Final[dict[str, _Action]] = {
    tenants.ADDRESS: tenants.tenants_page,
    tenants.ADDRESS + "/{tenant}": tenants.tenant_page,
    terms.ADDRESS: terms.terms_page,
    providers.ADDRESS: providers.providers_page,
    autopilot.ADDRESS: autopilot.autopilot_page,
    autopilot.ADDRESS + "/autopilot.csv": autopilot.export,
    first_run.ADDRESS: first_run.first_run_page,
    wearer.ADDRESS: wearer.wearer_page,
    licenses.ADDRESS: licenses.licenses_page,
    "/enrollment/authority": authority.authority_page,
}
_SENT: Final[dict[str, _Action]] = {
    tenants.ADDRESS: tenants.add,
    tenants.ADDRESS + "/try": token.try_out,
    tenants.ADDRESS + "/{tenant}": tenants.change,
    tenants.ADDRESS + "/{tenant}/switch": tenants.switch,
    tenants.ADDRESS + "/{tenant}/keys": tenants.bring_keys,
    tenants.ADDRESS + "/{tenant}/remove": tenants.remove,
    terms.ADDRESS: terms.save,
    terms.ADDRESS + "/preview": terms.preview,
    terms.ADDRESS + "/end": terms.end,
    providers.ADDRESS: providers.add,
    providers.ADDRESS + "/{provider}/check": providers.check,
    providers.ADDRESS + "/{provider}/remove": providers.remove,
    autopilot.ADDRESS + "/change": autopilot.change,
    autopilot.ADDRESS + "/remove": autopilot.remove,
    first_run.ADDRESS: first_run.save,
    first_run.ADDRESS + "/preview": first_run.preview,
    wearer.ADDRESS: wearer.save,
    wearer.ADDRESS + "/preview": wearer.preview,
    licenses.ADDRESS + "/{license}/remove": licenses.remove,
}
_UPLOADED: Final[dict[str, tuple[Upload, Permission, int]]] = {
    autopilot.ADDRESS: (autopilot.take, Permission.ENROLL, autopilot.MAX_FILE),
    licenses.ADDRESS: (licenses.add, Permission.ADMINISTER, MAX_LICENSE_BYTES),
}


def setup_routes(console: Console) -> list[BaseRoute]:
    """Return the routes; those with a fixed name before those with an id."""
    return [
        *(Route(path, page(console, show), methods=["GET"]) for path, show in _SHOWN.items()),
        *(Route(path, form(console, act), methods=["POST"]) for path, act in _SENT.items()),
        *(
            Route(path, upload(console, *taken), methods=["POST"])
            for path, taken in _UPLOADED.items()
        ),
    ]
