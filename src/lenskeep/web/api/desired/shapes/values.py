"""Settings as JSON has them: a value is a text, or a number, Boolean or list that becomes one.

What a word means for a node is decided where it is for YAML; what goes out is always text.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Annotated, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic.types import JsonValue

from lenskeep.base.errors import Complaint, Invalid
from lenskeep.desired.changes import record_of
from lenskeep.desired.document.nodes import Scalar as Word
from lenskeep.desired.document.scalars import wire_text
from lenskeep.desired.profile import Drift, ProfileBody, ProfileSetting
from lenskeep.tree.catalog.allowed import UNSTATED
from lenskeep.tree.catalog.load import Catalog
from lenskeep.tree.uri import parse_uri
from lenskeep.tree.value import Format

Scalar: TypeAlias = str | int | float | bool
Given: TypeAlias = Scalar | list[Scalar] | None

MOST: Final = 2**64
"""Either way from 0: no node takes a larger number; as text it may be any."""
_EXPECTED: Final = "a text, a number, true or false, a list of these, or null"


def _given(value: object) -> Given:
    if isinstance(value, list):
        return [_scalar(each) for each in value]
    return None if value is None else _scalar(value)


def _scalar(value: object) -> Scalar:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isprintable():
        return value
    if isinstance(value, str):
        return _whole(value)
    if isinstance(value, int) and -MOST < value < MOST:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise ValueError(_EXPECTED)


def _whole(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("half a character stands alone") from None
    return text


_SCALAR: Final[list[JsonValue]] = [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]
_LIST: Final[JsonValue] = {"type": "array", "items": {"anyOf": _SCALAR}}
Value = Annotated[
    Given,
    PlainValidator(_given),
    WithJsonSchema({"anyOf": [*_SCALAR, _LIST, {"type": "null"}]}),
]


class SettingBody(BaseModel):
    """What one node shall hold; without a format it has the catalog's."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    uri: str = Field(
        examples=["./Device/Vendor/MSFT/Policy/Config/Experience/AllowCortana"],
        description="LocURI",
    )
    value: Value = Field(None, description="A list is joined by the node's own delimiter.")
    format: Annotated[Format, Field(strict=False)] | None = None
    acknowledged: bool = Field(
        False, description="Somebody has read that this can lock a headset out."
    )


def body_of(given: Sequence[SettingBody], drift: Drift, catalog: Catalog) -> ProfileBody:
    """Return the body of these settings. Raises Invalid with everything that is no value."""
    wrongs: list[Complaint] = []
    settings = []
    for number, each in enumerate(given):
        reading = _Reading(f"settings[{number}].value", each, catalog)
        value = reading.value()
        wrongs.extend(reading.wrongs)
        settings.append(ProfileSetting(each.uri.strip(), value, each.format, each.acknowledged))
    if wrongs:
        raise Invalid(*wrongs)
    return ProfileBody(tuple(settings), drift)


class _Reading:
    """One value being read."""

    def __init__(self, place: str, setting: SettingBody, catalog: Catalog) -> None:
        record = record_of(_path(setting.uri), catalog)
        self._place = place
        self._given = setting.value
        self._form = setting.format or (record.format if record else None)
        self._allowed = record.allowed if record else UNSTATED
        self.wrongs: list[Complaint] = []

    def value(self) -> str | None:
        """Return the text for the node, None where it has none."""
        if self._given is None:
            return None
        if not isinstance(self._given, list):
            return self._text(self._given)
        delimiter = self._allowed.delimiter
        if delimiter:
            return delimiter.join(self._items(self._given, delimiter))
        self.wrongs.append(Complaint(self._place, "the node takes no list", "one value"))
        return None

    def _items(self, given: list[Scalar], delimiter: str) -> Iterator[str]:
        for number, each in enumerate(given):
            text = self._text(each)
            if delimiter in text:
                problem = "it holds the character that divides this list"
                place = f"{self._place}[{number}]"
                self.wrongs.append(Complaint(place, problem, "an item of its own for each"))
            yield text

    def _text(self, value: Scalar) -> str:
        if isinstance(value, str):
            return value
        plain = str(value).lower() if isinstance(value, bool) else str(value)
        word = Word(0, plain, is_plain=True)
        return wire_text(word, self._form, self._allowed) or ""


def _path(uri: str) -> str:
    """Return the canonical path; what is no LocURI stays for validation to tell."""
    try:
        return parse_uri(uri).path
    except Invalid:
        return uri
