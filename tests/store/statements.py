"""Finds every statement of the store, so that none is forgotten by a test."""

import importlib
import pkgutil
from collections.abc import Iterator
from itertools import combinations

from lenskeep.store import statements
from lenskeep.store.sql import Query
from lenskeep.store.statements.devices import devices

NARROWINGS = (
    "after",
    "custody",
    "edition",
    "generation",
    "os_build",
    "silent_since",
    "state",
    "tag",
    "text",
    "trouble",
    "worst",
)


def queries() -> Iterator[tuple[str, Query]]:
    """Every statement of the store, by name."""
    for module in pkgutil.walk_packages(statements.__path__, f"{statements.__name__}."):
        found = vars(importlib.import_module(module.name))
        for name, value in found.items():
            for number, each in enumerate(value if isinstance(value, tuple) else (value,)):
                if isinstance(each, Query):
                    yield f"{module.name}.{name}.{number}", each
    for count in range(len(NARROWINGS) + 1):
        for chosen in combinations(NARROWINGS, count):
            yield "devices." + "+".join(chosen), devices(frozenset(chosen))
