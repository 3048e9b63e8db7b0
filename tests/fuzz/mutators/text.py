"""Mutations of text made of words and lines: tables, documents of YAML, rules, addresses."""

import re
from collections.abc import Callable
from random import Random
from typing import Final

from tests.fuzz.mutators import pool

LONGEST: Final = 1 << 18
_TOKEN: Final = re.compile(r"\n[ ]*|[^\S\n]+|[^\W_]+|[\W_]", re.DOTALL)
_MARKS: Final = (
    *(",", ";", "\t", '"', '""', "'", "''", "\r\n", "\r", "\n", "\n\n", "  ", "\n  ", "\n    - "),
    *("---\n", "...\n", "- ", "? ", ": ", "#", "# ", "&a ", "*a", "!t ", "!!str ", "%YAML 1.2\n"),
    *(
        "%TAG ! a:\n",
        "|",
        "|-\n",
        ">+2\n",
        "[",
        "]",
        "{",
        "}",
        "<<: ",
        "@",
        "`",
        "\\",
        "\\x",
        "\\U",
    ),
    *("(", ")", "and", "or", "not", "in", "is", "known", "=", "!=", "<=", "contains", "matches"),
    *("/", "./", "?", "?list=", "&", "+", "%41", "%ff", "://", ":", "@", "..", "*", "=1&"),
)

Tokens = list[str]


def mutate(data: bytes, random: Random) -> bytes:
    """Return another text."""
    tokens = _tokens(data) or _tokens(pool.other(random, data)) or [" "]
    for _ in range(random.choice((1, 1, 1, 2, 3, 5))):
        tokens = random.choice(_WAYS)(tokens, random) or [" "]
    return _coded("".join(tokens)[:LONGEST], random)


def _coded(text: str, random: Random) -> bytes:
    match random.randrange(60):
        case 0:
            return text.encode("utf-16", "replace")
        case 1:
            return text.encode("utf-8-sig", "replace")
        case 2:
            return text.encode("latin-1", "replace")
        case _:
            return text.encode("utf-8", "replace")


def _tokens(data: bytes) -> Tokens:
    is_utf_16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    return _TOKEN.findall(data.decode("utf-16" if is_utf_16 else "utf-8", "replace"))


def _some(tokens: Tokens, random: Random) -> tuple[int, int]:
    """Return a stretch: a token, a few, or a line."""
    start = random.randrange(len(tokens))
    if random.random() < 0.3:
        while start and not tokens[start].startswith("\n"):
            start -= 1
        end = start + 1
        while end < len(tokens) and not tokens[end].startswith("\n"):
            end += 1
        return start, end
    return start, start + random.choice((1, 1, 1, 2, 3, 8))


def _drop(tokens: Tokens, random: Random) -> Tokens:
    start, end = _some(tokens, random)
    return tokens[:start] + tokens[end:]


def _repeat(tokens: Tokens, random: Random) -> Tokens:
    start, end = _some(tokens, random)
    piece = tokens[start:end]
    room = LONGEST - sum(map(len, tokens))
    return tokens[:start] + piece * pool.times(random, sum(map(len, piece)), room) + tokens[end:]


def _move(tokens: Tokens, random: Random) -> Tokens:
    start, end = _some(tokens, random)
    piece, rest = tokens[start:end], tokens[:start] + tokens[end:]
    place = random.randrange(len(rest) + 1)
    return rest[:place] + piece + rest[place:]


def _splice(tokens: Tokens, random: Random) -> Tokens:
    others = _tokens(pool.other(random, b""))
    if not others:
        return tokens
    start, end = _some(others, random)
    at, until = _some(tokens, random)
    return tokens[:at] + others[start:end] + tokens[random.choice((at, until)) :]


def _word(tokens: Tokens, random: Random) -> Tokens:
    start, end = _some(tokens, random)
    return [*tokens[:start], pool.word(random), *tokens[random.choice((start, end)) :]]


def _mark(tokens: Tokens, random: Random) -> Tokens:
    place = random.randrange(len(tokens) + 1)
    return [*tokens[:place], random.choice(_MARKS), *tokens[place + random.randrange(2) :]]


def _swap(tokens: Tokens, random: Random) -> Tokens:
    """Put one token in the place of another."""
    changed = list(tokens)
    changed[random.randrange(len(tokens))] = random.choice(tokens)
    return changed


def _indent(tokens: Tokens, random: Random) -> Tokens:
    places = [n for n, each in enumerate(tokens) if each.startswith("\n")]
    if not places:
        return tokens
    place = random.choice(places)
    return [*tokens[:place], "\n" + " " * random.randrange(9), *tokens[place + 1 :]]


def _character(tokens: Tokens, random: Random) -> Tokens:
    place = random.randrange(len(tokens))
    token = tokens[place]
    at = random.randrange(len(token) + 1)
    new = chr(random.choice((random.randrange(128), random.randrange(0x2000), 0x1F576)))
    return [*tokens[:place], token[:at] + new + token[at + 1 :], *tokens[place + 1 :]]


_WAYS: Final[tuple[Callable[[Tokens, Random], Tokens], ...]] = (
    *(_drop, _repeat, _move, _splice, _splice, _word, _word, _mark, _mark, _swap, _indent),
    _character,
)
