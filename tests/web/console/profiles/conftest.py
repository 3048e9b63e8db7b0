"""A browser's view of the editor: its form as it would be sent."""

import re
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser

from tests.web.console.conftest import Browser

from lenskeep.access import Caller, CallerKind, Role
from lenskeep.base.identifiers import DeviceId, ProfileId
from lenskeep.desired.profile import ProfileBody, ProfileSetting
from lenskeep.flows.desired.profiles import Draft, create_profile, show_revision
from lenskeep.flows.desired.regrouping import regroup

POLICY = "./Device/Vendor/MSFT/Policy/Config/"
ADA = Caller(CallerKind.ADMIN, "ada", Role.ADMIN)

Sent = dict[str, list[str]]


class _Form(HTMLParser):
    """Collects what a browser would send of the form with this id."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self.form = form
        self.sent: Sent = {}
        self._inside = False
        self._select = ""
        self._area: str | None = None
        self._first_option = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._inside = given.get("id") == self.form
        if not self._inside:
            return
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "input" and name and given.get("type") not in ("submit", "file"):
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self._add(name, value)
        elif tag == "select":
            self._select, self._first_option = name, True
        elif tag == "option" and self._select:
            if self._first_option:
                self._add(self._select, value)
            elif "selected" in given:
                self.sent[self._select][-1] = value
            self._first_option = False
        elif tag == "textarea":
            self._area = name
            self._add(name, "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        if tag == "select":
            self._select = ""
        if tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.sent[self._area][-1] += data.removeprefix("\n")

    def _add(self, name: str, value: str) -> None:
        self.sent.setdefault(name, []).append(value)


def form_of(page: str, form: str = "editor") -> Sent:
    """Return what a browser would send of a form of the page."""
    reader = _Form(form)
    reader.feed(page)
    assert "form_proof" in reader.sent, page[:2000]
    return reader.sent


def row_of(sent: Mapping[str, Sequence[str]], ending: str) -> str:
    """Return the id of the row whose address ends so."""
    (found,) = (
        key[2:] for key, (uri, *_) in sent.items() if key[:2] == "u." and uri.endswith(ending)
    )
    return found


async def add(browser: Browser, sent: Sent, uri: str) -> Sent:
    """Pick a setting, as without script, and return the form that comes back."""
    page = await browser.send("/profiles/draft", {**sent, "add": uri})
    assert page.status_code == 200, page.text
    return form_of(page.text)


async def headset(browser: Browser, name: str = "HOLOLENS-0001") -> DeviceId:
    """Return a headset that has enrolled, and is in its groups."""
    device = await browser.enroll(name)
    await regroup(browser.house, [device])
    return device


async def saved(browser: Browser, *settings: ProfileSetting, name: str = "Ward") -> ProfileId:
    """Return a profile with these settings that is there already."""
    draft = Draft(name, "", ProfileBody(settings))
    return (await create_profile(browser.house, ADA, draft, reason="begun")).profile.id


async def body_of(browser: Browser, profile: ProfileId) -> dict[str, str | None]:
    """Return what the latest revision holds: value by LocURI."""
    view = await show_revision(browser.house, ADA, profile)
    return {each.uri: each.value for each in view.body.settings}


def profile_in(location: str) -> ProfileId:
    """Return the profile that an answer leads to."""
    found = re.match(r"/profiles/(prf_\w+)", location)
    assert found, location
    return ProfileId(found[1])
