"""What is kept in memory does not grow with the number of devices."""

import gc
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from tests.contract import world
from tests.flows.device.test_wanting import LENGTH, want
from tests.flows.device.wearer import SERVER, wearing
from tests.flows.home import Home, open_home

from lenskeep.base.identifiers import CertificateId
from lenskeep.certificates.verify import fingerprint
from lenskeep.desired.wanted import WantedNode, WantedTree
from lenskeep.flows.device.identity import Proof
from lenskeep.flows.device.manage import manage
from lenskeep.flows.house import Trees
from lenskeep.flows.records import Certificate
from lenskeep.tree.uri import parse_uri
from lenskeep.tree.value import Format
from lenskeep.wire.syncml.model import Alert, CommandName, Header, Item, Message, Request
from lenskeep.wire.syncml.write import write_message

DEVICES = 100
"""In one lot; several come, one after the other."""
BYTES_A_DEVICE = 50
"""Anything that is kept for each device takes more; what is bounded fills up once."""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A house with a real store."""
    with open_home(tmp_path) as home:
        yield home


async def lot(home: Home, first: int) -> None:
    """Let many devices come, each with its own certificate, and have one message."""
    for number in range(first, first + DEVICES):
        der = b"certificate %d" % number
        made = Certificate(
            CertificateId(f"crt_{number}"),
            f"{number:040X}",
            fingerprint(der),
            world.digest(f"key {number}"),
            der,
            world.NOW,
            world.after(365 * 86400),
        )
        new = await world.enrolled(home.store, number, certificate=made)
        items = (Item(source="./DevInfo/DevId", data=new.enrollment.dev_id),)
        parts = (Alert("2", 1201), Request(CommandName.REPLACE, "3", items))
        header = Header("1", "1", SERVER, new.enrollment.dev_id)
        body = write_message(Message(header, parts))
        answered = await manage(home.house, Proof(der), body)
        assert answered.outcome == "answered"


def kept() -> int:
    """How many bytes our code holds that were not there when the tracing began."""
    gc.collect()
    ours = tracemalloc.Filter(inclusive=True, filename_pattern="*/src/lenskeep/*")
    found = tracemalloc.take_snapshot().filter_traces([ours]).statistics("lineno")
    return sum(each.size for each in found)


async def test_devices_leave_nothing_behind_in_memory(home: Home) -> None:
    """Whatever is remembered of them stands in the database."""
    await wearing(home, 1)
    await want(home, (LENGTH, "8"))
    await lot(home, 1000)
    tracemalloc.start()
    try:
        sizes = []
        for first in (2000, 3000, 4000, 5000):
            await lot(home, first)
            sizes.append(kept())
    finally:
        tracemalloc.stop()

    grown = [after - before for before, after in pairwise(sizes)]
    assert min(grown) / DEVICES < BYTES_A_DEVICE, grown


def test_wanted_trees_are_kept_within_bounds() -> None:
    """The one that was not used for the longest time goes first; a giant is not kept at all."""
    node = WantedNode(parse_uri(LENGTH), Format.INT, "8", "mark", ())
    trees = Trees(max_nodes=4)
    for name in ("one", "two"):
        trees.keep(name, WantedTree((node, node)))
    assert trees.get("one") is not None

    trees.keep("three", WantedTree((node,)))
    trees.keep("giant", WantedTree((node,) * 5))

    kept = [name for name in ("one", "two", "three", "giant") if trees.get(name) is not None]
    assert (["one", "three"], 2) == (kept, len(trees))
