"""Alerts: who is there, who leaves, and what a timeline may show of them."""

from tests.session.client import Shelf, commands, package1, says, statuses

from lenskeep.session.alerts import MAX_DATA
from lenskeep.session.state import LoginStatus, Note, NoteKind, Phase, Turn
from lenskeep.tree.operation import OperationState
from lenskeep.wire.syncml.model import Alert, Item, Meta

UNENROLL = "./Device/Vendor/MSFT/DMClient/Provider/Lenskeep/Unenroll"

# Written by hand after the order in which a wearer's disconnect is told ([MS-MDM] 2.2.7.2).
LEAVING = Alert(
    "9",
    1226,
    (
        Item(
            meta=Meta(
                type="com.microsoft:MDM.Unenrollment.UserRequest", format="int", mark="critical"
            ),
            data="1",
        ),
    ),
)


def event(type_: str, data: str, code: int = 1224) -> Alert:
    """A client event."""
    return Alert("9", code, (Item(source="./x", meta=Meta(type=type_, mark="minor"), data=data),))


def noted(turn: Turn) -> list[Note]:
    """The alerts on the timeline."""
    return [note for note in turn.notes if note.kind is NoteKind.ALERT]


def test_a_wearer_who_leaves_gets_statuses_and_no_command() -> None:
    """The type compares without case; the session ends."""
    shelf = Shelf()
    shelf.queue("get", "./DevDetail/SwV")

    turn = shelf.take(package1("1", "1", LEAVING))

    assert turn.unenrolled
    assert {200} == {each.code for each in statuses(turn.reply)}
    assert commands(turn.reply) == []
    assert turn.session.phase is Phase.ENDED
    assert NoteKind.UNENROLLED in {note.kind for note in turn.notes}


def test_leaving_answers_the_exec_that_asked_for_it() -> None:
    """The status of Unenroll never comes; the alert in the next session does."""
    shelf = Shelf()
    id_ = shelf.queue("exec", UNENROLL)
    shelf.take(package1("1"))

    shelf.take(package1("2", "1", LEAVING))

    assert shelf.rows[id_].state is OperationState.DONE
    assert shelf.rows[id_].text == "The headset left management."


def test_other_alerts_are_noted_with_their_data_bounded() -> None:
    """Type, source, mark and a bounded piece of the data."""
    turn = Shelf().take(package1("1", "1", event("com.example.result", "x" * 9999)))

    (note,) = noted(turn)
    assert note.detail["type"] == "com.example.result"
    assert note.detail["source"] == "./x"
    assert note.detail["mark"] == "minor"
    assert len(note.detail["data"]) == MAX_DATA


def test_a_token_is_noted_without_its_data() -> None:
    """A proof of somebody's identity never reaches the timeline."""
    turn = Shelf().take(package1("1", "1", event("com.microsoft/MDM/AADUserToken", "eyJhbGciOi")))

    assert "eyJhbGciOi" not in repr(turn.notes)
    assert noted(turn)[0].detail["type"] == "com.microsoft/MDM/AADUserToken"


def test_an_unknown_login_status_is_taken_for_untold() -> None:
    """A word that nobody defined opens nothing."""
    turn = Shelf().take(package1(user="administrator"))

    assert turn.session.login is LoginStatus.UNTOLD


def test_a_login_later_in_the_session_is_noted() -> None:
    """The timeline says who came."""
    shelf = Shelf()
    shelf.queue("get", "./DevDetail/SwV")
    shelf.take(package1(user="none"))

    turn = shelf.take(says("1", "2", event("com.microsoft/MDM/LoginStatus", "user")))

    logins = [note for note in turn.notes if note.kind is NoteKind.LOGIN]
    assert [dict(note.detail) for note in logins] == [{"user": "the enrolled user is signed in"}]
