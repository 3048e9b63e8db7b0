"""A conversation: SyncML messages one after the other, as the session engine takes them.

The input is a row of messages; a comment `<!--next-->` stands between them. Whatever a headset
says, what we answer has the exact order, is read by our own reader, and the session that is kept
survives being stored.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from tests.fuzz.harness import Target, attempt, demand, same
from tests.fuzz.mutators import markup

from lenskeep.base.identifiers import OperationId
from lenskeep.session.engine import converse
from lenskeep.session.state import Open, OperationChange, Standing
from lenskeep.session.stored import dump_session, load_session
from lenskeep.tree.operation import OperationState, make_operation
from lenskeep.virtual.session.checks import Own, check_message
from lenskeep.virtual.trouble import Breach
from lenskeep.wire.errors import BadMessage
from lenskeep.wire.syncml.order import order_breaches
from lenskeep.wire.syncml.read import read_message

NEXT: Final = b"<!--next-->"
_MOST: Final = 8
_NOW: Final = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
_DEVICE: Final = "8A25C6D1F0B94E3E9D7C1B2A3F4E5D6C"
_URL: Final = "https://mdm.example.org/ManagementServer/MDM.svc"
_ASKED: Final = (
    ("get", "./DevInfo/Mod", None, None),
    ("replace", "./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera", "int", "0"),
    ("add", "./Vendor/MSFT/WiFi/Profile/Ward/WlanXml", "chr", "<WLANProfile/>" * 400),
    ("get", "./Vendor/MSFT/DeviceManageability?list=StructData", None, None),
    ("exec", "./Vendor/MSFT/Reboot/RebootNow", "null", None),
    ("delete", "./Vendor/MSFT/WiFi/Profile/Old", None, None),
)


def run(data: bytes) -> None:
    """Hold a conversation with whoever says this."""
    standing = Standing(_DEVICE, _URL, None, _opening(), questions=("./DevDetail/SwV",))
    for number, body in enumerate(data.split(NEXT)[:_MOST]):
        message = attempt(BadMessage, read_message, body)
        if message is None:
            continue
        attempt(Breach, check_message, body, Own(message, _DEVICE))
        turn = converse(standing, message, _NOW + timedelta(seconds=number))
        if turn.reply:
            same((), order_breaches(turn.reply), "we keep the exact order")
            reply = read_message(turn.reply)
            demand(reply.header.source == _URL, "we answer for ourselves")
        _are_settled(standing.open, turn.changes)
        same(turn.session, load_session(dump_session(turn.session)), "a session survives storing")
        standing = replace(standing, session=turn.session, open=_open(standing.open, turn.changes))


def _opening() -> tuple[Open, ...]:
    queued = OperationState.QUEUED
    return tuple(
        Open(OperationId(f"op_{n}"), make_operation(*each), queued, atomic="a" if n < 2 else "")
        for n, each in enumerate(_ASKED)
    )


def _are_settled(opened: tuple[Open, ...], changes: tuple[OperationChange, ...]) -> None:
    """What is over stays over, and nothing is told of what nobody asked."""
    demand({each.id for each in changes} <= {each.id for each in opened}, "only what was asked")
    ids = [each.id for each in changes if not each.state.is_open]
    demand(len(set(ids)) == len(ids), "each is settled once")


def _open(opened: tuple[Open, ...], changes: tuple[OperationChange, ...]) -> tuple[Open, ...]:
    after = {each.id: each for each in changes}
    moved = [
        replace(
            each,
            state=after[each.id].state if each.id in after else each.state,
            deliveries=(after[each.id].deliveries if each.id in after else None) or each.deliveries,
        )
        for each in opened
    ]
    return tuple(each for each in moved if each.state.is_open)


TARGET: Final = Target(
    name="session",
    covers=(
        "lenskeep.session.engine:converse",
        "lenskeep.session.stored:load_session",
        "lenskeep.virtual.session.checks:check_message",
    ),
    run=run,
    mutate=markup.mutate,
    max_bytes=1 << 18,
    slow=3.0,
)
