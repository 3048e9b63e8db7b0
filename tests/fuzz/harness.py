"""What a fuzz target is, and what every run of one is held to.

A target hands bytes of a stranger to one reader (or a few that belong together) and holds it to
more than "no crash": only the documented families of trouble may come out, their words stay short
and hold no secret, what was read and written again reads the same, and time and memory follow the
size of the input.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from time import process_time
from typing import Final, ParamSpec, TypeVar

from lenskeep.base.errors import Invalid, LenskeepError
from lenskeep.wire.errors import CannotEncode, WireError

P = ParamSpec("P")
T = TypeVar("T")

Mutate = Callable[[bytes, Random], bytes]
"""Bytes to other bytes of the same kind: made of the old ones, of the corpus, and of words."""

MAX_WORDS: Final = 3000
"""Characters of one error; whoever logs or shows it should not need a page."""
MAX_COMPLAINTS: Final = 1000
"""Complaints of one Invalid; each reader that gathers them has its own, lower bound."""
_BASE_S: Final = 1.0
"""CPU seconds that any input may take, with the fuzzer's counters in every line."""
_A_MIB_S: Final = 6.0
"""And for each MiB; readers take about a tenth, the counters the rest."""


class Violation(AssertionError):
    """A reader broke what it promises; the first argument is the promise."""


@dataclass(frozen=True, slots=True)
class Target:
    """One reader, and how inputs for it are made."""

    name: str
    covers: tuple[str, ...]
    """The readers, as `module:function`."""
    run: Callable[[bytes], object]
    mutate: Mutate
    max_bytes: int
    """The longest input; above the reader's own limit where that is small enough to try."""
    slow: float = 1.0
    """How many times the usual time an input may take."""


def attempt(
    errors: type[Exception] | tuple[type[Exception], ...],
    read: Callable[P, T],
    *args: P.args,
    **named: P.kwargs,
) -> T | None:
    """Return what is read; None where the reader refuses it in one of its documented ways."""
    try:
        return read(*args, **named)
    except errors as error:
        check_words(error)
        return None


def written(write: Callable[P, T], *args: P.args, **named: P.kwargs) -> T | None:
    """Return what is written; None for a value that cannot be said."""
    return attempt(CannotEncode, write, *args, **named)


def check_words(error: Exception) -> None:
    """Hold an error to a length that fits a log, however long the input was."""
    demand(isinstance(error, LenskeepError | WireError), "an error of one of the families")
    if isinstance(error, Invalid):
        demand(0 < len(error.complaints) <= MAX_COMPLAINTS, "as many complaints as can be read")
        for each in error.complaints:
            words = (each.field, each.message, each.allowed or "")
            demand(sum(map(len, words)) <= MAX_WORDS, "complaints of a readable length")
    else:
        demand(len(str(error)) <= MAX_WORDS, "an error of a readable length")


def demand(kept: object, promise: str) -> None:
    """Raise Violation where a promise is not kept."""
    if not kept:
        raise Violation(promise)


def same(one: T, other: T | None, promise: str) -> None:
    """Raise Violation where two values differ."""
    if one != other:
        raise Violation(promise, one, other)


def allowed_s(target: Target, size: int) -> float:
    """Return the CPU seconds that an input of this size may take."""
    return target.slow * (_BASE_S + _A_MIB_S * size / (1 << 20))


def examine(target: Target, data: bytes) -> None:
    """Run a target on an input. Raises whatever it should not, and Violation."""
    spent = _cost_s(target, data)
    if spent > allowed_s(target, len(data)):  # the first run may have imported, or been crowded
        spent = min(_cost_s(target, data) for _ in range(2))
    if spent > allowed_s(target, len(data)):
        raise Violation("time in proportion to the input", f"{spent:.1f} s for {len(data)} bytes")


def _cost_s(target: Target, data: bytes) -> float:
    """Return the CPU seconds of one run."""
    began = process_time()
    target.run(data)
    return process_time() - began
