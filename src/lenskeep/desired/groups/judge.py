"""A rule's tree to functions of a device and a moment: true, false, or None where nobody knows.

Made once for a rule and used for a whole fleet, so what can be prepared is prepared.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter, ge, gt, le, lt
from typing import Any, Final, assert_never

from lenskeep.desired.builds import branch_of, has_hololens_build, pair
from lenskeep.desired.groups.fields import FieldKind, Op
from lenskeep.desired.groups.portrait import Portrait
from lenskeep.desired.groups.syntax import And, Expression, Not, Or, Term
from lenskeep.desired.groups.values import age_of, build_of, number_of, undivided

Judge = Callable[[Portrait, datetime], bool | None]

MAX_MATCHED: Final = 4096
"""Characters of a value that a pattern is tried on; whether a longer one matches is unknown."""
_ORDER: Final[dict[Op, Callable[[Any, Any], bool]]] = {
    Op.LESS: lt,
    Op.AT_MOST: le,
    Op.MORE: gt,
    Op.AT_LEAST: ge,
}


def judge(expression: Expression) -> Judge:
    """Return the function for a whole rule."""
    match expression:
        case Term():
            return judge_term(expression)
        case Not(inner):
            return _negated(judge(inner))
        case And(parts):
            return _until(tuple(judge(each) for each in parts), stop=False)
        case Or(parts):
            return _until(tuple(judge(each) for each in parts), stop=True)


def _negated(inner: Judge) -> Judge:
    def judged(device: Portrait, now: datetime) -> bool | None:
        found = inner(device, now)
        return None if found is None else not found

    return judged


def _until(parts: tuple[Judge, ...], *, stop: bool) -> Judge:
    """Return the first part that decides; unknown if none does and one is unknown."""

    def judged(device: Portrait, now: datetime) -> bool | None:
        otherwise: bool | None = not stop
        for part in parts:
            found = part(device, now)
            if found is stop:
                return stop
            if found is None:
                otherwise = None
        return otherwise

    return judged


def judge_term(term: Term) -> Judge:
    """Return the function for one comparison."""
    if term.op is Op.UNEQUAL:
        return _negated(judge_term(replace(term, op=Op.EQUAL)))
    if term.op is Op.KNOWN:
        return _known(term)
    match term.field.kind:
        case FieldKind.TEXT:
            return _text(term)
        case FieldKind.TAGS:
            return _tags(term)
        case FieldKind.ADDRESSES:
            return _addresses(term)
        case FieldKind.BUILD:
            return _build(term)
        case FieldKind.BRANCH:
            return _branch(term)
        case FieldKind.AGE:
            return _age(term)
        case FieldKind.INVENTORY:
            return _inventory(term)
        case _:
            assert_never(term.field.kind)


def told(term: Term, device: Portrait) -> str:
    """Return what the device has for the field of a comparison, empty for nothing."""
    match term.field.kind:
        case FieldKind.TEXT | FieldKind.BUILD:
            return str(getattr(device, term.name))
        case FieldKind.TAGS:
            return ", ".join(sorted(device.tags))
        case FieldKind.ADDRESSES:
            return ", ".join(device.macs)
        case FieldKind.BRANCH:
            return shown_branch(device.build)
        case FieldKind.AGE:
            return "" if device.last_seen is None else device.last_seen.isoformat()
        case FieldKind.INVENTORY:
            return device.inventory(term.uri) or ""
        case _:
            assert_never(term.field.kind)


def shown_branch(build: str) -> str:
    """Return the branch of a build as people name it: 20346 was 20348's first release."""
    number = branch_of(pair(build)[0])
    return "20348" if number == 20346 else str(number or "")


def _known(term: Term) -> Judge:
    if term.field.kind is FieldKind.INVENTORY:
        return lambda device, _: device.inventory(term.uri) is not None
    return lambda device, _: told(term, device) != ""


# --- Texts ----------------------------------------------------------------------------------------


def _tester(op: Op, values: tuple[str, ...]) -> Callable[[str], bool | None]:
    """Return the test of a text; both sides are folded already."""
    first = values[0]
    match op:
        case Op.EQUAL | Op.IN:
            return frozenset(values).__contains__
        case Op.CONTAINS:
            return lambda text: first in text
        case Op.STARTS:
            return lambda text: text.startswith(first)
        case Op.ENDS:
            return lambda text: text.endswith(first)
        case Op.MATCHES:
            return _glob(first)
        case _:
            raise AssertionError(op)


def _glob(pattern: str) -> Callable[[str], bool | None]:
    """Return the test for a pattern in which `*` is any text and `?` any one character.

    Each piece is taken at the first place where it fits and never tried again elsewhere (atomic
    groups), so that no pattern takes longer than its length times the text's.
    """
    head, *others = ["".join(map(_one, piece)) for piece in pattern.split("*")]
    if not others:
        fits = re.compile(head, re.DOTALL).fullmatch
    else:
        middle = "".join(f"(?>.*?{each})" for each in others[:-1] if each)
        fits = re.compile(f"{head}{middle}.*{others[-1]}", re.DOTALL).fullmatch
    return lambda text: None if len(text) > MAX_MATCHED else fits(text) is not None


def _one(char: str) -> str:
    return "." if char == "?" else re.escape(char)


def _text(term: Term) -> Judge:
    read: Callable[[Portrait], str] = attrgetter(term.name)
    test = _tester(term.op, tuple(each.casefold() for each in term.values))

    def judged(device: Portrait, _: datetime) -> bool | None:
        text = read(device)
        return test(text.casefold()) if text else None

    return judged


def _tags(term: Term) -> Judge:
    """A device without tags is known to have none: never unknown."""
    test = _tester(term.op, tuple(each.casefold() for each in term.values))
    return lambda device, _: any(map(test, device.tags))


def _addresses(term: Term) -> Judge:
    test = _tester(term.op, tuple(undivided(each) for each in term.values))

    def judged(device: Portrait, _: datetime) -> bool | None:
        return any(test(undivided(each)) for each in device.macs) if device.macs else None

    return judged


# --- Builds ---------------------------------------------------------------------------------------


def _build(term: Term) -> Judge:
    """Compare at the precision of the rule: without a revision, by the build's number alone."""
    if term.op is Op.HAS:
        needed = term.values[0]
        return _of_build(lambda here: has_hololens_build(f"{here[0]}.{here[1]}", needed))
    values = tuple(build_of(each) for each in term.values)
    if term.op in (Op.EQUAL, Op.IN):
        return _of_build(lambda here: any(here[: len(each)] == each for each in values))
    compare, wanted = _ORDER[term.op], values[0]
    return _of_build(lambda here: compare(here[: len(wanted)], wanted))


def _branch(term: Term) -> Judge:
    branches = tuple(branch_of(int(each)) for each in term.values)
    if term.op in (Op.EQUAL, Op.IN):
        return _of_build(lambda here: branch_of(here[0]) in branches)
    compare = _ORDER[term.op]
    return _of_build(lambda here: compare(branch_of(here[0]), branches[0]))


def _of_build(test: Callable[[tuple[int, int]], bool]) -> Judge:
    def judged(device: Portrait, _: datetime) -> bool | None:
        here = pair(device.build)
        return test(here) if here[0] else None

    return judged


# --- Times ----------------------------------------------------------------------------------------


def duration_of(term: Term) -> timedelta | None:
    """Return the duration that the time since last contact is compared with, None for none."""
    if term.field.kind is not FieldKind.AGE or not term.values:
        return None
    age = age_of(term.values[0])
    return age if isinstance(age, timedelta) else None


def _age(term: Term) -> Judge:
    compare, limit = _ORDER[term.op], age_of(term.values[0])
    is_duration = isinstance(limit, timedelta)

    def judged(device: Portrait, now: datetime) -> bool | None:
        if device.last_seen is None:
            return None
        return compare(now - device.last_seen if is_duration else device.last_seen, limit)

    return judged


# --- Inventory ------------------------------------------------------------------------------------


def _inventory(term: Term) -> Judge:
    test = _numeric(term) if term.op in _ORDER else _tester_of_told(term)

    def judged(device: Portrait, _: datetime) -> bool | None:
        value = device.inventory(term.uri)
        return None if value is None else test(value)

    return judged


def _numeric(term: Term) -> Callable[[str], bool | None]:
    compare, wanted = _ORDER[term.op], number_of(term.values[0])

    def test(value: str) -> bool | None:
        number = number_of(value)
        return None if number is None else compare(number, wanted)

    return test


def _tester_of_told(term: Term) -> Callable[[str], bool | None]:
    """Return the test of a text, by number too where it is about being the same."""
    folded = _tester(term.op, tuple(each.strip().casefold() for each in term.values))
    numbers = {number_of(each) for each in term.values} - {None}
    by_number = term.op in (Op.EQUAL, Op.IN) and numbers

    def test(value: str) -> bool | None:
        if by_number and number_of(value) in numbers:
            return True
        return folded(value.strip().casefold())

    return test
