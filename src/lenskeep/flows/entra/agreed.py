"""The terms of use in force, and what is kept of somebody who accepted them."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lenskeep.enrollment.entra.page import TermsText
from lenskeep.flows.entrance import Document, DocumentKind
from lenskeep.flows.house import House

BLOB_PURPOSE: Final = "terms.blob"
BLOB_LIFE: Final = timedelta(days=1)
"""From accepting to enrolling is minutes; a first run may be left lying overnight."""
MAX_BLOB: Final = 256
"""Characters; ours have 43."""


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of the terms."""

    version: int
    text: TermsText
    on: bool
    """Whether they were switched on with this version; off, nobody is asked for anything."""
    at: datetime
    actor: str


def read_terms(document: Document) -> Terms:
    """Return the terms that this document holds."""
    body = json.loads(document.body)
    text = TermsText(str(body["title"]), str(body["text"]))
    return Terms(document.version, text, bool(body["on"]), document.at, document.actor)


def terms_body(text: TermsText, *, on: bool) -> str:
    """Return the body of a document that holds these terms."""
    return json.dumps({"title": text.title, "text": text.text, "on": on})


async def terms_in_force(house: House) -> Terms | None:
    """Return the terms that a user has to accept now; None where there are none."""
    document = await house.entry.documents.latest(DocumentKind.TERMS)
    terms = read_terms(document) if document else None
    return terms if terms is not None and terms.on else None


def blob_digest(house: House, blob: str) -> bytes:
    """Return the digest under which the ticket of an acceptance is kept."""
    return house.keyring.digest(BLOB_PURPOSE, blob.encode("utf-8", "replace"))
