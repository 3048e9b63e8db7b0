"""The cookies of one walk through web pages ([RFC 6265] 5), as far as a sign-in needs them.

They live as long as the walk. `Secure` is no question: every page comes by https.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import CookieError, Morsel, SimpleCookie
from typing import Final
from urllib.parse import urlsplit

_GONE: Final = "0"
"""The Max-Age by which a server takes a cookie back; Expires is not looked at."""


@dataclass(frozen=True, slots=True)
class _Cookie:
    name: str
    host: str
    path: str


class Cookies:
    """What the servers gave, by name, host and path."""

    def __init__(self) -> None:
        self._kept: dict[_Cookie, str] = {}

    def take(self, url: str, given: Iterable[str]) -> None:
        """Keep what `Set-Cookie` lines of an answer say; what cannot be read is left."""
        host = urlsplit(url).hostname or ""
        for line in given:
            try:
                morsels = SimpleCookie(line).values()
            except CookieError:
                continue
            for morsel in morsels:
                self._keep(host, urlsplit(url).path, morsel)

    def _keep(self, host: str, page: str, morsel: Morsel[str]) -> None:
        domain = morsel["domain"].lstrip(".").lower()
        if domain and not _covers(domain, host):
            return  # a server speaks for itself and for what is below its own name
        path = morsel["path"] or page.rpartition("/")[0] or "/"
        cookie = _Cookie(morsel.key, f".{domain}" if domain else host, path)
        if morsel["max-age"] == _GONE:
            self._kept.pop(cookie, None)
        else:
            self._kept[cookie] = morsel.coded_value

    def header(self, url: str) -> tuple[tuple[str, str], ...]:
        """Return the `Cookie` header for a request, none where there is nothing to say."""
        host, path = urlsplit(url).hostname or "", urlsplit(url).path or "/"
        pairs = [
            f"{cookie.name}={value}"
            for cookie, value in self._kept.items()
            if _is_for(cookie.host, host) and _is_below(path, cookie.path)
        ]
        return (("Cookie", "; ".join(pairs)),) if pairs else ()


def _is_for(kept: str, host: str) -> bool:
    return _covers(kept[1:], host) if kept.startswith(".") else kept == host


def _covers(domain: str, host: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def _is_below(path: str, top: str) -> bool:
    return path == top or path.startswith(top if top.endswith("/") else f"{top}/")
