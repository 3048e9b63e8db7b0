"""A headset that misbehaves on purpose: its answers are twisted before they go out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from tests.flows.device.wearer import MOST, Wearer, wearing
from tests.flows.home import Home

from lenskeep.tree.uri import node_key
from lenskeep.virtual.session.commands import Done, Executor
from lenskeep.virtual.tree.verbs import Circumstances
from lenskeep.wire.syncml.model import (
    Alert,
    BodyPart,
    Group,
    Item,
    Message,
    Meta,
    Request,
    Results,
    Status,
)
from lenskeep.wire.syncml.read import read_message

Twist = Callable[["Rude", Message, list[BodyPart]], list[BodyPart]]
"""Makes other answers of the right ones."""

LOGIN: Final = "com.microsoft/MDM/LoginStatus"


@dataclass
class Rude(Wearer):
    """A headset whose answers a test twists; it counts what it was sent and what that cost."""

    twist: Twist | None = None
    lies: set[str] = field(default_factory=set)
    """Comparison keys of nodes that say 200 to every command and stay as they were."""
    between: Callable[[int], object] | None = None
    """Awaited with each message's number, before the message goes out."""
    replies: list[bytes] = field(default_factory=list)
    messages: int = 0

    async def say(self, body: bytes) -> bytes:
        """Return the answer to these bytes, counted."""
        self.home.clock.advance(milliseconds=20)
        answer = await super().say(body)
        self.messages += 1
        self.replies.append(answer)
        return answer

    def obey(self, reply: Message, user: str, done: list[Done]) -> tuple[BodyPart, ...]:
        """Carry out what is asked, lie, and twist the answers."""
        commands = tuple(each for each in reply.body if isinstance(each, Request | Group | Alert))
        if not commands:
            return ()
        around = Circumstances(
            user_present=user == "user",
            local_time="2026-03-02T09:30:00+00:00",
            provider="Lenskeep",
            failing={node_key(uri): code for uri, code in self.failing.items()},
        )
        before = {key: self.tree.find(key) for key in self.lies}
        execution = Executor(self.tree, around).carry_out(commands, reply.header.msg_id, 2)
        for key, node in before.items():
            self.tamper(key, node.value if node is not None else None)
        done += execution.done
        parts = list(execution.parts)
        if self.twist is not None:
            parts = [
                replace(each, cmd_id=str(number))
                for number, each in enumerate(self.twist(self, reply, parts), 2)
            ]
        return (Status("1", reply.header.msg_id, "0", "SyncHdr", 200), *parts)

    async def sync(self, user: str = "user", most: int = MOST) -> list[Done]:
        """Have one session of at most so many messages; return what was carried out in it."""
        self.session += 1
        done: list[Done] = []
        login = Alert("3", 1224, (Item(meta=Meta(type=LOGIN), data=user),))
        parts: tuple[BodyPart, ...] = (Alert("2", 1201), login)
        for number in range(1, most):
            if self.between is not None:
                await self.between(number)  # type: ignore[misc]
            reply = await self.say(self.write(number, parts))
            if not reply:
                return done
            parts = self.obey(read_message(reply), user, done)
            if not parts:
                return done
        raise AssertionError("the session does not end")


async def rude(home: Home, number: int = 1, build: str = "HL2-22621.1244") -> Rude:
    """Return an enrolled headset without manners."""
    made = await wearing(home, number, build)
    return Rude(made.home, made.device, made.dev_id, made.der, made.tree)


def items_of(parts: Iterable[BodyPart]) -> list[tuple[Results, Item]]:
    """Return the values in the answers, with what they came in."""
    return [(each, item) for each in parts if isinstance(each, Results) for item in each.items]


def retold(part: BodyPart, change: Callable[[Item], Item]) -> BodyPart:
    """Return the answer with every value in it changed; anything else as it is."""
    if not isinstance(part, Results):
        return part
    return replace(part, items=tuple(change(each) for each in part.items))
