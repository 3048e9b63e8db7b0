"""The exact element order and syntax of a SyncML message, as a headset demands it.

The reader takes much that Windows refuses; here every departure is listed, so that a strict
client can stop at it. Grammar: [MS-MDM] 2.2.3 to 2.2.7, in the order of the DTD of
[OMA-SyncMLRP 1.2.2], which [MS-MDM] makes binding.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

from lenskeep.wire import xml

_NAMESPACE: Final = "SYNCML:SYNCML1.2"
_META_NAMESPACE: Final = "syncml:metinf"
_MANY: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class _Slot:
    """A place in a sequence: which elements may stand there, and how many."""

    names: frozenset[str]
    least: int
    most: int

    def __str__(self) -> str:
        return " or ".join(sorted(self.names))


def _slots(*words: str) -> tuple[_Slot, ...]:
    """Return the slots that DTD words name: `A` once, `A?`, `A*`, `A+`, `(A|B)+`."""
    bounds = {"?": (0, 1), "*": (0, _MANY), "+": (1, _MANY)}
    return tuple(
        _Slot(frozenset(word.rstrip("?*+").strip("()").split("|")), *bounds.get(word[-1], (1, 1)))
        for word in words
    )


_NESTED: Final = "(Alert|Atomic|Sequence|Add|Replace|Delete|Get|Exec)+"
_BODY: Final = "(Alert|Atomic|Sequence|Add|Replace|Delete|Get|Exec|Status|Results)+"
_REQUEST: Final = _slots("CmdID", "NoResp?", "Cred?", "Meta?", "Item+")
_GROUP: Final = _slots("CmdID", "NoResp?", "Meta?", _NESTED)
_END: Final = _slots("LocURI", "LocName?")

_SEQUENCES: Final[dict[str, tuple[_Slot, ...]]] = {
    "SyncML": _slots("SyncHdr", "SyncBody"),
    "SyncHdr": _slots(
        *("VerDTD", "VerProto", "SessionID", "MsgID", "Target", "Source"),
        *("RespURI?", "NoResp?", "Cred?", "Meta?"),
    ),
    "SyncBody": _slots(_BODY, "Final?"),
    "Status": _slots(
        *("CmdID", "MsgRef", "CmdRef", "Cmd", "TargetRef*", "SourceRef*"),
        *("Cred?", "Chal?", "Data", "Item*"),
    ),
    "Results": _slots(
        "CmdID", "MsgRef", "CmdRef", "Cmd?", "Meta?", "TargetRef?", "SourceRef?", "Item+"
    ),
    "Alert": _slots("CmdID", "NoResp?", "Cred?", "Data", "Correlator?", "Item*"),
    "Add": _REQUEST,
    "Replace": _REQUEST,
    "Delete": _REQUEST,
    "Get": _REQUEST,
    "Exec": _slots("CmdID", "NoResp?", "Cred?", "Meta?", "Item"),
    "Atomic": _GROUP,
    "Sequence": _GROUP,
    "Item": _slots("Target?", "Source?", "Meta?", "Data?", "MoreData?"),
    "Cred": _slots("Meta", "Data"),
    "Chal": _slots("Meta"),
    "Target": _END,
    "Source": _END,
}
_META_CHILDREN: Final = frozenset(
    {
        *("Format", "Type", "Mark", "Size", "Anchor", "Version", "NextNonce"),
        *("MaxMsgSize", "MaxObjSize", "EMI", "FieldLevel", "Mem"),
    }
)
_EMPTY: Final = frozenset({"Final", "MoreData", "NoResp"})
_NEVER_EMPTY: Final = frozenset(
    {"SessionID", "MsgID", "MsgRef", "Cmd", "LocURI", "TargetRef", "SourceRef"}
)
_COMMANDS: Final = frozenset(_BODY.strip("()+").split("|"))
_VERSIONS: Final = {"VerDTD": "1.2", "VerProto": "DM/1.2"}


def order_breaches(body: bytes, *, max_bytes: int = xml.MAX_BYTES_PROVEN) -> tuple[str, ...]:
    """Return every departure from the exact syntax, none for a clean message.

    Raises BadMessage where the bytes are not readable XML at all.
    """
    root = xml.read(body, max_bytes=max_bytes)
    if root.tag != f"{{{_NAMESPACE}}}SyncML":
        return (f"the root is not SyncML in {_NAMESPACE}",)
    found = [*_element(root, "SyncML"), *_ids(root)]
    if b"<![CDATA[" in body:  # assumed: refused; Microsoft's pages contradict each other
        found.append("SyncML: a CDATA section")
    return tuple(found)


def _element(element: Element, path: str, format_: str = "") -> Iterator[str]:
    """Yield what is wrong inside one element; `format_` is the one that its Data has."""
    name = xml.local_name(element)
    slots = _SEQUENCES.get(name)
    if slots is not None:
        yield from _sequence(element, path, slots)
        yield from _inside(element, path, _format(element) or format_)
    elif name == "Meta":
        yield from _meta(element, path)
    else:
        yield from _leaf(element, path, format_)


def _inside(element: Element, path: str, format_: str) -> Iterator[str]:
    """Yield what is wrong in the children that belong there."""
    for child in element:
        if xml.namespace_of(child) == _NAMESPACE and not _is_stranger(element, child):
            yield from _element(child, f"{path}/{_label(child)}", format_)


def _is_stranger(element: Element, child: Element) -> bool:
    name = xml.local_name(child)
    return not any(name in slot.names for slot in _SEQUENCES[xml.local_name(element)])


def _sequence(element: Element, path: str, slots: tuple[_Slot, ...]) -> Iterator[str]:
    """Yield strangers, wrong order, missing and repeated elements, and text between them."""
    counts = [0] * len(slots)
    reached = 0
    for child in element:
        name = xml.local_name(child)
        index = next((i for i, slot in enumerate(slots) if name in slot.names), None)
        if xml.namespace_of(child) != _NAMESPACE or index is None:
            yield f"{path}: {name} does not belong here"
            continue
        if index < reached:
            yield f"{path}: {name} comes after {slots[reached]}"
        reached = max(reached, index)
        counts[index] += 1
    for slot, count in zip(slots, counts, strict=True):
        if count < slot.least:
            yield f"{path}: {slot} is missing"
        if count > slot.most:
            yield f"{path}: {slot} stands {count} times"
    if _has_text(element):
        yield f"{path}: text between elements"


def _has_text(element: Element) -> bool:
    return bool((element.text or "").strip()) or any((c.tail or "").strip() for c in element)


def _meta(element: Element, path: str) -> Iterator[str]:
    """Yield children without `xmlns="syncml:metinf"`, unknown ones and doubles; any order."""
    seen: set[str] = set()
    for child in element:
        name = xml.local_name(child)
        if xml.namespace_of(child) != _META_NAMESPACE:
            yield f"{path}: {name} is not in {_META_NAMESPACE}"
        elif name not in _META_CHILDREN:
            yield f"{path}: {name} does not belong here"
        if name in seen:
            yield f"{path}: {name} stands twice"
        seen.add(name)
    if _has_text(element):
        yield f"{path}: text between elements"


def _leaf(element: Element, path: str, format_: str) -> Iterator[str]:
    """Yield markup where text belongs, and text that must not or must be there."""
    name = xml.local_name(element)
    value = xml.text(element)
    if len(element) and not (name == "Data" and format_ == "xml"):
        yield f"{path}: unescaped markup"
    if name in _EMPTY and value:
        yield f"{path}: must be empty"
    if name in _NEVER_EMPTY and not value:
        yield f"{path}: is empty"
    if name in _VERSIONS and value != _VERSIONS[name]:
        yield f"{path}: must be {_VERSIONS[name]}"


def _format(element: Element) -> str:
    """Return the Format that an element's own Meta states, empty for none."""
    meta = xml.child(element, _NAMESPACE, "Meta")
    return "" if meta is None else xml.text(xml.child(meta, _META_NAMESPACE, "Format"))


def _label(element: Element) -> str:
    """Return the name, and which command it is where it has a CmdID."""
    cmd_id = xml.text(xml.child(element, _NAMESPACE, "CmdID"))
    name = xml.local_name(element)
    return f"{name}[{cmd_id[:20]}]" if cmd_id else name


def _ids(root: Element) -> Iterator[str]:
    """Yield CmdIDs that are empty, 0 or doubled ([MS-MDM] 2.2.3.2), nested ones included."""
    seen: set[str] = set()
    for element in root.iter():
        name = xml.local_name(element)
        found = xml.child(element, _NAMESPACE, "CmdID")
        if name not in _COMMANDS or found is None:
            continue
        cmd_id = xml.text(found)
        if cmd_id in ("", "0"):
            yield f"{name}: CmdID is empty or 0"
        elif cmd_id in seen:
            yield f"{name}: CmdID {cmd_id[:20]} stands twice"
        seen.add(cmd_id)
