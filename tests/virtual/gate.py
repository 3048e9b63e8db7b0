"""A server with every way in, for the headset's own tests: it keeps what came and lets all in.

Origin: the pages and answers were written by hand for this project from the published rules.
"""

import html
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.virtual import double
from tests.virtual.double import Authority, Call, Reply

from lenskeep.virtual.enrollment.web.broker import APP
from lenskeep.wire import discover, wstep, xcep
from lenskeep.wire.security import BinaryToken, UsernameToken

HTML = "text/html; charset=utf-8"
WRESULT = 'ticket "&<one>'
"""A token full of what HTML escapes."""

Headers = dict[str, str]


def page(body: str, policy: str = "", **headers: str) -> Reply:
    """Return a page, with a content policy where one is given."""
    raw = f"<!doctype html><title>Gate</title>{body}".encode()
    named = {"Content-Type": HTML, "Content-Length": str(len(raw)), **headers}
    if policy:
        named["Content-Security-Policy"] = policy
    return Reply(raw, headers=named)


def redirect(target: str, status: int = 302) -> Reply:
    """Return a redirect."""
    return Reply(status=status, headers={"Location": target, "Content-Length": "0"})


def self_posting(action: str, token: str, attributes: str = "") -> str:
    """Return the form that sends itself to the app."""
    return (
        f'<form method="post" action="{action}">'
        f'<input type="hidden" name="wresult" value="{html.escape(token)}"></form>'
        f"<script {attributes}>document.forms[0].submit()</script>"
    )


@dataclass
class Gate:
    """Lets everybody in and keeps what was shown. `pages` answers whatever is no service."""

    authority: Authority
    base: str = ""
    policy: str = "OnPremise"
    days: int = 365
    pages: Callable[[Call], Reply] = lambda _: Reply(status=404)
    document: Callable[[str], str] = lambda text: text
    discovered: discover.Discover | None = None
    tokens: list[UsernameToken | BinaryToken | None] = field(default_factory=list)
    request: wstep.SecurityTokenRequest | None = None
    bodies: list[bytes] = field(default_factory=list)
    refuse: list[Reply] = field(default_factory=list)
    """Faults for the first certificate requests."""
    redirected: str = ""
    dated_back_days: int = 0

    def __call__(self, call: Call) -> Reply:
        match call.path:
            case "/EnrollmentServer/Discovery.svc" if call.method == "GET":
                return redirect(self.redirected) if self.redirected else Reply()
            case "/EnrollmentServer/Discovery.svc":
                _, self.discovered = discover.read_discover(call.body)
                return self._found()
            case "/Policy":
                header, _ = xcep.read_get_policies(call.body)
                self.tokens.append(header.token)
                self.bodies.append(call.body)
                return double.policies()
            case "/Enroll":
                return self._issue(call)
            case _:
                return self.pages(call)

    def _found(self) -> Reply:
        reply = double.discovered(self.base)
        text = reply.body.decode().replace("OnPremise", self.policy)
        if self.policy == "Federated":
            text = text.replace(
                "</DiscoverResult>",
                f"<AuthenticationServiceUrl>{self.base}/Sign?os=10</AuthenticationServiceUrl>"
                "</DiscoverResult>",
            )
        return Reply(text.encode(), kind=double.SOAP_KIND)

    def _issue(self, call: Call) -> Reply:
        header, self.request = wstep.read_request(call.body)
        self.tokens.append(header.token)
        self.bodies.append(call.body)
        if self.refuse:
            return self.refuse.pop(0)
        key = x509.load_der_x509_csr(self.request.request).public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        since = datetime.now(UTC) - timedelta(days=self.dated_back_days)
        usage = ExtendedKeyUsageOID.CLIENT_AUTH
        client = self.authority.issue(key, usage, days=self.days, now=since)
        text = double.document(self.authority, client, self.base)
        if self.item("EnrollmentType") == "Device":
            text = text.replace('type="User"', 'type="System"')
        return double.token(self.document(text))

    def item(self, name: str) -> str:
        """Return a context item of the last certificate request, empty where it has none."""
        assert self.request is not None
        return dict(self.request.context).get(name, "")


def query(call: Call) -> dict[str, str]:
    """Return what stands in a call's query, or in the form that it sent."""
    text = call.body.decode() if call.method == "POST" else urlsplit(call.target).query
    return {name: values[0] for name, values in parse_qs(text).items()}


def sign_in_page(token: str = WRESULT, app: str = APP) -> Callable[[Call], Reply]:
    """Return a sign-in of three steps: a redirect that sets a cookie, a form, the token."""

    def pages(call: Call) -> Reply:
        match (call.method, call.path):
            case ("GET", "/Sign"):
                reply = redirect("/Sign/form", 303)
                assert reply.headers is not None
                reply.headers["Set-Cookie"] = "walk=7; Path=/; Secure; HttpOnly"
                return reply
            case ("GET", "/Sign/form"):
                return page(
                    '<h1>Sign in</h1><form method="post" action="/Sign/check">'
                    '<input type="hidden" name="csrf" value="x&amp;y">'
                    '<input name="username"><input type="password" name="pw">'
                    '<button name="do" value="go">Sign in</button>'
                    '<button name="do" value="no">Cancel</button></form>',
                    "default-src 'none'; form-action 'self'",
                )
            case ("POST", "/Sign/check"):
                good = {"csrf": "x&y", "username": "anna", "pw": "pw", "do": "go"}
                if query(call) != good or call.headers.get("cookie") != "walk=7":
                    return Reply(status=403)
                policy = "default-src 'none'; script-src 'nonce-n1'; form-action ms-app:"
                return page(self_posting(app, token, 'nonce="n1"'), policy)
            case _:
                return Reply(status=404)

    return pages
