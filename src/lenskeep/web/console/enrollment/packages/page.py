"""Provisioning packages: made, listed, built, downloaded, removed. Bulk accounts stand beside."""

import io
import zipfile
from typing import Final

from markupsafe import Markup
from starlette.responses import Response

from lenskeep.access import Permission
from lenskeep.base.errors import Complaint, Conflict, Invalid, Missing
from lenskeep.enrollment.package.instructions import ALL, said, steps_for
from lenskeep.flows.desired.profiles import list_profiles
from lenskeep.flows.entry.bulk import list_bulk
from lenskeep.flows.entry.package.keeping import (
    Folder,
    add_package,
    get_package,
    how_to_build,
    list_packages,
    open_package,
    remove_package,
)
from lenskeep.flows.entry.package.sheet import sheet
from lenskeep.web.console.enrollment.packages.draft import EMPTY, NETWORKS, PROOFS, typed, wish_of
from lenskeep.web.console.enrollment.ways import FIRST_GEN, HEADSETS, chosen_headset
from lenskeep.web.console.page import HEADERS, Visit, go
from lenskeep.web.qr import qr_svg

ADDRESS: Final = "/enrollment/packages"
_SET_UP: Final = (
    ("wifi", "Wireless networks"),
    ("user", "Local user"),
    ("time_zone", "Time zone"),
    ("device_name", "Device name"),
    ("kiosk", "Kiosk"),
)
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The first moment a ZIP file can tell: the same package is the same bytes."""


async def packages_page(visit: Visit) -> Response:
    """Show the packages, and the form for a new one."""
    return await answer(visit)


async def make(visit: Visit) -> Response:
    """Make a package and show it, what is told once among it; or show what is wrong."""
    draft = typed(visit.form)
    try:
        folder = await add_package(visit.house, visit.caller, wish_of(visit.form))
    except Invalid as invalid:
        return await answer(visit, 422, {"draft": draft, "complaints": invalid.complaints})
    except Missing as missing:
        wrong = (Complaint("kiosk_profile", str(missing)),)
        return await answer(visit, 422, {"draft": draft, "complaints": wrong})
    except Conflict as conflict:
        wrong = (Complaint("name", str(conflict)),)
        return await answer(visit, 409, {"draft": draft, "complaints": wrong})
    return await _one(visit, folder.listed.id, folder)


async def package_page(visit: Visit) -> Response:
    """Show one package: what it sets up, how it is built, what to press."""
    return await _one(visit, visit.request.path_params["package"])


async def download(visit: Visit) -> Response:
    """Give out all files of a package, secrets in them; it goes on record."""
    folder = await open_package(visit.house, visit.caller, visit.request.path_params["package"])
    disposition = f'attachment; filename="{_zip_name(folder.listed.name)}"'
    headers = {**HEADERS, "Content-Disposition": disposition}
    return Response(_zipped(folder), headers=headers, media_type="application/zip")


async def remove(visit: Visit) -> Response:
    """Remove a package and disable its bulk account."""
    await remove_package(visit.house, visit.caller, visit.request.path_params["package"])
    return go(visit.request, ADDRESS)


async def answer(
    visit: Visit, status: int = 200, said_: dict[str, object] | None = None
) -> Response:
    """Return the page with the lists."""
    is_admin = visit.may(Permission.ADMINISTER)
    profiles = await list_profiles(visit.house, visit.caller)
    values: dict[str, object] = {
        "packages": await list_packages(visit.house, visit.caller),
        "accounts": await list_bulk(visit.house, visit.caller) if is_admin else (),
        "proofs": PROOFS,
        "profiles": [each.profile.name for each in profiles],
        "rows": range(NETWORKS),
        "draft": EMPTY,
        "bulk": {"name": "", "days": "365", "uses": "", "certificate": "", "make": ""},
        "bulk_made": None,
        "complaints": (),
        "refused": "",
    }
    return visit.answer("enrollment/packages.html", values | (said_ or {}), status)


async def _one(visit: Visit, reference: str, made: Folder | None = None) -> Response:
    listed = await get_package(visit.house, visit.caller, reference)
    building, warnings = await how_to_build(visit.house, visit.caller, reference)
    told, headset = sheet(visit.house), chosen_headset(visit)
    build = HEADSETS[1][0] if headset in ("", FIRST_GEN) else headset
    steps = steps_for(ALL["package"], build)
    values: dict[str, object] = {
        "listed": listed,
        "building": building,
        "warnings": made.warnings if made else warnings,
        "made": made is not None,
        "user_password": made.user_password.reveal() if made and made.user_password else "",
        "sets_up": [
            (label, text) for key, label in _SET_UP if (text := _told(listed.shown.get(key)))
        ],
        "steps": [said(each.text, told.server) for each in steps],
        "headsets": HEADSETS,
        "headset": headset,
        "sheet": told,
        "qr": Markup(qr_svg(told.page, f"QR code of {told.page}")),  # noqa: S704 - our own writer's
    }
    return visit.answer("enrollment/package.html", values)


def _told(value: object) -> str:
    """Return what is set up, in words."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(_told, value)))
    if isinstance(value, dict):
        name = str(value.get("ssid") or value.get("name") or "")
        marks = [word for word in ("open", "hidden") if value.get(word)]
        if "owner" in value:
            marks.append("device owner" if value["owner"] else "standard user")
        return f"{name} ({', '.join(marks)})" if marks else name
    return "yes" if value is True or (isinstance(value, str) and "<" in value) else str(value or "")


def _zip_name(name: str) -> str:
    kept = "".join(each if each.isascii() and each.isalnum() else "-" for each in name)
    return f"{kept.strip('-') or 'package'}.zip"


def _zipped(folder: Folder) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as written:
        for name in sorted(folder.files):
            written.writestr(zipfile.ZipInfo(name, _EPOCH), folder.files[name])
    return packed.getvalue()
