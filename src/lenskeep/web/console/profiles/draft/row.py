"""One setting in the form: its node, its control, the names in its address, what is filled in."""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, unquote

from lenskeep.desired.profile import ProfileSetting
from lenskeep.tree.catalog.load import Catalog
from lenskeep.tree.catalog.record import Naming, Placeholder, Record
from lenskeep.tree.sensitive import REDACTED
from lenskeep.tree.value import Format
from lenskeep.web.console.page import Form
from lenskeep.web.console.profiles.controls.admx import ABSENT, Fields
from lenskeep.web.console.profiles.controls.control import (
    Control,
    Shape,
    control_for,
    plain_text,
)
from lenskeep.web.console.profiles.controls.fields import EMPTY, fields_of, first_value, text_of

PLAIN: Final = "text"
"""Says in the form that the row shows its value as plain text."""
_GUID_NAMES: Final = re.compile("guid|uniqueid", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Name:
    """One dynamic segment of the address: what it is called, and what was filled in."""

    label: str
    typed: str
    """Plain, not percent-encoded."""
    hint: str


@dataclass(frozen=True, slots=True)
class Row:
    """One setting while it is being written."""

    id: str
    """Names its fields in the form."""
    uri: str
    """With its names; one that was not filled in stands as `{Name}`."""
    record: Record | None
    control: Control
    fields: Fields = field(default_factory=dict, repr=False)
    original: str = ""
    """Its address in the revision it was read from; empty for a new one."""
    is_plain: bool = False
    acknowledged: bool = False
    format: Format | None = None

    @property
    def keeps(self) -> bool:
        """Whether it holds a secret that stays as it is unless another one is filled in."""
        return bool(self.original) and self.control.is_secret

    @property
    def names(self) -> tuple[Name, ...]:
        """The names to fill in."""
        if self.record is None:
            return ()
        segments = self.uri.split("/")
        return tuple(
            Name(each.name, _typed(segments[at]), _hint(each))
            for each, at in _places(self.record)
            if at < len(segments)
        )

    @property
    def is_named(self) -> bool:
        """Whether every name in its address was filled in."""
        return all(each.typed for each in self.names)

    @property
    def title(self) -> str:
        """What a person calls it."""
        return self.uri.rpartition("/")[2] if self.record is None else self.record.title

    def values(self, name: str = "v") -> tuple[str, ...]:
        """Return what a field holds."""
        return tuple(self.fields.get(name, ()))

    def value(self, name: str = "v") -> str:
        """Return the one value of a field, empty for none."""
        return next(iter(self.fields.get(name, ())), "")

    def setting(self, kept: ProfileSetting | None = None) -> ProfileSetting | None:
        """Return the setting; None for a policy that is not configured.

        `kept` is the setting of the revision that this was made from: its secret stays where
        nothing else was filled in.
        """
        if self.control.shape is Shape.ADMX and self.value("s") == ABSENT:
            return None
        text = text_of(self.control, self.fields)
        if self.keeps and not text and kept is not None:
            text = kept.value
        return ProfileSetting(self.uri, text, self.format, self.acknowledged)


def new_row(catalog: Catalog, row_id: str, uri: str, guid: str) -> Row:
    """Return a row for a node that was picked; a name that is a GUID gets this one."""
    match = catalog.match(uri)
    record = None if match is None else match.record
    control = control_for(record, uri)
    if record is not None:
        uri = _proposed(record, uri, guid)
    value = first_value(control, None if record is None else record.default)
    return Row(row_id, uri, record, control, fields_of(control, value) or EMPTY)


def row_of(catalog: Catalog, row_id: str, setting: ProfileSetting, *, is_saved: bool) -> Row:
    """Return the row of a setting; a secret of a saved one stays where it is."""
    match = catalog.match(setting.uri)
    record = None if match is None else match.record
    control = control_for(record, setting.uri)
    hides = is_saved and (control.is_secret or setting.value == REDACTED)
    fields = EMPTY if hides else fields_of(control, setting.value)
    is_plain = fields is None
    if fields is None:
        control = plain_text(setting.uri)
        fields = {"v": (setting.value or "",)}
    return Row(
        row_id,
        setting.uri,
        record,
        control,
        fields,
        setting.uri if is_saved else "",
        is_plain,
        setting.acknowledged,
        setting.format,
    )


def read_row(catalog: Catalog, row_id: str, form: Form) -> Row:
    """Return the row as the form has it."""
    uri = form.get(f"u.{row_id}", "")
    match = catalog.match(uri)
    record = None if match is None else match.record
    is_plain = form.get(f"c.{row_id}") == PLAIN
    names = form.getlist(f"n.{row_id}")
    filled = uri if record is None else _filled(record, uri, names)
    ends = f".{row_id}"
    fields: dict[str, tuple[str, ...]] = {}
    for key in form:
        if key.endswith(ends):
            fields[key.removesuffix(ends)] = tuple(form.getlist(key))
    given = form.get(f"f.{row_id}", "")
    return Row(
        row_id,
        filled,
        record,
        plain_text(uri) if is_plain else control_for(record, uri),
        fields,
        form.get(f"o.{row_id}", ""),
        is_plain,
        f"a.{row_id}" in form,
        Format(given) if given in {each.value for each in Format} else None,
    )


def _places(record: Record) -> tuple[tuple[Placeholder, int], ...]:
    """Return each placeholder with the place of its segment; `./Vendor` counts as written."""
    segments = record.uri.split("/")
    opened = [at for at, each in enumerate(segments) if each.startswith("{")]
    return tuple(zip(record.placeholders, opened, strict=False))


def _proposed(record: Record, uri: str, guid: str) -> str:
    segments = uri.split("/")
    for each, at in _places(record):
        if at < len(segments) and segments[at].startswith("{") and _wants_guid(each):
            segments[at] = guid
    return "/".join(segments)


def _wants_guid(each: Placeholder) -> bool:
    return each.naming is Naming.SERVER_GUID and bool(_GUID_NAMES.search(each.name))


def _typed(segment: str) -> str:
    return "" if segment.startswith("{") and segment.endswith("}") else unquote(segment)


def _filled(record: Record, uri: str, names: list[str]) -> str:
    """Return the address with these names; what was not changed stays as it was spelled."""
    segments = uri.split("/")
    for (each, at), name in zip(_places(record), names, strict=False):
        if at < len(segments) and _typed(segments[at]) != name:
            segments[at] = quote(name, safe="") or f"{{{each.name.strip('{}')}}}"
    return "/".join(segments)


def _hint(each: Placeholder) -> str:
    if each.naming is Naming.CLIENT:
        return "named by the headset: write it as the headset has it"
    if each.pattern:
        return f"fits {each.pattern}"
    return "any GUID" if _wants_guid(each) else "a name of your own"
