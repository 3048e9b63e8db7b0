"""A rule's text to tokens, each with its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from lenskeep.base.errors import Invalid, shown


class TokenKind(Enum):
    """What a token is."""

    WORD = "word"
    """A name, keyword or value without quotes."""
    QUOTED = "quoted"
    """A value in quotes, which are taken off."""
    SYMBOL = "symbol"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `at` counts characters from 1."""

    kind: TokenKind
    text: str
    at: int

    def is_word(self, *words: str) -> bool:
        """Return whether it is one of these keywords."""
        return self.kind is TokenKind.WORD and self.text.casefold() in words

    def is_symbol(self, *symbols: str) -> bool:
        """Return whether it is one of these symbols."""
        return self.kind is TokenKind.SYMBOL and self.text in symbols


_PIECE: Final = re.compile(
    r"""
    (?P<blank>\s+)
    |(?P<quoted>"(?:[^"]|"")*+"|'(?:[^']|'')*+')
    |(?P<symbol>==|!=|<=|>=|[=<>(),])
    |(?P<word>[^\s()=<>!,"'&|“”‘’„]+)
    """,
    re.VERBOSE,
)
_INSTEAD: Final = {
    "&": "and",
    "|": "or",
    "!": "not, or !=",
    **dict.fromkeys("“”‘’„", 'plain quotes, "'),
}


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens, the last of kind END. Raises Invalid.

    Within quotes everything stands for itself, a backslash too; the quote itself is doubled.
    """
    place = 0
    while place < len(text):
        found = _PIECE.match(text, place)
        if found is None:
            raise _strange(text[place], place + 1)
        if found["word"] is not None:
            yield Token(TokenKind.WORD, found["word"], place + 1)
        elif found["symbol"] is not None:
            yield Token(TokenKind.SYMBOL, found["symbol"], place + 1)
        elif found["quoted"] is not None:
            yield Token(TokenKind.QUOTED, unquoted(found["quoted"]), place + 1)
        place = found.end()
    yield Token(TokenKind.END, "", len(text) + 1)


def _strange(char: str, at: int) -> Invalid:
    if char in "\"'":
        return wrong(at, "the quote that begins here does not end", f"a closing {char}")
    return wrong(at, f"{shown(char)} means nothing here", _INSTEAD[char])


def unquoted(text: str) -> str:
    """Return what stands in the quotes."""
    quote = text[0]
    return text[1:-1].replace(quote * 2, quote)


def wrong(at: int, message: str, allowed: str | None = None) -> Invalid:
    """Return the error for what is wrong at this character of a rule."""
    return Invalid.field("rule", f"at character {at}: {message}", allowed)
