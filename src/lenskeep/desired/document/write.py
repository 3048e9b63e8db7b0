"""Profiles to documents: the same profile gives the same bytes, readable and commented.

`read_document` of what is written gives back the same body, but for secrets that were left out.
"""

from collections.abc import Iterator

from lenskeep.desired.document.admx import ENABLED, admx_data, is_disabled
from lenskeep.desired.document.profile import KIND, ProfileDocument, short_form
from lenskeep.desired.document.scalars import data_scalar, text_scalar, value_scalar, word_scalar
from lenskeep.desired.profile import ProfileSetting
from lenskeep.desired.validate.check import Nodes
from lenskeep.tree.catalog.allowed import Kind
from lenskeep.tree.catalog.record import Record
from lenskeep.tree.sensitive import is_sensitive

_INSIDE = "    "
"""The indent of a setting's keys."""


def write_document(
    document: ProfileDocument,
    catalog: Nodes,
    *,
    secrets: bool = True,
    header: tuple[str, ...] = (),
) -> str:
    """Return the document's text; with `secrets=False` their values are left out and said so.

    `header` are lines of comment above it: where it came from, and when.
    """
    return "\n".join((*_lines(document, catalog, header, secrets=secrets), ""))


def write_documents(
    documents: tuple[ProfileDocument, ...], catalog: Nodes, *, secrets: bool = True
) -> str:
    """Return several documents as one text."""
    written = (write_document(each, catalog, secrets=secrets) for each in documents)
    return "---\n".join(written)


def _lines(
    document: ProfileDocument, catalog: Nodes, header: tuple[str, ...], *, secrets: bool
) -> Iterator[str]:
    yield from (_comment(each, "") for each in header)
    yield f"lenskeep: {KIND}"
    yield f"name: {text_scalar(document.name, '')}"
    if document.description:
        yield f"description: {text_scalar(document.description, '')}"
    if document.reason:
        yield f"reason: {text_scalar(document.reason, '')}"
    yield f"drift: {document.body.drift.value}"
    if not document.body.settings:
        yield "settings: []"
        return
    yield "settings:"
    for each in document.body.settings:
        match = catalog.match(each.uri.partition("?")[0])
        yield from _setting(each, None if match is None else match.record, secrets=secrets)


def _setting(setting: ProfileSetting, record: Record | None, *, secrets: bool) -> Iterator[str]:
    if record is not None and record.title != record.name:
        yield _comment(record.title, "  ")
    policy = short_form(setting.uri)
    if policy:
        yield f"  - policy: {word_scalar(policy)}"
    else:
        yield f"  - uri: {word_scalar(setting.uri)}"
    if setting.format is not None:
        yield f"{_INSIDE}format: {setting.format.value}"
    if setting.value is not None:
        is_hidden = not secrets and is_sensitive(setting.uri)
        yield f"{_INSIDE}secret: true" if is_hidden else _value(setting, record)
    if setting.acknowledged:
        yield f"{_INSIDE}acknowledged: true"


def _value(setting: ProfileSetting, record: Record | None) -> str:
    value = setting.value or ""
    form = setting.format or (record.format if record else None)
    allowed = record.allowed if record else None
    if allowed is not None and allowed.kind is Kind.ADMX:
        friendly = _admx(value)
        if friendly:
            return f"{_INSIDE}admx: {friendly}"
    if allowed is not None and allowed.delimiter and allowed.delimiter in value:
        items = value.split(allowed.delimiter)
        written = (f"\n{_INSIDE}  - {value_scalar(each, form, _INSIDE * 2)}" for each in items)
        return f"{_INSIDE}value:{''.join(written)}"
    return f"{_INSIDE}value: {value_scalar(value, form, _INSIDE)}"


def _admx(value: str) -> str:
    """Return the friendly form, empty where it would lose anything."""
    if is_disabled(value):
        return f"{{{ENABLED}: false}}"
    data = admx_data(value)
    if data is None:
        return ""
    pairs = (f", {word_scalar(id_)}: {_held(held)}" for id_, held in data.items())
    return f"{{{ENABLED}: true{''.join(pairs)}}}"


def _held(held: str | tuple[str, ...]) -> str:
    if isinstance(held, str):
        return data_scalar(held)
    return f"[{', '.join(data_scalar(each) for each in held)}]"


def _comment(text: str, indent: str) -> str:
    return f"{indent}# {''.join(each if each.isprintable() else ' ' for each in text)}"
