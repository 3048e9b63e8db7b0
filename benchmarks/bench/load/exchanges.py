"""What is said in each row, prepared: the requests that the load sends, the replies of the floor.

A session is had once, in this process, with a device of the fleet, and its bytes kept; the device's
name and the session's number are put in anew for everybody who says the same. Nothing else in
these messages differs from one device to another.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from benchmarks.bench.fleet.headset import PROFILE, Headset
from benchmarks.bench.fleet.papers import many_keys
from benchmarks.bench.fleet.pattern import PASSWORD, USER, Pattern, certificate_of
from benchmarks.bench.fleet.seeding import Member
from benchmarks.bench.load.client import DEVICE, SESSION
from cryptography.hazmat.primitives.asymmetric import rsa

from lenskeep.base.identifiers import DeviceId, EnrollmentId, OperationId
from lenskeep.flows.device.enrolling.headers import ENROLLMENT_PATH, POLICY_PATH
from lenskeep.flows.device.identity import Proof
from lenskeep.flows.device.manage import MANAGEMENT_PATH, manage
from lenskeep.flows.house import House
from lenskeep.flows.records import OperationRecord
from lenskeep.tree.operation import OperationState, make_operation
from lenskeep.virtual.enrollment import steps
from lenskeep.virtual.enrollment.certificate_request import (
    SHA_256,
    Style,
    Wish,
    certificate_request,
)
from lenskeep.virtual.enrollment.passage import Passage
from lenskeep.virtual.enrollment.proof import by_password
from lenskeep.virtual.enrollment.ways import Entrance
from lenskeep.virtual.tree.seed import Hardware
from lenskeep.wire.soap import CONTENT_TYPE as SOAP_TYPE
from lenskeep.wire.syncml.write import CONTENT_TYPE as SYNCML_TYPE

OPERATIONS: Final = 10
"""Of the busy session: eight values set, two read."""
IDLE: Final = "mode=Maintenance&Platform=WoA"
BUSY: Final = "mode=Machine&Platform=WoA"
"""The query that Windows appends; the floor tells its replies apart by it."""
_NODE: Final = "./Device/Vendor/MSFT/DiagnosticLog/Policy/Channels/Busy{}/MaximumFileSize"
_READ: Final = ("./DevDetail/SwV", "./DevDetail/FwV")
_MARK: Final = "7E57"
"""The session's number while it is recorded."""
_SYNCML_AGENT: Final = "MSFT OMA DM Client/1.2.0.1"
_MOST_MESSAGES: Final = 20

Request = dict[str, str]
"""Path, content type, user agent, body."""


@dataclass
class Exchanges:
    """What the load says, and what the floor answers."""

    talks: dict[str, list[Request]] = field(default_factory=dict)
    replies: dict[str, bytes] = field(default_factory=dict)

    def add(self, talk: str, query: str, said: Sequence[bytes], heard: Sequence[bytes]) -> None:
        """Keep a recorded session."""
        self.talks[talk] = [
            {
                "path": f"{MANAGEMENT_PATH}?{query}",
                "type": SYNCML_TYPE,
                "agent": _SYNCML_AGENT,
                "body": body.decode("utf-8"),
            }
            for body in said
        ]
        for number, reply in enumerate(heard, start=1):
            self.replies[f"{query} {number}"] = reply


async def recorded(house: House, pattern: Pattern, member: Member) -> Exchanges:
    """Return the idle and the busy session, had with this member."""
    own = pattern.headset
    headset = Headset(member.dev_id, own.address, own.hardware, dict(own.nodes))
    found = Exchanges()
    await _session(house, headset, member, "7E55")  # what is new is told
    found.add("idle", IDLE, *await _session(house, headset, member, _MARK))
    await queue_busy(house, [member])
    found.add("busy", BUSY, *await _session(house, headset, member, _MARK[::-1]))
    return found


async def _session(
    house: House, headset: Headset, member: Member, session: str
) -> tuple[list[bytes], list[bytes]]:
    said: list[bytes] = []
    heard: list[bytes] = []
    body = headset.opening(session)
    while body:
        assert len(said) < _MOST_MESSAGES, "the session does not end"
        answered = await manage(house, Proof(certificate_of(member.number)), body)
        assert answered.outcome == "answered", answered.reason
        said.append(_open(body, session, member.dev_id))
        heard.append(answered.body)
        body = headset.answers(session, len(said) + 1, answered.body)
    return said, heard


def _open(body: bytes, session: str, dev_id: str) -> bytes:
    """Put the marks in for what differs."""
    text = body.replace(dev_id.encode("ascii"), DEVICE.encode("ascii"))
    return text.replace(f"<SessionID>{session}<".encode(), f"<SessionID>{SESSION}<".encode())


async def queue_busy(house: House, members: Sequence[Member]) -> None:
    """Queue the operations of a busy session for these devices."""
    wishes = [make_operation("replace", _NODE.format(n), "int", "2") for n in range(8)]
    wishes += [make_operation("get", uri) for uri in _READ]
    now, records = house.clock.now(), []
    for member in members:
        for wish in wishes:
            record = OperationRecord(
                OperationId(house.ids.new("op")),
                DeviceId(member.device),
                EnrollmentId(member.enrollment),
                wish,
                OperationState.QUEUED,
                now,
                "benchmark",
            )
            records.append(record)
    await house.fleet.queue_operations(records, ())


# --- enrollments --------------------------------------------------------------------------


def strangers(url: str, count: int, tell: Callable[[str], None]) -> list[list[Request]]:
    """Return the three requests of so many headsets that enroll, each with a key of its own."""
    tell(f"keys and requests of {count} enrollments")
    proof = by_password(USER, PASSWORD)
    discovery = steps.discovery_url(url)
    passage = Passage(Entrance.LOCAL, url, USER, user=USER, password=proof)
    first = _soap(
        steps.DISCOVERY_PATH, steps.discover_message(PROFILE, discovery, USER, passage.offers)
    )
    second = _soap(POLICY_PATH, steps.policies_message(url + POLICY_PATH, proof))
    found = []
    for number, key in enumerate(many_keys(count)):
        asked = _asked(number, key, passage)
        last = steps.token_message(url + ENROLLMENT_PATH, proof, asked)
        found.append([first, second, _soap(ENROLLMENT_PATH, last)])
    return found


def _asked(number: int, key: rsa.RSAPrivateKey, passage: Passage) -> steps.TokenRequest:
    name = f"{uuid.UUID(int=1 << 127 | number)}"
    wish = Wish(name, name.replace("-", "").upper(), SHA_256, Style.WINDOWS_11)
    hardware = Hardware(
        f"{1 << 255 | number:064X}", "00-00-5E-00-53-01", f"{number:012}", f"NEW-{number:06}"
    )
    request = certificate_request(key, wish)
    return steps.TokenRequest(request, wish.device_id, PROFILE, hardware, passage)


def _soap(path: str, body: bytes) -> Request:
    return {
        "path": path,
        "type": SOAP_TYPE,
        "agent": steps.USER_AGENT,
        "body": body.decode("utf-8"),
    }
