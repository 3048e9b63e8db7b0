"""Earlier versions of the enrollment rules; all are kept."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lenskeep.access import Caller, Permission, demand
from lenskeep.flows.entrance import DocumentKind, Plain
from lenskeep.flows.house import House

MAX_VERSIONS: Final = 50
"""Shown at once, the newest."""


@dataclass(frozen=True, slots=True)
class RulesVersion:
    """One version of the rules, as it was saved."""

    version: int
    at: datetime
    actor: str
    rules: Mapping[str, Plain]


async def rules_history(house: House, caller: Caller) -> tuple[RulesVersion, ...]:
    """Return the versions, the newest first."""
    demand(caller, Permission.SEE)
    found = await house.entry.documents.versions(DocumentKind.RULES, MAX_VERSIONS)
    return tuple(
        RulesVersion(each.version, each.at, each.actor, json.loads(each.body)) for each in found
    )
