"""A package as it is kept: what may be shown as one JSON value, what is secret as another.

The caller seals the second. What was written is read back to the same package; the URLs are those
of the server at the time of reading.
"""

import base64
import json
from collections.abc import Mapping
from typing import Final, TypeAlias

from lenskeep.base.errors import Unavailable
from lenskeep.base.secret import Secret
from lenskeep.enrollment.package.definition import (
    Endpoints,
    FirstRun,
    Kept,
    LocalUser,
    Package,
    Proof,
    Root,
    SignIn,
    Wifi,
)

Plain: TypeAlias = bool | int | float | str | list["Plain"] | dict[str, "Plain"] | None
"""What JSON can say."""
FORM: Final = 1
"""Counts the changes of this form."""


def shown_form(package: Package) -> dict[str, Plain]:
    """Return everything of the package that an administrator may see again."""
    sign_in, user, first = package.sign_in, package.user, package.first_run
    return {
        "form": FORM,
        "version": package.version,
        "upn": "" if sign_in is None else sign_in.upn,
        "proof": "" if sign_in is None else sign_in.proof.value,
        "roots": [{"name": each.name, "der": _base64(each.der)} for each in package.roots],
        "wifi": [
            {"ssid": each.ssid, "hidden": each.hidden, "open": each.key is None}
            for each in package.wifi
        ],
        "user": None if user is None else {"name": user.name, "owner": user.owner},
        "time_zone": package.time_zone,
        "first_run": {
            "skip_calibration": first.skip_calibration,
            "skip_training": first.skip_training,
            "skip_wifi": first.skip_wifi,
            "region": first.region,
        },
        "kiosk": package.kiosk,
        "device_name": package.device_name,
    }


def secret_form(kept: Kept) -> bytes:
    """Return the secrets, to be sealed at once."""
    package, sign_in = kept.package, kept.package.sign_in
    pfx_password = None if sign_in is None else sign_in.pfx_password
    value = {
        "secret": "" if sign_in is None else sign_in.secret.reveal(),
        "pfx": _base64(kept.pfx),
        "pfx_password": "" if pfx_password is None else pfx_password.reveal(),
        "wifi": ["" if each.key is None else each.key.reveal() for each in package.wifi],
        "user": "" if package.user is None else package.user.password.reveal(),
    }
    return json.dumps(value).encode("ascii")


def read_back(
    package_id: str, name: str, endpoints: Endpoints, shown: Mapping[str, Plain], secret: bytes
) -> Kept:
    """Return the package of both forms. Raises Unavailable for a form that is not ours."""
    try:
        return _read(package_id, name, endpoints, shown, json.loads(secret))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Unavailable("a stored package cannot be read") from None


def _read(
    package_id: str,
    name: str,
    endpoints: Endpoints,
    shown: Mapping[str, Plain],
    secret: dict[str, Plain],
) -> Kept:
    package = Package(
        id=package_id,
        name=name,
        endpoints=endpoints,
        version=_text(shown["version"]),
        sign_in=_sign_in(shown, secret),
        roots=_roots(shown["roots"]),
        wifi=_wifi(shown["wifi"], secret["wifi"]),
        user=_user(shown["user"], _text(secret["user"])),
        time_zone=_text(shown["time_zone"]),
        first_run=_first_run(shown["first_run"]),
        kiosk=_text(shown["kiosk"]),
        device_name=_text(shown["device_name"]),
    )
    return Kept(package, _bytes(secret["pfx"]))


def _text(value: Plain) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(value: Plain) -> bytes:
    return base64.b64decode(_text(value), validate=True)


def _roots(shown: Plain) -> tuple[Root, ...]:
    return tuple(Root(_text(each["name"]), _bytes(each["der"])) for each in _rows(shown))


def _rows(value: Plain) -> list[dict[str, Plain]]:
    if not isinstance(value, list):
        raise TypeError
    return [each for each in value if isinstance(each, dict)]


def _sign_in(shown: Mapping[str, Plain], secret: Mapping[str, Plain]) -> SignIn | None:
    if not shown["upn"]:
        return None
    password = _text(secret["pfx_password"])
    return SignIn(
        _text(shown["upn"]),
        Proof(shown["proof"]),
        Secret(_text(secret["secret"])),
        Secret(password) if password else None,
    )


def _wifi(shown: Plain, secret: Plain) -> tuple[Wifi, ...]:
    if not isinstance(secret, list):
        raise TypeError
    found = []
    for each, key in zip(_rows(shown), secret, strict=True):
        held = None if each["open"] else Secret(_text(key))
        found.append(Wifi(_text(each["ssid"]), held, hidden=bool(each["hidden"])))
    return tuple(found)


def _user(shown: Plain, password: str) -> LocalUser | None:
    if not isinstance(shown, dict):
        return None
    return LocalUser(_text(shown["name"]), Secret(password), owner=bool(shown["owner"]))


def _first_run(shown: Plain) -> FirstRun:
    if not isinstance(shown, dict):
        raise TypeError
    region = shown["region"]
    return FirstRun(
        skip_calibration=bool(shown["skip_calibration"]),
        skip_training=bool(shown["skip_training"]),
        skip_wifi=bool(shown["skip_wifi"]),
        region=region if isinstance(region, int) else None,
    )
