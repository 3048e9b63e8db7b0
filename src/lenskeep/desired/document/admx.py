"""ADMX values in the form that people write: `{enabled: true, Id: value}`, and as they travel."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from lenskeep.desired.validate.content.admx import Part
from lenskeep.wire import xml
from lenskeep.wire.errors import BadMessage, CannotEncode

F000: Final = "\uf000"
"""Divides the numbers and texts of an ADMX list."""
ENABLED: Final = "enabled"
MAX_ID: Final = 200
"""Characters of an element's id; a key of YAML has 1024 at most."""
Data: TypeAlias = Mapping[str, str | tuple[str, ...]]
"""Text, or a list, by the id of the element. In the order of their writing."""


def admx_value(data: Data | None) -> str | None:
    """Return the value as it travels; without data the policy is disabled.

    None where a text holds what XML cannot carry, or an item of a list holds U+F000.
    """
    if data is None:
        return _written(xml.Out("disabled"))
    pieces = [_written(xml.Out(ENABLED))]
    for id_, held in data.items():
        if not isinstance(held, str) and any(F000 in each for each in held):
            return None
        text = held if isinstance(held, str) else _numbered(held)
        try:
            pieces.append(_written(xml.Out("data", (), (("id", id_), ("value", text)))))
        except CannotEncode:
            return None
    return "".join(pieces)


def admx_data(value: str) -> Data | None:
    """Return the data of an enabled policy, None where the friendly form would lose anything."""
    try:
        root = xml.read(f"<root>{value}</root>".encode("utf-8", "surrogatepass"))
    except BadMessage:
        return None
    data = {each.get("id", ""): _held(each.get("value", "")) for each in root[1:]}
    is_plain = ENABLED not in data and all(len(each) <= MAX_ID for each in data)
    if not is_plain or admx_value(data) != value:
        return None
    return data


def is_disabled(value: str) -> bool:
    """Return whether the value disables its policy, exactly as we write it."""
    return value == admx_value(None)


def switch_text(*, is_on: bool, part: Part | None) -> str:
    """Return true or false as the element takes it: by its number where it takes no word."""
    word = "true" if is_on else "false"
    number = "1" if is_on else "0"
    return number if part is not None and not part.fits(word) and part.fits(number) else word


def _held(text: str) -> str | tuple[str, ...]:
    """Return a list where the text is exactly one."""
    items = tuple(text.split(F000)[1::2])
    return items if items and _numbered(items) == text else text


def _numbered(items: tuple[str, ...]) -> str:
    pairs = (f"{number}{F000}{each}" for number, each in enumerate(items, 1))
    return F000.join(pairs)


def _written(element: xml.Out) -> str:
    return xml.write(element).decode()
