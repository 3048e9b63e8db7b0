"""The answer to a sender whose proof is missing or wrong: a challenge and nothing else."""

from lenskeep.wire.syncml.model import Message


def refuse(message: Message, code: int, nonce_b64: str, management_url: str) -> bytes:
    """Return the refusal, the same but for the code and the nonce."""
    raise NotImplementedError
