"""The form of a package: what was typed becomes a wish. Pure; secrets are not shown again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lenskeep.base.errors import Invalid
from lenskeep.base.secret import Secret
from lenskeep.enrollment.package.definition import FirstRun, Proof, Wifi
from lenskeep.flows.entry.bulk import USUAL_DAYS, BulkWish
from lenskeep.flows.entry.package.wish import PackageWish, UserWish
from lenskeep.web.console.enrollment.fields import NONE, number
from lenskeep.web.console.page import Form

PREPARES: Final = "none"
"""A package that enrolls nothing."""
PROOFS: Final = (
    (Proof.PASSWORD.value, "By a password, made here"),
    (Proof.CERTIFICATE.value, "By a certificate, made here (not seen on a headset yet)"),
    (PREPARES, "Not at all: it prepares the headset"),
)
NETWORKS: Final = 3
"""Rows of the form; more are for REST and the command line."""
TEXTS: Final = {
    "name": "",
    "version": "1.0",
    "enroll_by": Proof.PASSWORD.value,
    "upn": "",
    "days": str(USUAL_DAYS),
    "uses": "",
    "user.name": "",
    "time_zone": "",
    "first_run.region": "",
    "kiosk_profile": "",
    "device_name": "",
}
FLAGS: Final = ("skip_calibration", "skip_training", "skip_wifi", "standard_user")


@dataclass(frozen=True, slots=True)
class Draft:
    """What the fields of the form hold, without secrets."""

    texts: Mapping[str, str]
    flags: frozenset[str]
    networks: tuple[tuple[str, bool], ...]
    """SSID, and whether it is hidden."""


EMPTY: Final = Draft(TEXTS, frozenset(), ())


def typed(form: Form) -> Draft:
    """Return what was typed, to be shown again."""
    hidden = frozenset(form.getlist("wifi.hidden"))
    networks = tuple(
        (ssid, str(row) in hidden) for row, ssid in enumerate(form.getlist("wifi.ssid"))
    )
    return Draft(
        {name: form.get(name, usual) for name, usual in TEXTS.items()},
        frozenset(name for name in FLAGS if form.get(name) == "1"),
        networks[:NETWORKS],
    )


def wish_of(form: Form) -> PackageWish:
    """Return the package asked for. Raises Invalid."""
    draft = typed(form)
    texts = draft.texts
    return PackageWish(
        name=texts["name"],
        version=texts["version"],
        proof=_proof(texts["enroll_by"]),
        upn=texts["upn"].strip(),
        days=number(texts["days"], USUAL_DAYS),
        uses=_optional(texts["uses"]),
        wifi=_networks(form, draft),
        user=_user(form, draft),
        time_zone=texts["time_zone"],
        first_run=FirstRun(
            skip_calibration="skip_calibration" in draft.flags,
            skip_training="skip_training" in draft.flags,
            skip_wifi="skip_wifi" in draft.flags,
            region=_optional(texts["first_run.region"]),
        ),
        kiosk_profile=texts["kiosk_profile"],
        device_name=texts["device_name"],
    )


def bulk_wish_of(form: Form) -> BulkWish:
    """Return the bulk account asked for."""
    return BulkWish(
        name=form.get("bulk.name", ""),
        days=number(form.get("bulk.days", ""), USUAL_DAYS),
        uses=_optional(form.get("bulk.uses", "")),
        certificate=form.get("bulk.certificate", "").strip().encode(),
        with_certificate=form.get("bulk.make") == "1",
    )


def _proof(text: str) -> Proof | None:
    if text == PREPARES:
        return None
    try:
        return Proof(text)
    except ValueError:
        allowed = ", ".join(key for key, _ in PROOFS)
        raise Invalid.field("enroll_by", "there is no such way", allowed) from None


def _networks(form: Form, draft: Draft) -> tuple[Wifi, ...]:
    keys = form.getlist("wifi.key")
    found = []
    for row, (ssid, hidden) in enumerate(draft.networks):
        key = keys[row] if row < len(keys) else ""
        if ssid or key:
            found.append(Wifi(ssid, Secret(key) if key else None, hidden=hidden))
    return tuple(found)


def _user(form: Form, draft: Draft) -> UserWish | None:
    name, password = draft.texts["user.name"].strip(), form.get("user.password", "")
    if not name and not password:
        return None
    owner = "standard_user" not in draft.flags
    return UserWish(name, Secret(password) if password else None, owner=owner)


def _optional(text: str) -> int | None:
    return number(text, NONE) if text.strip() else None
