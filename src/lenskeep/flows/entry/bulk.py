"""Bulk accounts: what provisioning packages enroll with. One account, many headsets.

By a password, long and made here, or by a certificate. Secrets are returned once; kept are a hash
and a fingerprint. No person signs in with one: our web page refuses it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509

from lenskeep.access import Caller, Permission, demand
from lenskeep.base.errors import Complaint, Conflict, Invalid, Missing
from lenskeep.base.identifiers import AccountId
from lenskeep.base.secret import Secret
from lenskeep.certificates.keys import dump_certificate
from lenskeep.certificates.package_certificate import (
    make_package_certificate,
    read_package_certificate,
    thumbprint,
)
from lenskeep.certificates.verify import fingerprint
from lenskeep.flows.house import House
from lenskeep.flows.people import BASE62, audit_line, name_complaints
from lenskeep.flows.records import Account

SECRET_CHARACTERS: Final = 32
"""of 62: 190 bits. Nobody types it."""
MAX_USES: Final = 100_000
MAX_DAYS: Final = 3650
USUAL_DAYS: Final = 365
"""A package that is forgotten in a drawer is good for nothing a year later."""
_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class BulkWish:
    """A bulk account to be added."""

    name: str
    """A UPN: user@domain."""
    days: int = USUAL_DAYS
    uses: int | None = None
    """Headsets; None: as many as come."""
    certificate: bytes = b""
    """DER or PEM, given by the administrator."""
    with_certificate: bool = False
    """Make a certificate and its key."""


@dataclass(frozen=True, slots=True)
class BulkMade:
    """A new bulk account, with what is shown once."""

    account: Account
    password: Secret | None = None
    pfx: bytes = field(default=b"", repr=False)
    """The certificate and its key, PKCS#12."""
    pfx_password: Secret | None = None
    thumbprint: str = ""
    """Of the certificate: what a package names it by."""


async def add_bulk(house: House, caller: Caller, wish: BulkWish) -> BulkMade:
    """Add a bulk account. Raises Conflict where the name or the certificate is taken."""
    demand(caller, Permission.ADMINISTER)
    made = await _made(house, wish)
    account = made.account
    if account.certificate_sha256 is not None:
        taken = await house.enrollments.account_by_certificate(account.certificate_sha256)
        if taken is not None:
            raise Conflict(f"account {taken.name} has this certificate")
    detail = {
        "name": account.name,
        "by": "password" if account.certificate_sha256 is None else "certificate",
        "uses": "any" if wish.uses is None else str(wish.uses),
        "expires_at": "" if account.expires_at is None else account.expires_at.isoformat(),
    }
    line = audit_line(house, caller, "bulk_account.add", account.id, detail)
    await house.people.add_account(account, line)
    return made


async def list_bulk(house: House, caller: Caller) -> tuple[Account, ...]:
    """Return the bulk accounts, disabled ones too. They are few."""
    demand(caller, Permission.ADMINISTER)
    return await _all(house)


async def disable_bulk(house: House, caller: Caller, reference: str) -> None:
    """Disable the account of this id or name: its packages enroll nothing more; headsets stay."""
    demand(caller, Permission.ADMINISTER)
    wanted = reference.strip()
    for account in await _all(house):
        if wanted == account.id or wanted.casefold() == account.name.casefold():
            line = audit_line(
                house, caller, "bulk_account.disable", account.id, {"name": account.name}
            )
            await house.people.disable_account(AccountId(account.id), line)
            return
    raise Missing("bulk account", reference)


async def _all(house: House) -> tuple[Account, ...]:
    found: list[Account] = []
    after: str | None = None
    while True:
        page = await house.people.accounts(after, _PAGE)
        found.extend(each for each in page.items if each.bulk)
        after = page.next
        if after is None:
            return tuple(found)


# --- making one ----------------------------------------------------------------------------


async def _made(house: House, wish: BulkWish) -> BulkMade:
    name = wish.name.strip()
    complaints = _complaints(name, wish)
    if complaints:
        raise Invalid(*complaints)
    now = house.clock.now()
    ends_at = now + timedelta(days=wish.days)
    if wish.certificate:
        certificate = read_package_certificate(wish.certificate, now)
        ends_at = min(ends_at, certificate.not_valid_after_utc)
        return BulkMade(
            await _by_certificate(house, wish, ends_at, certificate),
            thumbprint=thumbprint(certificate),
        )
    if wish.with_certificate:
        password = _secret(house)
        new = make_package_certificate(name, password, ends_at, now, house.randomness)
        account = await _by_certificate(house, wish, ends_at, new.certificate)
        return BulkMade(
            account,
            pfx=new.pfx,
            pfx_password=password,
            thumbprint=thumbprint(new.certificate),
        )
    password = _secret(house)
    return BulkMade(await _account(house, wish, ends_at, password), password)


async def _by_certificate(
    house: House, wish: BulkWish, ends_at: datetime, certificate: x509.Certificate
) -> Account:
    """Return the account of a certificate; its password is one that nobody was told."""
    digest = fingerprint(dump_certificate(certificate))
    return await _account(house, wish, ends_at, _secret(house), digest)


async def _account(
    house: House, wish: BulkWish, ends_at: datetime, password: Secret, digest: bytes | None = None
) -> Account:
    return Account(
        id=AccountId(house.ids.new("acc")),
        name=wish.name.strip(),
        password_hash=await house.hasher.hash(password),
        created_at=house.clock.now(),
        bulk=True,
        uses_left=wish.uses,
        expires_at=ends_at,
        certificate_sha256=digest,
    )


def _secret(house: House) -> Secret:
    return Secret(house.randomness.choice(BASE62, SECRET_CHARACTERS))


def _complaints(name: str, wish: BulkWish) -> list[Complaint]:
    complaints = name_complaints(name)
    user, _, domain = name.partition("@")
    if not complaints and (not user or not domain or "@" in domain or " " in name):
        complaints.append(Complaint("name", f"{name!r} is not an account name", "user@domain"))
    if not 1 <= wish.days <= MAX_DAYS:
        complaints.append(Complaint("days", f"{wish.days} is out of range", f"1 to {MAX_DAYS}"))
    if wish.uses is not None and not 1 <= wish.uses <= MAX_USES:
        allowed = f"1 to {MAX_USES}, or none for as many as come"
        complaints.append(Complaint("uses", f"{wish.uses} is out of range", allowed))
    if wish.certificate and wish.with_certificate:
        allowed = "one given, or one made here"
        complaints.append(Complaint("certificate", "both are asked for", allowed))
    return complaints
