"""A fleet over several processes: each has its own headsets, one of them adds up."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Final

from lenskeep.base.errors import LenskeepError, Unavailable
from lenskeep.base.secret import Secret
from lenskeep.virtual.enrollment.keys import SharedPrimes
from lenskeep.virtual.fleet.asking.plan import FleetPlan
from lenskeep.virtual.fleet.counting.tally import Tally
from lenskeep.virtual.fleet.life import FleetRow
from lenskeep.virtual.fleet.running import run_fleet

_TELL_S: Final = 0.5
Said = Tally | LenskeepError | tuple[FleetRow, ...]


def run_processes(
    plan: FleetPlan, processes: int, show: Callable[[Tally], None]
) -> tuple[FleetRow, ...]:
    """Run the fleet in so many processes; `show` is told of what all have counted so far.

    Raises what one of them could not go on for.
    """
    context, lines, children = get_context("spawn"), [], []
    token = plan.token.reveal() if plan.token else ""
    for index in range(processes):
        ours, theirs = context.Pipe(duplex=False)
        share = replace(plan, share=(index, processes), token=None)  # a secret travels by itself
        child = context.Process(target=_sail, args=(share, token, theirs), daemon=True)
        child.start()
        theirs.close()
        lines.append(ours)
        children.append(child)
    try:
        return _listen(lines, show)
    finally:
        for child in children:
            child.terminate()
            child.join()


def _listen(lines: list[Connection], show: Callable[[Tally], None]) -> tuple[FleetRow, ...]:
    """Add up until all have told what became of their headsets."""
    latest = {line: Tally() for line in lines}
    rows: list[FleetRow] = []
    waiting = list(lines)
    while waiting:
        for line in wait(waiting):
            assert isinstance(line, Connection)
            try:
                said: Said = line.recv()
            except EOFError as error:
                raise Unavailable("a process of the fleet has died") from error
            if isinstance(said, LenskeepError):
                raise said
            if isinstance(said, Tally):
                latest[line] = said
            else:
                rows.extend(said)
                waiting.remove(line)
        whole = Tally()
        for each in latest.values():
            whole.join(each)
        show(whole)
    return tuple(sorted(rows, key=lambda row: row.number))


def _sail(plan: FleetPlan, token: str, line: Connection) -> None:
    """Run this process's share; what it counts goes to the first process."""
    try:
        asyncio.run(_telling(replace(plan, token=Secret(token) if token else None), line))
    except LenskeepError as error:
        line.send(Unavailable(str(error)))


async def _telling(plan: FleetPlan, line: Connection) -> None:
    tally = Tally()

    async def tell() -> None:
        while True:
            await asyncio.sleep(_TELL_S)
            line.send(tally)

    telling = asyncio.create_task(tell())
    report = await run_fleet(plan, SharedPrimes(), tally=tally)
    telling.cancel()
    line.send(tally)
    line.send(report.rows)
