"""Each way in, on each build that has it: enrolled, managed, renewed, retired; refused elsewhere.

The server first runs most of a year in the past, so that what it issues is near its end today.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.conftest import FAST, Server, serving

from lenskeep.virtual.builds import PROFILES, find_profile
from lenskeep.virtual.enrollment.keys import KeyPool
from lenskeep.virtual.enrollment.ways import (
    AnyWay,
    Autopilot,
    BulkToken,
    EntraAccount,
    EntraJoin,
    Federated,
    Local,
    Package,
)
from lenskeep.virtual.enrollment.web.person import WebPerson
from lenskeep.virtual.entra.issuer import TokenIssuer
from lenskeep.virtual.headset import Origin, SyncOptions, VirtualHeadset
from lenskeep.virtual.trouble import SessionRefused, WrongState

pytestmark = pytest.mark.journey

DAYS_AGO = 340
"""Certificates last 365 days, and are renewed in the last 60."""
TENANT = "7a1f1d0e-5b0c-4a51-9d1c-3f0c8f5f2b11"
CLIENT = "0b0b6a52-7a86-4a4c-8a3e-7c5c1d2e3f40"
BUILDS = tuple(profile.name for profile in PROFILES)
PASSWORD = "bring them all in 7"
"""Of the account that people type."""

LACKING = {
    "autopilot": {"HL2-18362.1039", "HL2-19041.1103", "HL1-17763-Dev", "HL1-17763-Business"},
    "package": {"HL2-18362.1039", "HL1-17763-Dev"},
    "package-certificate": {"HL2-18362.1039", "HL1-17763-Dev"},
    "bulk-token": {"HL1-17763-Dev"},
}
"""Builds that do not have a way, by the table of paths; every other build has it."""
WAYS = {
    "local": "typed password",
    "federated": "web sign-in",
    "entra-join": "entra join",
    "entra-account": "work account",
    "autopilot": "autopilot",
    "bulk-token": "bulk token",
    "package": "package",
    "package-certificate": "package certificate",
}
"""How a headset calls a way, and how the server does."""


@dataclass
class Time:
    """What headsets take for now."""

    days_ago: float = DAYS_AGO

    def __call__(self) -> datetime:
        """Return the moment."""
        return datetime.now(UTC) - timedelta(days=self.days_ago)


@dataclass
class Row:
    """One headset of the table, and what became of it."""

    way: str
    build: str
    headset: VirtualHeadset
    lacks: str = ""
    """Why its build does not have the way."""
    device: str = ""

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.way} {self.build}"


@dataclass
class Site:
    """A server with every way in set up, what headsets are given, and the headsets."""

    server: Server
    issuer: TokenIssuer
    package: Package
    signed: Package
    rows: dict[tuple[str, str], Row] = field(default_factory=dict)

    def way(self, row: Row) -> AnyWay:
        """Return how this headset enrolls."""
        url, user = self.server.url, f"{row.build}.{row.way}@example.org".lower()
        match row.way:
            case "local":
                return Local("wearer@example.org", PASSWORD, url)
            case "federated":
                person = WebPerson(user="wearer@example.org", password=PASSWORD)
                return Federated("wearer@example.org", person, url)
            case "entra-join":
                return EntraJoin(self.issuer.join(user), url)
            case "entra-account":
                return EntraAccount(self.issuer.account(user), url)
            case "autopilot":
                return Autopilot(self.issuer.device(), url, ztd_id=TENANT)
            case "bulk-token":
                return BulkToken(self.issuer.bulk(), url)
            case "package":
                return self.package
            case _:
                return self.signed

    def enroll(self, row: Row) -> None:
        """Let it come in, or say why its build cannot."""
        try:
            asyncio.run(row.headset.enroll_as(self.way(row), self.server.ca_path))
        except WrongState as lacking:
            row.lacks = str(lacking)
            return
        asyncio.run(row.headset.sync(SyncOptions(origin=Origin.ENROLLMENT, patience=FAST)))
        items = self.server.get(f"/api/v1/devices?text={row.headset.device_id}").json()["items"]
        assert len(items) == 1, (row.name, items)
        row.device = items[0]["id"]

    def sync(self, row: Row) -> None:
        """Let it call."""
        asyncio.run(row.headset.sync(SyncOptions(patience=FAST)))

    def shown(self, row: Row) -> dict[str, Any]:
        """Return its record."""
        found: dict[str, Any] = self.server.get(f"/api/v1/devices/{row.device}").json()
        return found

    def retire(self, row: Row) -> dict[str, Any]:
        """Take it out of service by the best way that there is."""
        path = f"/api/v1/devices/{row.device}"
        best = self.server.get(f"{path}/leaving").json()["best"]["exit"]
        by = best if best in ("unenroll", "wipe") else "now"
        order = {"by": by, "confirm": row.device, "anyway": True}
        answer = self.server.request("POST", f"{path}/retire", order)
        assert answer.status_code < 300, (row.name, answer.text)
        return self.shown(row)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Every headset of the table has come in, most of a year ago; the server is in the present."""
    with serving(days_ago=DAYS_AGO) as server, KeyPool(2 * len(WAYS) * len(BUILDS)) as keys:
        time = Time()
        made = _set_up(server, time)
        for way in WAYS:
            if way == "federated":
                _close_typed_passwords(server)
            for build in BUILDS:
                row = Row(way, build, VirtualHeadset.create(build=build, keys=keys, now=time))
                made.rows[way, build] = row
                made.enroll(row)
        server.stop()
        server.days_ago = time.days_ago = 0
        server.start()
        yield made


def _set_up(server: Server, time: Time) -> Site:
    issuer = TokenIssuer.create(
        tenant=TENANT,
        audience=server.url,
        client_id=CLIENT,
        now=time,
    )
    jwks = server.data / "jwks.json"
    jwks.write_text(issuer.jwks_json)
    jwks.chmod(0o644)
    server.command("entra", "add-tenant", TENANT, "--audience", server.url, "--jwks", str(jwks))
    server.command(
        "account", "add", "wearer@example.org", "--password-stdin", given=f"{PASSWORD}\n"
    )
    plain = server.data / "plain" / "customizations.xml"
    signed = server.data / "signed" / "customizations.xml"
    for each in (plain, signed):
        each.parent.mkdir()
        each.parent.chmod(0o777)
    server.command("package", "new", "plain", "--out", str(plain))
    server.command("package", "new", "signed", "--certificate", "--out", str(signed))
    return Site(server, issuer, _package(plain), _package(signed))


def _package(answers: Path) -> Package:
    beside = [each for each in answers.parent.iterdir() if each != answers]
    files = tuple((each.name, each.read_bytes()) for each in beside)
    return Package(answers.read_bytes(), files=files)


def _close_typed_passwords(server: Server) -> None:
    """With no password taken at the headset, discovery offers the sign-in page."""
    rules = {"ways": [each for each in WAYS.values() if each != "typed password"]}
    file = server.data / "rules.json"
    file.write_text(json.dumps(rules))
    file.chmod(0o644)
    server.command("enrollment", "rules", "set", str(file))


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("way", WAYS)
def test_a_headset_lives_its_life(site: Site, way: str, build: str) -> None:
    """In by this way, managed, its certificate renewed, and out again; or it says why not."""
    row = site.rows[way, build]
    if build in LACKING.get(way, set()):
        assert row.lacks
        assert not row.headset.is_enrolled
        return
    assert not row.lacks, row.lacks
    _is_what_it_came_as(site, row)
    _is_managed(site, row)
    _renews(site, row)
    _retires(site, row)


def _is_what_it_came_as(site: Site, row: Row) -> None:
    shown = site.shown(row)
    enrollment = shown["enrollments"][0]
    assert enrollment["way"] == WAYS[row.way]
    assert shown["state"] == "managed"
    is_machine = row.way in ("entra-join", "autopilot", "bulk-token")
    assert enrollment["kind"] == ("Device" if is_machine else "Full")


def _is_managed(site: Site, row: Row) -> None:
    operation = site.server.queue(row.device, "get", "./DevDetail/SwV")
    site.sync(row)
    found = site.server.operation(row.device, operation["id"])
    assert found["state"] == "done", found
    assert found["result"] == find_profile(row.build).os_version


def _renews(site: Site, row: Row) -> None:
    before = row.headset.identity()
    assert asyncio.run(row.headset.renew_if_due())
    after = row.headset.identity()
    assert after.certificate != before.certificate
    assert after.key != before.key
    site.sync(row)
    held = site.server.get(f"/api/v1/devices/{row.device}/certificates").json()["items"]
    assert len(held) == 2
    assert sum(each["revoked_at"] is None for each in held) == 1, held


def _retires(site: Site, row: Row) -> None:
    shown = site.retire(row)
    assert shown["custody"] == "retired"
    with suppress(SessionRefused):
        site.sync(row)
    if shown["departing"] is None:  # it was ended at once
        assert site.shown(row)["state"] in ("unenrolled", "wiped")
    else:
        assert not row.headset.is_enrolled
