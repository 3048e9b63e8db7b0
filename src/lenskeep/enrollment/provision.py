"""What a headset is answered when it enrolls: how to sign in, which key to make, what it gets.

Pure: settings come in as values, wire values go out; writing them is the wire's.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from lenskeep.base.secret import Secret
from lenskeep.enrollment.offering import FEDERATED
from lenskeep.enrollment.wearer.words import WearerWords
from lenskeep.wire.discover import Discover, DiscoverResult
from lenskeep.wire.wap import (
    Application,
    CompletePage,
    Credentials,
    Help,
    Poll,
    ProvisioningDocument,
    Renewal,
    Store,
)
from lenskeep.wire.xcep import SHA_256, Policies

PROVIDER_ID: Final = "Lenskeep"
"""The account's name on the headset (DMAcc ServerID): never change it, devices keep it."""

_OUR_VERSION: Final = (4, 0)
"""[MS-MDE2] 3.1.4.1.3.2: 4.0 is the newest that asks for no attestation."""

_LOWEST_VERSION: Final = (3, 0)
"""[MS-MDE2] 3.1.4.1.3.2: the answer has no EnrollmentVersion for clients below."""

_VERSION: Final = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,9}))?(?:\.[0-9]+)*")

_KEY_BITS: Final = 2048
"""What the TPM of a HoloLens 2 makes without waiting (assumed); as `certificates.request` asks."""

_TPM: Final = "Microsoft Platform Crypto Provider"
_SOFTWARE: Final = "Microsoft Software Key Storage Provider"
"""In order of preference: a key that cannot leave the headset first."""

_DAY_S: Final = 24 * 60 * 60
_RETRY_DAYS: Final = 4
"""Days between attempts to renew: fifteen of them in the sixty days before the end."""

POLL: Final = Poll(
    first_interval_min=3,
    first_count=5,
    second_interval_min=15,
    second_count=8,
    remaining_interval_min=480,
    remaining_count=0,  # for ever; only one set may be
    on_login=True,
    all_users_on_first_login=True,
)
"""Minutes and counts. A new headset is set up within its first quarter of an hour; later it calls
three times a day, and at each login. CSP: DMClient/Provider/{ID}/Poll."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The public URLs that discovery names, both on one host ([MS-MDE2] 3.1.4.1.3.2)."""

    policy_url: str
    enrollment_url: str
    sign_in_url: str
    """AuthenticationServiceUrl: named with Federated alone."""


@dataclass(frozen=True, slots=True)
class Provision:
    """What an enrollment gives a headset. Certificates as DER, nonces as base64 of 16 bytes."""

    root: bytes
    intermediate: bytes
    client: bytes
    kind: str
    """`Full` or `Device`."""
    provider_id: str
    display_name: str
    management_url: str
    auth_name: str
    auth_secret: Secret
    """What the device proves."""
    auth_nonce: str = field(repr=False)
    server_secret: Secret
    """What the server proves."""
    server_nonce: str = field(repr=False)
    upn: str
    device_name: str
    ent_dm_id: str
    """Ours; must be set before a renewal."""
    renew_days: int
    words: WearerWords = field(default_factory=WearerWords)
    """What the wearer reads; its `organization`, where there is one, is the display name."""


def negotiate(asked: Discover, policy: str, endpoints: Endpoints) -> DiscoverResult:
    """Return where to go on, with this way of signing in (`enrollment.offering` chose it)."""
    return DiscoverResult(
        auth_policy=policy,
        enrollment_version=enrollment_version(asked.request_version),
        policy_url=endpoints.policy_url,
        enrollment_url=endpoints.enrollment_url,
        authentication_url=endpoints.sign_in_url if policy == FEDERATED else None,
    )


def enrollment_version(asked: str) -> str | None:
    """Return the lower of ours and the client's, compared as numbers; None below 3.0.

    Newer clients than any list knows enroll (seen: Windows 11 26200 says 9.0). What is no number
    is taken for the lowest that has a version at all (assumed: no client does it).
    """
    found = _VERSION.fullmatch(asked.strip())
    version = (int(found[1]), int(found[2] or 0)) if found else _LOWEST_VERSION
    if version < _LOWEST_VERSION:
        return None
    major, _ = min(version, _OUR_VERSION)
    return f"{major}.0"  # every version that exists ends in .0


def policies_answer(certificate_days: int, renew_days: int) -> Policies:
    """Return the one policy: 2048 bits, SHA-256, the TPM first.

    [MS-XCEP] 3.1.4.1.3.1: the renewal period is shorter than the validity.
    """
    return Policies(
        policy_id=PROVIDER_ID,
        common_name="Lenskeep device",
        minimal_key_length=_KEY_BITS,
        validity_s=certificate_days * _DAY_S,
        renewal_s=_renew_days(certificate_days, renew_days) * _DAY_S,
        hash_oid=SHA_256,
        crypto_providers=(_TPM, _SOFTWARE),
    )


def _renew_days(certificate_days: int, renew_days: int) -> int:
    return max(1, min(renew_days, certificate_days - 1))


def provisioning(given: Provision) -> ProvisioningDocument:
    """Return the provisioning document of an enrollment ([MS-MDE2] 2.2.9.1)."""
    words = given.words
    name = words.organization or given.display_name
    return ProvisioningDocument(
        root=given.root,
        intermediate=given.intermediate,
        client=given.client,
        store=store_of(given.kind),
        renewal=Renewal(given.renew_days, min(_RETRY_DAYS, given.renew_days)),
        application=Application(given.provider_id, name, given.management_url),
        client_auth=Credentials("APPSRV", given.auth_name, given.auth_secret, given.auth_nonce),
        server_auth=Credentials("CLIENT", "", given.server_secret, given.server_nonce),
        upn=given.upn,
        device_name=given.device_name,
        ent_dm_id=given.ent_dm_id,
        poll=POLL,
        help=Help(words.help_phone, words.help_website, words.help_email),
        complete_page=_complete_page(words),
    )


def _complete_page(words: WearerWords) -> CompletePage | None:
    if not words.has_page:
        return None
    return CompletePage(words.page_title, words.page_text, words.page_link, words.page_link_text)


def store_of(kind: str) -> Store:
    """Return the store for the client certificate: with a user in the user's, else the machine's.

    CSP: CertificateStore/My.
    """
    return "System" if kind == "Device" else "User"
