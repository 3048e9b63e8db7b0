"""Which names headsets look for, and what is found there at this moment."""

from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from lenskeep.access import Permission
from lenskeep.base.errors import Complaint, Invalid
from lenskeep.flows.entry.admission.names import NameView, look_at_names
from lenskeep.web.console.page import Visit

_LABEL: Final = "enterpriseenrollment."


@dataclass(frozen=True, slots=True)
class Check:
    """One thing about a name: whether it is right, and what was found."""

    name: str
    is_right: bool
    found: str


@dataclass(frozen=True, slots=True)
class NameCard:
    """One name with its checks."""

    view: NameView
    checks: tuple[Check, ...]


async def names_page(visit: Visit) -> Response:
    """Show the form, or what was found for the domain in the address."""
    domain = visit.request.query_params.get("domain", "").strip()
    cards: tuple[NameCard, ...] = ()
    complaints: tuple[Complaint, ...] = ()
    if domain and visit.may(Permission.ADMINISTER):
        try:
            found = await look_at_names(visit.house, visit.caller, domain)
        except Invalid as invalid:
            complaints = invalid.complaints
        else:
            cards = tuple(NameCard(each, checks(each)) for each in found)
    values: dict[str, object] = {
        "domain": domain,
        "usual": _usual(visit),
        "cards": cards,
        "complaints": complaints,
    }
    return visit.answer("enrollment/names.html", values, 422 if complaints else 200)


def checks(view: NameView) -> tuple[Check, ...]:
    """Return what is right and wrong with a name, in the order in which a headset finds out."""
    looked = view.looked
    leads = f" (by {looked.canonical})" if looked.canonical else ""
    found = ", ".join(looked.addresses)
    told = [Check("In DNS", bool(found), found + leads if found else "no address")]
    if not found:
        return tuple(told)
    told.append(
        Check(f"Answers at port {view.port}", looked.reachable, "yes" if looked.reachable else "no")
    )
    if not looked.reachable:
        return tuple(told)
    trusted = {
        "public": "by every headset",
        "lenskeep": "by headsets with this server's root certificate on them",
    }
    return (
        *told,
        Check(
            "Certificate trusted", bool(looked.trusted), trusted.get(looked.trusted, "by nobody")
        ),
        Check(
            "Certificate is for this name",
            looked.names_match,
            "yes" if looked.names_match else "no",
        ),
        Check("Certificate ends", True, looked.not_after[:10] or "not told"),
        Check(
            "Discovery answers",
            looked.status == 200,
            f"HTTP {looked.status}" if looked.status else "no",
        ),
    )


def _usual(visit: Visit) -> str:
    """Return the domain that the server's names speak of."""
    names = visit.house.settings.host_names
    found = (each[len(_LABEL) :] for each in names if each.casefold().startswith(_LABEL))
    return next(found, "example.org")
