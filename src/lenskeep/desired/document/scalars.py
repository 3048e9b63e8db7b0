"""Scalars between a document and the wire: what a word means for a node, and how it is written.

The node's format decides, never the look of the word: `1.10` for a text is the text 1.10, `0x10`
for a number is 16, and `no` is a word wherever it stands.
"""

import re
from typing import Final

from lenskeep.desired.document.nodes import Scalar
from lenskeep.tree.catalog.allowed import Allowed, Kind
from lenskeep.tree.value import Format

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS: Final = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
"""What YAML 1.2 calls null and Boolean (core schema, 10.3.2)."""
_BASED: Final = re.compile("0(x[0-9A-Fa-f]{1,16}|o[0-7]{1,22})")
_NUMBER: Final = re.compile("-?(0|[1-9][0-9]{0,18})")
_PLAIN: Final = re.compile(r"[A-Za-z_./]([A-Za-z0-9_./% -]*[A-Za-z0-9_./-])?")
_OTHERWISE_READ: Final = frozenset(
    {"null", "true", "false", "yes", "no", "on", "off", "y", "n", ".inf", ".nan"}
)
"""Words that some reader of YAML takes for something else than text."""
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


# --- Reading --------------------------------------------------------------------------------------


def is_null(node: Scalar) -> bool:
    """Return whether nothing stands there."""
    return node.is_plain and node.text in _NULLS


def as_boolean(node: Scalar) -> bool | None:
    """Return true or false, None where it is neither."""
    return _BOOLEANS.get(node.text) if node.is_plain else None


def wire_text(node: Scalar, form: Format | None, allowed: Allowed) -> str | None:
    """Return the text for a node of this format; what does not fit stays for validation to tell."""
    if is_null(node):
        return None
    boolean = as_boolean(node)
    if boolean is not None and form is Format.INT and is_switch(allowed):
        return "1" if boolean else "0"
    if boolean is not None and form is Format.BOOL:
        return "true" if boolean else "false"
    if node.is_plain and form is Format.INT and _BASED.fullmatch(node.text):
        return str(int(node.text, 0))
    return node.text


def is_switch(allowed: Allowed) -> bool:
    """Return whether 0 and 1 are among the choices, so that off and on are understood."""
    return allowed.kind is Kind.ENUM and {"0", "1"} <= set(allowed.values)


# --- Writing --------------------------------------------------------------------------------------


def value_scalar(value: str, form: Format | None, indent: str) -> str:
    """Return a node's value: a number or Boolean plainly, a text as `text_scalar` has it."""
    is_number = form is Format.INT and _NUMBER.fullmatch(value)
    if is_number or (form is Format.BOOL and value in ("true", "false")):
        return value
    return text_scalar(value, indent)


def word_scalar(text: str) -> str:
    """Return a text on one line: plainly where no reader can mistake it, else quoted."""
    is_plain = _PLAIN.fullmatch(text) and text.casefold() not in _OTHERWISE_READ
    return text if is_plain and not text.startswith("...") else _quoted(text)


def data_scalar(value: str) -> str:
    """Return a piece of ADMX data, on one line; a number stands plainly."""
    return value if _NUMBER.fullmatch(value) else word_scalar(value)


def text_scalar(text: str, indent: str) -> str:
    """Return a text so that every reader takes it for one; `indent` is that of its key's entry.

    Several lines become a block of their own where a block can hold them exactly.
    """
    return _block(text, f"{indent}  ") if _is_block(text) else word_scalar(text)


def _is_block(text: str) -> bool:
    first = text.partition("\n")[0]
    if "\n" not in text.rstrip("\n") or not first or first[0].isspace():
        return False
    lines = text.split("\n")
    are_bare = all(not each or each.strip() for each in lines)
    return are_bare and all(each.isprintable() or each in "\n\t" for each in text)


def _block(text: str, indent: str) -> str:
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    mark = "|-" if ends == 0 else "|" if ends == 1 else "|+"
    lines = (f"{indent}{each}" if each else "" for each in body.split("\n"))
    return "\n".join((mark, *lines, *[""] * max(0, ends - 1)))


def _quoted(text: str) -> str:
    return '"' + "".join(_escaped(each) for each in text) + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
