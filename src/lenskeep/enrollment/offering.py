"""Which way of signing in discovery names, for this headset and this e-mail address.

[MS-MDE2] 3.1.4.1.3.2: exactly one of those that the client offers. Nothing is named that would be
refused afterwards (seen: clients fail late, with a number that helps nobody).
"""

from dataclasses import dataclass
from typing import Final

from lenskeep.base.errors import Refusal, Refused
from lenskeep.enrollment.rules.rules import WAYS
from lenskeep.enrollment.web.callback import domain_of

ON_PREMISE: Final = "OnPremise"
FEDERATED: Final = "Federated"
CERTIFICATE: Final = "Certificate"
_KNOWN: Final = (ON_PREMISE, FEDERATED, CERTIFICATE)

_TYPED: Final = "typed password"
_WEB: Final = "web sign-in"
_PACKAGE: Final = "package"
_PACKAGE_CERTIFICATE: Final = "package certificate"
ENTRA_WAYS: Final = frozenset({"entra join", "work account", "autopilot", "bulk token"})
"""Ways whose clients bring a token of Entra whatever discovery says of signing in."""


@dataclass(frozen=True, slots=True)
class SetUp:
    """What is set up here and open by the rules."""

    ways: frozenset[str] = frozenset(WAYS)
    """Open by the rules."""
    tenants: bool = False
    """Some Entra tenant is known."""
    provider: bool = False
    """A sign-in provider is there for every domain."""
    provider_domains: frozenset[str] = frozenset()
    """Domains that have a sign-in provider of their own, in small letters."""
    bulk_passwords: bool = False
    """A bulk account with a password is there."""
    bulk_certificates: bool = False
    """A bulk account with a certificate is there."""


def offer(offered: tuple[str, ...], email: str, set_up: SetUp) -> str | Refused:
    """Return the way of signing in, or why there is none for this client.

    A client that offers nothing is taken to offer OnPremise (assumed: it was there first). On our
    own page an account or a code will do, so that Federated is possible without a provider.
    """
    can = _folded(offered) or {ON_PREMISE}
    if CERTIFICATE in can and set_up.bulk_certificates and _PACKAGE_CERTIFICATE in set_up.ways:
        return CERTIFICATE
    has_page = FEDERATED in can and _WEB in set_up.ways
    if has_page and (set_up.provider or domain_of(email) in set_up.provider_domains):
        return FEDERATED
    if ON_PREMISE in can and _TYPED in set_up.ways:
        return ON_PREMISE
    if has_page:  # whoever could also type would only be refused what is typed
        return FEDERATED
    if ON_PREMISE in can and set_up.bulk_passwords and _PACKAGE in set_up.ways:
        return ON_PREMISE
    if set_up.tenants and set_up.ways & ENTRA_WAYS:
        return _for_entra(can)
    named = ", ".join(sorted(offered))[:80]
    return Refused(Refusal.NOT_SUPPORTED, f"nothing fits what the headset offers: {named}")


def offer_renewing(offered: tuple[str, ...]) -> str:
    """Return the answer for a headset that renews: it needs the addresses, and signs in by its
    certificate ([MS-MDE2] 3.4.4.1.1.2). There always is one.
    """
    return _for_entra(_folded(offered) or {ON_PREMISE})


def _for_entra(can: set[str]) -> str:
    """[MS-MDE2] 3.1.4.1.3.2: not looked at by a client with a token; it must be one it offers."""
    return next((each for each in _KNOWN if each in can), ON_PREMISE)


def _folded(offered: tuple[str, ...]) -> set[str]:
    """Return those that we know of, in our spelling."""
    names = {each.strip().casefold() for each in offered}
    known = {each for each in _KNOWN if each.casefold() in names}
    return known if known or not names else {""}
