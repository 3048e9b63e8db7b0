"""What a headset says of itself at the beginning of every session is learned once."""

from datetime import UTC, datetime, timedelta

from lenskeep.session.engine import converse
from lenskeep.session.inbox import introduction
from lenskeep.session.state import Session, Standing
from lenskeep.session.stored import dump_session, introduced_part, load_session
from lenskeep.wire.syncml.model import Alert, CommandName, Header, Item, Message, Request

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DEV_ID = "A" * 32


def opening(number: int, language: str = "en-US", dev_id: str = DEV_ID) -> Message:
    """The first message of a session."""
    values = (("DevId", dev_id), ("Man", "Microsoft Corporation"), ("Lang", language))
    items = tuple(Item(source=f"./DevInfo/{name}", data=value) for name, value in values)
    header = Header(str(number), "1", "https://mdm.example/MDM.svc", dev_id)
    return Message(header, (Alert("2", 1201), Request(CommandName.REPLACE, "3", items)))


def hear(session: Session | None, message: Message, hours: int = 0) -> tuple[Session, list[str]]:
    """Take a turn; return the session and the LocURIs that were learned."""
    standing = Standing(DEV_ID, "https://mdm.example/MDM.svc", session, ())
    turn = converse(standing, message, NOW + timedelta(hours=hours))
    return turn.session, [fact.uri for fact in turn.facts]


def test_the_same_words_are_no_news() -> None:
    """Also when the session was stored in between."""
    session, first = hear(None, opening(1))
    session, again = hear(load_session(dump_session(session)), opening(2), 8)
    _, third = hear(session, opening(3), 16)

    assert (["./DevInfo/DevId", "./DevInfo/Man", "./DevInfo/Lang"], [], []) == (first, again, third)


def test_other_words_are_news_once() -> None:
    """All of them are learned again."""
    session, _ = hear(None, opening(1))
    session, told = hear(session, opening(2, "de-DE"), 8)
    _, again = hear(session, opening(3, "de-DE"), 16)

    assert ("./DevInfo/Lang" in told, []) == (True, again)


def test_a_session_without_words_forgets_none() -> None:
    """A headset may begin with alerts alone."""
    session, _ = hear(None, opening(1))
    silent = Message(opening(2).header, (Alert("2", 1201),))
    session, _ = hear(session, silent, 8)

    assert [] == hear(session, opening(3), 16)[1]


def test_headsets_alike_are_introduced_alike() -> None:
    """Their names stand in the header, where they are proved; other values count."""
    assert introduction(opening(1)) == introduction(opening(9, dev_id="B" * 32)) != ""
    assert introduction(opening(1)) != introduction(opening(1, "de-DE"))
    assert "" == introduction(Message(opening(1).header, (Alert("2", 1201),)))


def test_an_introduction_is_found_in_the_stored_text() -> None:
    """The database looks for it there."""
    session, _ = hear(None, opening(1))

    assert introduced_part(introduction(opening(1))) in dump_session(session)
