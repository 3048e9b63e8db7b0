"""The answer to a sender whose proof is missing or wrong: a challenge and nothing else.

Unknown, revoked, wrong and replayed look the same from outside; no command of the message is
answered, and none is sent ([OMA-DM-Protocol 1.2.1]).
"""

from lenskeep.wire.syncml.codes import AUTH_MD5, SYNC_HEADER
from lenskeep.wire.syncml.model import Challenge, Header, Message, Status
from lenskeep.wire.syncml.write import write_message


def refuse(message: Message, code: int, nonce_b64: str, management_url: str) -> bytes:
    """Return the refusal: 407 where no proof was given, 401 for everything else.

    The bytes depend on the message's own names and numbers, the code and the nonce alone.
    """
    asked = message.header
    header = Header(asked.session_id, asked.msg_id, asked.source, management_url)
    challenge = Challenge(AUTH_MD5, "b64", nonce_b64)
    status = Status("1", asked.msg_id, "0", SYNC_HEADER, code, challenge=challenge)
    return write_message(Message(header, (status,)))
