"""One headset as a thing: its memory, its tree, its certificates."""

import base64
import random
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from lenskeep.tree.value import Format
from lenskeep.virtual.builds import Profile, find_profile
from lenskeep.virtual.state import (
    CERTIFICATE_FILE,
    CHAIN_FILE,
    KEY_FILE,
    PACKAGE_FILE,
    RENEWAL_KEY_FILE,
    STATE_FILE,
    TRUST_FILE,
    Account,
    State,
    Vault,
    load_state,
)
from lenskeep.virtual.transport import Switchboard, Trust
from lenskeep.virtual.tree.book import rulebook
from lenskeep.virtual.tree.mirror import settle
from lenskeep.virtual.tree.rules import VENDOR
from lenskeep.virtual.tree.seed import AccountFacts, Hardware, node_of, seeds
from lenskeep.virtual.tree.store import Changes, Tree
from lenskeep.virtual.trouble import WrongState
from lenskeep.virtual.world.status_page import Moment, StatusPage, status_page
from lenskeep.virtual.world.status_page import settle as settle_status
from lenskeep.virtual.world.wearer import app_control

TENANT_LOCK: Final = f"{VENDOR}TenantLockdown/RequireNetworkInOOBE"

_UPGRADED: Final = "3"
"""CSP: WindowsLicensing/Status: 0 failed, 1 pending, 2 in progress, 3 done, 4 unknown."""

Now = Callable[[], datetime]
"""Tells the time, aware, in UTC."""


def system_now() -> datetime:
    """Return the current moment."""
    return datetime.now(UTC)


class Device:
    """A headset's memory and tree. Every change goes through `save`, which keeps both."""

    def __init__(
        self,
        vault: Vault,
        state: State,
        now: Now = system_now,
        switchboard: Switchboard | None = None,
    ) -> None:
        self.vault = vault
        self.switchboard = switchboard or Switchboard()
        self.state = state
        self.now = now
        self.tree = self._grow(state.tree)

    @classmethod
    def load(cls, vault: Vault, now: Now = system_now) -> "Device | None":
        """Return the headset that lives in this vault, or None."""
        data = vault.read(STATE_FILE)
        if data is None:
            return None
        _finish_renewal(vault)
        return cls(vault, load_state(data), now)

    @classmethod
    def born(
        cls, vault: Vault, build: str, now: Now = system_now, dice: random.Random | None = None
    ) -> "Device":
        """Return a new headset of that build, kept in the vault."""
        device = cls(vault, State(find_profile(build).name, new_hardware(dice)), now)
        device.save()
        return device

    @property
    def profile(self) -> Profile:
        """What kind of headset it is at present."""
        profile = find_profile(self.state.profile)
        return replace(profile, edition=self.state.edition) if self.state.edition else profile

    @property
    def account(self) -> Account:
        """The management account. Raises WrongState where there is none."""
        if self.state.account is None:
            raise WrongState("this headset is not enrolled")
        return self.state.account

    def save(self, **changes: Any) -> None:
        """Change the memory and keep it, with the tree as it is now, in one step."""
        self.state = replace(self.state, **changes, tree=self.tree.changes)
        self.vault.keep(self.state)

    def regrow(self, **changes: Any) -> None:
        """Change the memory and start with a fresh tree: after enrollment, cleanup and wipe.

        The tenant's lock outlasts them all. CSP: TenantLockdown/RequireNetworkInOOBE.
        """
        locked = self.is_locked_to_tenant
        self.state = replace(self.state, **changes, tree=Changes())
        self.tree = self._grow(self.state.tree)
        if locked:
            self.tree.put(TENANT_LOCK, Format.BOOL, "true")
        self.save()

    def trust(self, *, with_certificate: bool) -> Trust:
        """Return what the headset believes and shows at TLS."""
        given = self.vault.read(TRUST_FILE) or b""
        chain = self.vault.read(CHAIN_FILE) or b""
        roots = given + chain if given else b""
        account = self.state.account
        if not with_certificate or (account and not account.shows_certificate):
            return Trust(roots)
        certificate, key = self.vault.read(CERTIFICATE_FILE), self.vault.read(KEY_FILE)
        return Trust(roots, certificate, key)

    def replace_certificate(self, certificate: bytes, key: bytes, above: bytes) -> None:
        """Take a renewed certificate with its key in place of the old one; all PEM.

        What stood above the old one stays known beside what stands above the new one: others may
        still be signed by it.
        """
        account, chain = self.account, self.vault.read(CHAIN_FILE) or b""
        for store, der in self.certificates:
            if store.startswith("My/"):
                self.tree.remove(node_of(store, der))
        if above and above not in chain:
            self.vault.write(CHAIN_FILE, chain + above)
        self.vault.write(CERTIFICATE_FILE, certificate)  # in this order: see _finish_renewal
        self.vault.write(KEY_FILE, key)
        self.vault.remove(RENEWAL_KEY_FILE)
        for store, der in self.certificates:
            path = f"{node_of(store, der)}/EncodedCertificate"
            self.tree.put(path, Format.B64, base64.b64encode(der).decode("ascii"))
        provider = f"{VENDOR}DMClient/Provider/{account.provider}"
        moment = self.now().isoformat(timespec="seconds")
        self.tree.put(f"{provider}/CertRenewTimeStamp", Format.TIME, moment)
        self.save()

    def status_page(self) -> StatusPage:
        """Return the first run's page as it is now. Raises WrongState where not enrolled."""
        account, state = self.account, self.state
        since = state.status_since or account.enrolled_at
        user_since = state.user_since and max(state.user_since, state.status_since or since)
        moment = Moment(self.now(), since, user_since)
        return status_page(self.tree, self.profile, account.provider, moment)

    def work_out(self, *, user_present: bool = False) -> StatusPage:
        """Work the page out and write what came of it into the tree; `save` keeps it."""
        if user_present and self.state.user_since is None:
            self.state = replace(self.state, user_since=self.now())
        page = self.status_page()
        settle_status(self.tree, self.account.provider, page)
        return page

    def forget_account(self) -> None:
        """Clean up after the enrollment: account, certificates and everything it set."""
        account, locked_by = self.state.account, self.state.locked_by
        if locked_by is None and account is not None:
            locked_by = account.tenant
        for name in (KEY_FILE, CERTIFICATE_FILE, CHAIN_FILE, RENEWAL_KEY_FILE):
            self.vault.remove(name)
        self.regrow(
            account=None,
            candidate=None,
            open=None,
            chunk=None,
            alerts=(),
            after=(),
            polls=0,
            status_since=None,
            user_since=None,
            locked_by=locked_by if self.is_locked_to_tenant else None,
        )

    def reset(self, *, keep_package: bool = False) -> None:
        """Become a headset fresh from the box: only hardware and the tenant's lock stay the same.

        And the package, where it is kept.
        """
        old = self.state
        self.state = State(
            old.profile,
            old.hardware,
            account=old.account,
            network=old.network,
            sessions=old.sessions,
            locked_by=old.locked_by,
        )
        self.vault.remove(TRUST_FILE)
        if not keep_package:
            self.vault.remove(PACKAGE_FILE)
        self.forget_account()

    @property
    def is_locked_to_tenant(self) -> bool:
        """Whether its first run waits for an Autopilot profile and takes nothing else."""
        return self.tree.value(TENANT_LOCK) == "true"

    @property
    def is_joined(self) -> bool:
        """Whether it belongs to a tenant, which only a reset ends."""
        account = self.state.account
        return account is not None and bool(account.tenant) and account.enrollment_type == "Device"

    @property
    def is_work_account(self) -> bool:
        """Whether an account added to its wearer's headset manages it: no server ends that."""
        account = self.state.account
        return account is not None and bool(account.tenant) and account.enrollment_type == "Full"

    def restart(self) -> None:
        """Switch off and on: what waited for a restart comes into force."""
        settle(self.tree, self.state.hardware.serial)
        self.save(restarts=self.state.restarts + 1, blocking=app_control(self.tree))

    def change_edition(self, edition: int) -> None:
        """Become another edition at once, without a restart: more of the tree is there."""
        self.save(edition=edition)
        self.tree = self._grow(self.state.tree)
        self.tree.put(f"{VENDOR}WindowsLicensing/Status", Format.INT, _UPGRADED)
        self.save()

    def _grow(self, changes: Changes) -> Tree:
        profile = self.profile
        leaves = seeds(profile, self.state.hardware, self._facts())
        return Tree(rulebook(profile), leaves, changes)

    def _facts(self) -> AccountFacts | None:
        account = self.state.account
        if account is None:
            return None
        return AccountFacts(
            account.provider,
            account.name,
            account.address,
            account.device_id,
            account.leaves,
            self.certificates,
        )

    @property
    def certificates(self) -> tuple[tuple[str, bytes], ...]:
        """Return the management account's certificates with their stores."""
        own = f"My/{self.account.store}"
        chain = _ders(self.vault.read(CHAIN_FILE))
        return (
            *(("Root/System", der) for der in chain if _is_root(der)),
            *((own, der) for der in _ders(self.vault.read(CERTIFICATE_FILE))[:1]),
            *(("CA/System", der) for der in chain if not _is_root(der)),
        )


def _finish_renewal(vault: Vault) -> None:
    """Put the key to its certificate where a power cut came between the two."""
    pem, key = vault.read(CERTIFICATE_FILE), vault.read(RENEWAL_KEY_FILE)
    if pem is None or key is None:
        return
    certificate = x509.load_pem_x509_certificate(pem)
    if load_pem_private_key(key, None).public_key() == certificate.public_key():
        vault.write(KEY_FILE, key)
        vault.remove(RENEWAL_KEY_FILE)


def _is_root(der: bytes) -> bool:
    certificate = x509.load_der_x509_certificate(der)
    return certificate.subject == certificate.issuer


def _ders(pem: bytes | None) -> list[bytes]:
    if not pem:
        return []
    return [each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(pem)]


def new_hardware(dice: random.Random | None = None) -> Hardware:
    """Return what a new headset is born with; `dice` makes it repeatable."""
    roll = dice or secrets.SystemRandom()
    mac = bytes((0x02, *(roll.randrange(256) for _ in range(5))))  # locally administered
    return Hardware(
        hardware_id=f"{roll.getrandbits(256):064X}",
        mac="-".join(f"{octet:02X}" for octet in mac),
        serial=f"{roll.randrange(10**12):012d}",
        name=f"HOLOLENS-{roll.randrange(36**5, 36**6):x}".upper()[:15],
    )
