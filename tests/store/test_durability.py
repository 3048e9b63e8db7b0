"""What was acknowledged is there, whatever happens to the process; two processes can write."""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from lenskeep.store import open_store

ROOT = Path(__file__).parents[2]
WRITER = """
import asyncio, sys
from pathlib import Path
from lenskeep.store import open_store
from tests.contract.world import account, audit

async def write(store, name):
    await store.people.add_account(account(name, name), audit())
    sys.stdout.write(name + "\\n")
    sys.stdout.flush()

async def main(path, prefix, count):
    store = open_store(Path(path))
    for start in range(0, count, 8):
        await asyncio.gather(*(write(store, f"{prefix}-{n}") for n in range(start, start + 8)))
    store.close()

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


def writer(path: Path, prefix: str, count: int) -> "subprocess.Popen[str]":
    """A process that adds accounts, eight at once, and names each one when it was acknowledged."""
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), prefix, str(count)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
    )


async def names(path: Path) -> set[str]:
    """The accounts that are there."""
    store = open_store(path)
    page = await store.people.accounts(None, 100_000)
    lines = await store.fleet.audit_lines(None, 100_000)
    store.close()
    assert len(lines.items) == len(page.items)
    return {each.name for each in page.items}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database."""
    file = tmp_path / "lenskeep.db"
    open_store(file).close()
    return file


@pytest.mark.parametrize("after", [1, 40, 203])
async def test_what_was_acknowledged_survives_sigkill(path: Path, after: int) -> None:
    """Killed in the middle of writing, nothing that was answered is gone, and nothing is half."""
    with writer(path, "a", 100_000) as process:
        assert process.stdout is not None
        acknowledged = {process.stdout.readline().strip() for _ in range(after)}
        process.send_signal(signal.SIGKILL)
        acknowledged |= {line.strip() for line in process.stdout if line.endswith("\n")}

    assert process.returncode == -signal.SIGKILL
    assert len(acknowledged) >= after
    assert acknowledged <= await names(path)


async def test_two_processes_write_at_once(path: Path) -> None:
    """A command beside a running server: both wait for each other, and each sees both's rows."""
    with ExitStack() as stack:
        processes = [stack.enter_context(writer(path, name, 160)) for name in ("a", "b")]
        for process in processes:
            assert process.stdout is not None
            assert len(process.stdout.readlines()) == 160

    assert [process.returncode for process in processes] == [0, 0]
    assert len(await names(path)) == 320


async def test_a_server_sees_at_once_what_a_command_wrote(path: Path) -> None:
    """A store that is open finds the row when the command has ended."""
    server = open_store(path)
    assert await server.enrollments.account_by_name("a-3") is None

    with writer(path, "a", 8) as process:
        assert process.stdout is not None
        process.stdout.readlines()

    assert await server.enrollments.account_by_name("a-3") is not None
    server.close()
