"""What every page shares: templates, security headers, the visitor, and how trouble looks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lenskeep.access import Allowed, Caller, Permission, decide
from lenskeep.flows.house import House
from lenskeep.web.console import words
from lenskeep.web.console.assets import Assets

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}
FORM_FIELD: Final = "form_proof"
"""The hidden field that proves a form came from one of our pages."""


Form: TypeAlias = ImmutableMultiDict[str, str]
"""The fields of a form: a name stands for its last value, `getlist` for all of them."""


@dataclass(frozen=True, slots=True)
class Console:
    """What pages are made of."""

    house: House
    templates: Environment
    assets: Assets


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a signed-in person, its form read and its proof checked."""

    console: Console
    request: Request
    caller: Caller
    form_proof: str
    form: Form = field(default_factory=Form)

    @property
    def house(self) -> House:
        """The house."""
        return self.console.house

    @property
    def now(self) -> datetime:
        """The current moment."""
        return self.console.house.clock.now()

    def may(self, permission: Permission) -> bool:
        """Return whether the person may do this: pages show no button that would be refused."""
        return isinstance(decide(self.caller, permission), Allowed)

    @property
    def is_live(self) -> bool:
        """Whether htmx asks for a part of the page rather than a browser for the whole."""
        return "hx-request" in self.request.headers

    def answer(
        self,
        template: str,
        values: Mapping[str, object] | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Return the rendered template."""
        known: dict[str, object] = {
            "caller": self.caller,
            "form_proof": self.form_proof,
            "may_operate": self.may(Permission.OPERATE),
            "may_enroll": self.may(Permission.ENROLL),
            "may_administer": self.may(Permission.ADMINISTER),
            "path": self.request.url.path,
        }
        return render(self.console, template, known | dict(values or {}), status, headers)


def make_templates(assets: Assets) -> Environment:
    """Return the templates, escaping everything they are given."""
    templates = Environment(
        loader=PackageLoader("lenskeep.web.console"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals.update(asset=assets.url, assets_complete=assets.is_complete, words=words)
    templates.filters.update(
        exact=words.exact, operation_look=words.operation_look, device_look=words.device_look
    )
    return templates


def render(
    console: Console,
    template: str,
    values: Mapping[str, object],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a page with every protective header."""
    known: dict[str, object] = {"now": console.house.clock.now(), "caller": None, "form_proof": ""}
    body = console.templates.get_template(template).render(known | dict(values))
    return Response(body, status, {**HEADERS, **(headers or {})}, media_type="text/html")


def go(request: Request, path: str) -> Response:
    """Return the way to another page: for htmx by its header, for a browser by 303."""
    if "hx-request" in request.headers:
        return Response(status_code=200, headers={**HEADERS, "HX-Redirect": path})
    return RedirectResponse(path, 303, HEADERS)
