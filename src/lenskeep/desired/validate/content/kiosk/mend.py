"""What in a kiosk document can be put right without asking: characters that only look right."""

import html
import re
from typing import Final

from lenskeep.desired.validate.content.kiosk.names import FAMILY
from lenskeep.wire import xml
from lenskeep.wire.errors import BadMessage

_SINGLE: Final = "\u2018\u2019\u201a\u201b"
_DOUBLE: Final = "\u201c\u201d\u201e\u201f"
_UNSEEN: Final = (
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\ufeff"
)
_LINES: Final = "\u2028\u2029"
_SECURE: Final = re.compile(re.escape(f"https:{FAMILY}"), re.IGNORECASE)
_SLASHED: Final = re.compile(rf"(http:{re.escape(FAMILY)}[0-9]{{4,6}}/config)/+(?=[\"'])")
_ACCOUNT: Final = re.compile(r"(<(?:[A-Za-z0-9_]{1,20}:)?Account>)([^<]*)(?=</)")


def mended_kiosk(text: str) -> str:
    """Return the document with what can be mended: as it is where there is nothing.

    Blanks and quotes of word processors, invisible characters and the byte order mark, an escaped
    or CDATA-wrapped whole, https:// in its namespaces, blanks around accounts.
    """
    text = _unwrapped(text)
    plain = _spelled(text.translate(_BLANKS))
    quoted = _spelled(text.translate(_BLANKS | _QUOTES))
    return plain if _is_document(plain) and not _is_document(quoted) else quoted


def _unwrapped(text: str) -> str:
    stripped = text.strip().removeprefix("\ufeff").strip()
    if stripped.startswith("<![CDATA[") and stripped.endswith("]]>"):
        return stripped[len("<![CDATA[") : -len("]]>")].strip()
    if stripped.startswith("&lt;"):
        return html.unescape(stripped)
    return stripped if stripped != text.strip() else text


def _spelled(text: str) -> str:
    text = _SLASHED.sub(r"\1", _SECURE.sub(f"http:{FAMILY}", text))
    return _ACCOUNT.sub(lambda found: found[1] + found[2].strip(), text)


def _is_document(text: str) -> bool:
    try:
        xml.read(text.encode("utf-8", "surrogatepass"))
    except BadMessage:
        return False
    return True


_STRANGE: Final = (
    *(0x00A0, 0x00AD, 0x1680, *range(0x2000, 0x2010), *range(0x2028, 0x2030)),
    *(*range(0x205F, 0x2065), 0x3000, 0xFEFF),
)
"""What `DECEIVERS` has beside quotes."""
_BLANKS: Final = {
    each: "" if chr(each) in _UNSEEN else "\n" if chr(each) in _LINES else " " for each in _STRANGE
}
_QUOTES: Final = {ord(each): "'" for each in _SINGLE} | {ord(each): '"' for each in _DOUBLE}
