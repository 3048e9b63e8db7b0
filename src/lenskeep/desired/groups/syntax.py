"""A rule as a tree, and its canonical text: the same tree gives the same text and back."""

import re
from dataclasses import dataclass
from typing import Final

from lenskeep.desired.groups.fields import BY_NAME, INVENTORY, Field, Op

KEYWORDS: Final = frozenset(
    (
        *("and", "or", "not", "in", "contains", "starts", "ends", "with", "matches"),
        *("has", "is", "known", "unknown"),
    )
)
"""Words that need quotes when they are values."""
_PLAIN: Final = re.compile(r"[A-Za-z0-9.*?_-][A-Za-z0-9._*?@:/-]*")


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison: a field, how, and with what. The values are in canonical spelling."""

    name: str
    """Of the field."""
    op: Op
    values: tuple[str, ...] = ()
    """Several for `in`, none for `is known`, otherwise one."""
    uri: str = ""
    """Of the node, for `inventory`."""

    @property
    def field(self) -> Field:
        """The field that it asks for."""
        return BY_NAME[self.name]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of an expression."""

    inner: "Expression"


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more expressions, none of them an And."""

    parts: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """Any of two or more expressions, none of them an Or."""

    parts: "tuple[Expression, ...]"


Expression = Term | Not | And | Or


def terms_of(expression: Expression) -> tuple[Term, ...]:
    """Return the comparisons in order of their writing, each once."""
    match expression:
        case Term():
            return (expression,)
        case Not(inner):
            return terms_of(inner)
        case And(parts) | Or(parts):
            return tuple(dict.fromkeys(term for part in parts for term in terms_of(part)))


def written(expression: Expression) -> str:
    """Return the canonical text: single blanks, no parentheses that are not needed."""
    match expression:
        case Term():
            return _term(expression)
        case Not(inner):
            return _negated(inner)
        case And(parts):
            return " and ".join(_within(each, Or) for each in parts)
        case Or(parts):
            return " or ".join(written(each) for each in parts)


def _negated(inner: Expression) -> str:
    if isinstance(inner, Term) and inner.op is Op.IN:
        return f"{_subject(inner)} not {_comparison(inner)}"
    if isinstance(inner, Term) and inner.op is Op.KNOWN:
        return f"{_subject(inner)} is unknown"
    return f"not {_within(inner, And, Or)}"


def _within(expression: Expression, *weaker: type) -> str:
    text = written(expression)
    return f"({text})" if isinstance(expression, weaker) else text


def _term(term: Term) -> str:
    return f"{_subject(term)} {_comparison(term)}"


def _subject(term: Term) -> str:
    return f"{INVENTORY}({_quoted(term.uri)})" if term.name == INVENTORY else term.name


def _comparison(term: Term) -> str:
    if term.op is Op.KNOWN:
        return str(term.op.value)
    if term.op is Op.IN:
        return f"in ({', '.join(_value(each) for each in term.values)})"
    return f"{term.op.value} {_value(term.values[0])}"


def _value(text: str) -> str:
    """Return the value, in quotes where it needs them."""
    is_plain = _PLAIN.fullmatch(text) and text.casefold() not in KEYWORDS
    return text if is_plain else _quoted(text)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
