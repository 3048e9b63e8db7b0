"""Values to fill a store with: each made whole, with only what a test is about said by the test."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from lenskeep.base.identifiers import (
    AccountId,
    AdminId,
    CertificateId,
    CodeId,
    DeviceId,
    EnrollmentId,
    OperationId,
    TokenId,
)
from lenskeep.flows.ports import Conversed, Enrolled, Learned, Loaded, MessageKey, NewEnrollment
from lenskeep.flows.records import (
    Account,
    Actor,
    ActorKind,
    Admin,
    Audit,
    Certificate,
    Code,
    Enrollment,
    OperationRecord,
    Principal,
    PrincipalKind,
    TimelineEntry,
    Token,
)
from lenskeep.session.state import OperationChange, Session
from lenskeep.store import Store
from lenskeep.tree.identity import Identity
from lenskeep.tree.operation import OperationState, make_operation

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PRINCIPAL = Principal(PrincipalKind.ACCOUNT, "acc_0", "ada@example.org")


def after(seconds: float) -> datetime:
    """The moment so many seconds later than the beginning."""
    return NOW + timedelta(seconds=seconds)


def digest(text: str) -> bytes:
    """32 bytes that stand for this text."""
    return hashlib.sha256(text.encode()).digest()


def audit(action: str = "test.change", target: str = "", at: datetime = NOW) -> Audit:
    """An audit line by a person."""
    return Audit(at, Actor(ActorKind.ADMIN, "grace", "192.0.2.7"), action, target, {"why": "test"})


def account(number: int = 0, name: str = "ada@example.org") -> Account:
    """An enrollment account."""
    return Account(AccountId(f"acc_{number}"), name, "$argon2id$made-up", NOW)


def code(number: int = 0, uses: int = 1, minutes: int = 15) -> Code:
    """A short code that stands."""
    expires_at = after(60 * minutes)
    return Code(CodeId(f"cod_{number}"), digest(f"code {number}"), uses, uses, NOW, expires_at)


def admin(number: int = 0, name: str = "Grace") -> Admin:
    """A person."""
    return Admin(AdminId(f"adm_{number}"), name, "operator", "$argon2id$made-up", NOW)


def token(number: int = 0, name: str = "ci") -> Token:
    """A REST token."""
    return Token(TokenId(f"tok_{number}"), name, "read", digest(f"token {number}"), NOW)


def by_code(number: int = 0) -> Principal:
    """Who enrolled with this code."""
    return Principal(PrincipalKind.CODE, f"cod_{number}", "whoever")


@cache
def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def _der(number: int) -> bytes:
    """A certificate of nobody we know, another one for each number."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"headset {number}")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    made = made.public_key(_key().public_key()).serial_number(number + 1)
    made = made.not_valid_before(NOW).not_valid_after(after(365 * 86400))
    return made.sign(_key(), hashes.SHA256()).public_bytes(Encoding.DER)


def certificate(number: int) -> Certificate:
    """A device certificate; `number` makes it and its key different from all others."""
    return Certificate(
        id=CertificateId(f"crt_{number}"),
        serial=f"{number:040X}",
        sha256=digest(f"certificate {number}"),
        spki_sha256=digest(f"key {number}"),
        der=_der(number),
        not_before=NOW,
        not_after=after(365 * 86400),
    )


def new_enrollment(number: int, **changed: Any) -> NewEnrollment:
    """The enrollment of the headset with this number, on a record of its own."""
    enrollment = Enrollment(
        id=EnrollmentId(f"enr_{number}"),
        device_id=DeviceId(f"dev_{number}"),
        principal=PRINCIPAL,
        dev_id=f"{number:032X}",
        hw_dev_id=f"hw-{number}",
        kind="Full",
        created_at=after(number),
        context={"DeviceName": (f"HOLO-{number}",), "MAC": ("00-15-5D-00-00-01", "x")},
        auth_name=f"name-{number}",
        auth_secret="sealed:auth",
        server_secret="sealed:server",
        first_nonce="Zmlyc3Q=",
        server_nonce="c2VydmVy",
    )
    own = {name: changed.pop(name) for name in tuple(changed) if name in Enrollment.__slots__}
    new = NewEnrollment(
        enrollment=replace(enrollment, **own),
        certificate=certificate(number),
        provisioning="sealed:provisioning",
        device_name=f"HOLO-{number}",
        user="ada@example.org",
        os_version="10.0.22621.1244",
        existing_device=None,
        audit=audit("device.enroll", f"dev_{number}"),
    )
    return replace(new, **changed)


async def enrolled(store: Store, number: int, **changed: Any) -> NewEnrollment:
    """A headset enrolled by the account that enrolls everybody."""
    if await store.enrollments.account_by_name(PRINCIPAL.name) is None:
        await store.people.add_account(account(), audit())
    new = new_enrollment(number, **changed)
    assert await store.enrollments.enroll(new) is Enrolled.STORED
    return new


def key(message: int = 1, session: str = "1", body: str = "") -> MessageKey:
    """The key of a message."""
    return MessageKey(session, str(message), digest(f"{session}/{message}/{body}"))


_LEARNED = {"known", "known_count", "identity"}


def conversed(message: int = 1, session: str = "1", **changed: Any) -> Conversed:
    """What a message changed; its session began when `session` says, in minutes."""
    at = changed.pop("at", after(60 * int(session) + message))
    if _LEARNED & changed.keys():
        known, count = changed.pop("known", b""), changed.pop("known_count", 0)
        changed["learned"] = Learned(known, count, changed.pop("identity", Identity()))
    started_at = after(60 * int(session))
    change = Conversed(
        key=key(message, session),
        at=at,
        session=Session(session, str(message), started_at, messages=message),
        reply=f"<reply {session}/{message}>".encode(),
        changes=(),
        questions_asked_at=None,
        nonce="bmV4dA==",
        used_nonces=(),
        entries=(),
    )
    return replace(change, **changed)


def entry(kind: str, at: datetime = NOW, detail: Mapping[str, str] | None = None) -> TimelineEntry:
    """A line of a timeline."""
    return TimelineEntry(at, kind, detail or {}, "1", "1")


def operation(
    number: int, new: NewEnrollment, verb: str = "get", value: str | None = None
) -> OperationRecord:
    """A queued operation for this enrollment."""
    return OperationRecord(
        id=OperationId(f"op_{number}"),
        device_id=new.enrollment.device_id,
        enrollment_id=new.enrollment.id,
        operation=make_operation(verb, f"./Device/Vendor/MSFT/Node{number}", None, value),
        state=OperationState.QUEUED,
        created_at=after(number),
        actor="grace",
    )


async def queued(
    store: Store, new: NewEnrollment, numbers: Sequence[int], verb: str = "get"
) -> tuple[OperationRecord, ...]:
    """Operations with these numbers in the queue."""
    operations = tuple(operation(number, new, verb) for number in numbers)
    await store.fleet.queue_operations(operations, [audit("operation.queue")])
    return operations


def change(number: int, state: OperationState, **values: Any) -> OperationChange:
    """A new state of the operation with this number."""
    return OperationChange(OperationId(f"op_{number}"), state, **values)


async def load(store: Store, new: NewEnrollment, message: MessageKey | None = None) -> Loaded:
    """What is stored for the headset's certificate."""
    loaded = await store.conversations.load_by_certificate(
        new.certificate.sha256, message or key(99, "99")
    )
    assert loaded is not None
    return loaded


async def say(store: Store, new: NewEnrollment, message: int, **changed: Any) -> Conversed:
    """A message that was committed."""
    said = conversed(message, **changed)
    assert await store.conversations.commit_message(await load(store, new), said)
    return said
