"""Bulk accounts that stand alone, for packages made elsewhere: added, shown once, disabled."""

import base64
from typing import Final

from starlette.responses import Response

from lenskeep.base.errors import Complaint, Conflict, Invalid, Missing
from lenskeep.flows.entry.bulk import BulkMade, add_bulk, disable_bulk
from lenskeep.web.console.enrollment.packages.draft import bulk_wish_of
from lenskeep.web.console.enrollment.packages.page import ADDRESS, answer
from lenskeep.web.console.page import Visit, go

_FIELDS: Final = ("name", "days", "uses", "certificate", "make")


async def add(visit: Visit) -> Response:
    """Add a bulk account and show its secret this once."""
    bulk = {name: visit.form.get(f"bulk.{name}", "") for name in _FIELDS}
    try:
        made = await add_bulk(visit.house, visit.caller, bulk_wish_of(visit.form))
    except Invalid as invalid:
        wrong = tuple(
            Complaint(f"bulk.{each.field}", each.message, each.allowed)
            for each in invalid.complaints
        )
        return await answer(visit, 422, {"bulk": bulk, "complaints": wrong})
    except Conflict as conflict:
        wrong = (Complaint("bulk.name", str(conflict)),)
        return await answer(visit, 409, {"bulk": bulk, "complaints": wrong})
    return await answer(visit, 200, {"bulk_made": _told(made)})


async def end(visit: Visit) -> Response:
    """Disable a bulk account: it enrolls nothing more."""
    account = visit.request.path_params["account"]
    try:
        await disable_bulk(visit.house, visit.caller, account)
    except Missing:
        raise
    except Conflict as conflict:
        return await answer(visit, 409, {"refused": str(conflict)})
    return go(visit.request, f"{ADDRESS}#bulk-title")


def _told(made: BulkMade) -> dict[str, str]:
    """Return what is shown once."""
    return {
        "name": made.account.name,
        "password": made.password.reveal() if made.password else "",
        "pfx": base64.b64encode(made.pfx).decode("ascii"),
        "pfx_password": made.pfx_password.reveal() if made.pfx_password else "",
        "thumbprint": made.thumbprint,
    }
