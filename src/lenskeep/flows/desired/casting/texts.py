"""What people write beside settings: names, descriptions, reasons, priorities. Checked here."""

from typing import Final

from lenskeep.base.errors import Complaint, Invalid
from lenskeep.desired.guard.tenant import CONFIRMATION, TYPE_IT, locks_tenant
from lenskeep.desired.profile import ProfileBody
from lenskeep.tree.value import UNWRITABLE

MAX_NAME: Final = 200
MAX_TEXT: Final = 10_000
"""Characters of a description or a reason."""
MAX_PRIORITY: Final = 1000
"""Either way from 0: room for every order that a person can keep in mind."""


def name_wrongs(name: str) -> list[Complaint]:
    """Return what is wrong with the name of a profile or group."""
    text = name.strip()
    if not 0 < len(text) <= MAX_NAME:
        return [Complaint("name", f"it has {len(text)} characters", f"1 to {MAX_NAME}")]
    if not text.isprintable():
        return [Complaint("name", "it holds a control character", "one line of text")]
    return []


def text_wrongs(field: str, text: str) -> list[Complaint]:
    """Return what is wrong with a description or a reason."""
    if len(text) > MAX_TEXT:
        return [Complaint(field, f"it has {len(text)} characters", f"at most {MAX_TEXT}")]
    if UNWRITABLE.search(text):
        return [Complaint(field, "it holds a control character", "text")]
    return []


def priority_wrongs(priority: int) -> list[Complaint]:
    """Return what is wrong with a priority."""
    if -MAX_PRIORITY <= priority <= MAX_PRIORITY:
        return []
    allowed = f"{-MAX_PRIORITY} to {MAX_PRIORITY}"
    return [Complaint("priority", f"{priority} is out of range", allowed)]


def lock_wrongs(
    body: ProfileBody, reason: str, before: ProfileBody | None = None
) -> list[Complaint]:
    """Return what is wrong where a revision begins to lock headsets to their tenant.

    Its reason has to say so in words, which somebody has typed; the history keeps them. A lock that
    was in the revision before is not asked for again.
    """
    is_new = _locks(body) and not (before is not None and _locks(before))
    if not is_new or CONFIRMATION in " ".join(reason.split()).casefold():
        return []
    return [Complaint("reason", TYPE_IT, f"a reason with the words: {CONFIRMATION}")]


def _locks(body: ProfileBody) -> bool:
    return any(locks_tenant(each.uri, each.value) for each in body.settings)


def require(complaints: list[Complaint]) -> None:
    """Raise Invalid with all of them, if there are any."""
    if complaints:
        raise Invalid(*complaints)
