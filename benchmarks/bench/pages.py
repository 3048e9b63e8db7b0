"""The lists that administrators look at, over HTTP: the fleet page, its filters, REST."""

import http.client
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from benchmarks.bench.fleet.seeding import Member
from benchmarks.rig.site import Site

FLEET_PAGE: Final = "fleet page"
REST: Final = "REST"
_WARM: Final = 2


@dataclass(frozen=True, slots=True)
class Look:
    """One address, asked again and again by one person."""

    name: str
    kind: str
    database: str
    devices: int
    p50_ms: float
    p95_ms: float
    size: int
    """Octets of the answer."""


def addresses(members: Sequence[Member]) -> list[tuple[str, str, str]]:
    """Return what is asked for: the kind, a name for it, the address."""
    middle = members[len(members) // 2]
    late = members[len(members) // 50]
    hit = quote(f"HOLO-{middle.number:06}")
    page = [
        ("first page", "/"),
        ("half way down", f"/?after={middle.device}"),
        ("far down", f"/?after={late.device}"),
        ("by state", "/?state=unenrolled"),
        ("by build, many", "/?os_build=20348.1550"),
        ("by standing, many", "/?worst=verified"),
        ("by standing, few", "/?worst=failed"),
        ("in trouble", "/?trouble=1"),
        ("by tag", f"/?tag={quote('ward 3')}"),
        ("silent for 30 days", "/?silent=30"),
        ("search, one hit", f"/?text={hit}"),
        ("search, thousands of hits", "/?text=holo"),
        ("search, no hit", "/?text=nothing-like-it"),
        ("state and search", "/?state=managed&text=wearer0123"),
    ]
    rest = [
        ("100 devices", "/api/v1/devices?limit=100"),
        ("search, one hit", f"/api/v1/devices?text={hit}"),
        ("search, no hit", "/api/v1/devices?text=nothing-like-it"),
        ("counts", "/api/v1/fleet"),
    ]
    return [(FLEET_PAGE, *each) for each in page] + [(REST, *each) for each in rest]


def look(
    site: Site,
    cookie: str,
    members: Sequence[Member],
    times: int,
    tell: Callable[[str], None],
) -> list[tuple[str, str, float, float, int]]:
    """Return kind, name, p50, p95 in milliseconds and octets of each address."""
    context = ssl.create_default_context(cadata=site.ca.decode("ascii"))
    line = http.client.HTTPSConnection("localhost", site.port, context=context, timeout=60)
    found = []
    for kind, name, path in addresses(members):
        tell(f"{kind}: {name}")
        bearer = {"Authorization": f"Bearer {site.token}"}
        headers = bearer if kind == REST else {"Cookie": cookie}
        asked = [_ask(line, path, headers) for _ in range(times + _WARM)][_WARM:]
        spent = sorted(each for each, _ in asked)
        p95 = spent[min(int(len(spent) * 0.95), len(spent) - 1)]
        found.append((kind, name, spent[len(spent) // 2], p95, asked[-1][1]))
    line.close()
    return found


def _ask(
    line: http.client.HTTPSConnection, path: str, headers: dict[str, str]
) -> tuple[float, int]:
    started = time.perf_counter()
    line.request("GET", path, headers=headers)
    answer = line.getresponse()
    body = answer.read()
    spent = (time.perf_counter() - started) * 1e3
    if answer.status != http.client.OK:
        raise RuntimeError(f"{path}: {answer.status}")
    return spent, len(body)
