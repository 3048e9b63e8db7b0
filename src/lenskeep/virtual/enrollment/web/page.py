"""A web page as a browser without scripts understands it: its text, its forms, its scripts.

Only what enrollment pages need: forms are filled and sent, and a script that does nothing but
send a form is recognized. Nothing is ever executed.
"""

from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final

from lenskeep.virtual.transport.address import joined

_SILENT: Final = ("script", "style", "title", "head", "noscript", "template")
_BUTTON_TYPES: Final = ("submit", "image", "button", "reset")
_SENDING: Final = ("submit", "image")


@dataclass(frozen=True, slots=True)
class Field:
    """Something with a name in a form. `checked` is only of boxes."""

    name: str
    type: str
    value: str = ""
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press that sends the form."""

    name: str
    value: str
    label: str
    action: str = ""

    @property
    def words(self) -> str:
        """Everything that says what it is for, for searching."""
        return f"{self.label} {self.value} {self.name}".casefold()


@dataclass(frozen=True, slots=True)
class Form:
    """One form; `action` is absolute."""

    action: str
    method: str
    fields: tuple[Field, ...]
    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """A script in the page, or in an attribute (`inline_handler`), or elsewhere (`source`)."""

    text: str
    nonce: str = ""
    source: str = ""
    inline_handler: bool = False

    @property
    def sends_a_form(self) -> bool:
        """Whether it would send a form without anybody pressing anything."""
        return ".submit(" in self.text or ".click(" in self.text


@dataclass(frozen=True, slots=True)
class Page:
    """A page on the screen. `url` is where it came from."""

    url: str
    title: str
    text: str
    forms: tuple[Form, ...]
    scripts: tuple[Script, ...]


def read_page(url: str, html: str) -> Page:
    """Return the page; broken markup is read as far as it goes."""
    reader = _Reader(url)
    with suppress(AssertionError):  # the library's word for a declaration that it does not know
        reader.feed(html)
        reader.close()
    return reader.page()


class _Reader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self._url = url
        self._base = url
        self._silence: list[str] = []
        self._text: list[str] = []
        self._title: list[str] = []
        self._forms: list[Form] = []
        self._scripts: list[Script] = []
        self._form: tuple[str, str] | None = None
        self._fields: list[Field] = []
        self._buttons: list[Button] = []
        self._button: Button | None = None
        self._script: Script | None = None

    def page(self) -> Page:
        """Return what was read."""
        self._end_form()
        text = " ".join(" ".join(self._text).split())
        title = " ".join("".join(self._title).split())
        return Page(self._url, title, text, tuple(self._forms), tuple(self._scripts))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in a tag ([HTML] 13.2)."""
        named = {name: value or "" for name, value in reversed(attrs)}
        if "onload" in named:
            self._scripts.append(Script(named["onload"], inline_handler=True))
        if tag in _SILENT:
            self._silence.append(tag)
        match tag:
            case "base" if named.get("href"):
                self._base = joined(self._url, named["href"])
            case "form":
                self._end_form()
                action = joined(self._base, named.get("action") or self._url)
                self._form = (action, (named.get("method") or "get").lower())
            case "input" | "textarea" | "select":
                self._take_field(tag, named)
            case "option" if self._fields and self._fields[-1].type == "select":
                self._choose(named)
            case "button" if named.get("type", "submit").lower() == "submit":
                action = joined(self._base, named["formaction"]) if "formaction" in named else ""
                self._button = Button(named.get("name", ""), named.get("value", ""), "", action)
            case "script":
                source = joined(self._base, named["src"]) if "src" in named else ""
                self._script = Script("", named.get("nonce", ""), source)
            case _:
                pass

    def handle_endtag(self, tag: str) -> None:
        """Take in the end of an element."""
        if self._silence and tag == self._silence[-1]:
            self._silence.pop()
        if tag == "form":
            self._end_form()
        elif tag == "button" and self._button is not None:
            self._buttons.append(self._button)
            self._button = None
        elif tag == "script" and self._script is not None:
            self._scripts.append(self._script)
            self._script = None

    def handle_data(self, data: str) -> None:
        """Take in text: of a script, of the title, of a button, or for the eye."""
        if self._script is not None:
            found = self._script
            self._script = Script(found.text + data, found.nonce, found.source)
        elif self._silence and self._silence[-1] == "title":
            self._title.append(data)
        elif not self._silence or self._silence == ["head"]:
            self._text.append(data)
        if self._button is not None:
            old = self._button
            label = " ".join(f"{old.label} {data}".split())
            self._button = Button(old.name, old.value, label, old.action)

    def _take_field(self, tag: str, named: dict[str, str]) -> None:
        type_ = named.get("type", "text").lower() if tag == "input" else tag
        name, value = named.get("name", ""), named.get("value", "")
        if type_ in _BUTTON_TYPES:
            if type_ in _SENDING:
                action = joined(self._base, named["formaction"]) if "formaction" in named else ""
                self._buttons.append(Button(name, value, value, action))
        elif name:
            if type_ in ("checkbox", "radio"):
                value = value or "on"
            self._fields.append(Field(name, type_, value, "checked" in named))

    def _choose(self, named: dict[str, str]) -> None:
        """A list has the value of its first option, or of the one that is marked."""
        chosen = self._fields[-1]
        if "selected" in named or not chosen.checked:
            value = named.get("value", "")
            self._fields[-1] = Field(chosen.name, "select", value, checked=True)

    def _end_form(self) -> None:
        if self._form is not None:
            action, method = self._form
            form = Form(action, method, tuple(self._fields), tuple(self._buttons))
            self._forms.append(form)
        self._form = None
        self._fields, self._buttons = [], []
