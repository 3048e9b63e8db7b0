"""Making a data folder: master key, authorities, server certificate, settings file.

Idempotent: what exists stays, what changed (a name) is made anew, nothing is thrown away.
"""

import json
import os
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from lenskeep.base.ambient import Clock, Randomness
from lenskeep.base.errors import Invalid, Unavailable
from lenskeep.certificates import keys
from lenskeep.certificates.authority import (
    Authority,
    IssuerRole,
    issue_server,
    make_issuer,
    make_root,
)
from lenskeep.certificates.keyring import Keyring, new_master_key
from lenskeep.certificates.rotation import Eras
from lenskeep.config import ANY_ADDRESS, FILE_NAME, Settings
from lenskeep.files.folder import (
    ERAS,
    MASTER_KEY,
    PRIVATE,
    PUBLIC,
    SERVER_CHAIN,
    SERVER_KEY,
    DataFolder,
    authority_files,
)

MASTER_KEY_VARIABLE: Final = "LENSKEEP_MASTER_KEY"
MASTER_KEY_FILE_VARIABLE: Final = "LENSKEEP_MASTER_KEY_FILE"
RENEW_SERVER_BEFORE: Final = timedelta(days=30)
"""Our own server certificate is renewed this long before its end."""
_LOCAL_NAMES: Final = ("localhost", "127.0.0.1", "::1")
"""Always in our own server certificate: commands beside the server reach it by these."""


@dataclass(frozen=True, slots=True)
class Site:
    """A data folder with all that is needed to make or renew what lies in it."""

    folder: DataFolder
    settings: Settings
    keyring: Keyring
    clock: Clock
    randomness: Randomness


# --- the master key -----------------------------------------------------------------------


def read_keyring(folder: DataFolder) -> Keyring:
    """Return the keyring of the master key: from the environment, the file that the environment
    names, or the data folder. Raises Missing when there is none, Invalid when it is none.
    """
    return Keyring.from_text(master_key_text(folder), lambda: master_key_text(folder))


def master_key_text(folder: DataFolder) -> str:
    """Return the text of the master key, from where `read_keyring` takes it."""
    return _outside_key() or folder.read(MASTER_KEY).decode("ascii", "replace")


def master_key_file(folder: DataFolder) -> Path | None:
    """Return the file that holds the master key's text; None where the environment holds it."""
    if path := os.environ.get(MASTER_KEY_FILE_VARIABLE):
        return Path(path)
    return None if os.environ.get(MASTER_KEY_VARIABLE) else folder.path / MASTER_KEY


def write_master_key(folder: DataFolder, text: str) -> None:
    """Write the master key's text, whole, for whom the old file belonged to.

    Raises Unavailable where that file cannot be written.
    """
    path = master_key_file(folder)
    if path is None:
        raise Unavailable(f"the master key is in {MASTER_KEY_VARIABLE}")
    before = path.stat()
    DataFolder(path.parent).write(path.name, text.encode("ascii"), before.st_mode & 0o777)
    if os.geteuid() == 0:
        os.chown(path, before.st_uid, before.st_gid)


def make_keyring(folder: DataFolder, randomness: Randomness) -> tuple[Keyring, str]:
    """Return the keyring, made now where there is none, and a line that says so (or nothing)."""
    folder.make()
    line = ""
    if not _outside_key() and not folder.has(MASTER_KEY):
        folder.write(MASTER_KEY, new_master_key(randomness).encode() + b"\n", PRIVATE)
        line = f"master key: {folder.path / MASTER_KEY} (keep a copy somewhere safe)"
    return read_keyring(folder), line


def _outside_key() -> str:
    path = os.environ.get(MASTER_KEY_FILE_VARIABLE)
    try:
        return Path(path).read_text("ascii") if path else os.environ.get(MASTER_KEY_VARIABLE, "")
    except (OSError, ValueError):
        raise Invalid.field(MASTER_KEY_FILE_VARIABLE, "the file cannot be read") from None


# --- all of it ----------------------------------------------------------------------------


def set_up(site: Site) -> tuple[str, ...]:
    """Make what is missing or outdated; return a line for each thing made."""
    folder, settings = site.folder, site.settings
    lines = _make_authorities(site)
    if _write_settings(folder, settings):
        lines.append(f"settings: {folder.path / FILE_NAME}")
    if settings.tls_certificate is None and not _fits(site):
        _issue_server(site)
        lines.append(f"server certificate for {', '.join(settings.host_names)}")
    return tuple(lines)


def _make_authorities(site: Site) -> list[str]:
    """Make the root and both issuers where there is none; a root without its key stays."""
    lines: list[str] = []
    number, label = read_eras(site.folder).issuing, site.settings.host_names[0]
    if not site.folder.has(authority_files("root", number)[0]):
        root = make_root(label, site.clock.now(), site.randomness)
        store_authority(site, "root", root, number)
        lines.append("certificate authority: a root that can be taken offline")
    for role in IssuerRole:
        if site.folder.has(authority_files(role.value, number)[0]):
            continue
        root = read_authority(site, "root", number)
        issuer = make_issuer(root, role, label, site.clock.now(), site.randomness)
        store_authority(site, role.value, issuer, number)
        lines.append(f"certificate authority: an issuer for {role.value}")
    return lines


def store_authority(site: Site, name: str, authority: Authority, era: int) -> None:
    """Write the key first: a certificate without its key would look like an offline root."""
    certificate_file, key_file = authority_files(name, era)
    site.folder.write(key_file, _sealed(site, f"ca.{name}", authority.key), PRIVATE)
    pem = keys.pem([authority.certificate]).encode("ascii")
    site.folder.write(certificate_file, pem, PUBLIC)


def open_key(folder: DataFolder, keyring: Keyring, name: str, purpose: str) -> keys.IssuerKey:
    """Return the private key of a sealed file. Raises Missing, or Unavailable for another key."""
    sealed = folder.read(name).decode("ascii").strip()
    return keys.load_key(keyring.open(purpose, sealed))


def is_made(folder: DataFolder) -> bool:
    """Return whether `lenskeep init` made this folder."""
    return folder.has(authority_files("root")[0]) or folder.has(ERAS)


def read_eras(folder: DataFolder) -> Eras:
    """Return how the eras of the authority stand. Raises Unavailable for nonsense."""
    return Eras.load(folder.read(ERAS)) if folder.has(ERAS) else Eras()


def read_certificate(folder: DataFolder, name: str, era: int) -> x509.Certificate:
    """Return an authority's certificate. Raises Missing."""
    return keys.load_certificate(folder.read(authority_files(name, era)[0]))


def read_authority(site: Site, name: str, era: int | None = None) -> Authority:
    """Return an authority with its private key, of the era that issues unless told which.

    Raises Missing where the key is offline.
    """
    number = read_eras(site.folder).issuing if era is None else era
    certificate_file, key_file = authority_files(name, number)
    key = open_key(site.folder, site.keyring, key_file, f"ca.{name}")
    return Authority(keys.load_certificate(site.folder.read(certificate_file)), key)


# --- the server's own certificate ---------------------------------------------------------


def server_files(site: Site) -> tuple[bytes, bytes]:
    """Return the chain and key (PEM) to serve with: the administrator's own, or ours, renewed
    when it is near its end or a name is missing. Raises Invalid for unreadable files.
    """
    settings = site.settings
    if settings.tls_certificate is not None:
        if settings.tls_key is None:
            raise Invalid.field("tls_key", "tls_certificate is set without its key")
        try:
            return settings.tls_certificate.read_bytes(), settings.tls_key.read_bytes()
        except OSError as error:
            raise Invalid.field("tls_certificate", f"cannot be read: {error.strerror}") from None
    with site.folder.alone():  # other processes renew at the same moment: one does, all read it
        if not _fits(site):
            _write_server(site)
        key = open_key(site.folder, site.keyring, SERVER_KEY, "tls.server")
        return site.folder.read(SERVER_CHAIN), keys.key_pem(key).encode("ascii")


def _fits(site: Site) -> bool:
    """Return whether our server certificate has all the names and time left."""
    if not (site.folder.has(SERVER_CHAIN) and site.folder.has(SERVER_KEY)):
        return False
    certificate = keys.load_certificate(site.folder.read(SERVER_CHAIN))
    serving = read_eras(site.folder).serving
    issuer = read_certificate(site.folder, "servers", serving)
    if certificate.issuer != issuer.subject or not _signed(certificate, issuer):
        return False
    alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    present = {str(each.value).lower() for each in alternatives.value}
    wanted = {name.lower() for name in _names(site.settings)}
    ends_in = certificate.not_valid_after_utc - site.clock.now()
    return wanted <= present and ends_in > RENEW_SERVER_BEFORE


def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _names(settings: Settings) -> tuple[str, ...]:
    """Return the public names, those for commands beside the server, and its own address."""
    host, _ = settings.listening
    own = () if host in ANY_ADDRESS else (host,)
    return tuple(dict.fromkeys((*settings.host_names, *_LOCAL_NAMES, *own)))


def _issue_server(site: Site) -> None:
    with site.folder.alone():  # nobody reads, or seals anew, the one without the other
        _write_server(site)


def _write_server(site: Site) -> None:
    serving = read_eras(site.folder).serving
    issuer, key = read_authority(site, "servers", serving), keys.new_server_key()
    names = _names(site.settings)
    leaf = issue_server(issuer, names, key.public_key(), site.clock.now(), site.randomness)
    chain = keys.pem([leaf, issuer.certificate]).encode("ascii")
    site.folder.write(SERVER_KEY, _sealed(site, "tls.server", key), PRIVATE)
    site.folder.write(SERVER_CHAIN, chain, PUBLIC)


def _sealed(site: Site, purpose: str, key: keys.IssuerKey) -> bytes:
    """Return what a file holds of a private key, sealed by the key that seals at this moment."""
    site.keyring.refresh()
    return site.keyring.seal(purpose, keys.dump_key(key)).encode("ascii") + b"\n"


# --- the settings file --------------------------------------------------------------------


def _write_settings(folder: DataFolder, settings: Settings) -> bool:
    """Write hostname, also and listen into lenskeep.toml, leaving all other lines as they are."""
    before = folder.read(FILE_NAME).decode("utf-8") if folder.has(FILE_NAME) else ""
    text = before or "# Lenskeep's settings; docs/reference/settings.md explains each.\n"
    for name, value in (
        ("hostname", settings.hostname),
        ("also", list(settings.also)),
        ("listen", settings.listen),
    ):
        if value:
            text = _set_line(text, name, json.dumps(value))
    if text == before:
        return False
    folder.write(FILE_NAME, text.encode("utf-8"), PRIVATE)
    return True


def _set_line(text: str, name: str, value: str) -> str:
    line = f"{name} = {value}"
    pattern = re.compile(rf"^{name}\s*=.*$", re.MULTILINE)
    return pattern.sub(lambda _: line, text) if pattern.search(text) else f"{text}{line}\n"
