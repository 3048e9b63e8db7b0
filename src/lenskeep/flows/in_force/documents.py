"""The administrator's documents on first run and on what the wearer reads, as they are in force."""

import json
from functools import lru_cache

from lenskeep.enrollment.first_run.document import read_plan
from lenskeep.enrollment.first_run.model import FirstRunPlan
from lenskeep.enrollment.wearer.words import WearerWords, read_words
from lenskeep.flows.entrance import Document, DocumentKind, Way
from lenskeep.flows.house import House

WAYS = tuple(each.value for each in Way)
"""The ways of coming, as documents spell them."""


async def plan_in_force(house: House) -> tuple[FirstRunPlan, Document | None]:
    """Return how first run is held up, with the document that says so; None: none was saved."""
    found = await house.entry.documents.latest(DocumentKind.FIRST_RUN)
    return (FirstRunPlan(), None) if found is None else (_plan(found.body), found)


async def words_in_force(house: House) -> tuple[WearerWords, Document | None]:
    """Return what the wearer reads, with the document that says so; None: none was saved."""
    found = await house.entry.documents.latest(DocumentKind.WEARER)
    return (WearerWords(), None) if found is None else (_words(found.body), found)


@lru_cache(maxsize=4)
def _plan(body: str) -> FirstRunPlan:
    return read_plan(json.loads(body), WAYS)


@lru_cache(maxsize=4)
def _words(body: str) -> WearerWords:
    return read_words(json.loads(body))
