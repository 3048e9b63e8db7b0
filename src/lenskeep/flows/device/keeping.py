"""What is kept between two messages, in the form in which it is stored: secrets sealed."""

from dataclasses import replace
from typing import Final

from lenskeep.base.errors import Unavailable
from lenskeep.flows.house import House
from lenskeep.session.state import Session

_REPLY: Final = "reply"
_PIECES: Final = "session.pieces"
_SEALED: Final = b"sealed:"
"""How a reply is stored that may hold a secret; no message begins so."""
_UTF_8: Final = ("utf-8", "surrogatepass")


def sealed_reply(house: House, reply: bytes) -> bytes:
    """Return a reply as it is stored: what is wanted, and goes out in it, may be a secret."""
    return _SEALED + house.keyring.seal(_REPLY, reply).encode("ascii")


def opened_reply(house: House, stored: bytes) -> bytes:
    """Return a reply as it was sent. Raises Unavailable without its key."""
    if not stored.startswith(_SEALED):
        return stored
    return house.keyring.open(_REPLY, stored.removeprefix(_SEALED).decode("ascii"))


def sealed_session(house: House, session: Session) -> Session:
    """Return a session as it is stored: what came of a value in pieces may be a secret."""
    pieces = session.incoming
    if pieces is None:
        return session
    data = house.keyring.seal(_PIECES, pieces.data.encode(*_UTF_8))
    return replace(session, incoming=replace(pieces, data=data))


def opened_session(house: House, session: Session | None) -> Session | None:
    """Return a session as it was; without the key, or as an older version of ours stored it,
    without the pieces, so that the headset is not kept out by them.
    """
    if session is None or session.incoming is None:
        return session
    pieces = session.incoming
    try:
        data = house.keyring.open(_PIECES, pieces.data).decode(*_UTF_8)
    except Unavailable:
        return replace(session, incoming=None)
    return replace(session, incoming=replace(pieces, data=data))
