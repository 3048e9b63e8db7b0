"""What the double does as a whole: it enrolls anybody with the right secret and hands out commands.

Reads the headset's messages with the shared reader, answers by hand (see `double`).
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.virtual import double
from tests.virtual.double import Authority, Call, Reply

from lenskeep.wire.syncml.model import Message, Results, Status
from lenskeep.wire.syncml.read import read_message

SECRET = "hold-the-door"


@dataclass
class Manager:
    """Hands out one batch of commands after each message; keeps what the headset said."""

    authority: Authority
    batches: list[str] = field(default_factory=list)
    heard: list[Message] = field(default_factory=list)
    """The headset's messages, each once."""
    accept: Callable[[Message], bool] = lambda _: True
    """Whether a message proves who sent it."""
    twist: Callable[[Call, Reply], Reply] = lambda _, reply: reply
    """Bends an answer before it leaves."""
    base: str = ""
    folder: Path = Path()
    nonces: int = 0
    _answered: dict[bytes, Reply] = field(default_factory=dict)

    def __call__(self, call: Call) -> Reply:
        return self.twist(call, self._reply(call))

    def _reply(self, call: Call) -> Reply:
        if call.method == "GET":
            return Reply()
        match call.path:
            case "/EnrollmentServer/Discovery.svc":
                return double.discovered(self.base)
            case "/Policy" | "/Enroll" if SECRET.encode() not in call.body:
                return double.fault(call.path, "s:Authentication", "not this one")
            case "/Policy":
                return double.policies()
            case "/Enroll":
                key = double.public_key_of(call.body)
                client = self.authority.issue(key, ExtendedKeyUsageOID.CLIENT_AUTH)
                return double.token(double.document(self.authority, client, self.base))
            case _:
                if call.body not in self._answered:
                    self._answered[call.body] = self._manage(read_message(call.body))
                return self._answered[call.body]

    def _manage(self, message: Message) -> Reply:
        self.heard.append(message)
        if not self.accept(message):
            self.nonces += 1
            nonce = base64.b64encode(f"nonce number {self.nonces}".encode()).decode()
            return answer(message, "", header=407, challenge=double.CHALLENGE.format(nonce=nonce))
        return answer(message, self.batches.pop(0) if self.batches else "")

    @property
    def statuses(self) -> list[int]:
        """What the headset answered to commands, in order."""
        return [
            part.code
            for message in self.heard
            for part in message.body
            if isinstance(part, Status) and part.cmd != "SyncHdr"
        ]

    @property
    def values(self) -> dict[str, str]:
        """What the headset read out."""
        return {
            item.source or "": item.data or ""
            for message in self.heard
            for part in message.body
            if isinstance(part, Results)
            for item in part.items
        }


def answer(message: Message, commands: str, *, header: int = 200, challenge: str = "") -> Reply:
    """Return a proper answer to a message of the headset, with commands."""
    head = message.header
    statuses = [_status(message, 0, "0", "SyncHdr", header, challenge)]
    if header == 200:
        owed = [part for part in message.body if not isinstance(part, Status | Results)]
        for number, part in enumerate(owed, start=1):
            name = getattr(part, "name", None)
            text = name.value if name is not None else "Alert"
            statuses.append(_status(message, number, part.cmd_id, text, 200))
    text = double.ANSWER.format(
        session=head.session_id,
        message=head.msg_id,
        device=head.source,
        address=head.target,
        body="".join(statuses) + commands,
    )
    return Reply(text.encode())


def _status(
    message: Message, number: int, ref: str, name: str, code: int, challenge: str = ""
) -> str:
    return double.STATUS.format(
        number=number,
        message=message.header.msg_id,
        ref=ref,
        name=name,
        code=code,
        challenge=challenge,
    )
