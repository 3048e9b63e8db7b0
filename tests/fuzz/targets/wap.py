"""The provisioning document, as a headset reads it at enrollment and at renewal."""

from collections.abc import Callable
from typing import Any, Final

from tests.fuzz.harness import Target, attempt, same, written
from tests.fuzz.mutators import markup

from lenskeep.wire import wap
from lenskeep.wire.errors import BadMessage

_BOTH_WAYS: Final[tuple[tuple[Callable[..., Any], Callable[..., bytes]], ...]] = (
    (wap.read_characteristics, wap.write_characteristics),
    (wap.read_provisioning, wap.write_provisioning),
    (wap.read_renewal, wap.write_renewal),
)


def run(data: bytes) -> None:
    """Read a document in all three ways; each is written and read again."""
    for read, write in _BOTH_WAYS:
        found = attempt(BadMessage, read, data)
        body = None if found is None else written(write, found)
        if body is not None and len(body) <= 1 << 20:
            again = read(body)
            same(found, again, f"{read.__name__}: what is written reads the same")
            same(body, write(again), "same value, same bytes")


TARGET: Final = Target(
    name="wap",
    covers=(
        "lenskeep.wire.provisioning.characteristic:read_characteristics",
        "lenskeep.wire.provisioning.read:read_provisioning",
        "lenskeep.wire.provisioning.read:read_renewal",
    ),
    run=run,
    mutate=markup.mutate,
    max_bytes=(1 << 20) + 1024,
)
