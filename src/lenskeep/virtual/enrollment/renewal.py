"""A headset renews its certificate by itself, as "ROBO" does: nobody is asked, nothing is typed.

[MS-MDE2] 3.4.4.1.1.1 and CSP: CertificateStore/My/WSTEP/Renew. Discovery once more, then a request
for a new key, signed with the old one, over TLS with the old certificate. No redirect is followed.
"""

import base64
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from lenskeep.base.errors import LenskeepError
from lenskeep.virtual.device import Device
from lenskeep.virtual.enrollment import steps
from lenskeep.virtual.enrollment.certificate_request import (
    SHA_256,
    Style,
    Wish,
    certificate_request,
)
from lenskeep.virtual.enrollment.hresult import EnrollmentRefused, Hresult
from lenskeep.virtual.enrollment.keys import DEFAULT_BITS, KeySource, encode_key, load_key
from lenskeep.virtual.enrollment.passage import BY_HAND
from lenskeep.virtual.enrollment.proof import Proof, by_password
from lenskeep.virtual.enrollment.provisioning import Renewed, apply_renewal
from lenskeep.virtual.enrollment.ways import Entrance
from lenskeep.virtual.state import CERTIFICATE_FILE, KEY_FILE, RENEWAL_KEY_FILE
from lenskeep.virtual.transport import (
    NO_ACCIDENTS,
    Answer,
    Fate,
    Outgoing,
    Patience,
    Purpose,
    Transport,
)
from lenskeep.virtual.tree.renewing import RENEW, Status, note_attempt, note_end, renewal_of
from lenskeep.virtual.tree.rules import VENDOR
from lenskeep.virtual.trouble import NoConnection, WrongState
from lenskeep.wire import wstep
from lenskeep.wire.envelope import ENROLLMENT
from lenskeep.wire.soap import ACTION_RST, MESSAGE_ID_RST, read_fault

_HTTP_OK_BUT_UNUSABLE: Final = 0x801900C8
"""`seen:` what Windows notes where a fault answers a renewal with HTTP 200."""
_VALUE_TYPES: Final = {"wss": wstep.PKCS7, "mde": f"{ENROLLMENT}#PKCS7"}


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its key, both PEM."""

    certificate: bytes
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class RenewalHabits:
    """How the request looks, whose certificates it shows, what goes wrong.

    `twice` encodes the request as a renewal by hand does. `tls` and `signer` stand in for the
    headset's own certificate, for servers that must not be taken in.
    """

    value_type: Literal["wss", "mde"] = "wss"
    twice: bool = False
    with_header: bool = True
    style: Style = Style.WINDOWS_11
    bits: int = DEFAULT_BITS
    accidents: Fate = NO_ACCIDENTS
    patience: Patience | None = None
    tls: Identity | None = None
    signer: Identity | None = None


def due_at(device: Device) -> datetime:
    """Return when the headset begins to renew: RenewPeriod days before the certificate ends."""
    period = renewal_of(device.tree).period
    return certificate_of(device).not_valid_after_utc - period


def is_due(device: Device) -> bool:
    """Return whether it would try now: the window is open, and the last failure is long ago."""
    now, kept = device.now(), renewal_of(device.tree)
    if not due_at(device) <= now < certificate_of(device).not_valid_after_utc:
        return False
    failed = kept.status in (Status.FAILED, Status.IN_PROGRESS) and kept.last_attempt is not None
    return not failed or now >= (kept.last_attempt or now) + kept.retry_interval


def certificate_of(device: Device) -> x509.Certificate:
    """Return the certificate that the headset shows at present."""
    _ = device.account
    return x509.load_pem_x509_certificate(device.vault.read(CERTIFICATE_FILE) or b"")


async def renew(
    device: Device, habits: RenewalHabits, keys: KeySource, tell: Callable[[str], None]
) -> None:
    """Renew now, due or not.

    Raises EnrollmentRefused, Breach, NoConnection, or WrongState where it cannot: not enrolled,
    expired, EntDMID never set.
    """
    provider = device.account.provider
    if not device.tree.value(f"{VENDOR}DMClient/Provider/{provider}/EntDMID"):
        raise WrongState("EntDMID is not set; a headset does not renew without it")
    if certificate_of(device).not_valid_after_utc <= device.now():
        raise WrongState("the certificate has expired; a headset renews never after that")
    note_attempt(device.tree, device.now())
    device.save()
    try:
        await _Renewal(device, habits, tell).run(keys)
    except LenskeepError as error:
        note_end(device.tree, Status.FAILED, _code_of(error))
        device.save()
        raise


class FaultOverOk(EnrollmentRefused):
    """The server refused a renewal with HTTP 200, which the headset takes for no answer."""


def _code_of(error: LenskeepError) -> int:
    """Return what Renew/ErrorCode says of an attempt that failed."""
    match error:
        case FaultOverOk():
            return _HTTP_OK_BUT_UNUSABLE
        case EnrollmentRefused():
            return error.hresult.code
        case NoConnection():
            return Hresult.CONNECTIVITY.code
        case _:
            return Hresult.UNKNOWN.code


class _Renewal:
    def __init__(self, device: Device, habits: RenewalHabits, tell: Callable[[str], None]) -> None:
        self._device = device
        self._habits = habits
        self._tell = tell
        self._calls = 0

    async def run(self, keys: KeySource) -> None:
        device, habits = self._device, self._habits
        own = Identity(
            device.vault.read(CERTIFICATE_FILE) or b"", device.vault.read(KEY_FILE) or b""
        )
        shown = habits.tls or own
        trust = device.trust(with_certificate=True)
        if trust.certificate:
            trust = replace(trust, certificate=shown.certificate, key=shown.key)
        async with Transport(
            trust, habits.patience, habits.accidents, Purpose.RENEW, device.switchboard
        ) as transport:
            url = await self._service(transport)
            key = await self._key(keys)
            body = self._message(url, key, habits.signer or own)
            answer = await self._call(transport, Outgoing("POST", url, steps.POST_HEADERS, body))
        _refuse_quiet_fault(answer)
        renewed = apply_renewal(steps.read_token(answer), key, device)
        self._keep(renewed, key)

    async def _service(self, transport: Transport) -> str:
        """Return where the certificate is asked for: Renew/ServerURL, or what discovery says."""
        device, account = self._device, self._device.account
        if url := device.tree.value(f"{RENEW}/ServerURL"):
            return url
        if not account.discovery_url:
            return account.enrollment_url
        url = account.discovery_url
        offers: tuple[str, ...] = BY_HAND
        if account.entrance == Entrance.PACKAGE_CERTIFICATE.value:
            offers = ("Certificate",)
        await self._call(transport, Outgoing("GET", url, steps.PROBE_HEADERS))
        asked = steps.discover_message(device.profile, url, account.user, offers)
        answer = await self._call(transport, Outgoing("POST", url, steps.POST_HEADERS, asked))
        found = steps.read_discovery(answer, device.profile, heeded=False)
        return found.enrollment_url

    async def _call(self, transport: Transport, out: Outgoing) -> Answer:
        self._calls += 1
        answer = await transport.send(out, self._calls)
        if 300 <= answer.status < 400:
            raise EnrollmentRefused(Hresult.INSECURE_REDIRECT, "a renewal follows no redirect")
        return answer

    async def _key(self, keys: KeySource) -> rsa.RSAPrivateKey:
        """Return a new key, or the one of a renewal whose answer got lost."""
        kept = self._device.vault.read(RENEWAL_KEY_FILE)
        if kept is not None and load_key(kept).key_size == self._habits.bits:
            self._tell("Going on with the key of a renewal that was interrupted.")
            return load_key(kept)
        key = await keys.new(self._habits.bits)
        self._device.vault.write(RENEWAL_KEY_FILE, encode_key(key))
        return key

    def _message(self, url: str, key: rsa.RSAPrivateKey, signer: Identity) -> bytes:
        device, habits = self._device, self._habits
        account = device.account
        guid = str(uuid.uuid4())
        wish = Wish(guid, account.device_id, SHA_256, habits.style)
        signed = signed_request(certificate_request(key, wish), signer)
        request = base64.b64encode(signed) if habits.twice else signed
        value = wstep.SecurityTokenRequest(
            wstep.RequestType.RENEW,
            wstep.TOKEN_TYPE,
            _VALUE_TYPES[habits.value_type],
            request,
            steps.renewal_context(device.profile, device.state.hardware, account),
        )
        # assumed: name, empty password and a time, as the published sample has them
        named = by_password(account.user, "").token if habits.with_header else None
        proof = Proof(named, at=device.now() if habits.with_header else None)
        return wstep.write_request(proof.header(ACTION_RST, MESSAGE_ID_RST, url), value)

    def _keep(self, renewed: Renewed, key: rsa.RSAPrivateKey) -> None:
        device = self._device
        device.replace_certificate(renewed.certificate, encode_key(key), renewed.above)
        note_end(device.tree, Status.SUCCEEDED, 0)
        device.save()
        until = certificate_of(device).not_valid_after_utc
        self._tell(f"The certificate is renewed, until {until:%Y-%m-%d}.")


def signed_request(request: bytes, signer: Identity) -> bytes:
    """Return the request (DER) inside a SignedData that the signer made ([RFC 5652] 5)."""
    certificate = x509.load_pem_x509_certificate(signer.certificate)
    builder = pkcs7.PKCS7SignatureBuilder().set_data(request)
    builder = builder.add_signer(certificate, load_key(signer.key), hashes.SHA256())
    options = [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoCapabilities]
    return builder.sign(Encoding.DER, options)


def _refuse_quiet_fault(answer: Answer) -> None:
    """`seen:` a fault with HTTP 200 is 0x801900C8 to a renewal, whatever it says."""
    fault = read_fault(answer.body) if answer.status == 200 else None
    if fault is not None:
        raise FaultOverOk(Hresult.UNKNOWN, f"0x801900C8, a fault with HTTP 200: {fault.reason}")
