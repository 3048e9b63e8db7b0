"""Remote commands: what is asked of a device, and the exit code that says what became of it."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cli.conftest import Served, Type

from lenskeep.access import Scope
from lenskeep.base.identifiers import DeviceId, OperationId
from lenskeep.cli.output import ExitCode
from lenskeep.session.state import OperationChange
from lenskeep.tree.operation import OperationState


@pytest.fixture(scope="module")
def device_id(served: Served) -> str:
    """A headset."""
    return served.enroll(1)


@contextmanager
def answering(served: Served, device_id: str, change: OperationChange) -> Iterator[None]:
    """Let the headset answer the next operation that is queued with this outcome."""
    before = asyncio.run(_operations(served, device_id))

    async def answer() -> None:
        while not (new := await _operations(served, device_id) - before):
            await asyncio.sleep(0)
        own = OperationChange(
            new.pop(), change.state, change.status, change.status_text, change.result
        )
        await served.home.answer(DeviceId(device_id), own)

    thread = threading.Thread(target=lambda: asyncio.run(answer()), daemon=True)
    thread.start()
    yield
    thread.join(20)


async def _operations(served: Served, device_id: str) -> set[OperationId]:
    page = await served.home.store.fleet.operations(DeviceId(device_id), None, 200)
    return {record.id for record in page.items}


def outcome(
    state: OperationState, status: int | None, text: str, result: str = ""
) -> OperationChange:
    """An outcome of whatever operation comes next."""
    return OperationChange(OperationId(""), state, status, text, result or None)


def test_get_waits_and_prints_the_value_alone(type_: Type, served: Served, device_id: str) -> None:
    done = outcome(OperationState.DONE, 200, "done", "10.0.22621.1244")
    with answering(served, device_id, done):
        typed = type_("device", "get", device_id, "./DevDetail/SwV", "--wait", "20", *served.way())

    assert (typed.code, typed.out) == (ExitCode.OK, "10.0.22621.1244\n")


def test_a_failure_has_its_code_and_its_words(type_: Type, served: Served, device_id: str) -> None:
    failed = outcome(OperationState.FAILED, 404, "the device has no such node")
    with answering(served, device_id, failed):
        typed = type_("device", "delete", device_id, "./Nix", "--wait", "20", *served.way())

    assert typed.code == ExitCode.OPERATION_FAILED
    assert "failed: 404 the device has no such node" in typed.out


def test_an_unknown_outcome_is_not_a_success(type_: Type, served: Served, device_id: str) -> None:
    unknown = outcome(OperationState.UNKNOWN, None, "the session was lost")
    with answering(served, device_id, unknown):
        typed = type_("device", "exec", device_id, "./Go", "--wait", "20", *served.way())

    assert typed.code == ExitCode.NOT_FINISHED


def test_what_nobody_answers_ends_after_the_wait(
    type_: Type, served: Served, device_id: str
) -> None:
    typed = type_(
        "device", "get", device_id, "./DevDetail/HwV", "--wait", "0", "--json", *served.way()
    )

    assert typed.code == ExitCode.NOT_FINISHED
    assert json.loads(typed.out)["state"] == "queued"


def test_without_wait_the_operation_is_named_and_can_be_cancelled_once(
    type_: Type, served: Served, device_id: str
) -> None:
    queued = type_("device", "get", device_id, "./DevDetail/FwV", *served.way(Scope.OPERATE))
    operation = queued.out.split()[0]

    shown = type_("operation", "show", operation, *served.way(Scope.READ))
    cancelled = type_("operation", "cancel", operation, *served.way(Scope.OPERATE))
    again = type_("operation", "cancel", operation, *served.way(Scope.OPERATE))
    waited = type_("operation", "show", operation, "--wait", "5", *served.way(Scope.READ))

    assert "queued" in shown.out
    assert (cancelled.code, again.code) == (ExitCode.OK, ExitCode.CONFLICT)
    assert waited.code == ExitCode.OPERATION_FAILED


def test_values_come_from_the_command_or_from_a_file(
    type_: Type, served: Served, device_id: str, tmp_path: Path
) -> None:
    file = tmp_path / "kiosk.xml"
    file.write_text("<kiosk>ä</kiosk>", "utf-8")
    uri = "./Vendor/MSFT/AssignedAccess/Configuration"

    by_word = type_("device", "replace", device_id, uri, "7", "--json", *served.way())
    by_file = type_("device", "add", device_id, uri, "--file", str(file), "--json", *served.way())
    both = type_("device", "add", device_id, uri, "7", "--file", str(file), *served.way())

    assert json.loads(by_word.out)["format"] == "int"
    assert json.loads(by_file.out)["value"] == "<kiosk>ä</kiosk>"
    assert both.code == ExitCode.USAGE


def test_a_warning_goes_to_stderr_and_does_not_stop(
    type_: Type, served: Served, device_id: str
) -> None:
    typed = type_("device", "exec", device_id, "./Vendor/MSFT/RemoteWipe/doWipe", *served.way())

    assert typed.code == ExitCode.OK
    assert typed.err == "warning: This erases the headset.\n"


def test_every_complaint_is_shown_with_what_is_allowed(
    type_: Type, served: Served, device_id: str
) -> None:
    typed = type_("device", "replace", device_id, "SwV", "x", "--format", "text", *served.way())

    assert typed.code == ExitCode.USAGE
    assert "uri: it does not start with ./ (allowed: ./Device/" in typed.err
    assert "format: 'text' is not a format (allowed: chr, int" in typed.err


def test_a_failed_operation_is_tried_again(type_: Type, served: Served, device_id: str) -> None:
    failed = outcome(OperationState.FAILED, 500, "it failed")
    with answering(served, device_id, failed):
        first = type_("device", "get", device_id, "./A", "--wait", "20", "--json", *served.way())
    operation = json.loads(first.out)["id"]

    again = type_("operation", "retry", operation, *served.way())
    listed = type_("device", "operations", device_id, "--json", *served.way())

    assert again.code == ExitCode.OK
    newest, *_ = json.loads(listed.out)["items"]
    assert (newest["id"], newest["state"]) == (again.out.split()[0], "queued")


def test_a_scope_that_does_not_reach_is_refused(
    type_: Type, served: Served, device_id: str
) -> None:
    typed = type_("device", "get", device_id, "./DevDetail/SwV", *served.way(Scope.READ))

    assert typed.code == ExitCode.REFUSED
