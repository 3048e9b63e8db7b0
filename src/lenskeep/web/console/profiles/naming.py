"""Which profile a request is about, and names for the rows of a form."""

from lenskeep.base.identifiers import ProfileId
from lenskeep.flows.house import House
from lenskeep.web.console.page import Visit


def profile_id(visit: Visit) -> ProfileId:
    """Return the profile that the address names."""
    return ProfileId(visit.request.path_params["id"])


def profile_in(visit: Visit) -> ProfileId | None:
    """Return the profile that the form is of, None for a new one."""
    named = visit.form.get("profile", "")
    return ProfileId(named) if named else None


def row_id(house: House) -> str:
    """Return a fresh name for a row."""
    return house.randomness.octets(6).hex()


def address(profile: ProfileId, rest: str = "") -> str:
    """Return the address of a profile's page, or of one below it."""
    return f"/profiles/{profile}{rest}"
