"""Who sits in front of the pages: what is typed into which field, which button is pressed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from lenskeep.virtual.enrollment.web.page import Button, Field, Form, Page

__all__ = ["Filled", "Page", "WebPerson"]

_UNSENT: Final = ("file",)
_CODE_WORDS: Final = ("code", "otp", "token", "pin")
_USER_WORDS: Final = ("user", "login", "mail", "name", "upn", "account")
_NO_WORDS: Final = ("cancel", "decline", "deny", "reject", "abort", "back", "refuse")


@dataclass(frozen=True, slots=True)
class Filled:
    """One form as somebody filled it: values by field name, and the label of the button pressed.

    What is not among the values is typed as always. Without a button it is the first one.
    """

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: int = 0
    button: str = ""


Answer = Callable[[Page], Filled | None]
"""Looks at a page and fills a form; None leaves it to the habits."""


@dataclass(frozen=True, slots=True)
class WebPerson:
    """Somebody with a name, a password, a one-time code, and a way with pages of other makers."""

    user: str = ""
    password: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    answer: Answer | None = None

    def fill(self, page: Page) -> Filled | None:
        """Return how this page is filled; None where there is no form to send."""
        filled = self.answer(page) if self.answer else None
        if filled is not None:
            return filled
        number = next((n for n, form in enumerate(page.forms) if _is_for_people(form)), None)
        return None if number is None else Filled(form=number)

    def typed(self, item: Field) -> str | None:
        """Return what goes into a field; None leaves it out, as a box that is not ticked."""
        name = item.name.casefold()
        if item.type in _UNSENT:
            return None
        if item.type in ("checkbox", "radio"):
            return item.value if item.checked or item.type == "checkbox" else None
        if item.type == "hidden":
            return item.value
        if any(word in name for word in _CODE_WORDS):
            return self.code or self.password or item.value
        if item.type == "password":
            return self.password or self.code
        if item.type == "email" or any(word in name for word in _USER_WORDS):
            return self.user or item.value
        return item.value


def entries(form: Form, filled: Filled, person: WebPerson) -> list[tuple[str, str]]:
    """Return the pairs that the form sends, the pressed button's among them."""
    found = []
    for item in form.fields:
        value = filled.values.get(item.name, person.typed(item))
        if value is not None:
            found.append((item.name, value))
    pressed = press(form, filled.button)
    if pressed is not None and pressed.name:
        found.append((pressed.name, pressed.value))
    return found


def press(form: Form, wanted: str) -> Button | None:
    """Return the button of that label, or without a label the first that does not say no."""
    if wanted:
        return next((each for each in form.buttons if wanted.casefold() in each.words), None)
    friendly = (e for e in form.buttons if not any(word in e.words for word in _NO_WORDS))
    return next(friendly, form.buttons[0] if form.buttons else None)


def _is_for_people(form: Form) -> bool:
    return bool(form.buttons) or any(item.type != "hidden" for item in form.fields)
