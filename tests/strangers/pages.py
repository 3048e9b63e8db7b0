"""A reader of HTML forms: as much of a browser as the windows of an enrollment need."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

from tests.strangers.wire import Line, Post, Response, tls_context

FORM_TYPE = "application/x-www-form-urlencoded"
Pairs = list[tuple[str, str]]


@dataclass
class Form:
    """A form as it stands in the page."""

    identifier: str
    action: str | None
    method: str
    fields: Pairs = field(default_factory=list)
    buttons: Pairs = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    """What is written on the buttons."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.scripts: list[tuple[str, str]] = []
        self.links: list[str] = []
        self.text = ""
        self._inside: Form | None = None
        self._script: str | None = None
        self._label = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            method = found.get("method", "get").lower()
            self._inside = Form(found.get("id", ""), found.get("action"), method)
            self.forms.append(self._inside)
        elif tag == "script":
            self._script = found.get("nonce", "")
            self.scripts.append((self._script, ""))
        elif tag == "a":
            self.links.append(found.get("href", ""))
        elif self._inside is not None and tag in ("input", "button"):
            self._field(self._inside, tag, found)

    def _field(self, form: Form, tag: str, found: dict[str, str]) -> None:
        pair = found.get("name", ""), found.get("value", "")
        if tag == "button" and found.get("type", "submit") == "submit":
            form.buttons.append(pair)
            form.labels.append("")
            self._label = True
        elif tag == "input" and pair[0] and "disabled" not in found:
            form.fields.append(pair)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = None
        if tag == "script":
            self._script = None
        if tag == "button":
            self._label = False

    def handle_data(self, data: str) -> None:
        if self._script is not None:
            nonce, text = self.scripts[-1]
            self.scripts[-1] = nonce, text + data
            return
        self.text += data
        if self._label and self._inside is not None:
            self._inside.labels[-1] += data


@dataclass
class Page:
    """A page that is shown."""

    url: str
    response: Response
    forms: list[Form]
    scripts: list[tuple[str, str]]
    links: list[str]
    text: str

    @property
    def policy(self) -> dict[str, list[str]]:
        """The content policy."""
        parts = self.response.header("Content-Security-Policy").split(";")
        return {part.split()[0]: part.split()[1:] for part in parts if part.split()}


@dataclass
class Left:
    """The window went on to Windows: this is what it sees of the navigation."""

    url: str
    fields: Pairs


class Window:
    """One window, with its cookies, which end with it."""

    def __init__(self, port: int, ca: Path, headers: Pairs | None = None) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self._ca = ca
        self._headers = headers or []
        self._line: Line | None = None

    def open(self, url: str) -> Page | Left:
        """Go to an address, as a link or a redirect has it."""
        return self._go("GET", urljoin(f"https://localhost:{self.port}/", url), "")

    def page(self, url: str) -> Page:
        """Go to an address that has to show a page."""
        found = self.open(url)
        assert isinstance(found, Page), found
        return found

    def send(self, page: Page, button: int | None = 0, **typed: str) -> Page | Left:
        """Type into the only form of the page and press a button; None: a script sends it."""
        (form,) = page.forms
        names = [name for name, _ in form.fields]
        assert set(typed) <= set(names), names
        pairs = [(name, typed.get(name, value)) for name, value in form.fields]
        if button is not None and form.buttons[button][0]:
            pairs.append(form.buttons[button])
        target = page.url if not form.action else urljoin(page.url, form.action)
        assert form.method == "post", "what is typed does not belong into an address"
        if not target.startswith("https:"):
            self.check_form_action(page, target)
            return Left(target, pairs)
        self.check_form_action(page, "'self'")
        return self._go("POST", target, urlencode(pairs), page)

    def check_form_action(self, page: Page, target: str) -> None:
        """A browser sends no form to where the policy does not let it."""
        allowed = page.policy["form-action"]
        known = "'self'" if target == "'self'" else target.partition(":")[0].lower() + ":"
        assert known in allowed, (target, allowed)

    def _go(self, method: str, url: str, body: str, page: Page | None = None) -> Page | Left:
        response = self.fetch(method, url, body)
        for _ in range(5):
            if response.status not in (302, 303):
                return _read(url, response)
            url = urljoin(url, response.header("Location"))
            if not url.startswith("https:"):
                if page is not None:  # Chromium holds the redirect of a form against it, too
                    self.check_form_action(page, url)
                return Left(url, [])
            response = self.fetch("GET", url, "")
        raise AssertionError("redirected in circles")

    def fetch(self, method: str, url: str, body: str) -> Response:
        """Send one request with the cookies; keep those that come."""
        parts = urlsplit(url)
        assert parts.port == self.port, url
        headers = [*self._headers]
        if self.cookies:
            shown = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            headers.append(("Cookie", shown))
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        line = Line(self.port, tls_context(self._ca))
        kind = FORM_TYPE if method == "POST" else ""
        response = line.exchange(method, path, body.encode(), kind, Post(headers=tuple(headers)))
        line.close()
        for each in response.every("Set-Cookie"):
            self._keep(each)
        return response

    def _keep(self, text: str) -> None:
        first, *attributes = [each.strip() for each in text.split(";")]
        marks = {each.partition("=")[0].lower() for each in attributes}
        assert {"secure", "httponly"} <= marks
        name, _, value = first.partition("=")
        if "max-age=0" in text.lower():
            self.cookies.pop(name, None)
            return
        assert not marks & {"max-age", "expires"}, "cookies of the window last no longer than it"
        self.cookies[name] = value


def _read(url: str, response: Response) -> Page:
    assert response.status == 200, (response.status, response.body[:600])
    assert response.header("Content-Type").replace(" ", "").lower() == "text/html;charset=utf-8"
    assert not response.header("X-Frame-Options"), "Windows shows some pages in a frame"
    reader = _Reader()
    reader.feed(response.body.decode("utf-8"))
    reader.close()
    text = " ".join(reader.text.split())
    page = Page(url, response, reader.forms, reader.scripts, reader.links, text)
    nonces = re.findall(r"'nonce-([^']+)'", " ".join(page.policy.get("script-src", [])))
    assert all(nonce in nonces for nonce, _ in page.scripts), "its own script does not run"
    return page
