"""A headset without wires: the virtual HoloLens's tree, talking to `manage` in this very process.

For what needs the clock moved, or many headsets. Its commands are carried out by the virtual
headset's own code; the messages around them are put together here.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tests.contract import world
from tests.flows.home import Home

from lenskeep.base.identifiers import DeviceId
from lenskeep.certificates.verify import fingerprint
from lenskeep.flows.device.identity import Proof
from lenskeep.flows.device.manage import manage
from lenskeep.tree.uri import node_key
from lenskeep.virtual.builds import find_profile
from lenskeep.virtual.session.commands import Done, Executor
from lenskeep.virtual.tree.book import rulebook
from lenskeep.virtual.tree.mirror import after_change
from lenskeep.virtual.tree.seed import AccountFacts, Hardware, seeds
from lenskeep.virtual.tree.store import Tree
from lenskeep.virtual.tree.verbs import Circumstances
from lenskeep.wire.syncml.model import (
    Alert,
    BodyPart,
    Group,
    Header,
    Item,
    Message,
    Meta,
    Request,
    Status,
)
from lenskeep.wire.syncml.read import read_message
from lenskeep.wire.syncml.write import write_message

SERVER: Final = "https://localhost/ManagementServer/MDM.svc"
MOST: Final = 40
"""Messages of a session before a test gives up."""


@dataclass
class Wearer:
    """A headset and its wearer."""

    home: Home
    device: DeviceId
    dev_id: str
    der: bytes
    tree: Tree
    session: int = 0
    failing: dict[str, int] = field(default_factory=dict)
    lose: Iterator[bool] | None = None
    """Says, message by message, whether the server's answer is lost on its way."""

    def value(self, uri: str) -> str | None:
        """Return what the tree holds."""
        return self.tree.value(uri)

    def tamper(self, uri: str, value: str | None) -> None:
        """Change a value behind the server's back."""
        rule = self.tree.book.find(uri)
        assert rule is not None
        if value is None:
            self.tree.remove(uri)
        else:
            self.tree.put(uri, rule.format, value)
        after_change(self.tree, uri)

    async def sync(self, user: str = "user") -> list[Done]:
        """Have one session; return what was carried out in it."""
        self.session += 1
        done: list[Done] = []
        parts: tuple[BodyPart, ...] = (
            Alert("2", 1201),
            Alert("3", 1224, (Item(meta=Meta(type="com.microsoft/MDM/LoginStatus"), data=user),)),
        )
        for number in range(1, MOST):
            body = self.write(number, parts)
            reply = await self.say(body)
            if self.lose is not None and next(self.lose):
                again = await self.say(body)
                assert again == reply, "the same bytes have to get the same answer"
            if not reply:
                return done
            parts = self.obey(read_message(reply), user, done)
            if not parts:
                return done
        raise AssertionError("the session does not end")

    def write(self, number: int, parts: tuple[BodyPart, ...]) -> bytes:
        """Return the bytes of a message."""
        header = Header(str(self.session), str(number), SERVER, self.dev_id)
        return write_message(Message(header, parts))

    async def say(self, body: bytes) -> bytes:
        """Return the answer to these bytes."""
        answered = await manage(self.home.house, Proof(self.der), body)
        assert answered.outcome != "refused", answered.reason
        return answered.body

    def obey(self, reply: Message, user: str, done: list[Done]) -> tuple[BodyPart, ...]:
        """Carry out what the server asks; nothing when it asks nothing."""
        commands = tuple(each for each in reply.body if isinstance(each, Request | Group | Alert))
        if not commands:
            return ()
        around = Circumstances(
            user_present=user == "user",
            local_time="2026-03-02T09:30:00+00:00",
            provider="Lenskeep",
            failing={node_key(uri): code for uri, code in self.failing.items()},
        )
        execution = Executor(self.tree, around).carry_out(commands, reply.header.msg_id, 2)
        done += execution.done
        return (Status("1", reply.header.msg_id, "0", "SyncHdr", 200), *execution.parts)


async def wearing(home: Home, number: int, build: str = "HL2-22621.1244", **changed: Any) -> Wearer:
    """Return an enrolled headset of this build; `changed` of its enrollment."""
    made = world.certificate(number)
    certificate = replace(made, sha256=fingerprint(made.der))
    new = await world.enrolled(home.store, number, certificate=certificate, **changed)
    home.enrolled[new.enrollment.device_id] = new
    der = new.certificate.der
    hardware = Hardware(
        hashlib.sha256(b"%d" % number).hexdigest(),
        "02-00-5E-00-53-01",
        f"{number:012d}",
        f"HOLOLENS-{number}",
    )
    dev_id = new.enrollment.dev_id
    account = AccountFacts("Lenskeep", "Lenskeep", SERVER, dev_id)
    profile = find_profile(build)
    tree = Tree(rulebook(profile), seeds(profile, hardware, account))
    return Wearer(home, new.enrollment.device_id, dev_id, der, tree)


def asked(done: list[Done], *verbs: str) -> list[str]:
    """Return the LocURIs that commands of these verbs were about."""
    return [each.uri for each in done if each.verb in verbs]
