"""Documents of rules, applicants, and a way to read the ones and judge the others."""

from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from lenskeep.enrollment.rules.applicant import Applicant
from lenskeep.enrollment.rules.judge import Verdict, judge
from lenskeep.enrollment.rules.read import read_rules
from lenskeep.enrollment.rules.rules import Rules

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
"""A Monday."""
TENANT = "11111111-2222-3333-4444-555555555555"
ANNA = Applicant(
    way="typed password",
    user="anna@example.org",
    edition="136",
    os_version="10.0.22621.1244",
    serial="0123-4567",
    hardware="AB" * 32,
)
EVERYTHING: dict[str, Any] = {
    "ways": ["typed password", "entra join"],
    "users": {"allow": ["anna", "*@example.org", "(nobody)"], "deny": ["eve@example.org"]},
    "domains": ["example.com"],
    "tenants": [TENANT],
    "generations": ["HoloLens 2"],
    "editions": [136],
    "builds": {"min": "20348.1501", "max": "22621"},
    "devices": {
        "serials": ["0123-4567", "sha256:" + "ab" * 32],
        "hardware": ["CD" * 32],
        "autopilot": True,
    },
    "hours": {
        "zone": "Europe/Berlin",
        "days": ["mon", "tue"],
        "from": "08:00",
        "to": "18:00",
        "begins": "2026-11-01T00:00:00",
        "ends": "2026-12-24T12:00:00",
    },
    "cap_per_user": 3,
    "maintenance": {"until": "2026-11-24T00:00:00Z", "words": "Back tomorrow."},
    "dry_run": True,
}


def zones(name: str) -> tzinfo | None:
    """Return the zone of that name."""
    return ZoneInfo(name) if name in available_timezones() else None


def rules_of(**document: Any) -> Rules:
    """Return the rules of a document."""
    return read_rules(document, zones)


def judged(applicant: Applicant = ANNA, now: datetime = NOW, **document: Any) -> Verdict:
    """Return what the rules of a document say."""
    return judge(rules_of(**document), applicant, now)
