"""What comes in addresses, headers and forms: queries, names, hosts, codes, forwarded addresses."""

from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from tests.fuzz.harness import Target, attempt, demand, same
from tests.fuzz.mutators import text

from lenskeep.base.errors import Invalid
from lenskeep.cli.output import CommandError
from lenskeep.cli.remote import _checked_url
from lenskeep.config import Settings, split_address
from lenskeep.enrollment.autopilot.naming import MAX_NAME, parse_template
from lenskeep.enrollment.credentials import normalize_code
from lenskeep.enrollment.entra.keys import is_fetchable
from lenskeep.enrollment.entra.terms import TermsRequest, accepted, read_terms_request
from lenskeep.enrollment.web.callback import domain_of, read_appru, read_domain, read_hint
from lenskeep.enrollment.web.provider import Provider, is_acceptable_url, provider_complaints
from lenskeep.virtual.enrollment.hresult import EnrollmentRefused
from lenskeep.virtual.enrollment.steps import discovery_url
from lenskeep.virtual.enrollment.web.broker import sign_in_url
from lenskeep.virtual.transport.address import joined, parts_of
from lenskeep.web.address import client_address, is_in
from lenskeep.web.console.enrollment.rules.trial import _moment
from lenskeep.web.device.pages import forms, sign_in

_PROXIED: Final = Settings(trusted_proxies=("127.0.0.0/8", "::1"))


def run(data: bytes) -> None:
    """Read the bytes as each of what a browser, a proxy or a form brings."""
    pairs = forms._pairs(data, forms.MAX_FORM)
    demand(len(pairs) <= forms.MAX_FIELDS, "as many fields as it says")
    sign_in._pairs(data)
    given = data.decode("utf-8", "replace")
    _terms(pairs, given)
    _address(given)
    for each in (given, *(value for _, value in pairs)):
        _name(each)
    _url(given)


def _terms(pairs: tuple[tuple[str, str], ...], given: str) -> None:
    asked = read_terms_request(pairs, [given])
    if isinstance(asked, TermsRequest):
        answer = accepted(asked.redirect_uri, "blob")
        demand(answer.startswith("ms-appx-web://"), "only Windows is answered")


def _name(given: str) -> None:
    appru = read_appru(given)
    demand(appru is None or appru.lower().startswith("ms-app://"), "only Windows gets a token")
    hint = read_hint(given)
    demand(len(hint) <= 256 and "\n" not in hint, "a hint is a line")
    domain = read_domain(given)
    if domain is not None:
        demand(domain.isascii() and len(domain) <= 253, "a domain in ASCII")
        same(domain, read_domain(domain), "a domain is its own")
    domain_of(given)
    code = normalize_code(given)
    demand(code is None or code == normalize_code(code), "a code is its own")
    template = attempt(Invalid, parse_template, given)
    if template is not None:
        same(template, parse_template(template.text), "a template is its own")
        for serial in ("", "003456700000", "-" * 40, given[:40]):
            name = template.filled(serial, "0123456789")
            demand(len(name) <= MAX_NAME and name.isascii(), "a name that fits")


def _address(given: str) -> None:
    header = (b"x-forwarded-for", given.encode("latin-1", "replace"))
    scope = {"type": "http", "client": ("127.0.0.1", 1), "headers": [header]}
    found = client_address(_PROXIED, scope)
    demand(not found or len(found) < 100, "an address")
    is_in(("10.0.0.0/8",), given)
    try:
        host, port = split_address(given)
    except ValueError:
        return
    demand(host and 0 <= port < 65536, "a host and a port")


def _url(given: str) -> None:
    for ask in (is_fetchable, is_acceptable_url):
        if ask(given):
            demand(urlsplit(given).scheme in ("http", "https"), "an address of the web")
    parts = parts_of(joined("https://a.example/b", given))
    demand(parts.port is None or 0 <= parts.port < 65536, "an address has a port, or none")
    attempt(Invalid, discovery_url, given)
    attempt(EnrollmentRefused, sign_in_url, given, given)
    with suppress(CommandError):
        _checked_url(given)
    attempt(Invalid, _moment, given)
    found = provider_complaints(Provider(given, given, given, domains=(given,), scopes=(given,)))
    demand(all(len(each.message) < 2000 for each in found), "words of a readable length")


TARGET: Final = Target(
    name="query",
    covers=(
        "lenskeep.web.device.pages.forms:read_query",
        "lenskeep.web.device.pages.forms:read_form",
        "lenskeep.enrollment.entra.terms:read_terms_request",
        "lenskeep.enrollment.web.callback:read_appru",
        "lenskeep.enrollment.web.callback:read_hint",
        "lenskeep.enrollment.web.callback:read_domain",
        "lenskeep.enrollment.credentials:normalize_code",
        "lenskeep.enrollment.autopilot.naming:parse_template",
        "lenskeep.web.address:client_address",
        "lenskeep.config:split_address",
        "lenskeep.cli.remote:find_access",
        "lenskeep.virtual.transport.address:parts_of",
        "lenskeep.virtual.enrollment.steps:discovery_url",
        "lenskeep.virtual.enrollment.web.broker:sign_in_url",
    ),
    run=run,
    mutate=text.mutate,
    max_bytes=1 << 15,
)
