"""Mutations of markup that keep most of it well-formed: tokens, elements, attributes, texts."""

import re
from collections.abc import Callable
from random import Random
from typing import Final
from xml.sax.saxutils import escape

from tests.fuzz.mutators import pool

LONGEST: Final = 1 << 20
_TOKEN: Final = re.compile(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<[^<>]*>|[^<]+|<", re.DOTALL)
_NAME: Final = re.compile(r"(</?)([^\s<>/]+)")
_ATTRIBUTE: Final = re.compile(r"""\s([^\s=<>/"']+)\s*=\s*("[^"]*"|'[^']*')""")

_NAMESPACE: Final = re.compile(r"""\s(xmlns(?::[^\s=]+)?)\s*=\s*("[^"]*"|'[^']*')""")

Tokens = list[str]


def mutate(data: bytes, random: Random) -> bytes:
    """Return other markup, mostly well-formed."""
    tokens = _tokens(data)
    if not tokens:
        tokens = _tokens(pool.other(random, data)) or ["<a>", "</a>"]
    for _ in range(random.choice((1, 1, 1, 2, 3, 5))):
        tokens = random.choice(_WAYS)(tokens, random) or tokens
    return "".join(tokens)[:LONGEST].encode("utf-8", "surrogatepass")


def _tokens(data: bytes) -> Tokens:
    return _TOKEN.findall(data.decode("utf-8", "replace"))


def _is_open(token: str) -> bool:
    return token.startswith("<") and token[1:2] not in ("/", "!", "?") and not token.endswith("/>")


def _subtree(tokens: Tokens, start: int) -> int:
    """Return the end of the element (or token) that begins there."""
    if not _is_open(tokens[start]):
        return start + 1
    depth = 0
    for place in range(start, len(tokens)):
        if _is_open(tokens[place]):
            depth += 1
        elif tokens[place].startswith("</"):
            depth -= 1
        if depth == 0:
            return place + 1
    return len(tokens)


def _some(tokens: Tokens, random: Random) -> tuple[int, int]:
    start = random.randrange(len(tokens))
    return start, _subtree(tokens, start)


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
    """Put an element of another unit in, or in the place of one of ours."""
    others = _tokens(pool.other(random, b""))
    if not others:
        return tokens
    start, end = _some(others, random)
    at, until = _some(tokens, random)
    piece = _declared(others[start:end], "".join(others[:6]))
    return tokens[:at] + piece + tokens[random.choice((at, until)) :]


def _declared(piece: Tokens, head: str) -> Tokens:
    """Return the element with the prefixes declared that its document's beginning declares."""
    tag = piece[0]
    if not tag[1:2].isalpha() or not tag.startswith("<"):
        return piece
    found = {name: value for name, value in _NAMESPACE.findall(head) if f"{name}=" not in tag}
    end = "/>" if tag.endswith("/>") else ">"
    names = "".join(f" {name}={value}" for name, value in found.items())
    return [f"{tag.removesuffix(end)}{names}{end}", *piece[1:]]


def _nest(tokens: Tokens, random: Random) -> Tokens:
    start, end = _some(tokens, random)
    name = _NAME.match(random.choice(tokens))
    wrap = name[2] if name else "a"
    deep = random.choice((1, 1, 2, 8, 60, 64, 70))
    return [
        *tokens[:start],
        *[f"<{wrap}>"] * deep,
        *tokens[start:end],
        *[f"</{wrap}>"] * deep,
        *tokens[end:],
    ]


def _text(tokens: Tokens, random: Random) -> Tokens:
    """Put another text in the place of one, or between two tags."""
    places = [n for n, each in enumerate(tokens) if not each.startswith("<")]
    if not places or random.random() < 0.2:
        place = random.randrange(len(tokens))
        return [*tokens[: place + 1], _spelled(_new(tokens, random), random), *tokens[place + 1 :]]
    place = random.choice(places)
    return [*tokens[:place], _changed(tokens[place], tokens, random), *tokens[place + 1 :]]


def _new(tokens: Tokens, random: Random) -> str:
    if random.random() < 0.5:
        return pool.word(random)
    return random.choice([*[e for e in tokens if not e.startswith("<")], "1"])


def _changed(text: str, tokens: Tokens, random: Random) -> str:
    new, place = _new(tokens, random), random.randrange(len(text) + 1)
    match random.randrange(6):
        case 0:
            return text[:place] + escape(new) + text[place:]
        case 1:
            return new + text + random.choice((new, ""))
        case 2:
            piece = text[place : place + random.randint(1, 12)] or text
            return text[:place] + piece * pool.times(random, len(piece), LONGEST) + text[place:]
        case 3:
            return text[:place]
        case 4:
            return _spelled(text, random)
        case _:
            return _spelled(new, random)


def _spelled(text: str, random: Random) -> str:
    """Return a text in one of the ways to write it."""
    match random.randrange(5):
        case 0:
            return f"<![CDATA[{text}]]>"
        case 1:
            return "".join(f"&#x{ord(each):X};" for each in text[:64])
        case 2:
            return escape(escape(text))
        case 3:
            return text
        case _:
            return escape(text)


def _name(tokens: Tokens, random: Random) -> Tokens:
    """Give an element the name of another, at both its ends."""
    start, end = _some(tokens, random)
    mine, others = _NAME.match(tokens[start]), _NAME.match(random.choice(tokens))
    if mine is None or others is None:
        return tokens
    changed = list(tokens)
    for place in {start, end - 1}:
        changed[place] = _NAME.sub(lambda m: m[1] + others[2], changed[place], count=1)
    return changed


def _attribute(tokens: Tokens, random: Random) -> Tokens:
    """Change, add or drop an attribute."""
    tags = [n for n, each in enumerate(tokens) if each.startswith("<") and each[1:2].isalpha()]
    if not tags:
        return tokens
    place = random.choice(tags)
    tag = tokens[place]
    found = _ATTRIBUTE.findall("".join(tokens[:50]))
    name, value = random.choice(found or [("xmlns", '""')])
    match random.randrange(4):
        case 0:
            tag = _ATTRIBUTE.sub("", tag, count=1)
        case 1:
            tag = _ATTRIBUTE.sub(lambda m: f" {m[1]}={value}", tag, count=1)
        case 2:
            word = escape(pool.word(random), {'"': "&quot;"})
            tag = _ATTRIBUTE.sub(lambda m: f' {m[1]}="{word}"', tag, count=1)
        case _:
            end = "/>" if tag.endswith("/>") else ">"
            tag = f"{tag.removesuffix(end)} {name}={value}{end}"
    return [*tokens[:place], tag, *tokens[place + 1 :]]


def _break(tokens: Tokens, random: Random) -> Tokens:
    """Break the form itself: one token gone, doubled or cut."""
    place = random.randrange(len(tokens))
    token = tokens[place]
    cut = random.randrange(len(token) + 1)
    new = random.choice(([], [token, token], [token[:cut]], [token[:cut], pool.word(random)]))
    return [*tokens[:place], *new, *tokens[place + 1 :]]


_WAYS: Final[tuple[Callable[[Tokens, Random], Tokens], ...]] = (
    *(_drop, _repeat, _move, _splice, _splice, _nest, _text, _text, _text, _name),
    *(_attribute, _attribute, _break),
)
