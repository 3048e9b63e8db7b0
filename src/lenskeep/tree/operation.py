"""An operation: one thing asked of one node, and what became of it."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from lenskeep.base.errors import Complaint, Invalid, shown
from lenskeep.tree.uri import LocUri, parse_uri
from lenskeep.tree.value import Format, check_value, parse_format


class Verb(Enum):
    """What can be asked of a node; the value is the REST and CLI spelling."""

    GET = "get"
    REPLACE = "replace"
    ADD = "add"
    DELETE = "delete"
    EXEC = "exec"

    @property
    def is_repeatable(self) -> bool:
        """Whether delivering it twice does no more than delivering it once."""
        return self is not Verb.EXEC


class OperationState(Enum):
    """Where an operation stands."""

    QUEUED = "queued"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Whether it may still be sent, or an answer is awaited."""
        return self in (OperationState.QUEUED, OperationState.SENT)


@dataclass(frozen=True, slots=True)
class Operation:
    """A checked intent: a verb on a node. Made by `make_operation` where it came from outside."""

    verb: Verb
    uri: LocUri
    format: Format | None = None
    value: str | None = None


def make_operation(
    verb: str, uri: str, format_: str | None = None, value: str | None = None
) -> Operation:
    """Return the operation. Raises Invalid with every complaint at once.

    Without a format: `int`, `bool` and `chr` are told apart by the value for Replace and Add; an
    Add without a value makes an interior node; Get and Delete carry neither.
    """
    complaints: list[Complaint] = []
    parts: dict[str, object] = {}
    for name, make in (
        ("verb", lambda: _verb(verb)),
        ("uri", lambda: parse_uri(uri)),
        ("format", lambda: parse_format(format_) if format_ else None),
    ):
        try:
            parts[name] = make()
        except Invalid as invalid:
            complaints.extend(invalid.complaints)
    if complaints:
        raise Invalid(*complaints)
    chosen, node, form = parts["verb"], parts["uri"], parts["format"]
    assert isinstance(chosen, Verb)
    assert isinstance(node, LocUri)
    assert form is None or isinstance(form, Format)
    return _fit(chosen, node, form, value)


def _fit(verb: Verb, uri: LocUri, form: Format | None, value: str | None) -> Operation:
    if verb in (Verb.GET, Verb.DELETE):
        if value is not None or form is not None:
            raise Invalid.field("value", f"{verb.value} takes no value", "no value and no format")
        if verb is Verb.DELETE and uri.query:
            raise Invalid.field("uri", "only Get takes a query")
        return Operation(verb, uri)
    if uri.query:
        raise Invalid.field("uri", "only Get takes a query")
    if verb is Verb.REPLACE and value is None and form is None:
        raise Invalid.field("value", "replace needs a value")
    if form is None:
        form = _guess(verb, value)
    return Operation(verb, uri, form, check_value(form, value))


def _verb(text: str) -> Verb:
    try:
        return Verb(text.strip().lower())
    except ValueError:
        allowed = ", ".join(each.value for each in Verb)
        raise Invalid.field("verb", f"{shown(text)} is not a verb", allowed) from None


_PLAIN_NUMBER: Final = re.compile(r"0|-?[1-9][0-9]{0,9}")
"""A number as Windows writes one; with a leading zero it is rather a code or a name."""


def _guess(verb: Verb, value: str | None) -> Format:
    if value is None:
        return Format.NODE if verb is Verb.ADD else Format.NULL
    stripped = value.strip()
    if verb is not Verb.EXEC and stripped.lower() in ("true", "false"):
        return Format.BOOL
    if verb is not Verb.EXEC and _PLAIN_NUMBER.fullmatch(stripped):
        return Format.INT
    return Format.CHR
