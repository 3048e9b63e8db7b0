"""The words: who manages the headset, what it is called, where help is. Read, checked, written."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from lenskeep.base.errors import Complaint, Invalid, shown
from lenskeep.tree.value import UNWRITABLE

MAX_LINE: Final = 128
"""Characters of a line in Settings (assumed: what it shows without cutting)."""
MAX_TEXT: Final = 1000
MAX_URL: Final = 2000
MAX_LISTED: Final = 100
"""Complaints that are told; nobody reads more at once."""
DEFAULT_NAME: Final = "%NAME%"
PLACES: Final = ("%NAME%", "%SERIAL%", "%USER%")
"""What a device's name in Settings can be put together of."""
_PHONE: Final = re.compile(r"[0-9+()#*./ \-]{3,40}")
_MAIL: Final = re.compile(r"[^\s@<>\"']{1,64}@[^\s@<>\"']{1,190}")
_URL: Final = re.compile(r"https?://[^\s<>\"']+")
_PLACE: Final = re.compile("%[A-Za-z]*%")


@dataclass(frozen=True, slots=True)
class WearerWords:
    """What the wearer reads; empty texts are left out, and the organization's name stands in."""

    organization: str = ""
    """Who manages the headset; empty: the installation's `organization`. An enrolled headset
    keeps the one that it came under."""
    device_name: str = DEFAULT_NAME
    """What the headset is called here: text with %NAME%, %SERIAL% and %USER%."""
    help_phone: str = ""
    help_website: str = ""
    help_email: str = ""
    page_title: str = ""
    """Of the page that ends an enrollment; without a title there is none of ours."""
    page_text: str = ""
    page_link: str = ""
    page_link_text: str = ""

    @property
    def has_page(self) -> bool:
        """Whether the page that ends an enrollment is ours."""
        return bool(self.page_title)


@dataclass(frozen=True, slots=True)
class Named:
    """What a device's name in Settings is put together of."""

    name: str
    serial: str
    user: str


def read_words(given: object) -> WearerWords:
    """Return the words that a plain object says. Raises Invalid with every complaint."""
    if not isinstance(given, Mapping):
        raise Invalid.field("wearer", "it is no object", "an object of texts")
    known = [each.name for each in fields(WearerWords)]
    wrong = [
        Complaint(shown(str(name)), "it is not known here", ", ".join(known))
        for name in given
        if name not in known
    ]
    texts = {name: given[name] for name in known if given.get(name) is not None}
    for name, text in texts.items():
        if not isinstance(text, str):
            wrong.append(Complaint(name, "it is no text", "text"))
    if wrong:
        raise Invalid(*wrong[:MAX_LISTED])
    words = WearerWords(**{name: str(text).strip() for name, text in texts.items()})
    complaints = _complaints(words)
    if complaints:
        raise Invalid(*complaints)
    return words


def words_body(words: WearerWords) -> dict[str, Any]:
    """Return the plain object; reading it gives the same words."""
    return asdict(words)


def name_of(words: WearerWords, named: Named) -> str:
    """Return what Settings calls a headset; its own name where nothing else is left."""
    filled = {"%NAME%": named.name, "%SERIAL%": named.serial, "%USER%": named.user}

    def fill(found: re.Match[str]) -> str:
        return filled.get(found.group().upper(), "")

    name = _PLACE.sub(fill, words.device_name).strip()
    return (name or named.name)[:MAX_LINE]


def _complaints(words: WearerWords) -> list[Complaint]:
    found: list[Complaint] = []
    for name in ("organization", "device_name", "page_title", "page_link_text"):
        text = getattr(words, name)
        if len(text) > MAX_LINE or not text.isprintable():
            found.append(Complaint(name, "it is no line that fits", f"one line of {MAX_LINE}"))
    if len(words.page_text) > MAX_TEXT or UNWRITABLE.search(words.page_text):
        found.append(Complaint("page_text", "it is no text that fits", f"at most {MAX_TEXT}"))
    unknown = [each for each in _PLACE.findall(words.device_name) if each.upper() not in PLACES]
    if unknown:
        text = f"{shown(unknown[0])} stands for nothing"
        found.append(Complaint("device_name", text, ", ".join(PLACES)))
    for name, pattern, allowed in (
        ("help_phone", _PHONE, "digits, +, -, ( ), / and blanks, 3 to 40"),
        ("help_email", _MAIL, "somebody@example.org"),
        ("help_website", _URL, f"https://..., at most {MAX_URL}"),
        ("page_link", _URL, f"https://..., at most {MAX_URL}"),
    ):
        text = getattr(words, name)
        if text and (not pattern.fullmatch(text) or len(text) > MAX_URL or not text.isprintable()):
            found.append(Complaint(name, f"{shown(text)} does not fit", allowed))
    found.extend(_page_complaints(words))
    return found


def _page_complaints(words: WearerWords) -> list[Complaint]:
    if not words.has_page and (words.page_text or words.page_link or words.page_link_text):
        return [Complaint("page_title", "the page has no title", "a title, or no page at all")]
    if bool(words.page_link) is not bool(words.page_link_text):
        return [Complaint("page_link", "a link needs an address and a text", "both, or neither")]
    return []
