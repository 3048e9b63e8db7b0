"""What the doors for headsets say when the house itself is in trouble."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.testclient import TestClient
from tests.flows.home import open_home

from lenskeep.flows.device.enrolling.headers import POLICY_PATH
from lenskeep.flows.device.manage import MANAGEMENT_PATH
from lenskeep.web.device.doors import make_device_routes
from lenskeep.wire.soap import Subcode, read_fault
from lenskeep.wire.syncml.model import Alert, Header, Message
from lenskeep.wire.syncml.write import write_message


def test_a_house_without_its_store_asks_the_headset_to_come_back(tmp_path: Path) -> None:
    """503 and when, nothing of what is wrong inside; a headset keeps its message for later."""
    message = write_message(Message(Header("1", "1", "https://x/", "A" * 32), (Alert("2", 1201),)))
    with open_home(tmp_path) as home:
        home.store.close()
        client = TestClient(Starlette(routes=make_device_routes(home.house)))

        answer = client.post(
            MANAGEMENT_PATH,
            content=message,
            headers={"Content-Type": "application/vnd.syncml.dm+xml"},
        )

    assert (503, b"") == (answer.status_code, answer.content)
    assert int(answer.headers["Retry-After"]) > 0


def test_what_is_unreadable_gets_a_fault_that_can_be_traced(tmp_path: Path) -> None:
    """HTTP 500, s:MessageFormat, a Content-Length, and a charset."""
    with open_home(tmp_path) as home:
        client = TestClient(Starlette(routes=make_device_routes(home.house)))

        answer = client.post(
            POLICY_PATH, content=b"<a", headers={"Content-Type": "application/soap+xml"}
        )

    fault = read_fault(answer.content)
    assert answer.status_code == 500
    assert fault is not None
    assert fault.subcode is Subcode.MESSAGE_FORMAT
    assert "charset=utf-8" in answer.headers["Content-Type"]
    assert answer.headers["Content-Length"] == str(len(answer.content))
