"""A rule's tokens to its tree: recursive descent, bounded, with errors that say what was meant."""

from difflib import get_close_matches
from typing import Final

from lenskeep.base.errors import Invalid, shown
from lenskeep.desired.groups.fields import BY_NAME, FIELDS, INVENTORY, OPERATORS, FieldKind, Op
from lenskeep.desired.groups.lexer import Token, TokenKind, tokens, wrong
from lenskeep.desired.groups.syntax import KEYWORDS, And, Expression, Not, Or, Term, written
from lenskeep.desired.groups.values import checked
from lenskeep.tree.sensitive import is_sensitive
from lenskeep.tree.uri import parse_uri

MAX_LENGTH: Final = 2000
"""Characters: a rule is read by people; a longer one should be several groups."""
MAX_DEPTH: Final = 50
"""Levels of parentheses and `not`."""
MAX_TERMS: Final = 200
"""Comparisons in one rule."""

_AFTER: Final = 'and, or, or the end; a value with blanks stands in quotes: "HoloLens 2"'
_SYMBOLS: Final = {
    "=": Op.EQUAL,
    "==": Op.EQUAL,
    "!=": Op.UNEQUAL,
    "<": Op.LESS,
    "<=": Op.AT_MOST,
    ">": Op.MORE,
    ">=": Op.AT_LEAST,
}
_WORDS: Final = {
    "contains": Op.CONTAINS,
    "starts": Op.STARTS,
    "ends": Op.ENDS,
    "matches": Op.MATCHES,
    "has": Op.HAS,
}


def parse(text: str) -> Expression:
    """Return the tree of a rule. Raises Invalid with place, what came and what was expected.

    The canonical text is bounded too, so that whatever is taken can be read again.
    """
    if len(text) > MAX_LENGTH:
        raise _too_long(len(text))
    expression = _Parser(tuple(tokens(text))).rule()
    length = len(written(expression))
    if length > MAX_LENGTH:
        raise _too_long(length)
    return expression


def _too_long(length: int) -> Invalid:
    message = f"it has {length} characters, written in full"
    return Invalid.field("rule", message, f"at most {MAX_LENGTH}")


class _Parser:
    """Reads the tokens once, from the left."""

    def __init__(self, found: tuple[Token, ...]) -> None:
        self._tokens = found
        self._place = 0
        self._depth = 0
        self._terms = 0

    # --- Tokens -----------------------------------------------------------------------------------

    @property
    def _next(self) -> Token:
        return self._tokens[self._place]

    def _is_at_end(self) -> bool:
        return self._next.kind is TokenKind.END

    def _take(self) -> Token:
        token = self._next
        if not self._is_at_end():
            self._place += 1
        return token

    def _takes_word(self, *words: str) -> bool:
        if self._next.is_word(*words):
            self._place += 1
            return True
        return False

    def _require(self, symbol: str, after: str) -> None:
        if not self._next.is_symbol(symbol):
            raise wrong(self._next.at, f"{_came(self._next)} {after}", symbol)
        self._place += 1

    # --- Expressions ------------------------------------------------------------------------------

    def rule(self) -> Expression:
        """Return the whole rule."""
        if self._is_at_end():
            raise wrong(1, "the rule is empty", f"such as {FIELDS[0].example}")
        found = self._or()
        if not self._is_at_end():
            raise wrong(self._next.at, f"{_came(self._next)} after a comparison", _AFTER)
        return found

    def _or(self) -> Expression:
        parts = [self._and()]
        while self._takes_word("or"):
            parts.append(self._and())
        flat = [p for each in parts for p in (each.parts if isinstance(each, Or) else (each,))]
        return flat[0] if len(flat) == 1 else Or(tuple(flat))

    def _and(self) -> Expression:
        parts = [self._not()]
        while self._takes_word("and"):
            parts.append(self._not())
        flat = [p for each in parts for p in (each.parts if isinstance(each, And) else (each,))]
        return flat[0] if len(flat) == 1 else And(tuple(flat))

    def _not(self) -> Expression:
        token = self._next
        if not (token.is_word("not") or token.is_symbol("(")):
            return self._term()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise wrong(token.at, "it is nested too deeply", f"{MAX_DEPTH} levels")
        self._take()
        found: Expression
        if token.is_symbol("("):
            found = self._or()
            self._require(")", "where the parenthesis should end")
        else:
            found = Not(self._not())
        self._depth -= 1
        return found

    # --- Comparisons ------------------------------------------------------------------------------

    def _term(self) -> Expression:
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise wrong(self._next.at, "it has too many comparisons", f"at most {MAX_TERMS}")
        name = self._field()
        uri = self._uri() if name == INVENTORY else ""
        token = self._next
        is_negated, op = self._op(name)
        _require_op(token, name, op)
        term = Term(name, op, self._values(name, op), uri)
        return Not(term) if is_negated else term

    def _field(self) -> str:
        token = self._take()
        name = token.text.casefold()
        if token.kind is TokenKind.WORD and name in BY_NAME:
            return name
        names = ", ".join(BY_NAME)
        if token.kind is not TokenKind.WORD or name in KEYWORDS:
            raise wrong(token.at, f"{_came(token)} where a field should be", names)
        near = get_close_matches(name.replace("-", "_"), BY_NAME, 1, 0.6)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise wrong(token.at, f"{shown(token.text)} is not a field{hint}", names)

    def _uri(self) -> str:
        """Return the LocURI in parentheses. A node that may hold a secret cannot be asked for."""
        self._require("(", f"after {INVENTORY}")
        token = self._value_token(f"a LocURI in quotes, such as {BY_NAME[INVENTORY].example}")
        try:
            uri = parse_uri(token.text).text
        except Invalid as invalid:
            first = invalid.complaints[0]
            raise wrong(token.at, f"the LocURI is wrong: {first.message}", first.allowed) from None
        if is_sensitive(uri):
            raise wrong(token.at, "the node may hold a secret, so no rule may ask for it")
        self._require(")", "after the LocURI")
        return uri

    def _op(self, name: str) -> tuple[bool, Op]:
        """Return whether the comparison is negated, and which it is."""
        token = self._take()
        if token.kind is TokenKind.SYMBOL and token.text in _SYMBOLS:
            return False, _SYMBOLS[token.text]
        if token.is_word("is"):
            return self._is()
        is_negated = token.is_word("not")
        word = self._take() if is_negated else token
        if word.is_word("in"):
            return is_negated, Op.IN
        if word.is_word("starts", "ends") and not self._takes_word("with"):
            raise wrong(self._next.at, f"{_came(self._next)} after {word.text}", "with")
        if word.is_word(*_WORDS):
            return is_negated, _WORDS[word.text.casefold()]
        raise wrong(word.at, f"{_came(word)} where a comparison should be", _operators(name))

    def _is(self) -> tuple[bool, Op]:
        is_negated = self._takes_word("not")
        token = self._take()
        if token.is_word("known"):
            return is_negated, Op.KNOWN
        if token.is_word("unknown") and not is_negated:
            return True, Op.KNOWN
        raise wrong(token.at, f"{_came(token)} after is", "known, not known, unknown; or = a value")

    def _values(self, name: str, op: Op) -> tuple[str, ...]:
        if op is Op.KNOWN:
            return ()
        if op is not Op.IN:
            return (self._value(name, op),)
        self._require("(", "after in")
        found = [self._value(name, op)]
        while self._next.is_symbol(","):
            self._take()
            found.append(self._value(name, op))
        self._require(")", "where the list should end or go on with a comma")
        return tuple(dict.fromkeys(found))

    def _value(self, name: str, op: Op) -> str:
        field = BY_NAME[name]
        token = self._value_token(f"a value, such as in {field.example}")
        try:
            return checked(field.kind, op, token.text)
        except Invalid as invalid:
            first = invalid.complaints[0]
            raise wrong(token.at, f"{name}: {first.message}", first.allowed) from None

    def _value_token(self, allowed: str) -> Token:
        token = self._take()
        if token.kind is TokenKind.QUOTED:
            return token
        if token.is_word(*KEYWORDS):
            allowed = f'"{token.text}" in quotes if it is the value'
        elif token.kind is TokenKind.WORD:
            return token
        raise wrong(token.at, f"{_came(token)} where a value should be", allowed)


def _require_op(token: Token, name: str, op: Op) -> None:
    kind = BY_NAME[name].kind
    if op in OPERATORS[kind]:
        return
    hint = " (is it `tag = value`?)" if op is Op.HAS and kind is FieldKind.TAGS else ""
    raise wrong(token.at, f"{name} cannot be compared with {op.value}{hint}", _operators(name))


def _operators(name: str) -> str:
    return ", ".join(each.value for each in OPERATORS[BY_NAME[name].kind])


def _came(token: Token) -> str:
    return "the end came" if token.kind is TokenKind.END else f"{shown(token.text)} came"
