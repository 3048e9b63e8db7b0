"""Rules as the document they are kept and shown as: only what is set, lists in order."""

from collections.abc import Iterable
from datetime import UTC
from typing import TypeAlias

from lenskeep.enrollment.rules.judge import build_text
from lenskeep.enrollment.rules.rules import DAYS, Devices, Hours, Maintenance, Rules, Users

Plain: TypeAlias = bool | int | float | str | list["Plain"] | dict[str, "Plain"] | None
"""What JSON can say."""


def write_rules(rules: Rules) -> dict[str, Plain]:
    """Return the document; `read_rules` gives the same rules again."""
    return _set(
        {
            "ways": _sorted(rules.ways),
            "users": _users(rules.users),
            "domains": _sorted(rules.users.domains),
            "tenants": _sorted(rules.tenants),
            "generations": _sorted(rules.generations),
            "editions": None if rules.editions is None else [*sorted(rules.editions)],
            "builds": _set(
                {
                    "min": build_text(rules.oldest) if rules.oldest else None,
                    "max": build_text(rules.newest) if rules.newest else None,
                }
            ),
            "devices": _devices(rules.devices),
            "hours": _hours(rules.hours) if rules.hours else None,
            "cap_per_user": rules.cap_per_user,
            "maintenance": write_maintenance(rules.maintenance) if rules.maintenance else None,
            "dry_run": rules.dry_run or None,
        }
    )


def write_maintenance(maintenance: Maintenance) -> dict[str, Plain]:
    """Return maintenance as it stands in the document."""
    until = maintenance.until.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return _set({"until": until, "words": maintenance.words or None})


def _users(users: Users) -> Plain:
    return _set({"allow": _sorted(users.allowed), "deny": _sorted(users.denied or None)})


def _devices(devices: Devices) -> Plain:
    return _set(
        {
            "serials": _sorted(devices.serials),
            "hardware": _sorted(devices.hardware),
            "autopilot": devices.autopilot or None,
        }
    )


def _hours(hours: Hours) -> Plain:
    days: list[Plain] = [DAYS[each] for each in sorted(hours.days)]
    return _set(
        {
            "zone": hours.zone_name,
            "days": days,
            "from": f"{hours.opens:%H:%M}" if hours.opens is not None else None,
            "to": f"{hours.closes:%H:%M}" if hours.closes is not None else None,
            "begins": hours.begins.isoformat() if hours.begins else None,
            "ends": hours.ends.isoformat() if hours.ends else None,
        }
    )


def _sorted(entries: Iterable[str] | None) -> Plain:
    return None if entries is None else [*sorted(entries)]


def _set(values: dict[str, Plain]) -> dict[str, Plain]:
    """Return what is set of them."""
    return {key: value for key, value in values.items() if value is not None and value != {}}
