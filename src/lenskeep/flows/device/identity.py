"""Who sent this management message: by client certificate or by digest, never by name alone.

Unknown, foreign, revoked, mismatched and replayed are one answer outside (401), a reason each in
our log. Challenges are not stored: a nonce is a keyed digest of the claimed DevId, the five
minutes it belongs to and how many of them were used, so that strangers cause no write and every
process of the server gives and takes the same ones.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from lenskeep.base.secret import Secret
from lenskeep.certificates.verify import fingerprint
from lenskeep.desired.inventory import RETRY_AFTER
from lenskeep.desired.standing import LONGEST_WAIT
from lenskeep.enrollment.lifecycle import normalize_dev_id
from lenskeep.flows.house import House
from lenskeep.flows.ports import Glance, Loaded, MessageKey
from lenskeep.session.inbox import introduction, starts_session
from lenskeep.wire.syncml.codes import AUTH_MD5
from lenskeep.wire.syncml.digest import is_same, md5_digest
from lenskeep.wire.syncml.model import Message, Results, Status

CHALLENGE_WINDOW_S: Final = 300
"""Seconds a challenge stays good at least (and twice that at most): a retry takes seconds."""
_NONCE_BYTES: Final = 16
SECRET_PURPOSE: Final = "enrollment.secret"  # noqa: S105 - what the key is for, not a key
_CHALLENGE_PURPOSE: Final = "session.challenge"


@dataclass(frozen=True, slots=True)
class Proof:
    """What the connection proves: the client certificate (DER), from TLS or a trusted proxy."""

    certificate: bytes | None = None
    authorization: str = field(default="", repr=False)
    """The `Authorization` header: it may hold an Entra user's token, which opens nothing."""


@dataclass(frozen=True, slots=True)
class Recognized:
    """The sender is this enrollment's device."""

    loaded: Loaded
    by_digest: str | None
    """The nonce that was answered; None where the certificate alone was the proof."""
    used_nonces: tuple[str, ...]
    """Challenges answered in this window and the last, this one included."""


@dataclass(frozen=True, slots=True)
class Unproven:
    """The sender did not prove itself."""

    code: int
    """407: nothing was shown; 401: what was shown is wrong ([OMA-DM-Security 1.2.1] 5.3)."""
    reason: str


async def recognize(
    house: House, proof: Proof, message: Message, key: MessageKey, now: datetime
) -> Recognized | Unproven:
    """Return whose message this is, with all that stands for it, in one read."""
    if proof.certificate is not None:
        return await _by_certificate(house, proof.certificate, message, key, now)
    credential = message.header.credential
    if credential is None:
        return Unproven(407, "neither certificate nor credential")
    if not house.settings.digest_authentication:
        return Unproven(401, "digest authentication is switched off")
    return await _by_digest(house, message, key, now)


async def _by_certificate(
    house: House, der: bytes, message: Message, key: MessageKey, now: datetime
) -> Recognized | Unproven:
    """The binding made at enrollment decides, then the claimed DevId must agree with it."""
    credential = message.header.credential
    loaded = await house.conversations.load_by_certificate(
        fingerprint(der), key, glance(message, now), digest=credential is not None
    )
    if loaded is None or loaded.certificate is None:
        return Unproven(401, "the certificate is unknown or revoked")
    if not loaded.certificate.not_before <= now < loaded.certificate.not_after:
        return Unproven(401, "the certificate is not valid at this time")
    if not _claims(message, loaded):
        return Unproven(401, "another device's DevId")
    if credential is None or loaded.stored_reply is not None:
        return Recognized(loaded, None, loaded.used_nonces)
    return _check_digest(house, message, loaded, now)


async def _by_digest(
    house: House, message: Message, key: MessageKey, now: datetime
) -> Recognized | Unproven:
    """The user name given with the credential finds the enrollment; without one, the DevId."""
    outcome = Unproven(401, "unknown device or user name")
    for loaded in await _candidates(house, message, key):
        if not _claims(message, loaded):
            continue
        if loaded.stored_reply is not None:
            return Recognized(loaded, None, loaded.used_nonces)
        checked = _check_digest(house, message, loaded, now)
        if isinstance(checked, Recognized):
            return checked
        outcome = checked
    return outcome


async def _candidates(house: House, message: Message, key: MessageKey) -> tuple[Loaded, ...]:
    header = message.header
    if not header.source_name:
        return await house.conversations.load_claimants(normalize_dev_id(header.source), key)
    loaded = await house.conversations.load_by_auth_name(header.source_name, key)
    return () if loaded is None else (loaded,)


def _check_digest(
    house: House, message: Message, loaded: Loaded, now: datetime
) -> Recognized | Unproven:
    credential = message.header.credential
    if credential is None or credential.type.lower() != AUTH_MD5:
        return Unproven(401, "a credential that is no MD5 digest")
    enrollment = loaded.enrollment
    secret = Secret(house.keyring.open(SECRET_PURPOSE, enrollment.auth_secret).decode())
    used = tuple(each for each in loaded.used_nonces if _is_recent(each, now))
    spent = tuple({*loaded.answered, *used})
    candidates = ((loaded.nonce, ""), *_acceptable(house, message.header.source, spent, now))
    for nonce, mark in candidates:
        expected = md5_digest(enrollment.auth_name, secret, base64.b64decode(nonce))
        if is_same(expected, credential.data):
            return Recognized(loaded, nonce, (*used, mark) if mark else used)
    return Unproven(401, "wrong digest, or a nonce that was used before")


def glance(message: Message, now: datetime) -> Glance | None:
    """Return how little is to be read for this message; None where it may be about anything.

    A message that begins a session, with alerts and what the headset always says of itself, finds
    nothing to do wherever the device stands as it should.
    """
    if not starts_session(message) or any(isinstance(e, Results | Status) for e in message.body):
        return None
    return Glance(
        at=now,
        asked_before=now - RETRY_AFTER,
        asked_ahead=now + RETRY_AFTER,
        latest_due=now + LONGEST_WAIT,
        introduction=introduction(message),
    )


def _claims(message: Message, loaded: Loaded) -> bool:
    """Return whether the message claims the DevId of the enrollment that was proved."""
    return normalize_dev_id(message.header.source) == loaded.enrollment.dev_id


# --- challenges ---------------------------------------------------------------------------


async def answered_challenges(house: House, message: Message) -> tuple[str, ...]:
    """Return the challenges that were answered lately by any enrollment claiming this DevId.

    All of them together, since a challenge goes to a name before it is known who answers: none
    is given out again that anybody answered, and nobody's answers spoil another's.
    """
    return await house.conversations.used_nonces_of(normalize_dev_id(message.header.source))


def challenge(house: House, dev_id: str, used: tuple[str, ...], now: datetime) -> str:
    """Return the nonce (base64) to challenge this DevId with: the first not used in this window."""
    window = _window(now)
    return _nonce(house, dev_id, window, _used_in(used, window))


def _acceptable(
    house: House, dev_id: str, used: tuple[str, ...], now: datetime
) -> Iterator[tuple[str, str]]:
    """Yield the challenges that may be answered now, each with its mark for the used ones."""
    for window in (_window(now), _window(now) - 1):
        for number in range(_used_in(used, window) + 1):
            nonce = _nonce(house, dev_id, window, number)
            mark = f"{window}:{nonce}"
            if mark not in used:
                yield nonce, mark


def _nonce(house: House, dev_id: str, window: int, number: int) -> str:
    text = f"{normalize_dev_id(dev_id)}|{window}|{number}".encode()
    return base64.b64encode(house.keyring.digest(_CHALLENGE_PURPOSE, text)[:_NONCE_BYTES]).decode()


def _window(now: datetime) -> int:
    return int(now.timestamp()) // CHALLENGE_WINDOW_S


def _used_in(used: tuple[str, ...], window: int) -> int:
    return sum(1 for each in used if each.startswith(f"{window}:"))


def _is_recent(used: str, now: datetime) -> bool:
    return int(used.partition(":")[0]) >= _window(now) - 1
