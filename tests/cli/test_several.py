"""Remote commands on several devices: who is meant, who is asked first, a row for each."""

import asyncio
import io
import json
from pathlib import Path

import pytest
from tests.cli.conftest import Served, Type
from tests.flows.home import ADMIN

from lenskeep.access import Scope
from lenskeep.base.identifiers import DeviceId, OperationId
from lenskeep.cli import several
from lenskeep.cli.output import ExitCode
from lenskeep.flows.leaving.keeping import By, retire
from lenskeep.flows.leaving.order import Order
from lenskeep.session.state import OperationChange
from lenskeep.tree.operation import OperationState

URI = "./Vendor/MSFT/Policy/Config/Experience/AllowCortana"


@pytest.fixture(scope="module")
def fleet(served: Served) -> list[str]:
    """Three headsets under management and one whose management has ended."""
    ids = [served.enroll(number) for number in (1, 2, 3, 4)]
    _retire(served, ids[3])
    return ids


@pytest.fixture(autouse=True)
def two_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask in small chunks."""
    monkeypatch.setattr(several, "CHUNK", 2)


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Somebody at a terminal who has typed this."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stdin", terminal)
    return terminal


def queued(served: Served, device: str) -> int:
    """Return how many operations were ever queued on the device."""
    page = asyncio.run(served.home.store.fleet.operations(DeviceId(device), None, 200))
    return len(page.items)


def test_all_means_those_under_management(type_: Type, served: Served, fleet: list[str]) -> None:
    typed = type_("device", "get", "--all", "./DevDetail/SwV", "--json", *served.way())

    body = json.loads(typed.out)
    assert typed.code == ExitCode.OK
    assert {each["device"] for each in body["items"]} == set(fleet[:3])
    assert (body["warnings"], body["refused"]) == ([], [])


def test_where_means_what_a_list_with_this_text_shows(
    type_: Type, served: Served, fleet: list[str]
) -> None:
    typed = type_("device", "get", "--where", "holo-2", "./DevDetail/SwV", *served.way())
    nobody = type_("device", "get", "--where", "no such", "./DevDetail/SwV", *served.way())
    empty = type_("device", "get", "--where", "", "./DevDetail/SwV", *served.way())

    heading, row = typed.out.splitlines()
    assert heading.split() == ["DEVICE", "NAME", "OPERATION", "STATE", "OUTCOME"]
    assert row.split()[:2] == [fleet[1], "HOLO-2"]
    assert (nobody.code, empty.code) == (ExitCode.NOT_FOUND, ExitCode.USAGE)


def test_several_are_named_with_commas_each_once(
    type_: Type, served: Served, fleet: list[str]
) -> None:
    one, two = fleet[:2]

    typed = type_("device", "get", f"{one}, HOLO-2,{one}", "./DevDetail/HwV", *served.way())

    assert [line.split()[0] for line in typed.out.splitlines()[1:]] == [one, two]


def test_a_name_with_a_comma_is_still_one_device(type_: Type, served: Served) -> None:
    device = served.enroll(9)
    type_("device", "rename", device, "ward 3, left", *served.way())

    typed = type_("device", "get", "ward 3, left", "./DevDetail/SwV", *served.way())
    served.home.enrolled.pop(DeviceId(device))
    _retire(served, device)

    assert typed.out.startswith("op_")
    assert typed.out.endswith(" queued\n")


def test_a_change_on_several_waits_for_a_yes(
    type_: Type, served: Served, fleet: list[str], person: io.StringIO
) -> None:
    before = queued(served, fleet[0])
    words = ("device", "replace", ",".join(fleet[:2]), URI, "0", *served.way())

    person.write("n\n")
    person.seek(0)
    no = type_(*words)
    person.seek(0)
    person.write("y\n")
    person.seek(0)
    yes = type_(*words)

    assert no.code == ExitCode.USAGE
    assert "replace" in no.err
    assert "on 2 devices" in no.err
    assert yes.code == ExitCode.OK
    assert queued(served, fleet[0]) == before + 1


def test_a_script_says_yes_beforehand(type_: Type, served: Served, fleet: list[str]) -> None:
    words = ("device", "exec", "--all", "./Vendor/MSFT/Reboot/RebootNow", *served.way())

    silent = type_(*words)
    told = type_(*words, "--yes", "--json")

    assert (silent.code, silent.out) == (ExitCode.USAGE, "")
    assert "--yes" in silent.err
    assert told.code == ExitCode.OK
    assert len(json.loads(told.out)["items"]) == 3
    assert told.err.count("warning: ") == 1


def test_one_device_in_the_way_does_not_stop_the_others(
    type_: Type, served: Served, fleet: list[str]
) -> None:
    typed = type_("device", "get", ",".join(fleet), "./DevDetail/FwV", *served.way())

    rows = [line.split() for line in typed.out.splitlines()[1:]]
    assert typed.code == ExitCode.OPERATION_FAILED
    assert [row[0] for row in rows] == fleet
    assert rows[3][1:3] == ["not", "queued"]
    assert "no active enrollment" in typed.out


def test_what_no_device_could_be_asked_is_refused_once(
    type_: Type, served: Served, fleet: list[str]
) -> None:
    typed = type_("device", "get", ",".join(fleet[:3]), "DevDetail", *served.way())

    assert (typed.code, typed.out) == (ExitCode.USAGE, "")
    assert typed.err.count("does not start with ./") == 1


def test_the_wait_ends_with_the_worst_of_what_happened(
    type_: Type, served: Served, fleet: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = {
        fleet[0]: OperationChange(OperationId(""), OperationState.DONE, 200, "done", "1.0"),
        fleet[1]: OperationChange(OperationId(""), OperationState.FAILED, 404, "no such node"),
    }

    def answer(_pause_s: float) -> None:
        """Instead of waiting, let the headsets answer."""
        for device, outcome in outcomes.items():
            page = asyncio.run(served.home.store.fleet.operations(DeviceId(device), None, 1))
            own = OperationChange(
                page.items[0].id, outcome.state, outcome.status, outcome.status_text, outcome.result
            )
            asyncio.run(served.home.answer(DeviceId(device), own))

    monkeypatch.setattr("time.sleep", answer)

    failed = type_(
        "device", "get", ",".join(fleet[:2]), "./DevDetail/SwV", "--wait", "20", *served.way()
    )
    del outcomes[fleet[1]]
    done = type_("device", "get", f"{fleet[0]},", "./DevDetail/SwV", "--wait", "20", *served.way())
    open_ = type_("device", "get", f"{fleet[2]},", "./DevDetail/SwV", "--wait", "0", *served.way())

    assert failed.code == ExitCode.OPERATION_FAILED
    assert "done" in failed.out
    assert "1.0" in failed.out
    assert "404 no such node" in failed.out
    assert done.code == ExitCode.OK
    assert open_.code == ExitCode.NOT_FINISHED


def test_devices_are_given_in_one_way(
    type_: Type, served: Served, fleet: list[str], tmp_path: Path
) -> None:
    for words in (
        ("get", fleet[0], "./DevDetail/SwV", "--all"),
        ("replace", fleet[0], URI, "0", "--all", "--yes"),
        ("get", "--all"),
        ("get", fleet[0]),
        ("get",),
    ):
        assert type_("device", *words, *served.way()).code == ExitCode.USAGE, words


def test_a_scope_that_does_not_reach_is_refused(
    type_: Type, served: Served, fleet: list[str]
) -> None:
    assert len(fleet) == 4

    typed = type_("device", "get", "--all", "./DevDetail/SwV", *served.way(Scope.READ))

    assert typed.code == ExitCode.REFUSED


def _retire(served: Served, device: str) -> None:
    order = Order(confirm=device)
    asyncio.run(retire(served.home.house, ADMIN, DeviceId(device), By.NOW, order))
