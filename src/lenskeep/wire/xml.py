"""The one XML reader, for strangers' bytes, and the one stable writer.

Reading: a byte pre-check (size, no declaration, UTF-8), the standard library's parser with the
encoding forced, then one walk that counts depth and elements and normalizes namespaces. No DTD,
no entity but the five predefined, nothing external. Writing: same value, same bytes; every text
and attribute escaped here and nowhere else. Names are matched by namespace, never by prefix.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element, ParseError, XMLParser, tostring

from lenskeep.wire.errors import BadMessage, CannotEncode

MAX_BYTES_UNPROVEN: Final = 1024 * 1024
"""1 MiB: the largest message of an unknown sender; real enrollment messages are below 30 kB."""

MAX_BYTES_PROVEN: Final = 8 * 1024 * 1024
"""8 MiB: the largest message from a device that showed its certificate."""

MAX_DEPTH: Final = 64
"""Levels of nesting; the deepest legal message (StructData in an Atomic) needs fewer than 20."""

MAX_ELEMENTS: Final = 200_000
"""Elements in one message: 8 MiB of the shortest legal Items stay below it."""

_UTF8_BOM: Final = b"\xef\xbb\xbf"
_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""[XML 1.0] 2.2: characters that no document may hold, escaped or not."""


def read(body: bytes, *, max_bytes: int = MAX_BYTES_UNPROVEN) -> Element:
    """Return the root element; tags are `{namespace}local`, trailing slashes of namespaces cut.

    Raises BadMessage for anything that is not a small, flat, declaration-free UTF-8 document.
    """
    if len(body) > max_bytes:
        raise BadMessage(f"{len(body)} bytes, at most {max_bytes} are read")
    body = body.removeprefix(_UTF8_BOM).strip()
    if not body:
        raise BadMessage("the message is empty")
    _refuse_declarations(body)
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadMessage(f"not UTF-8 at byte {error.start}") from None
    parser = XMLParser(encoding="utf-8")  # noqa: S314 - pre-checked above, see the module
    try:
        parser.feed(body)
        root: Element = parser.close()
    except (ParseError, ValueError) as error:
        raise BadMessage(f"not well-formed XML: {_position(error)}") from None
    _normalize(root)
    return root


def _refuse_declarations(body: bytes) -> None:
    """Refuse `<!DOCTYPE` and its kin; comments, CDATA and `<?...?>` are skipped whole."""
    position = 0
    while (position := body.find(b"<", position)) >= 0:
        opening = body[position : position + 9]
        if opening.startswith(b"<!--"):
            position = _end(body, b"-->", position + 4)
        elif opening == b"<![CDATA[":
            position = _end(body, b"]]>", position + 9)
        elif opening.startswith(b"<?"):
            position = _end(body, b"?>", position + 2)
        elif opening.startswith(b"<!"):
            raise BadMessage("a document type or entity declaration is never read")
        else:
            position = _next_special(body, position + 1)


def _next_special(body: bytes, start: int) -> int:
    """Return where the next `<!` or `<?` begins, or the end: plain tags need no look."""
    found = [at for at in (body.find(b"<!", start), body.find(b"<?", start)) if at >= 0]
    return min(found, default=len(body))


def _end(body: bytes, mark: bytes, start: int) -> int:
    end = body.find(mark, start)
    if end < 0:
        raise BadMessage("an unfinished comment, CDATA section or instruction")
    return end + len(mark)


def _position(error: Exception) -> str:
    line, column = getattr(error, "position", (0, 0))
    return f"line {line}, column {column}"


def _normalize(root: Element) -> None:
    """Count depth and elements; cut trailing slashes of namespaces (seen: published samples)."""
    count = 0
    level = [root]
    for _ in range(MAX_DEPTH):
        count += len(level)
        if count > MAX_ELEMENTS:
            raise BadMessage(f"more than {MAX_ELEMENTS} elements")
        for element in level:
            if "/}" in element.tag:
                element.tag = element.tag.replace("/}", "}", 1)
        level = [child for element in level for child in element]
        if not level:
            return
    raise BadMessage(f"nested deeper than {MAX_DEPTH} levels")


def text(element: Element | None) -> str:
    """Return the element's text with the white space around it cut; empty for none or no text."""
    if element is None:
        return ""
    return (element.text or "").strip()


def content(element: Element) -> str:
    """Return everything inside the element: its text, or its markup written out as text.

    Data may hold a document raw or escaped; both give the same string here.
    """
    if len(element) == 0:
        return element.text or ""
    inner = "".join(tostring(child, encoding="unicode") for child in element)
    return (element.text or "").strip() + inner.strip()


def child(element: Element, namespace: str, local: str) -> Element | None:
    """Return the first child of that namespace and name, or None."""
    return element.find(f"{{{namespace}}}{local}")


def children(element: Element, namespace: str, local: str) -> Iterator[Element]:
    """Return all children of that namespace and name, in order."""
    return element.iterfind(f"{{{namespace}}}{local}")


def required(element: Element, namespace: str, local: str, *, section: str = "") -> Element:
    """Return the first child of that name. Raises BadMessage when there is none."""
    found = child(element, namespace, local)
    if found is None:
        raise BadMessage(f"{local} is missing", where=local_name(element), section=section)
    return found


def local_name(element: Element) -> str:
    """Return the element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def namespace_of(element: Element) -> str:
    """Return the element's namespace, empty for none."""
    return element.tag[1:].rpartition("}")[0] if element.tag.startswith("{") else ""


def attribute(element: Element, local: str) -> str | None:
    """Return an attribute by its local name, qualified or not (seen: `wsse:Type` and `Type`)."""
    plain = element.get(local)
    if plain is not None:
        return plain.strip()
    for name, value in element.attrib.items():
        if name.endswith("}" + local):
            return value.strip()
    return None


@dataclass(frozen=True, slots=True)
class Out:
    """An element to be written: its name as it shall appear (prefix included), content, attributes.

    `content` is text or child elements, never both. Declare namespaces as plain attributes.
    """

    name: str
    content: "str | tuple[Out, ...]" = ()
    attributes: tuple[tuple[str, str], ...] = ()


def write(root: Out, *, declaration: bool = False) -> bytes:
    """Return the document as UTF-8: no white space added, same value, same bytes.

    Raises CannotEncode where a text holds a character that XML cannot carry.
    """
    pieces = ['<?xml version="1.0" encoding="UTF-8"?>'] if declaration else []
    _write(root, pieces)
    return "".join(pieces).encode("utf-8")


def _write(element: Out, pieces: list[str]) -> None:
    pieces.append(f"<{element.name}")
    for name, value in element.attributes:
        pieces.append(f' {name}="{_escape_attribute(value)}"')
    if not element.content:
        pieces.append("/>")
        return
    pieces.append(">")
    if isinstance(element.content, str):
        pieces.append(_escape(element.content))
    else:
        for inner in element.content:
            _write(inner, pieces)
    pieces.append(f"</{element.name}>")


def _escape(value: str) -> str:
    """Escape text; carriage returns as references, or readers lose them ([XML 1.0] 2.11)."""
    if _ILLEGAL.search(value):
        raise CannotEncode("a text holds a character that XML cannot carry")
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return value.replace("\r", "&#xD;")


def _escape_attribute(value: str) -> str:
    value = _escape(value).replace('"', "&quot;")
    return value.replace("\n", "&#xA;").replace("\t", "&#x9;")
