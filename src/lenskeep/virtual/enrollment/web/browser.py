"""Walking through web pages until the page that the headset waits for: redirects and forms.

The web authentication broker and the terms of use share it: https alone, cookies that live as
long as the walk, no scripts but those that send a form. A page's content policy is kept to.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qsl, urlencode

from lenskeep.virtual.enrollment.hresult import EnrollmentRefused, Hresult
from lenskeep.virtual.enrollment.web.cookies import Cookies
from lenskeep.virtual.enrollment.web.page import Form, Page, read_page
from lenskeep.virtual.enrollment.web.person import Filled, WebPerson, entries, press
from lenskeep.virtual.enrollment.web.policy import ContentPolicy, read_policy
from lenskeep.virtual.transport import Answer, Outgoing, Transport
from lenskeep.virtual.transport.address import joined, parts_of
from lenskeep.virtual.trouble import Breach

_MOST_STEPS: Final = 30
"""Pages and redirects of one walk; a sign-in with a second factor needs about ten."""
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_KEEPS_METHOD: Final = (307, 308)
_NO_ACCIDENT: Final = -1
"""Web pages are not counted among the messages that accidents are set for."""
_FORM: Final = "application/x-www-form-urlencoded"
_ACCEPT: Final = (
    ("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"),
    ("Accept-Language", "en-US"),
    ("User-Agent", "Mozilla/5.0 (Windows NT 10.0; WebView/3.0)"),  # assumed: nobody captured it
)


@dataclass(frozen=True, slots=True)
class Landing:
    """The navigation that ends the walk: how, where to, and what it brought."""

    method: str
    url: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Walk:
    """One walk: what ends it, who walks, what goes with every request, who may show the page."""

    ends_at: str
    person: WebPerson
    headers: tuple[tuple[str, str], ...] = ()
    embedder: str = ""
    tell: Callable[[str], None] = lambda _: None

    def is_end(self, url: str) -> bool:
        """Return whether a navigation to that address is what the headset waits for."""
        return url.casefold().startswith(self.ends_at.casefold())


async def walk(transport: Transport, start: str, how: Walk) -> Landing:
    """Return how the walk ended. Raises EnrollmentRefused, Breach or NoConnection."""
    browser = _Browser(transport, how)
    return await browser.run(Outgoing("GET", start, (*_ACCEPT, *how.headers)))


class _Browser:
    def __init__(self, transport: Transport, how: Walk) -> None:
        self._transport = transport
        self._how = how
        self._cookies = Cookies()
        self._policy: ContentPolicy | None = None
        """Of the page whose form was sent; it also judges where that form is redirected to."""

    async def run(self, out: Outgoing) -> Landing:
        for _ in range(_MOST_STEPS):
            _require_https(out.url)
            shown = replace(out, headers=(*out.headers, *self._cookies.header(out.url)))
            answer = await self._transport.send(shown, _NO_ACCIDENT)
            self._cookies.take(out.url, answer.cookies)
            following = self._redirected(out, answer)
            if following is None:
                following = self._shown(out, answer)
            if isinstance(following, Landing):
                return following
            out = following
        raise EnrollmentRefused(Hresult.WEB_SIGN_IN, "the pages go in a circle")

    def _redirected(self, out: Outgoing, answer: Answer) -> Outgoing | Landing | None:
        if answer.status not in _REDIRECTS:
            return None
        target = joined(out.url, answer.header("Location"))
        self._judge(target)
        if self._how.is_end(target):
            return Landing("GET", target, dict(parse_qsl(parts_of(target).query)))
        _require_https(target)
        if answer.status in _KEEPS_METHOD:
            return Outgoing(out.method, target, out.headers, out.body)
        return Outgoing("GET", target, (*_ACCEPT, *self._how.headers))

    def _shown(self, out: Outgoing, answer: Answer) -> Outgoing | Landing:
        if answer.status >= 400:
            raise EnrollmentRefused(Hresult.WEB_SIGN_IN, f"the page answers HTTP {answer.status}")
        kind = answer.header("Content-Type").partition(";")[0].strip().lower()
        if kind not in ("text/html", "application/xhtml+xml"):
            raise EnrollmentRefused(Hresult.WEB_SIGN_IN, f"the page is {kind or 'of no type'}")
        self._policy = read_policy(out.url, answer.headers)
        if self._how.embedder and not self._policy.lets_frame(self._how.embedder):
            raise Breach("[CSP3] frame-ancestors", "the page forbids the frame it is shown in")
        page = read_page(out.url, answer.body.decode("utf-8", "replace"))
        self._how.tell(f"{page.title or 'A page'}: {page.text}".strip()[:400])
        return self._send_form(page)

    def _send_form(self, page: Page) -> Outgoing | Landing:
        form, filled = self._filled(page)
        pairs = entries(form, filled, self._how.person)
        pressed = press(form, filled.button)
        action = (pressed.action if pressed else "") or form.action
        self._judge(action)
        if self._how.is_end(action):
            return Landing(form.method.upper(), action, dict(pairs))
        _require_https(action)
        if form.method != "post":
            bare = action.partition("?")[0].partition("#")[0]
            return Outgoing("GET", f"{bare}?{urlencode(pairs)}", (*_ACCEPT, *self._how.headers))
        origin = "{0.scheme}://{0.netloc}".format(parts_of(page.url))
        headers = (*_ACCEPT, *self._how.headers, ("Content-Type", _FORM), ("Origin", origin))
        return Outgoing("POST", action, headers, urlencode(pairs).encode("ascii"))

    def _filled(self, page: Page) -> tuple[Form, Filled]:
        """Return the form to send: the one that sends itself, or the one that is filled in."""
        policy = self._policy
        assert policy is not None
        sending = [each for each in page.scripts if each.sends_a_form]
        if page.forms and any(policy.lets_run(each) for each in sending):
            return page.forms[0], Filled()
        filled = self._how.person.fill(page)
        if filled is not None and filled.form < len(page.forms):
            form = page.forms[filled.form]
            if filled.button and press(form, filled.button) is None:
                raise EnrollmentRefused(
                    Hresult.USER_CANCELLED, f"the page has no button {filled.button!r}"
                )
            return form, filled
        if sending:
            raise Breach("[CSP3] script-src", "the page forbids the script that sends its form")
        raise EnrollmentRefused(
            Hresult.WEB_SIGN_IN, f"the page leads nowhere: {page.text[:200] or page.title}"
        )

    def _judge(self, target: str) -> None:
        """Keep to the content policy of the page whose form was sent last."""
        if self._policy is not None and not self._policy.lets_send_to(target):
            scheme = parts_of(target).scheme
            raise Breach("[CSP3] form-action", f"the page forbids its form to go to {scheme}:")


def _require_https(url: str) -> None:
    parts = parts_of(url)
    if parts.scheme != "https" or not parts.hostname:
        raise EnrollmentRefused(
            Hresult.WEB_SIGN_IN, f"the page leads to an address of {parts.scheme or 'no'} scheme"
        )
