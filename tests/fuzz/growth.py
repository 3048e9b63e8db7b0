"""Whether time grows with the input or with its square: pieces of a unit repeated until it is full.

The fuzzer itself seldom makes inputs that are large enough to tell. Here a piece (an element, an
attribute's or text's part, a line, a field) is repeated to an eighth of the longest input, then to
all of it; eight times the bytes may take about eight times as long.
"""

import re
from collections.abc import Iterator
from random import Random
from time import process_time
from typing import Final

from tests.fuzz.harness import Target, examine

_STEPS: Final = 8
_STEEPEST: Final = 2.5 * _STEPS
"""Times as long, for eight times the bytes; a square law gives 64."""
_BEYOND: Final = 1100
"""Bytes by which the longest input is above a reader's limit."""
_MOST: Final = 1 << 18
_NOTICED_S: Final = 0.1
"""CPU seconds below which nothing is measured well, and nobody is hurt."""
_WHOLE: Final = re.compile(
    rb"<([^\s<>/!?]+)[^<>]*>[^<]*</\1>|<[^<>]*/>|<!--.*?-->|<[^<>/!?]+>|\n[^\n]*|\([^()]*\)"
)
_WORD: Final = re.compile(rb"[^\s<>\"'=,;:/()&]+[,;:/&=]?|[^\w\s]|\s+|\"[^\"]*\"")


def steep(target: Target, unit: bytes, seed: int, tries: int) -> Iterator[bytes]:
    """Yield inputs whose time grows faster than they do, each tried twice."""
    for head, piece, tail in _pieces(unit, Random(seed), tries):
        most = min(target.max_bytes - _BEYOND, _MOST)
        few, many = (_filled(head, piece, tail, size) for size in (most // _STEPS, most))
        if _is_steep(target, few, many) and _is_steep(target, few, many):
            yield many


def _is_steep(target: Target, few: bytes, many: bytes) -> bool:
    long = _spent(target, many)
    return long > _NOTICED_S and long > _STEEPEST * max(_spent(target, few), 0.001)


def _spent(target: Target, data: bytes) -> float:
    began = process_time()
    examine(target, data)
    return process_time() - began


def _pieces(unit: bytes, random: Random, tries: int) -> list[tuple[bytes, bytes, bytes]]:
    found: set[tuple[int, int]] = set()
    for pattern in (_WHOLE, _WORD):
        spans = [each.span() for each in pattern.finditer(unit)]
        for number, (start, _) in enumerate(spans):
            found |= {(start, end) for _, end in spans[number : number + 3]}
    bounds = random.sample(sorted(found), min(tries, len(found)))
    return [(unit[:start], unit[start:end], unit[end:]) for start, end in bounds]


def _filled(head: bytes, piece: bytes, tail: bytes, size: int) -> bytes:
    room = max(0, size - len(head) - len(tail))
    return head + piece * max(1, room // len(piece)) + tail
