"""Holds a lease until it is killed: `holder.py DATABASE LIFE_S`, a line of input a write."""

import asyncio
import sys
from datetime import timedelta

from lenskeep.base.secret import Secret
from lenskeep.flows.ports import Lease, LeaseLost, Serving
from lenskeep.store import open_store, serve
from lenskeep.store.operating.leases import Fenced
from lenskeep.work.rounds import Duty, Rounds

MINUTE = timedelta(minutes=1)


async def main(url: str, life: timedelta) -> None:
    """Take the lease, say so, and write whenever asked to."""
    store = await asyncio.to_thread(open_store, Secret(url))

    async def work(lease: Lease) -> None:
        print("holding", flush=True)
        fenced = serve(Fenced(store.executor, lease))
        while await asyncio.to_thread(sys.stdin.readline):
            try:
                await fenced.workers.seen(Serving("wrk_late", "here", 1, "1", "0004"))
            except LeaseLost:
                print("fenced", flush=True)
                raise
            print("wrote", flush=True)

    await Rounds(store.leases, "holder", [Duty("sweep", MINUTE, work)], life=life).go_round()
    print("over", flush=True)
    await store.aclose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], timedelta(seconds=float(sys.argv[2]))))
