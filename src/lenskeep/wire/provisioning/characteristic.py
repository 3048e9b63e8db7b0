"""`wap-provisioningdoc` as a plain tree: characteristics and parms, meaning nothing yet.

`wap` gives them their meaning ([MS-MDE2] 2.2.9.1).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element

from lenskeep.wire import xml
from lenskeep.wire.errors import BadMessage
from lenskeep.wire.xml import Out

SECTION: Final = "[MS-MDE2] 2.2.9.1"

_ROOT: Final = "wap-provisioningdoc"
_VERSION: Final = "1.1"
_DATATYPES: Final = ("string", "integer", "boolean", "date", "float")


@dataclass(frozen=True, slots=True)
class Parm:
    """A named value; some have none and count by being there. Its value may be a secret."""

    name: str
    value: str | None = field(default=None, repr=False)
    datatype: str | None = None


@dataclass(frozen=True, slots=True)
class Characteristic:
    """A node with parms and further nodes, in the order of the document."""

    type: str
    content: tuple["Parm | Characteristic", ...] = ()

    def parms(self) -> Iterator[Parm]:
        """Return the parms, in order."""
        return (piece for piece in self.content if isinstance(piece, Parm))

    def parm(self, name: str) -> Parm | None:
        """Return the first parm of that name (upper and lower case count), or None."""
        return next((parm for parm in self.parms() if parm.name == name), None)

    def inner(self, type_: str | None = None) -> tuple["Characteristic", ...]:
        """Return the characteristics right inside, all of them or those of one type."""
        found = (piece for piece in self.content if isinstance(piece, Characteristic))
        return tuple(piece for piece in found if type_ in (None, piece.type))


def read_characteristics(body: bytes) -> tuple[Characteristic, ...]:
    """Return the tree of any provisioning document. Raises BadMessage where it is none."""
    root = xml.read(body)
    if root.tag != _ROOT:
        raise BadMessage(f"{_ROOT} is expected", where=_ROOT, section=SECTION)
    pieces = tuple(_read(element) for element in root)
    if any(isinstance(piece, Parm) for piece in pieces):
        raise BadMessage("a parm outside any characteristic", where=_ROOT, section=SECTION)
    return tuple(piece for piece in pieces if isinstance(piece, Characteristic))


def _read(element: Element) -> Parm | Characteristic:
    """Return one piece; the reader has bounded how deep this goes."""
    if element.tag == "parm":
        return _read_parm(element)
    if element.tag != "characteristic":
        raise BadMessage("neither characteristic nor parm", where=_ROOT, section=SECTION)
    type_ = element.get("type", "").strip()
    if not type_:
        raise BadMessage("type is missing", where="characteristic", section=SECTION)
    return Characteristic(type_, tuple(_read(child) for child in element))


def _read_parm(element: Element) -> Parm:
    name, datatype = element.get("name"), element.get("datatype")
    if not name:
        raise BadMessage("name is missing", where="parm", section=SECTION)
    if datatype is not None and datatype not in _DATATYPES:
        expected = f"datatype is none of {', '.join(_DATATYPES)}"
        raise BadMessage(expected, where="parm", section=SECTION)
    return Parm(name, element.get("value"), datatype)


def write_characteristics(trees: tuple[Characteristic, ...]) -> bytes:
    """Return the document."""
    root = Out(_ROOT, tuple(_write(tree) for tree in trees), (("version", _VERSION),))
    return xml.write(root, declaration=True)


def _write(piece: Parm | Characteristic) -> Out:
    if isinstance(piece, Characteristic):
        inner = tuple(_write(each) for each in piece.content)
        return Out("characteristic", inner, (("type", piece.type),))
    named = (("name", piece.name), ("value", piece.value), ("datatype", piece.datatype))
    return Out("parm", (), tuple((name, text) for name, text in named if text is not None))
