"""One device that was managed in earnest, as the rows it left: what a fleet is copied from.

It comes in through `flows`, tells of itself, takes a profile, verifies every setting of it and
then checks in with nothing to do. Nothing of what is stored of it was made up.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Any, Final

from benchmarks.bench.fleet.headset import PROFILE, Headset
from sqlalchemy import ColumnElement, Table, bindparam, select

from lenskeep.access import Caller, CallerKind, Role
from lenskeep.base.identifiers import AccountId, CertificateId, DeviceId, EnrollmentId
from lenskeep.base.secret import Secret
from lenskeep.desired.applies import DeviceFacts, Verdict, applies
from lenskeep.desired.profile import ProfileBody, ProfileSetting
from lenskeep.desired.standing import SettingState
from lenskeep.desired.validate.values import fitting
from lenskeep.enrollment.lifecycle import normalize_dev_id
from lenskeep.flows.desired.assigning import assign
from lenskeep.flows.desired.profiles import Draft, create_profile
from lenskeep.flows.desired.rolling import device_settings
from lenskeep.flows.device.identity import Proof
from lenskeep.flows.device.manage import MANAGEMENT_PATH, manage
from lenskeep.flows.house import House
from lenskeep.flows.mandate import ALL_DEVICES
from lenskeep.flows.ports import Enrolled, NewEnrollment
from lenskeep.flows.records import (
    Account,
    Actor,
    ActorKind,
    Audit,
    Certificate,
    Enrollment,
    Principal,
    PrincipalKind,
)
from lenskeep.store import schema
from lenskeep.store.sql import Executor, Query, Rows, Work, stored_columns
from lenskeep.tree.catalog.allowed import Kind
from lenskeep.tree.catalog.load import Catalog
from lenskeep.tree.catalog.record import Record
from lenskeep.tree.value import Format
from lenskeep.virtual.tree.seed import Hardware

USER: Final = "ada@example.org"
PASSWORD: Final = "correct horse battery"  # noqa: S105 - of nobody
WHO: Final = Caller(CallerKind.CONSOLE, "benchmark", Role.ADMIN)
_CONFIG: Final = "./Device/Vendor/MSFT/Policy/Config/"
_FACTS: Final = DeviceFacts("HoloLens 2", PROFILE.edition, f"{PROFILE.build}.{PROFILE.revision}")
_CHANNEL: Final = "./Device/Vendor/MSFT/DiagnosticLog/Policy/Channels/Log{:04}/MaximumFileSize"
"""What is wanted beyond the plain policies of the catalog: the size of so many event logs."""
_DER_BYTES: Final = 1150
"""Octets of a device certificate of ours."""
_MOST_SESSIONS: Final = 12
_MOST_MESSAGES: Final = 200


@dataclass(frozen=True, slots=True)
class Pattern:
    """The rows of one managed device by table, and what it says when nothing is to be done."""

    device: DeviceId
    enrollment: EnrollmentId
    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    headset: Headset


def settings(catalog: Catalog, count: int) -> ProfileBody:
    """Return a profile's body of this many settings: plain policies, then event logs."""
    records = (catalog.record(number) for number in range(len(catalog)))
    plain = [
        ProfileSetting(each.uri, each.default, acknowledged=True)
        for each in islice((each for each in records if _is_plain(each)), count)
    ]
    more = [
        ProfileSetting(_CHANNEL.format(number), "1", Format.INT, acknowledged=True)
        for number in range(count - len(plain))
    ]
    return ProfileBody((*plain, *more))


def _is_plain(record: Record) -> bool:
    """Return whether it is a number with a default that this headset has and takes."""
    is_number = record.format is Format.INT and record.allowed.kind in (Kind.ENUM, Kind.RANGE)
    if not is_number or record.default is None or not record.uri.startswith(_CONFIG):
        return False
    there = applies(record, _FACTS).verdict is Verdict.YES
    return there and not fitting(record.allowed, record.format, record.default)[1]


# --- a device that is managed -------------------------------------------------------------


async def managed(house: House, executor: Executor, count: int) -> Pattern:
    """Put one device under management, with so many settings verified; return its rows."""
    draft = Draft(f"{count} settings", "", settings(house.catalog(), count))
    made = await create_profile(house, WHO, draft)
    await assign(house, WHO, made.profile.id, ALL_DEVICES)
    enrollment, der = await _enrolled(house)
    hardware = Hardware("0" * 64, "00-00-5E-00-53-00", "000000000000", "HOLO-000000")
    headset = Headset(enrollment.dev_id, house.settings.url(MANAGEMENT_PATH), hardware)
    for number in range(1, _MOST_SESSIONS):
        if await converse(house, headset, der, f"{number:04X}") == 1:
            break
    shown = await device_settings(house, WHO, enrollment.device_id)
    wrong = [each.text for each in shown.settings if each.state is not SettingState.VERIFIED]
    assert not wrong, wrong[:5]
    rows = await executor.read(partial(_rows_of, enrollment.device_id, enrollment.id))
    return Pattern(enrollment.device_id, enrollment.id, rows, headset)


async def converse(house: House, headset: Headset, der: bytes, session: str) -> int:
    """Run one session in this process; return how many messages it took."""
    body, number = headset.opening(session), 1
    while True:
        answered = await manage(house, Proof(der), body)
        assert answered.outcome == "answered", answered.reason
        body = headset.answers(session, number + 1, answered.body)
        if not body:
            return number
        number += 1
        assert number < _MOST_MESSAGES, "the session does not end"


async def _enrolled(house: House) -> tuple[Enrollment, bytes]:
    now = house.clock.now()
    der = certificate_of(0)
    enrollment = Enrollment(
        id=EnrollmentId(house.ids.new("enr")),
        device_id=DeviceId(house.ids.new("dev")),
        principal=Principal(PrincipalKind.ACCOUNT, "acc_0", USER),
        dev_id=dev_id_of(0),
        hw_dev_id="0" * 64,
        kind="Full",
        created_at=now,
        context={"OSEdition": ("136",), "DeviceName": ("HOLO-000000",), "Locale": ("en-US",)},
        auth_name="name-0",
        auth_secret=house.keyring.seal("benchmark", b"0" * 32),
        server_secret=house.keyring.seal("benchmark", b"0" * 32),
        first_nonce="Zmlyc3Q=",
        server_nonce="c2VydmVy",
    )
    audit = Audit(now, Actor(ActorKind.ADMIN, "benchmark"), "device.enroll", "", {})
    hashed = await house.tools.hasher.hash(Secret(PASSWORD))
    account = Account(AccountId("acc_0"), USER, hashed, now)
    await house.people.add_account(account, audit)
    new = NewEnrollment(
        enrollment=enrollment,
        certificate=_certificate(house, der),
        provisioning=house.keyring.seal("benchmark", b"0" * 9000),
        device_name="HOLO-000000",
        user=USER,
        os_version=PROFILE.os_version,
        existing_device=None,
        audit=audit,
    )
    assert await house.enrollments.enroll(new) is Enrolled.STORED
    return enrollment, der


def _certificate(house: House, der: bytes) -> Certificate:
    now = house.clock.now()
    return Certificate(
        CertificateId(house.ids.new("crt")),
        f"{0:032X}",
        hashlib.sha256(der).digest(),
        hashlib.sha256(b"key" + der).digest(),
        der,
        now - timedelta(days=1),
        now + timedelta(days=365),
    )


def certificate_of(number: int) -> bytes:
    """Return what stands for the certificate of a device that nobody connects with."""
    return b"%0*d" % (_DER_BYTES, number)


def dev_id_of(number: int) -> str:
    """Return the name by which this device calls itself."""
    return normalize_dev_id(f"{number:032X}")


# --- its rows -----------------------------------------------------------------------------

OF_DEVICE: Final = (schema.progress, schema.timeline, schema.enrollment)
OF_ENROLLMENT: Final = (
    *(schema.conversation, schema.known, schema.certificate),
    *(schema.standing, schema.reply),
)


def _rows_of(
    device: DeviceId, enrollment: EnrollmentId
) -> Work[dict[str, list[Mapping[str, Any]]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    own: list[tuple[Table, ColumnElement[Any], str]]
    own = [(schema.device, schema.device.c.id, device)]
    own += [(each, each.c.device_id, device) for each in OF_DEVICE]
    own += [(each, each.c.enrollment_id, enrollment) for each in OF_ENROLLMENT]
    for table, column, wanted in own:
        rows = yield _all_of(table, column)(wanted=wanted)
        found[table.name] = _plain(table, rows)
    return found


def _all_of(table: Table, column: ColumnElement[Any]) -> Query:
    return Query(select(table).where(column == bindparam("wanted")))


def _plain(table: Table, rows: Rows) -> list[Mapping[str, Any]]:
    names = [each.name for each in stored_columns(table)]
    return [{name: row[name] for name in names} for row in rows]
