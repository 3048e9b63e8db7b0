"""Microsoft's published SyncML samples are read; runs where they lie beside the project.

Their text is not ours, so that only facts about them stand here. Fragments are put into a frame of
our own; what is no message is named with the reason.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from lenskeep.wire import xml
from lenskeep.wire.syncml.codes import LOGIN_STATUS, REQUEST_PENDING, UNENROLLMENT, is_type
from lenskeep.wire.syncml.model import Alert, Message, Request, Results, Status
from lenskeep.wire.syncml.order import order_breaches
from lenskeep.wire.syncml.read import read_message

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples"
HEADER = (
    b"<SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID>"
    b"<MsgID>1</MsgID><Target><LocURI>s</LocURI></Target><Source><LocURI>d</LocURI></Source>"
    b"</SyncHdr>"
)

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SAMPLES.is_dir(), reason="the published samples are not here"),
]


def only_alert(message: Message) -> Alert:
    (alert,) = [part for part in message.body if isinstance(part, Alert)]
    return alert


def first_package(message: Message) -> None:
    alert, replace = message.body
    assert isinstance(alert, Alert)
    assert isinstance(replace, Request)
    assert (alert.cmd_id, alert.code, alert.items[0].data) == ("2", 1224, "user")
    assert is_type(alert.items[0].meta.type, LOGIN_STATUS)
    assert [item.source for item in replace.items] == [
        f"./DevInfo/{name}" for name in ("DevId", "Man", "Mod", "DmV", "Lang")
    ]
    assert message.final


def second_package(message: Message) -> None:
    status, *gets = message.body
    assert isinstance(status, Status)
    assert (status.cmd_ref, status.cmd, status.code) == ("0", "SyncHdr", 200)
    assert [part.cmd_id for part in gets] == ["4", "5"]


def third_package(message: Message) -> None:
    statuses = [part for part in message.body if isinstance(part, Status)]
    results = [part for part in message.body if isinstance(part, Results)]
    assert [(each.cmd_ref, each.code) for each in statuses] == [("0", 200), ("4", 200), ("5", 200)]
    assert [(each.cmd_ref, each.items[0].source) for each in results] == [
        ("4", "./DevDetail/SwV"),
        ("5", "./DevDetail/HwV"),
    ]
    assert [each.items[0].meta.format for each in results] == ["chr", None]


def request_pending(message: Message) -> None:
    alert = only_alert(message)
    assert is_type(alert.items[0].meta.type, REQUEST_PENDING)
    assert (message.header.session_id, message.final) == ("10", False)


def unenroll_package(message: Message) -> None:
    """Read in spite of the typo in Meta's namespace and the CmdID that stands twice."""
    unenrollment(message)
    assert [part.cmd_id for part in message.body] == ["2", "2"]


def unenrollment(message: Message) -> None:
    alert = only_alert(message)
    (item,) = alert.items
    assert (alert.code, item.meta.format, item.data) == (1226, "int", "1")
    assert is_type(item.meta.type, UNENROLLMENT)


def install_alert(code: int, end: str, mark: str | None) -> Callable[[Message], None]:
    def check(message: Message) -> None:
        alert = only_alert(message)
        (item,) = alert.items
        assert (alert.code, item.meta.format, item.meta.mark, item.data) == (code, "int", mark, "0")
        assert item.source is not None
        assert item.source.endswith(end)

    return check


def wifi_children(message: Message) -> None:
    (results,) = message.body
    assert isinstance(results, Results)
    (item,) = results.items
    assert (results.cmd_ref, item.meta.format) == ("301", "node")
    assert item.data == "TestWLAN1/TestWLAN2"


MESSAGES: dict[str, tuple[Callable[[Message], None], int]] = {
    "msmdm-session-1.xml": (first_package, 0),
    "msmdm-session-2.xml": (second_package, 0),
    "msmdm-session-3.xml": (third_package, 0),
    "mde2-requestpending.xml": (request_pending, 0),
    "msdocs-unenroll-package1.xml": (unenroll_package, 3),
}
"""Whole messages, with the number of departures from the exact syntax that they contain."""

FRAGMENTS: dict[str, Callable[[Message], None]] = {
    "msdocs-edam-alert-1224-win32csp-fragment.xml": install_alert(
        1224, "/DownloadInstall", "informational"
    ),
    "msdocs-hostedinstall-alert-fragment.xml": install_alert(1226, "/HostedInstall", None),
    "msdocs-unenroll-alert-fragment.xml": unenrollment,
    "msdocs-wifi-interior-get-results-fragment.xml": wifi_children,
}
"""Single commands out of a body."""

OTHERS = {
    "msdocs-diagnosticarchive-collection.xml": (
        "the value of a DiagnosticArchive node, carried inside Data; no message",
        "Collection",
    ),
}


def ours(path: Path) -> bool:
    """Whether a file belongs to the management session; the others are enrollment's."""
    name = path.name
    return name.startswith("msmdm-") or (
        name.startswith("msdocs-") and not name.startswith("msdocs-renew")
    )


@pytest.mark.parametrize("name", MESSAGES)
def test_a_published_message_is_read(name: str) -> None:
    check, departures = MESSAGES[name]
    body = (SAMPLES / name).read_bytes()

    check(read_message(body))

    assert len(order_breaches(body)) == departures


@pytest.mark.parametrize("name", FRAGMENTS)
def test_a_published_fragment_is_read_in_a_frame(name: str) -> None:
    fragment = (SAMPLES / name).read_bytes()
    body = b"<SyncML xmlns='SYNCML:SYNCML1.2'>" + HEADER + b"<SyncBody>" + fragment

    FRAGMENTS[name](read_message(body + b"</SyncBody></SyncML>"))


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_message_is_legible_xml(name: str) -> None:
    _, root = OTHERS[name]

    assert xml.read((SAMPLES / name).read_bytes()).tag == root


def test_every_published_sample_is_in_one_list() -> None:
    found = {path.name for path in SAMPLES.glob("*.xml") if ours(path)}

    assert found | {"mde2-requestpending.xml"} == {*MESSAGES, *FRAGMENTS, *OTHERS}
