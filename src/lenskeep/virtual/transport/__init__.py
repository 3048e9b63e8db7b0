"""The headset's way out: HTTPS with verification, a client certificate, retries - and accidents."""

from lenskeep.virtual.transport.accidents import NO_ACCIDENTS, Accidents, Fate, Mishap
from lenskeep.virtual.transport.line import Line
from lenskeep.virtual.transport.message import Answer, Exchange, Outgoing, Trust, Watch
from lenskeep.virtual.transport.sending import BUSY, Patience, Purpose, Transport, wait_of
from lenskeep.virtual.transport.switchboard import Switchboard
from lenskeep.virtual.transport.tls import tls_context

__all__ = [
    "BUSY",
    "NO_ACCIDENTS",
    "Accidents",
    "Answer",
    "Exchange",
    "Fate",
    "Line",
    "Mishap",
    "Outgoing",
    "Patience",
    "Purpose",
    "Switchboard",
    "Transport",
    "Trust",
    "Watch",
    "tls_context",
    "wait_of",
]
