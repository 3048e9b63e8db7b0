"""What is known of a headset that decides how it leaves best."""

from datetime import datetime, timedelta
from typing import Final

from lenskeep.desired.inventory import EDITIONS, HOLOLENS_1
from lenskeep.desired.known import Known
from lenskeep.enrollment.leaving.leaver import Leaver, Return, kind_of, read_build
from lenskeep.flows.house import House
from lenskeep.flows.ports import DeviceDetail
from lenskeep.flows.records import PrincipalKind

_MAY_DISCONNECT: Final = (
    "./Device/Vendor/MSFT/Policy/Result/Experience/AllowManualMDMUnenrollment",
    "./Device/Vendor/MSFT/Policy/Config/Experience/AllowManualMDMUnenrollment",
)
_LOCK: Final = "./Device/Vendor/MSFT/TenantLockdown/RequireNetworkInOOBE"
_OWNERS: Final = "./Device/Vendor/MSFT/Policy/Config/LocalUsersAndGroups/Configure"
_BATTERY: Final = "./Device/Vendor/MSFT/DeviceStatus/Battery/EstimatedChargeRemaining"
_FREE: Final = "./DevDetail/Ext/Microsoft/FreeStorage"
_BATTERY_FRESH: Final = timedelta(hours=2)
"""A battery lasts two to three hours: what it had before says nothing of what it has."""


def leaver_of(house: House, detail: DeviceDetail) -> Leaver:
    """Return the headset as the ways of leaving look at it."""
    known = house.open_known(detail.known)
    row = detail.row
    return Leaver(
        kind=kind_of(detail.enrollments[0].way if detail.enrollments else ""),
        build=read_build(row.os_build or row.os_version),
        is_first_generation=row.generation == HOLOLENS_1,
        is_for_developers=row.edition == EDITIONS["135"],
        may_disconnect=_may_disconnect(known),
        is_locked=(_value(known, _LOCK) or "").casefold() in ("true", "1"),
        battery_percent=_battery(known, house.clock.now()),
        free_mb=_number(_value(known, _FREE)),
        comes_back=_comes_back(detail),
    )


def _comes_back(detail: DeviceDetail) -> Return:
    """As enrolling decides whose record goes on (`enrolling.issue`)."""
    if not detail.enrollments:
        return Return.SAME
    newest = detail.enrollments[0]
    match newest.principal.kind:
        case PrincipalKind.CODE:
            return Return.NEW
        case PrincipalKind.BULK:
            return Return.ONCE_ENDED
        case PrincipalKind.ENTRA if not newest.user_id:
            return Return.ONCE_ENDED
        case _:
            return Return.SAME


def names_owners(house: House, detail: DeviceDetail) -> bool:
    """Return whether a policy says who the owners are, as the headset told it."""
    return bool(_value(house.open_known(detail.known), _OWNERS))


def _may_disconnect(known: Known) -> bool | None:
    told = next(filter(None, (_value(known, each) for each in _MAY_DISCONNECT)), None)
    return None if told is None else told.strip() != "0"


def _battery(known: Known, now: datetime) -> int | None:
    fact = known.get(_BATTERY)
    if fact is None or now - fact.learned_at > _BATTERY_FRESH:
        return None
    return _number(fact.value)


def _value(known: Known, uri: str) -> str | None:
    fact = known.get(uri)
    return None if fact is None else fact.value


def _number(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
