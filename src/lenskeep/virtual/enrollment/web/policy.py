"""What a page's own content policy forbids it: a browser keeps to it, so the headset does.

[CSP3]: `script-src`, `form-action` (also for where a sent form is redirected to) and
`frame-ancestors`, as far as enrollment pages need them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from lenskeep.virtual.enrollment.web.page import Script

_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_NETWORK: Final = ("https", "http", "wss", "ws")


@dataclass(frozen=True, slots=True)
class ContentPolicy:
    """The directives of one page that came from `url`."""

    url: str
    directives: Mapping[str, tuple[str, ...]]
    frame_options: str = ""

    def lets_send_to(self, target: str) -> bool:
        """Return whether a form of this page may be sent, or redirected, to that address."""
        sources = self.directives.get("form-action")
        return sources is None or any(_fits(each, target, self.url) for each in sources)

    def lets_run(self, script: Script) -> bool:
        """Return whether a script of this page runs."""
        sources = self.directives.get("script-src", self.directives.get("default-src"))
        if sources is None:
            return True
        nonces = [each[7:-1] for each in sources if each.startswith("'nonce-")]
        if not script.inline_handler and script.nonce and script.nonce in nonces:
            return True
        if script.source:
            return any(_fits(each, script.source, self.url) for each in sources)
        hashed = any(each.startswith("'sha") for each in sources)
        return "'unsafe-inline'" in sources and not nonces and not hashed

    def lets_frame(self, embedder: str) -> bool:
        """Return whether the page may be shown inside a page of that address."""
        sources = self.directives.get("frame-ancestors")
        if sources is None:  # the older header counts only without the directive
            return not self.frame_options
        return any(_fits(each, embedder, self.url) for each in sources)


def read_policy(url: str, headers: Mapping[str, str]) -> ContentPolicy:
    """Return the policy in a response's headers (names in lower case)."""
    found: dict[str, tuple[str, ...]] = {}
    for directive in headers.get("content-security-policy", "").split(";"):
        name, *sources = directive.split()[:1000] or [""]
        if name and name.lower() not in found:  # the first of a name counts
            found[name.lower()] = tuple(sources)
    return ContentPolicy(url, found, headers.get("x-frame-options", ""))


def _fits(source: str, target: str, own: str) -> bool:
    """Return whether an address is among those that one source expression stands for."""
    try:
        return _stands_for(source, target, own)
    except ValueError:  # one of them is no address: `//[`, or a port beyond 65535
        return False


def _stands_for(source: str, target: str, own: str) -> bool:
    wanted, here = urlsplit(target), urlsplit(own)
    scheme = wanted.scheme.lower()
    if source == "'none'" or (source.startswith("'") and source != "'self'"):
        return False
    if source == "'self'":
        return _origin(target) == _origin(own)
    if source == "*":  # stands for the network's schemes alone
        return scheme in _NETWORK
    if source.endswith(":") and "/" not in source:
        return scheme == source[:-1].lower()
    pattern = urlsplit(source if "://" in source else f"{here.scheme}://{source}")
    return _host_fits(pattern.hostname or "", wanted.hostname or "") and _origin(target) == _origin(
        target, pattern.scheme, pattern.port
    )


def _host_fits(pattern: str, host: str) -> bool:
    return host == pattern or (pattern.startswith("*.") and host.endswith(pattern[1:]))


def _origin(url: str, scheme: str = "", port: int | None = None) -> tuple[str, str, int | None]:
    """Return scheme, host and port, the latter two replaced where they are given."""
    parts = urlsplit(url)
    used = (scheme or parts.scheme).lower()
    number = port if scheme else parts.port
    return used, (parts.hostname or "").lower(), number or _DEFAULT_PORTS.get(used)
