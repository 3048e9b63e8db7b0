"""Documents against the schema that their node names: the one place where lxml is used.

It reads what an administrator typed, never a stranger's bytes, and touches neither network nor
files: a schema that would fetch another one is not used. Schema bodies come only with an
administrator's own import; without one, hand-written rules are all there is.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from lxml import etree

from lenskeep.desired.validate.finding import Finding, Found, refused
from lenskeep.wire import xml
from lenskeep.wire.errors import BadMessage

MAX_COMPLAINTS: Final = 20
"""Findings of one document that are told; the first tell the story."""
_FETCHING: Final = frozenset({"import", "include", "redefine"})
_NAMED: Final = re.compile(r"(?:Element|attribute) '(?:\{[^}']*\})?([^']{1,80})'")
_EXPECTED: Final = re.compile(r"Expected is (?:one of )?\( ([^()]*) \)\.$")
_SET: Final = "is not an element of the set {"
_SAID: Final = (
    ("This element is not expected", "is an element that its schema does not expect there"),
    ("Missing child element", "is an element without the elements that its schema wants below"),
    ("is required but missing", "is an attribute that its schema wants"),
    ("is not allowed", "is an attribute that its schema does not know"),
    ("No matching global declaration", "is not the root element that its schema wants"),
)
"""What libxml2 says, by its own words, and what we say. Its sentences hold values, ours do not."""


def against_schema(body: str, value: str) -> Found:
    """Return where a document breaks its schema [XSD 1.0].

    Nothing where the schema cannot be used, or where the document cannot be read: that is said
    elsewhere.
    """
    schema = _compiled(body)
    root = _read(value)
    if schema is None or root is None or schema.validate(root):
        return ()
    own = _made(body)  # what is told stands in the schema object, which threads share
    if own is None or own.validate(root):
        return ()
    return tuple(dict.fromkeys(_findings(own)))[:MAX_COMPLAINTS]


def is_usable(body: str) -> bool:
    """Return whether documents can be held against the schema."""
    return _compiled(body) is not None


@lru_cache(maxsize=32)
def _compiled(body: str) -> etree.XMLSchema | None:
    """Return the schema, the same object for the same body."""
    return _made(body)


def _made(body: str) -> etree.XMLSchema | None:
    """Return the schema; None where it needs another one that is not here, or is none."""
    root = _read(body)
    if root is None or any(_fetches(each) for each in root.iter(etree.Element)):
        return None
    try:
        return etree.XMLSchema(root)
    except etree.XMLSchemaParseError:
        return None


def _fetches(element: etree._Element) -> bool:
    name = etree.QName(element).localname
    return name in _FETCHING and element.get("schemaLocation") is not None


def _read(text: str) -> etree._Element | None:
    """Return the root; first past the house's own reader, which takes no declarations."""
    octets = text.strip().encode("utf-8", "surrogatepass")
    try:
        xml.read(octets)
        return etree.fromstring(octets, _parser())
    except (BadMessage, etree.XMLSyntaxError):
        return None


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _findings(schema: etree.XMLSchema) -> Iterator[Finding]:
    for each in schema.error_log:
        names = _NAMED.findall(each.message)
        said = next((ours for theirs, ours in _SAID if theirs in each.message), None)
        said = said or "holds a value that its schema does not allow"
        yield refused(f"{said} (line {each.line})", _allowed(each.message), (names or [None])[-1])


def _allowed(message: str) -> str | None:
    """Return what the schema would take, where libxml2 says it."""
    if found := _EXPECTED.search(message):
        return re.sub(r"\{[^}]*\}", "", found[1])
    head, mark, choices = message.rpartition(_SET)
    return choices.rstrip("}.").replace("'", "") if mark and head else None
