"""An idle check-in: what it costs does not follow how many settings are wanted.

Ours: `flows.device.manage.manage` on a real data folder, with the two alerts of a headset that
begins a session and has nothing to tell, of devices with 0, 10 and 100 wanted settings that were
all verified before. Baseline, in turn in the same process: the device with none. A busy check-in
is a session of the device with 100 in which all of them are due to be read again, told per
message. The ratios are what counts; the times are this machine's.

    python benchmarks/idle_check_in.py
"""

import asyncio
import hashlib
import re
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from lenskeep.access import Caller, CallerKind, Role
from lenskeep.app import initialize, open_house
from lenskeep.base.identifiers import AccountId, CertificateId, DeviceId, EnrollmentId
from lenskeep.desired.applies import DeviceFacts, Verdict, applies
from lenskeep.desired.profile import ProfileBody, ProfileSetting
from lenskeep.desired.standing import SettingState
from lenskeep.desired.validate.values import fitting
from lenskeep.flows.desired.assigning import assign
from lenskeep.flows.desired.groups import create_group
from lenskeep.flows.desired.profiles import Draft, create_profile
from lenskeep.flows.desired.rolling import device_settings
from lenskeep.flows.device.identity import Proof
from lenskeep.flows.device.manage import manage
from lenskeep.flows.house import House
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
from lenskeep.tree.catalog.allowed import Kind
from lenskeep.tree.catalog.load import Catalog
from lenskeep.tree.catalog.record import Record
from lenskeep.tree.value import Format

SIZES = (0, 10, 100)
"""Wanted settings of the devices."""
ROUNDS = 300
BUSY_ROUNDS = 7
WHO = Caller(CallerKind.CONSOLE, "benchmark", Role.ADMIN)
CONFIG = "./Device/Vendor/MSFT/Policy/Config/"
BUILD = "10.0.22621.1244"
HEADSET = DeviceFacts("HoloLens 2", 136, "22621.1244")
_GET = re.compile(rb"<Get>.*?</Get>", re.DOTALL)
_ID = re.compile(rb"<CmdID>(\d+)</CmdID>")
_URI = re.compile(rb"<LocURI>([^<]*)</LocURI>")
_SET = re.compile(rb"<Replace><CmdID>(\d+)</CmdID>.*?<LocURI>([^<]*)</LocURI>.*?<Data>([^<]*)<")


class SetClock:
    """A clock that is moved."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """Return the moment, later each time."""
        self.moment += timedelta(microseconds=1)
        return self.moment


@dataclass
class Device:
    """A headset of few words."""

    id: DeviceId
    name: str
    der: bytes
    nodes: dict[bytes, bytes]
    session: int = 0

    def message(self, number: int, body: bytes) -> bytes:
        """Return the bytes of a message."""
        return (
            '<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2'
            f"</VerProto><SessionID>{self.session}</SessionID><MsgID>{number}</MsgID><Target>"
            "<LocURI>https://mdm.example/ManagementServer/MDM.svc</LocURI></Target><Source>"
            f"<LocURI>{self.name}</LocURI></Source></SyncHdr><SyncBody>"
        ).encode() + body + b"<Final/></SyncBody></SyncML>"  # fmt: skip

    def opening(self) -> bytes:
        """Begin a session."""
        self.session += 1
        return self.message(
            1,
            b"<Alert><CmdID>2</CmdID><Data>1201</Data></Alert><Alert><CmdID>3</CmdID><Data>1224"
            b'</Data><Item><Meta><Type xmlns="syncml:metinf">com.microsoft/MDM/LoginStatus</Type>'
            b"</Meta><Data>user</Data></Item></Alert>",
        )

    def answers(self, number: int, reply: bytes) -> bytes:
        """Return what is answered to a reply; nothing where it asks nothing."""
        parts = []
        for get in _GET.findall(reply):
            uris, ref = _URI.findall(get), _ID.findall(get)[0]
            parts += [
                _status(number, ref, b"Get", 200 if u in self.nodes else 404, u) for u in uris
            ]
            parts.append(_results(number, ref, {u: self.nodes[u] for u in uris if u in self.nodes}))
        for ref, uri, value in _SET.findall(reply):
            self.nodes[uri] = self.nodes[uri.replace(b"/Config/", b"/Result/")] = value
            parts.append(_status(number, ref, b"Replace", 200, uri))
        if not parts:
            return b""
        return self.message(number + 1, _status(number, b"0", b"SyncHdr", 200) + b"".join(parts))


def _status(number: int, ref: bytes, verb: bytes, code: int, uri: bytes = b"") -> bytes:
    target = b"<TargetRef>%b</TargetRef>" % uri if uri else b""
    return (
        b"<Status><CmdID>%d</CmdID><MsgRef>%d</MsgRef><CmdRef>%b</CmdRef><Cmd>%b</Cmd>%b"
        b"<Data>%d</Data></Status>" % (_next(), number, ref, verb, target, code)
    )


def _results(number: int, ref: bytes, values: dict[bytes, bytes]) -> bytes:
    items = b"".join(
        b"<Item><Source><LocURI>%b</LocURI></Source><Data>%b</Data></Item>" % pair
        for pair in values.items()
    )
    if not items:
        return b""
    return b"<Results><CmdID>%d</CmdID><MsgRef>%d</MsgRef><CmdRef>%b</CmdRef>%b</Results>" % (
        _next(),
        number,
        ref,
        items,
    )


_numbers = iter(range(10, 10**9))


def _next() -> int:
    return next(_numbers)


async def enrolled(house: House, number: int) -> Device:
    """Put a device under management, without the ceremony."""
    now = house.clock.now()
    der = b"certificate %d" % number
    certificate = Certificate(
        CertificateId(f"crt_{number}"),
        f"{number:040X}",
        hashlib.sha256(der).digest(),
        hashlib.sha256(b"key" + der).digest(),
        der,
        now - timedelta(days=1),
        now + timedelta(days=365),
    )
    enrollment = Enrollment(
        id=EnrollmentId(f"enr_{number}"),
        device_id=DeviceId(f"dev_{number}"),
        principal=Principal(PrincipalKind.ACCOUNT, "acc_0", "ada@example.org"),
        dev_id=f"{number:032X}",
        hw_dev_id=f"hw-{number}",
        kind="Full",
        created_at=now,
        context={},
        auth_name=f"name-{number}",
        auth_secret="",
        server_secret="",
        first_nonce="Zmlyc3Q=",
        server_nonce="c2VydmVy",
    )
    actor = Actor(ActorKind.ADMIN, "benchmark", "")
    audit = Audit(now, actor, "device.enroll", enrollment.device_id, {})
    if number == 0:
        await house.people.add_account(
            Account(AccountId("acc_0"), "ada@example.org", "", now), audit
        )
    new = NewEnrollment(
        enrollment, certificate, "", f"HOLO-{number}", "ada@example.org", BUILD, None, audit
    )
    assert await house.enrollments.enroll(new) is Enrolled.STORED
    nodes = {b"./DevDetail/SwV": BUILD.encode()}
    return Device(enrollment.device_id, enrollment.dev_id, der, nodes)


def settings(catalog: Catalog, count: int) -> ProfileBody:
    """Return a profile's body of this many numbers."""
    records = (catalog.record(number) for number in range(len(catalog)))
    fit = (each for each in records if _is_plain(each))
    rows = (
        ProfileSetting(each.uri, each.default, acknowledged=True) for each in islice(fit, count)
    )
    return ProfileBody(tuple(rows))


def _is_plain(record: Record) -> bool:
    """Return whether it is a number with a default that this headset has and takes."""
    is_number = record.format is Format.INT and record.allowed.kind in (Kind.ENUM, Kind.RANGE)
    if not is_number or record.default is None or not record.uri.startswith(CONFIG):
        return False
    return (
        applies(record, HEADSET).verdict is Verdict.YES
        and not (fitting(record.allowed, record.format, record.default)[1])
    )


async def session(house: House, device: Device) -> tuple[float, int]:
    """Return the milliseconds that the server worked in a session, and its messages."""
    body, spent, number = device.opening(), 0.0, 1
    while body:
        started = time.perf_counter()
        answered = await manage(house, Proof(device.der), body)
        spent += time.perf_counter() - started
        assert answered.outcome == "answered", answered.reason
        body = device.answers(number, answered.body)
        number += 1
    return spent * 1e3, number - 1


async def prepare(house: House, catalog: Catalog, number: int, count: int) -> Device:
    """Return a device of which so many settings are wanted, all verified."""
    device = await enrolled(house, number)
    await session(house, device)
    if count:
        draft = Draft(f"{count} settings", "", settings(catalog, count))
        made = await create_profile(house, WHO, draft)
        group = await create_group(house, WHO, f"with {count}", devices=[device.id])
        await assign(house, WHO, made.profile.id, group.id)
    for _ in range(4):
        await session(house, device)
    shown = await device_settings(house, WHO, device.id)
    ready = [each.state is SettingState.VERIFIED for each in shown.settings]
    assert sum(ready) == count, [each.text for each in shown.settings]
    return device


async def main() -> int:
    """Print times and ratios."""
    with tempfile.TemporaryDirectory() as folder:
        initialize(Path(folder) / "data")
        async with open_house(Path(folder) / "data") as opened:
            clock = SetClock(opened.clock.now())
            house = replace(opened, tools=replace(opened.tools, clock=clock))
            catalog = house.catalog()
            devices = [await prepare(house, catalog, n, size) for n, size in enumerate(SIZES)]
            idle: list[list[float]] = [[] for _ in SIZES]
            for _ in range(ROUNDS):
                for times, device in zip(idle, devices, strict=True):
                    spent, messages = await session(house, device)
                    assert messages == 1, "it is not idle"
                    times.append(spent)
            busy = []
            for _ in range(BUSY_ROUNDS):
                clock.moment += timedelta(hours=25)
                spent, messages = await session(house, devices[-1])
                busy.append(spent / messages)
    base = statistics.median(idle[0])
    print(f"an idle check-in, all verified; median of {ROUNDS} rounds")
    for size, times in zip(SIZES, idle, strict=True):
        middle = statistics.median(times)
        print(f"{size:4} settings   {middle:6.2f} ms   ratio {middle / base:.2f}")
    middle = statistics.median(busy)
    print(f"a message of a session that reads all {SIZES[-1]} again: {middle:.2f} ms, "
          f"ratio {middle / base:.1f}")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
