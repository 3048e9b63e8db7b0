"""What a way into management means for the messages: who asks, with which proof, saying what.

[MS-MDE2] 2.2.2 and 3.4 (context items); which way sends which item is published only in part.
"""

import base64
import binascii
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from lenskeep.virtual.enrollment.package.customizations import Recipe, read_recipe
from lenskeep.virtual.enrollment.package.identity import find_holder
from lenskeep.virtual.enrollment.proof import Proof, by_certificate, by_entra, by_password
from lenskeep.virtual.enrollment.ways import (
    AnyWay,
    Autopilot,
    BulkToken,
    EntraAccount,
    EntraJoin,
    Entrance,
    Federated,
    Local,
    Package,
    Spelling,
    Terms,
)
from lenskeep.virtual.enrollment.web.person import WebPerson

EnrollmentType = Literal["Full", "Device"]

BY_HAND: Final = ("OnPremise", "Federated")
"""What the Settings app offers (`seen:` Windows 10 19043)."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One way, worked out. Without `proof`, discovery decides between `password` and `person`."""

    entrance: Entrance
    server: str
    email: str = ""
    user: str = ""
    offers: tuple[str, ...] = BY_HAND
    enrollment_type: EnrollmentType = "Full"
    proof: Proof | None = None
    password: Proof | None = None
    person: WebPerson | None = None
    items: tuple[tuple[str, str], ...] = ()
    terms: Terms | None = None
    in_oobe: bool = False
    ux_initiated: bool = True
    user_signed_in: bool = True
    tenant: str = ""
    entra_device: str = ""
    recipe: Recipe | None = field(default=None, repr=False)

    @property
    def heeds_discovery(self) -> bool:
        """Whether the sign-in that discovery chooses counts; Entra's own ways pass over it."""
        return not self.tenant


def passage_of(way: AnyWay, at: datetime) -> Passage:
    """Return what the way means. Raises EnrollmentRefused or WrongState for a broken package."""
    match way:
        case Local():
            password = by_password(way.user, way.secret)
            return Passage(Entrance.LOCAL, way.server, way.user, user=way.user, password=password)
        case Federated():
            return Passage(
                Entrance.FEDERATED, way.server, way.user, user=way.user, person=way.person
            )
        case Package():
            return _by_package(way, at)
        case _:
            return _by_entra(way)


def _by_entra(way: EntraJoin | EntraAccount | Autopilot | BulkToken) -> Passage:
    claims = claims_in(way.token)
    user = str(claims.get("upn") or claims.get("preferred_username") or "")
    common: dict[str, Any] = {
        "server": way.server,
        "user": user,
        "proof": by_entra(way.token, way.spelling),
        "tenant": str(claims.get("tid") or "unknown"),
        "entra_device": str(claims.get("deviceid") or ""),
    }
    match way:
        case EntraJoin():
            return Passage(
                entrance=Entrance.ENTRA_JOIN,
                email=way.email or user,
                enrollment_type="Device",
                terms=way.terms,
                in_oobe=way.in_oobe,
                user_signed_in=not way.in_oobe,  # assumed: nobody is signed in during OOBE
                **common,
            )
        case EntraAccount():
            email = way.email or user
            return Passage(entrance=Entrance.ENTRA_ACCOUNT, email=email, terms=way.terms, **common)
        case Autopilot():
            common["user"] = ""
            return _unattended(Entrance.AUTOPILOT, _autopilot_items(way), common)
        case BulkToken():
            return _unattended(Entrance.BULK_TOKEN, (("BulkAADJ", "true"),), common)


def _unattended(
    entrance: Entrance, items: tuple[tuple[str, str], ...], common: dict[str, Any]
) -> Passage:
    """Return the passage of a headset that nobody sits in front of."""
    return Passage(
        entrance=entrance,
        enrollment_type="Device",
        items=items,
        in_oobe=True,
        ux_initiated=False,
        user_signed_in=False,
        **common,
    )


def _autopilot_items(way: Autopilot) -> tuple[tuple[str, str], ...]:
    found = [("ZeroTouchProvisioning", way.ztd_id)] if way.ztd_id else []
    if way.correlator:
        found.append(("OfflineAutoPilotEnrollmentCorrelator", way.correlator))
    return tuple(found)


def _by_package(way: Package, at: datetime) -> Passage:
    """It runs as SYSTEM: nobody is asked, and nobody's session is the one that enrolls."""
    recipe = read_recipe(way.customizations, dict(way.files))
    if recipe.auth_policy == "Certificate":
        pfx = way.pfx or recipe.client
        word = way.pfx_password or recipe.client_password
        entrance = Entrance.PACKAGE_CERTIFICATE
        proof = by_certificate(find_holder(pfx, word, recipe.secret), at)
    else:
        entrance = Entrance.PACKAGE
        proof = by_password(recipe.user, recipe.secret)
    return Passage(
        entrance=entrance,
        server=recipe.discovery_url,
        email=recipe.user,
        user=recipe.user,
        offers=(recipe.auth_policy,),
        proof=proof,
        ux_initiated=False,
        user_signed_in=False,
        recipe=recipe,
    )


def claims_in(token: str) -> dict[str, Any]:
    """Return the claims of a token, unproven: the headset has it from the issuer itself."""
    parts = token.split(".")
    if len(parts) < 2:
        return {}
    try:
        raw = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        claims = json.loads(raw)
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


__all__ = ["BY_HAND", "EnrollmentType", "Passage", "Spelling", "claims_in", "passage_of"]
