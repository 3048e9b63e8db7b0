"""Mutations of JSON that keep it JSON: values changed, keys dropped, doubled and exchanged."""

import json
from collections.abc import Callable
from random import Random
from typing import Any, Final

from tests.fuzz.mutators import pool, text

_MOST: Final = 1 << 16
_VALUES: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, 1, -1, 1.5, 1e308, float("inf"), float("nan"), 2**31, 2**63, 10**400),
    *([], {}, [[]], [None], {"": ""}, "", " ", "0", "true"),
)


def mutate(data: bytes, random: Random) -> bytes:
    """Return other JSON; now and then a text that only looks like it."""
    if random.random() < 0.1:
        return text.mutate(data, random)
    value = _read(data)
    try:
        for _ in range(random.choice((1, 1, 2, 3))):
            value = _changed(value, random)
        made = json.dumps(value, ensure_ascii=random.random() < 0.9)
    except RecursionError:  # nested too deep to be written
        return text.mutate(data, random)
    body = made.encode("utf-8", "replace")
    return b"[" * 2000 + body + b"]" * 2000 if random.random() < 0.01 else body


def _read(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return {}


def _changed(value: Any, random: Random) -> Any:
    """Change the value, or something inside it."""
    if isinstance(value, dict) and value and random.random() < 0.85:
        key = random.choice(list(value))
        return random.choice(_OF_OBJECTS)(dict(value), key, random)
    if isinstance(value, list) and value and random.random() < 0.85:
        place = random.randrange(len(value))
        return random.choice(_OF_LISTS)(list(value), place, random)
    return _new(value, random)


def _new(value: Any, random: Random) -> Any:
    match random.randrange(6):
        case 0:
            return random.choice(_VALUES)
        case 1:
            return pool.word(random)
        case 2:
            return _piece(_read(pool.other(random, b"")), random)
        case 3 if isinstance(value, str):
            return text.mutate(value.encode("utf-8", "replace"), random).decode("utf-8", "replace")
        case 4:
            return [value] * _times(value, random)
        case _:
            return _deep(value, random)


def _times(value: Any, random: Random) -> int:
    """Return how often to repeat a value: never until it fills the memory."""
    fit = max(1, _MOST // len(json.dumps(value)))
    return min(fit, random.choice((1, 2, 3, 300)))


def _deep(value: Any, random: Random) -> Any:
    for _ in range(random.choice((1, 2, 300))):
        value = random.choice(([value], {"a": value}))
    return value


def _piece(value: Any, random: Random) -> Any:
    """Return something inside a value."""
    while isinstance(value, dict | list) and value and random.random() < 0.7:
        value = random.choice(list(value.values()) if isinstance(value, dict) else value)
    return value


Ways = tuple[Callable[[Any, Any, Random], Any], ...]


def _inside(value: Any, key: Any, random: Random) -> Any:
    value[key] = _changed(value[key], random)
    return value


def _without(value: Any, key: Any, _: Random) -> Any:
    del value[key]
    return value


def _renamed(value: Any, key: Any, random: Random) -> Any:
    name = random.choice((pool.word(random), random.choice(list(value))))
    value[name] = value[key]
    return value


def _spliced(value: Any, _: Any, random: Random) -> Any:
    other = _read(pool.other(random, b""))
    if isinstance(other, dict) and other:
        name = random.choice(list(other))
        value[name] = other[name]
    return value


def _repeated(value: Any, place: Any, random: Random) -> Any:
    value[place : place + 1] = [value[place]] * _times(value[place], random)
    return value


_OF_OBJECTS: Final[Ways] = (_inside, _inside, _inside, _inside, _without, _renamed, _spliced)
_OF_LISTS: Final[Ways] = (_inside, _inside, _inside, _without, _repeated)
