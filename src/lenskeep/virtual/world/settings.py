"""Settings > Accounts > Access work or school, as its wearer reads it."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from lenskeep.virtual.builds import HOLOGRAPHIC, Profile
from lenskeep.virtual.tree.rules import USER_VENDOR, VENDOR
from lenskeep.virtual.tree.store import Tree


@dataclass(frozen=True, slots=True)
class StoredCertificate:
    """One certificate of the enrollment and the store it is in."""

    store: str
    subject: str
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Connection:
    """The management account as the page knows it."""

    provider: str
    name: str
    user: str
    tenant: str
    is_joined: bool

    @property
    def words(self) -> str:
        """The sentence that stands at the top."""
        by = f" Connected by {self.user}" if self.user else ""
        kind = "'s Microsoft Entra ID." if self.tenant else " MDM."
        return f"Connected to {self.name or self.provider}{kind}{by}"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the page says. Empty texts are not shown."""

    connected_by: str
    managed_by: str
    user: str
    device_name: str
    edition: str
    areas: tuple[str, ...]
    help_phone: str
    help_website: str
    help_email: str
    last_sync: datetime | None
    can_disconnect: bool
    certificates: tuple[StoredCertificate, ...]

    def lines(self) -> tuple[str, ...]:
        """Return the page as text."""
        named = (
            ("Device name", self.device_name),
            ("Edition", self.edition),
            ("", self.connected_by),
            ("Managed by", self.managed_by),
            ("Areas managed by your organization", ", ".join(self.areas)),
            ("Help phone", self.help_phone),
            ("Help website", self.help_website),
            ("Help e-mail", self.help_email),
            ("Last sync", self.last_sync.isoformat(timespec="seconds") if self.last_sync else ""),
        )
        found = [f"{label}: {text}" if label else text for label, text in named if text]
        found += [
            f"Certificate in {each.store}: {each.subject}, until {each.not_after:%Y-%m-%d}"
            for each in self.certificates
        ]
        if self.managed_by:
            found += ["[Sync]", *(["[Disconnect]"] if self.can_disconnect else [])]
        return tuple(found)


def read_settings(
    tree: Tree,
    profile: Profile,
    connection: Connection | None,
    last_sync: datetime | None,
    certificates: tuple[tuple[str, bytes], ...],
) -> Settings:
    """Return the page; `certificates` are the enrollment's, store and DER."""
    provider = f"{VENDOR}DMClient/Provider/{connection.provider}/" if connection else ""

    def value(name: str) -> str:
        return (tree.value(provider + name) or "") if provider else ""

    return Settings(
        connected_by=connection.words if connection else "Not connected to work or school",
        managed_by=connection.name or connection.provider if connection else "",
        user=value("UPN") or (connection.user if connection else ""),
        device_name=tree.value("./DevDetail/Ext/Microsoft/DeviceName") or "",
        edition=_edition(profile),
        areas=_areas(tree) if connection else (),
        help_phone=value("HelpPhoneNumber"),
        help_website=value("HelpWebsite"),
        help_email=value("HelpEmailAddress"),
        last_sync=last_sync,
        can_disconnect=connection is not None and not _is_bound(tree, connection),
        certificates=tuple(_stored(store, der) for store, der in certificates),
    )


def _edition(profile: Profile) -> str:
    return "Windows Holographic" + ("" if profile.edition == HOLOGRAPHIC else " for Business")


def _is_bound(tree: Tree, connection: Connection) -> bool:
    """Return whether the wearer has no button to leave with."""
    policy = f"{VENDOR}Policy/Config/Experience/AllowManualMDMUnenrollment"
    return connection.is_joined or tree.value(policy) == "0"


def _areas(tree: Tree) -> tuple[str, ...]:
    nodes = [
        node
        for root in (VENDOR, USER_VENDOR)
        for node in tree.children(f"{root}Policy/Config")
        if tree.children(node.path)
    ]
    return tuple(sorted({node.path.rpartition("/")[2] for node in nodes}))


def _stored(store: str, der: bytes) -> StoredCertificate:
    certificate = x509.load_der_x509_certificate(der)
    subject = certificate.subject.rfc4514_string()
    return StoredCertificate(store, subject, certificate.not_valid_after_utc)
