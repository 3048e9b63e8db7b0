"""The XML reader itself: what it lets in is bounded, and reads the same once it is written."""

from typing import Final
from xml.etree.ElementTree import Element

from tests.fuzz.harness import Target, attempt, demand, same, written
from tests.fuzz.mutators import markup

from lenskeep.wire import xml
from lenskeep.wire.errors import BadMessage

_GROWTH: Final = 12
_SMALL: Final = 2 * 1024 * 1024
"""Times that markup kept as text may be longer than its bytes were, where it is not small."""


def run(data: bytes) -> None:
    """Read a document both ways, write what was read, read it again."""
    root = attempt(BadMessage, xml.read, data)
    trusted = attempt(BadMessage, xml.read_trusted, data)
    if root is None:
        return
    demand(trusted is not None and _plain(trusted) == _plain(root), "trusted reads no less")
    _bounded(root, data)
    _again(root)
    _kept(root, data)


def _bounded(root: Element, data: bytes) -> None:
    count = sum(1 for _ in root.iter())
    demand(count <= min(xml.MAX_ELEMENTS, 1000 + len(data) // 12), "as many elements as it says")
    level, depth = [root], 0
    while level:
        level, depth = [child for each in level for child in each], depth + 1
    demand(depth <= xml.MAX_DEPTH, "no deeper than it says")
    demand(b"<!DOCTYPE" not in data.split(b"<!--")[0].split(b"<![")[0].split(b"<?")[0], "no DTD")


def _again(root: Element) -> None:
    """Write the document (where no text stands between elements) and read it again."""
    if any(_is_mixed(each) for each in root.iter()):
        return
    body = written(xml.write, _out(root))
    if body is not None and len(body) <= xml.MAX_BYTES_UNPROVEN and _are_short(root):
        same(_plain(root), _plain(xml.read(body)), "what is written reads the same")


def _kept(root: Element, data: bytes) -> None:
    """Keep the inside as text, as SyncML's Data does, and carry it in another document."""
    inside = xml.content(root)
    most = max(_SMALL, _GROWTH * len(data))
    demand(len(inside) <= most, "content in proportion to the input")
    body = written(xml.write, xml.Out("Data", inside))
    if body is not None and len(body) <= xml.MAX_BYTES_UNPROVEN:
        same(inside, xml.content(xml.read(body)), "a kept text reads the same")


def _is_mixed(element: Element) -> bool:
    return len(element) > 0 and bool(element.text or any(each.tail for each in element))


def _are_short(root: Element) -> bool:
    """Whether no namespace is cut a second time, or too long with its slash."""
    spaces = {xml.namespace_of(each) for each in root.iter()}
    return not any(each.endswith("/") for each in spaces)


def _out(element: Element) -> xml.Out:
    names = [("xmlns", xml.namespace_of(element))]
    for number, (key, value) in enumerate(element.attrib.items()):
        space, _, local = key.rpartition("}")
        if space == "{http://www.w3.org/XML/1998/namespace":
            names.append((f"xml:{local}", value))
        elif space:
            names += [(f"xmlns:n{number}", space[1:]), (f"n{number}:{local}", value)]
        else:
            names.append((local, value))
    inside = tuple(_out(each) for each in element) or element.text or ()
    return xml.Out(xml.local_name(element), inside, tuple(names))


def _plain(element: Element) -> tuple[object, ...]:
    inner = tuple(_plain(each) for each in element)
    return element.tag, dict(element.attrib), element.text or "", inner, element.tail or ""


TARGET: Final = Target(
    name="xml",
    covers=("lenskeep.wire.xml:read", "lenskeep.wire.xml:read_trusted"),
    run=run,
    mutate=markup.mutate,
    max_bytes=xml.MAX_BYTES_UNPROVEN + 1024,
)
