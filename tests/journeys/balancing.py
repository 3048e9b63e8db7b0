"""A load balancer that knows nothing: each new connection goes to the next server that answers."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from threading import Event, Thread

_numbers = count()


class Balancer:
    """Forwards a port of the loopback to several others, byte by byte."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.ports = list(ports)
        self.used: Counter[int] = Counter()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward one connection until either side ends it."""
        for _ in self.ports:
            port = self.ports[next(_numbers) % len(self.ports)]
            try:
                there, back = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                continue
            self.used[port] += 1
            await asyncio.gather(_pump(reader, back), _pump(there, writer))
            return
        writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with suppress(OSError):
        writer.close()
        await writer.wait_closed()


@contextmanager
def balancing(port: int, ports: Sequence[int]) -> Iterator[Balancer]:
    """Run one on this port, in a thread."""
    balancer, ready = Balancer(ports), Event()
    loop, end = asyncio.new_event_loop(), asyncio.Event()

    async def run() -> None:
        server = await asyncio.start_server(balancer.take, "127.0.0.1", port)
        ready.set()
        await end.wait()
        server.close()

    def work() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(run())

    thread = Thread(target=work, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield balancer
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(10)
