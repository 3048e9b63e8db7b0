"""The one XML reader, for strangers' bytes, and the one stable writer.

Reading: a byte pre-check (size, elements, no declaration, no long namespace, UTF-8), the standard
library's parser with the encoding forced, then one walk that counts depth and normalizes
namespaces. No DTD, no entity but the five predefined, nothing external; every step takes time and
memory in proportion to the bytes. A second entry, for files an administrator trusts, cuts their
document type declaration off unread. Writing: same value, same bytes; every text and attribute is
escaped here and nowhere else. Names are matched by namespace, never by prefix.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element, ParseError, XMLParser

from lenskeep.wire.errors import BadMessage, CannotEncode

MAX_BYTES_UNPROVEN: Final = 1024 * 1024
"""1 MiB: the largest message of an unknown sender; real enrollment messages are below 30 kB."""

MAX_BYTES_PROVEN: Final = 8 * 1024 * 1024
"""8 MiB: the largest message from a device that showed its certificate."""

MAX_DEPTH: Final = 64
"""Levels of nesting; the deepest legal message (StructData in an Atomic) needs fewer than 20."""

MAX_ELEMENTS: Final = 400_000
"""Elements in one message: 8 MiB of Items with LocURIs of usual length stay below it."""

_FREE_ELEMENTS: Final = 1000
_BYTES_AN_ELEMENT: Final = 12
"""Beyond the first thousand, one element for 12 bytes: the shortest SyncML Item takes 17 bytes an
element. A parsed element takes about 20 times that, so a flood of `<a/>` is the cheapest attack."""

MAX_NAMESPACE_BYTES: Final = 256
"""A namespace's length; the longest in use has 80. The parser copies it for every element in its
scope, so that without a limit 1 MiB of input costs half a minute."""

_NAMES_A_BYTE: Final = 8
_SMALL: Final = 64 * 1024
"""Beyond 64 KiB, names with their namespaces written out take 8 characters for a byte: dense SyncML
takes 2, dense markup of a usual namespace 6. `content` writes them out: one prefix of 256 bytes
over many attributes would make 190 MB out of 8 MiB."""

_UTF8_BOM: Final = b"\xef\xbb\xbf"
_DECLARATION: Final = re.compile(rb"<[!?]")
_LONG_RUN: Final = re.compile(rb"<[^<!?/][^<]{%d}" % MAX_NAMESPACE_BYTES)
_TAG: Final = re.compile(rb"""<(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+>?""")
_LONG_NAMESPACE: Final = re.compile(
    rb"""(?<=\s)xmlns(?::[^\s=]*)?\s*=\s*(?:"[^"]{%d}|'[^']{%d})"""
    % (MAX_NAMESPACE_BYTES + 1, MAX_NAMESPACE_BYTES + 1)
)
_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""[XML 1.0] 2.2: characters that no document may hold, escaped or not."""
_SPECIAL: Final = re.compile("[^\t\n\x20-%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""The illegal ones and those to be escaped: `&`, `<`, `>`, carriage return."""
_XML_NAMESPACE: Final = "http://www.w3.org/XML/1998/namespace"


def read(body: bytes, *, max_bytes: int = MAX_BYTES_UNPROVEN) -> Element:
    """Return the root element; tags are `{namespace}local`, a namespace's trailing slash cut.

    Raises BadMessage for anything that is not a small, flat, declaration-free UTF-8 document.
    """
    if len(body) > max_bytes:
        raise BadMessage(f"{len(body)} bytes, at most {max_bytes} are read")
    body = body.removeprefix(_UTF8_BOM).strip()
    if not body:
        raise BadMessage("the message is empty")
    if b"\0" in body:  # the parser takes NULs at the start for UTF-16, whatever it was told
        raise BadMessage("a NUL byte; only UTF-8 is read")
    _refuse_floods(body)
    _refuse_declarations(body)
    _refuse_long_namespaces(body)
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
    _refuse_depth(root)
    if len(body) > _SMALL:
        _refuse_swollen(root, len(body))
    if b'/"' in body or b"/'" in body:
        _cut_slashes(root)
    return root


_PROLOG: Final = re.compile(rb"\s*(?:<\?[^>]*\?>\s*|<!--[^>]*-->\s*)*")
_DOCTYPE: Final = re.compile(
    rb"""<!DOCTYPE\s(?:[^\[<>"']|"[^"<>]*"|'[^'<>]*')*(?:\[(?:[^\]<>]|<\?[^<>]*\?>)*\]\s*)?>"""
)
"""One declaration; its internal subset may hold processing instructions and nothing else."""


def read_trusted(body: bytes, *, max_bytes: int = MAX_BYTES_PROVEN) -> Element:
    """Return the root of a device description file: `read`, once its DOCTYPE is cut off.

    The declaration is not looked into and nothing that it names is loaded; one that declares
    anything itself is refused like any other. Raises BadMessage.
    """
    body = body.removeprefix(_UTF8_BOM)
    prolog = _PROLOG.match(body)
    start = prolog.end() if prolog else 0
    if found := _DOCTYPE.match(body, start):
        body = body[:start] + body[found.end() :]
    return read(body, max_bytes=max_bytes)


def _refuse_floods(body: bytes) -> None:
    """Count the elements before any is built; comments and CDATA sections count as well."""
    limit = min(MAX_ELEMENTS, _FREE_ELEMENTS + len(body) // _BYTES_AN_ELEMENT)
    if body.count(b"<") - body.count(b"</") > limit:
        raise BadMessage(f"more than {limit} elements in {len(body)} bytes")


def _refuse_declarations(body: bytes) -> None:
    """Refuse `<!DOCTYPE` and its kin; comments, CDATA and `<?...?>` are skipped whole.

    The skipping agrees with the parser on every well-formed beginning: outside those three a `<`
    always opens markup, since attribute values must not hold one ([XML 1.0] 2.3).
    """
    position = 0
    while found := _DECLARATION.search(body, position):
        position = found.start()
        if body.startswith(b"<!--", position):
            position = _end(body, b"-->", position + 4)
        elif body.startswith(b"<![CDATA[", position):
            position = _end(body, b"]]>", position + 9)
        elif body.startswith(b"<?", position):
            position = _end(body, b"?>", position + 2)
        else:
            raise BadMessage("a document type or entity declaration is never read")


def _end(body: bytes, mark: bytes, start: int) -> int:
    end = body.find(mark, start)
    if end < 0:
        raise BadMessage("an unfinished comment, CDATA section or instruction")
    return end + len(mark)


def _refuse_long_namespaces(body: bytes) -> None:
    """Look into the tags that are long enough to hold one; few are."""
    for run in _LONG_RUN.finditer(body):
        tag = _TAG.match(body, run.start())
        if tag and _LONG_NAMESPACE.search(tag[0]):
            raise BadMessage(f"a namespace of more than {MAX_NAMESPACE_BYTES} bytes")


def _position(error: Exception) -> str:
    line, column = getattr(error, "position", (0, 0))
    return f"line {line}, column {column}"


def _refuse_depth(root: Element) -> None:
    level = [root]
    for _ in range(MAX_DEPTH):
        level = [child for element in level for child in element]
        if not level:
            return
    raise BadMessage(f"nested deeper than {MAX_DEPTH} levels")


def _refuse_swollen(root: Element, size: int) -> None:
    """Count what the names take once each has its own namespace."""
    most = size * _NAMES_A_BYTE
    for element in root.iter():
        most -= len(element.tag) + sum(map(len, element.keys()))
        if most < 0:
            raise BadMessage("names whose namespaces outweigh the message")


def _cut_slashes(root: Element) -> None:
    """Cut the trailing slash of namespaces (seen: published samples have it now and then)."""
    for element in root.iter():
        if "/}" in element.tag:
            element.tag = element.tag.replace("/}", "}", 1)


def text(element: Element | None) -> str:
    """Return the element's text with the white space around it cut; empty for none or no text."""
    if element is None:
        return ""
    return (element.text or "").strip()


def content(element: Element) -> str:
    """Return everything inside the element: its text exactly, or its markup written out as text.

    Data may hold a document raw or escaped; both give the same document here. What inherits the
    element's own namespace is written without one, as the escaped form would have it.
    """
    if len(element) == 0:
        return element.text or ""
    pieces = [_escape(element.text or "")]
    frame = namespace_of(element)
    for inner in element:
        _markup(inner, frame, "", pieces)
    return "".join(pieces).strip()


def _markup(element: Element, frame: str, inherited: str, pieces: list[str]) -> None:
    """Write what was read: default namespaces only, prefixes for qualified attributes."""
    namespace, name = namespace_of(element), local_name(element)
    if namespace == frame:
        namespace = ""
    pieces.append(f"<{name}")
    if namespace != inherited:
        pieces.append(f' xmlns="{_escape_attribute(namespace)}"')
    for number, (key, value) in enumerate(element.attrib.items()):
        pieces.append(f' {_attribute_name(key, number)}="{_escape_attribute(value)}"')
    if len(element) == 0 and not element.text:
        pieces.append("/>")
    else:
        pieces.append(">" + _escape(element.text or ""))
        for inner in element:
            _markup(inner, frame, namespace, pieces)
        pieces.append(f"</{name}>")
    pieces.append(_escape(element.tail or ""))


def _attribute_name(key: str, number: int) -> str:
    """Return an attribute's name as written, with the declaration of its prefix before it."""
    if not key.startswith("{"):
        return key
    namespace, _, local = key[1:].rpartition("}")
    if namespace == _XML_NAMESPACE:
        return f"xml:{local}"
    return f'xmlns:n{number}="{_escape_attribute(namespace)}" n{number}:{local}'


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

    Raises CannotEncode where a text holds a character that XML cannot carry, and for a document
    deeper than `read` takes.
    """
    pieces = ['<?xml version="1.0" encoding="UTF-8"?>'] if declaration else []
    _write(root, pieces, MAX_DEPTH)
    return "".join(pieces).encode("utf-8")


def octets(value: str) -> int:
    """Return how many bytes a text takes inside a written document."""
    return len(_escape(value).encode("utf-8"))


def _write(element: Out, pieces: list[str], levels: int) -> None:
    if levels == 0:
        raise CannotEncode(f"nested deeper than {MAX_DEPTH} levels")
    name, inside = element.name, element.content
    pieces.append(f"<{name}")
    for key, value in element.attributes:
        pieces.append(f' {key}="{_escape_attribute(value)}"')
    if not inside:
        pieces.append("/>")
        return
    pieces.append(">")
    if isinstance(inside, str):
        pieces.append(_escape(inside))
    else:
        for inner in inside:
            _write(inner, pieces, levels - 1)
    pieces.append(f"</{name}>")


def _escape(value: str) -> str:
    """Escape text; carriage returns as references, or readers lose them ([XML 1.0] 2.11)."""
    if not _SPECIAL.search(value):
        return value
    if _ILLEGAL.search(value):
        raise CannotEncode("a text holds a character that XML cannot carry")
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return value.replace("\r", "&#xD;")


def _escape_attribute(value: str) -> str:
    value = _escape(value).replace('"', "&quot;")
    return value.replace("\n", "&#xA;").replace("\t", "&#x9;")
