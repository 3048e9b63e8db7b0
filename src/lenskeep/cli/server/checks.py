"""What the doctor looks at; each check returns findings and never raises."""

import asyncio
import os
import shutil
import socket
import sqlite3
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum
from pathlib import Path
from typing import Final

import httpx2
from cryptography import x509

from lenskeep import app as house_app
from lenskeep.base.errors import LenskeepError
from lenskeep.certificates import keys
from lenskeep.certificates.rotation import rotate_by
from lenskeep.config import Settings, load_settings, split_address
from lenskeep.files.folder import DATABASE, MASTER_KEY, SERVER_CHAIN, DataFolder, authority_files
from lenskeep.files.setup import (
    is_made,
    open_key,
    read_certificate,
    read_eras,
    read_keyring,
)

TIMEOUT_S: Final = 5
"""Seconds for one look from outside."""
MIN_FREE_BYTES: Final = 1024**3
"""1 GiB: room for the database to grow while somebody is called."""
MAX_SKEW_S: Final = 60
"""Seconds of difference to the server's clock that are worth a word."""
_BUILT: Final = datetime(2026, 11, 1, tzinfo=UTC)
"""No clock that is right shows an earlier time than this release."""
_DISCOVERY: Final = "/EnrollmentServer/Discovery.svc"


class Grade(Enum):
    """How a finding is to be taken."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    grade: Grade
    title: str
    words: str
    next_step: str = ""


def examine(data: Path | None) -> tuple[Finding, ...]:
    """Return all findings, in the order in which to mend them."""
    try:
        settings = load_settings(data)
    except LenskeepError as error:
        return (Finding(Grade.BAD, "settings", str(error), "correct lenskeep.toml"),)
    folder = DataFolder(settings.data)
    if not is_made(folder):
        words = f"{settings.data} was not made by lenskeep init"
        step = f"lenskeep init --data {settings.data} --hostname NAME"
        return (Finding(Grade.BAD, "data folder", words, step),)
    checks = (
        *(_keys, _authority, _database, _room, _clock, _names),
        *(_server_certificate, _server, _root),
    )
    return tuple(found for check in checks for found in check(settings, folder))


def _keys(_settings: Settings, folder: DataFolder) -> Iterator[Finding]:
    try:
        keyring, state = read_keyring(folder), read_eras(folder)
        for name, number in (("devices", state.issuing), ("servers", state.serving)):
            open_key(folder, keyring, authority_files(name, number)[1], f"ca.{name}")
    except LenskeepError as error:
        step = "give the master key that this folder was made with"
        yield Finding(Grade.BAD, "master key", str(error), step)
        return
    path = folder.path / MASTER_KEY
    if path.exists() and path.stat().st_mode & 0o077:
        yield Finding(Grade.BAD, "master key", "others may read it", f"chmod 600 {path}")
    else:
        yield Finding(Grade.GOOD, "master key", "opens all keys")
    for file in (each for each in folder.below("ca") if each.endswith("root.key")):
        step = f"move {folder.path / file} to a safe place offline"
        yield Finding(Grade.WARNING, "root key", "lies on this server; it is not needed here", step)


def _authority(settings: Settings, folder: DataFolder) -> Iterator[Finding]:
    state = read_eras(folder)
    issuer = read_certificate(folder, "devices", state.issuing)
    by, now = rotate_by(issuer, settings.certificate_days), datetime.now(UTC)  # noqa: TID251
    words = f"issues until {issuer.not_valid_after_utc:%Y-%m-%d}"
    if state.is_rotating:
        step = "lenskeep ca status shows what it waits for; then lenskeep ca finish-rotation"
        yield Finding(Grade.WARNING, "authority", "a rotation is under way", step)
    elif now >= by:
        yield Finding(Grade.WARNING, "authority", words, "lenskeep ca rotate")
    else:
        yield Finding(Grade.GOOD, "authority", words)


def _database(settings: Settings, folder: DataFolder) -> Iterator[Finding]:
    if settings.database:
        yield _postgresql(settings)
        return
    path = folder.path / DATABASE
    try:
        link = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=TIMEOUT_S)
        try:
            answer = link.execute("PRAGMA quick_check(5)").fetchone()[0]
            mode = link.execute("PRAGMA journal_mode").fetchone()[0]
            devices = link.execute("SELECT count(*) FROM device").fetchone()[0]
        finally:
            link.close()
    except sqlite3.Error as error:
        step = "run lenskeep init again; if it stays, restore a backup"
        yield Finding(Grade.BAD, "database", f"{path}: {error}", step)
        return
    if answer != "ok":
        yield Finding(Grade.BAD, "database", f"damaged: {answer}", "restore a backup")
    else:
        size = path.stat().st_size / 1024**2
        words = f"sound, {mode} mode, {size:.1f} MiB, {devices} devices"
        yield Finding(Grade.GOOD, "database", words)


def _postgresql(settings: Settings) -> Finding:
    try:
        report = asyncio.run(house_app.database_status(settings.data))
    except LenskeepError as error:
        step = "see that PostgreSQL runs, and that lenskeep.toml or LENSKEEP_DATABASE is right"
        return Finding(Grade.BAD, "database", str(error), step)
    state = report.state
    if state.pending:
        words = f"{state.where}: schema {state.schema.version or 'none'} is behind"
        return Finding(Grade.WARNING, "database", words, "lenskeep database migrate")
    size = state.size_bytes / 1024**2
    words = f"{state.server}, {size:.1f} MiB, {state.rows.get('device', 0)} devices"
    return Finding(Grade.GOOD, "database", words)


def _room(settings: Settings, _folder: DataFolder) -> Iterator[Finding]:
    free = shutil.disk_usage(settings.data).free
    words = f"{free / 1024**3:.1f} GiB free"
    if free < MIN_FREE_BYTES:
        yield Finding(Grade.BAD, "disk", words, "make room: nothing is stored on a full disk")
    else:
        yield Finding(Grade.GOOD, "disk", words)


def _clock(_settings: Settings, folder: DataFolder) -> Iterator[Finding]:
    now = datetime.fromtimestamp(time.clock_gettime(time.CLOCK_REALTIME), UTC)
    root = _shown_root(folder)
    words = f"{now:%Y-%m-%d %H:%M} UTC"
    if now < max(_BUILT, root.not_valid_before_utc):
        step = (
            "set the clock (timedatectl set-ntp true): certificates are refused before their time"
        )
        yield Finding(Grade.BAD, "clock", f"{words} is in the past", step)
    elif not os.path.exists("/run/systemd/timesync/synchronized") and not _has_ntp():
        step = (
            "timedatectl set-ntp true; on a sealed site name the time server that headsets use too"
        )
        yield Finding(Grade.WARNING, "clock", f"{words}; nothing seems to keep it right", step)
    else:
        yield Finding(Grade.GOOD, "clock", words)


def _has_ntp() -> bool:
    return any(Path(path).exists() for path in ("/run/chrony", "/run/ntpd.pid", "/run/ntp.conf"))


def _names(settings: Settings, _folder: DataFolder) -> Iterator[Finding]:
    for name in settings.host_names:
        try:
            found = {info[4][0] for info in socket.getaddrinfo(name, None)}
        except OSError:
            step = f"add {name} to your DNS (A, AAAA or CNAME to this server)"
            yield Finding(Grade.BAD, "DNS", f"{name} is not known", step)
            continue
        yield Finding(Grade.GOOD, "DNS", f"{name} → {', '.join(sorted(map(str, found)))}")
    if not any(name.lower().startswith("enterpriseenrollment.") for name in settings.host_names):
        step = "lenskeep init --also EnterpriseEnrollment.YOUR-MAIL-DOMAIN, and a DNS record for it"
        words = "headsets cannot find the server by mail address; its name must be typed"
        yield Finding(Grade.WARNING, "discovery", words, step)


def _server_certificate(settings: Settings, folder: DataFolder) -> Iterator[Finding]:
    try:
        own = settings.tls_certificate
        pem = own.read_bytes() if own else folder.read(SERVER_CHAIN)
        certificate = keys.load_certificate(pem)
    except (OSError, LenskeepError) as error:
        step = "run lenskeep init again, or correct tls_certificate"
        yield Finding(Grade.BAD, "certificate", str(error), step)
        return
    left = certificate.not_valid_after_utc - datetime.now(UTC)  # noqa: TID251 - a diagnosis
    words = f"good until {certificate.not_valid_after_utc:%Y-%m-%d}"
    if left < timedelta(0):
        yield Finding(Grade.BAD, "certificate", "has ended", "renew it; ours is at every start")
    elif left < timedelta(days=14):
        yield Finding(Grade.WARNING, "certificate", words, "renew it soon")
    else:
        yield Finding(Grade.GOOD, "certificate", words)


def _server(settings: Settings, folder: DataFolder) -> Iterator[Finding]:
    """Look from outside: each name, at the public port, with the trust a headset will have."""
    _, port = split_address(settings.hostname)
    for name in settings.host_names:
        yield _look(name, port, folder, own=settings.tls_certificate is not None)
    if port != 443:
        words = f"headsets reach port {port} only where the server's name is typed with it"
        step = "listen on 443, or forward it: discovery by mail address uses 443 alone"
        yield Finding(Grade.WARNING, "port", words, step)


def _look(name: str, port: int, folder: DataFolder, *, own: bool) -> Finding:
    context = ssl.create_default_context()
    if not own:
        context.load_verify_locations(folder.trusted_roots())
    url = f"https://{name}:{port}{_DISCOVERY}"
    try:
        answer = httpx2.get(url, verify=context, timeout=TIMEOUT_S)
    except httpx2.ConnectError as error:
        reason = str(error)
        if "CERTIFICATE" in reason.upper():
            step = "the certificate shown is not the one of this folder: is a proxy in between?"
            return Finding(Grade.BAD, "server", f"{url}: {reason}", step)
        step = f"start it (lenskeep serve) and let port {port} through the firewall"
        return Finding(Grade.BAD, "server", f"{url} does not answer", step)
    except httpx2.HTTPError as error:
        return Finding(Grade.BAD, "server", f"{url}: {error}", "look into the server's log")
    if answer.status_code != 200:
        words = f"{url} answers {answer.status_code}"
        return Finding(Grade.BAD, "server", words, "another program answers there")
    return _skew(url, answer.headers.get("date", ""))


def _skew(url: str, date: str) -> Finding:
    try:
        seconds = abs((datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds())  # noqa: TID251
    except ValueError:
        seconds = 0.0
    if seconds > MAX_SKEW_S:
        words = f"{url} answers, but its clock is {seconds:.0f} s off"
        return Finding(Grade.WARNING, "server", words, "set both clocks by the same time server")
    return Finding(Grade.GOOD, "server", f"{url} answers over TLS")


def _shown_root(folder: DataFolder) -> x509.Certificate:
    """Return the root of the chain that the server shows."""
    return read_certificate(folder, "root", read_eras(folder).serving)


def _root(settings: Settings, folder: DataFolder) -> Iterator[Finding]:
    if settings.tls_certificate is not None:
        words = "your own server certificate is in use; headsets must trust its root"
        yield Finding(Grade.GOOD, "trust", words)
        return
    name = _shown_root(folder).subject.rfc4514_string()
    words = f"the root ({name}) is private: a headset refuses this server until it has it"
    step = (
        "before enrolling, put it on the headset: in a provisioning package (Certificates > "
        "Root), or from 20H2 in Settings > Update & Security > Certificates as the owner; "
        "lenskeep ca show prints it"
    )
    yield Finding(Grade.WARNING, "trust", words, step)
