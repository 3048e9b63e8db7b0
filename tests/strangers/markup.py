"""XML written in many hands: the same tree with other prefixes, white space, encodings.

Nothing of the product is used here. Text is escaped by `html.escape`, nothing is shared.
"""

import html
from dataclasses import dataclass, replace
from typing import Literal

SOAP = "http://www.w3.org/2003/05/soap-envelope"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
WSA = "http://www.w3.org/2005/08/addressing"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WST = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
AUTH = "http://schemas.xmlsoap.org/ws/2006/12/authorization"
DISCO = "http://schemas.microsoft.com/windows/management/2012/01/enrollment"
XCEP = "http://schemas.microsoft.com/windows/pki/2009/01/enrollmentpolicy"
ENROLL = "http://schemas.microsoft.com/windows/pki/2009/01/enrollment"
DIAG = "http://schemas.microsoft.com/2004/09/ServiceModel/Diagnostics"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
SYNCML = "SYNCML:SYNCML1.2"
METINF = "syncml:metinf"
EXTRA = "urn:example:something-newer"

Prefixes = Literal["real", "soap", "none"]

REAL = {SOAP: "s", WSA: "a", WSU: "u", WSSE: "wsse", WST: "wst", AUTH: "ac", XSI: "xsi"}
LONG = {
    SOAP: "soap",
    SOAP_11: "soap",
    WSA: "wsa",
    WSU: "wsu",
    WSSE: "sec",
    WST: "t",
    AUTH: "auth",
    XSI: "i",
    DISCO: "d",
    DISCO + "/": "d",
    XCEP: "p",
}


@dataclass(frozen=True)
class E:
    """An element; `exact` texts get no white space around them, `cdata` ones are not escaped."""

    ns: str
    name: str
    content: "str | list[E]" = ""
    attrs: tuple[tuple[str, str, str], ...] = ()
    """(namespace or empty, name, value)"""
    exact: bool = False
    cdata: bool = False


@dataclass(frozen=True)
class Hand:
    """How one writes."""

    prefixes: Prefixes = "real"
    pretty: bool = False
    declaration: bool = False
    encoding: str = "utf-8"
    """What the declaration says; the bytes are UTF-8 always."""
    bom: bool = False
    more: tuple[tuple[str, str], ...] = ()
    """Further (namespace, prefix), declared on the root."""


PLAIN = Hand()
"""As Windows writes."""


def write(root: E, hand: Hand) -> bytes:
    """Return the document in that hand."""
    table = dict({"real": REAL, "soap": LONG, "none": {}}[hand.prefixes]) | dict(hand.more)
    declared = "".join(f' xmlns:{prefix}="{ns}"' for ns, prefix in table.items() if _used(root, ns))
    text = _element(root, "", table, hand, 0, declared)
    if hand.declaration or hand.encoding != "utf-8":
        text = f'<?xml version="1.0" encoding="{hand.encoding}"?>\r\n' + text
    return (b"\xef\xbb\xbf" if hand.bom else b"") + text.encode("utf-8")


def _used(element: E, ns: str) -> bool:
    if element.ns == ns or any(each == ns for each, _, _ in element.attrs):
        return True
    return isinstance(element.content, list) and any(_used(each, ns) for each in element.content)


def _element(
    element: E, default: str, table: dict[str, str], hand: Hand, level: int, declared: str = ""
) -> str:
    prefix = table.get(element.ns)
    opening = declared
    if prefix is None and element.ns != default:
        opening += f' xmlns="{element.ns}"'
        default = element.ns
    name = element.name if prefix is None else f"{prefix}:{element.name}"
    for number, (ns, attribute, value) in enumerate(element.attrs):
        shown = html.escape(value)
        if not ns:
            opening += f' {attribute}="{shown}"'
        elif ns in table:
            opening += f' {table[ns]}:{attribute}="{shown}"'
        else:
            opening += f' xmlns:q{number}="{ns}" q{number}:{attribute}="{shown}"'
    inside = _inside(element, default, table, hand, level)
    return f"<{name}{opening}>{inside}</{name}>" if inside else f"<{name}{opening}/>"


def _inside(element: E, default: str, table: dict[str, str], hand: Hand, level: int) -> str:
    newline = "\r\n" + "\t" * (level + 1)
    end = "\r\n" + "\t" * level
    if isinstance(element.content, list):
        parts = [_element(each, default, table, hand, level + 1) for each in element.content]
        if hand.pretty and parts:
            return newline + newline.join(parts) + end
        return "".join(parts)
    if not element.content:
        return ""
    text = element.content
    text = f"<![CDATA[{text}]]>" if element.cdata else html.escape(text, quote=False)
    return f"{newline}{text}{end}" if hand.pretty and not element.exact else text


def exactly(element: E) -> E:
    """Return the element with its text untouched by pretty-printing."""
    return replace(element, exact=True)
