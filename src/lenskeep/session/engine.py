"""One turn of a management session: a message and what stands in, a reply and changes out."""

from datetime import datetime

from lenskeep.session.state import Standing, Turn
from lenskeep.wire.syncml.model import Message


def converse(standing: Standing, message: Message, now: datetime) -> Turn:
    """Take one turn."""
    raise NotImplementedError
