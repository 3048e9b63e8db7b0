"""The administrator's document on first run: read with every complaint at once, and written.

The document is a plain object as JSON or YAML bring it; what it leaves out is as by default.
"""

import re
from collections.abc import Callable, Collection, Mapping
from enum import Enum
from typing import Any, Final, TypeVar

from lenskeep.base.errors import Complaint, Invalid, shown
from lenskeep.enrollment.autopilot.naming import parse_template
from lenskeep.enrollment.first_run.model import (
    MAX_TIMEOUT_MIN,
    Button,
    FirstRunPlan,
    Kind,
    Trouble,
)
from lenskeep.tree.value import UNWRITABLE

MAX_TEXT: Final = 400
"""Characters of the error text: what one page of a headset shows without scrolling (assumed)."""
MAX_LISTED: Final = 100
_FAMILY: Final = re.compile(r"[A-Za-z0-9.-]{3,50}_[0-9a-hjkmnp-tv-zA-HJKMNP-TV-Z]{13}")
"""A package family name: the package's name, and its publisher in 13 letters of base 32."""

E = TypeVar("E", bound=Enum)


def read_plan(given: object, ways: Collection[str]) -> FirstRunPlan:
    """Return the plan that a document says; `ways` are the ways of coming that there are.

    Raises Invalid with every complaint.
    """
    if not isinstance(given, Mapping):
        raise Invalid.field("first run", "it is no object", "an object of settings")
    reading = _Reading(given)
    plan = FirstRunPlan(
        ways=frozenset(reading.words("ways", ways)),
        timeout_min=reading.number("timeout_min", 1, MAX_TIMEOUT_MIN, FirstRunPlan().timeout_min),
        buttons=reading.choices("buttons", Button, FirstRunPlan().buttons),
        collect_logs=reading.switch("collect_logs", default=True),
        error_text=reading.text("error_text"),
        user_page=reading.switch("user_page", default=False),
        kinds=reading.choices("kinds", Kind, frozenset(Kind)),
        profiles=reading.names("profiles"),
        apps=reading.names("apps", _family_wrong),
        on_trouble=reading.choice("on_trouble", Trouble, Trouble.LET_IN),
        name_template=reading.template("name_template"),
    )
    reading.finish()
    return plan


def plan_body(plan: FirstRunPlan) -> dict[str, Any]:
    """Return the document; reading it gives the same plan."""
    return {
        "ways": sorted(plan.ways),
        "timeout_min": plan.timeout_min,
        "buttons": sorted(each.value for each in plan.buttons),
        "collect_logs": plan.collect_logs,
        "error_text": plan.error_text,
        "user_page": plan.user_page,
        "kinds": sorted(each.value for each in plan.kinds),
        "profiles": list(plan.profiles),
        "apps": list(plan.apps),
        "on_trouble": plan.on_trouble.value,
        "name_template": plan.name_template,
    }


def _family_wrong(text: str) -> str:
    return "" if _FAMILY.fullmatch(text) else "is no package family name"


class _Reading:
    """A document half read: values by name, and what is wrong with them."""

    def __init__(self, given: Mapping[Any, Any]) -> None:
        self._given = given
        self._seen: set[str] = set()
        self._wrong: list[Complaint] = []

    def finish(self) -> None:
        """Raise Invalid where something is wrong, or was never asked for."""
        for name in self._given:
            if name not in self._seen:
                allowed = ", ".join(sorted(self._seen))
                self._complain(shown(str(name)), "it is not known here", allowed)
        if self._wrong:
            raise Invalid(*self._wrong[:MAX_LISTED])

    def number(self, name: str, least: int, most: int, default: int) -> int:
        value = self._value(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self._complain(name, f"{shown(str(value))} is not possible", f"{least} to {most}")
            return default
        return value

    def switch(self, name: str, *, default: bool) -> bool:
        value = self._value(name, default)
        if not isinstance(value, bool):
            self._complain(name, f"{shown(str(value))} is not possible", "true or false")
            return default
        return value

    def text(self, name: str) -> str:
        value = self._value(name, "")
        if not isinstance(value, str) or len(value) > MAX_TEXT or UNWRITABLE.search(value):
            self._complain(name, "it is no text that fits", f"text of at most {MAX_TEXT}")
            return ""
        return value.strip()

    def template(self, name: str) -> str:
        text = self.text(name)
        if not text:
            return ""
        try:
            return parse_template(text).text
        except Invalid as invalid:
            self._wrong.extend(invalid.complaints)
            return ""

    def words(self, name: str, allowed: Collection[str]) -> tuple[str, ...]:
        def wrong(text: str) -> str:
            return "" if text in allowed else "is not known"

        return self.names(name, wrong, ", ".join(sorted(allowed)))

    def choices(self, name: str, kind: type[E], default: frozenset[E]) -> frozenset[E]:
        if name not in self._given:
            self._seen.add(name)
            return default
        allowed = [each.value for each in kind]
        return frozenset(kind(each) for each in self.words(name, allowed))

    def choice(self, name: str, kind: type[E], default: E) -> E:
        value = self._value(name, default.value)
        allowed = [each.value for each in kind]
        if value not in allowed:
            self._complain(name, f"{shown(str(value))} is not known", ", ".join(allowed))
            return default
        return kind(value)

    def names(
        self, name: str, wrong: Callable[[str], str] = lambda _: "", allowed: str | None = None
    ) -> tuple[str, ...]:
        """Return a list of words, each once; those that are wrong are complained of."""
        value = self._value(name, [])
        is_list = isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
        if not is_list or len(value) > MAX_LISTED:
            self._complain(name, "it is no list of texts", f"at most {MAX_LISTED} texts")
            return ()
        stripped = [str(each).strip() for each in value]
        fit = []
        for number, each in enumerate(stripped):
            problem = wrong(each) or ("" if each and each.isprintable() else "is no name")
            if problem:
                self._complain(f"{name}[{number}]", f"{shown(each)} {problem}", allowed)
            else:
                fit.append(each)
        return tuple(dict.fromkeys(fit))

    def _value(self, name: str, default: object) -> Any:
        self._seen.add(name)
        value = self._given.get(name)
        return default if value is None else value

    def _complain(self, field: str, message: str, allowed: str | None = None) -> None:
        self._wrong.append(Complaint(field, message, allowed))
