"""The rules of the tree: for every node of a build, what may be done to it and what it may hold.

Names compare without case, as most Windows providers do. Which rules a headset has is put together
in `book`.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from lenskeep.tree.catalog.allowed import UNSTATED, Allowed
from lenskeep.tree.catalog.record import Reboot
from lenskeep.tree.value import Format

ANY_NAME: Final = "*"
VENDOR: Final = "./Device/Vendor/MSFT/"
USER_VENDOR: Final = "./User/Vendor/MSFT/"

_EMPTY: Final = {Format.INT: "0", Format.BOOL: "false", Format.FLOAT: "0"}


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for one node; `access` has the letters of the verbs (see nodes.txt)."""

    path: str
    access: str
    format: Format
    allowed: Allowed = UNSTATED
    default: str | None = None
    made: bool = field(default=False)
    """Whether the node exists only once somebody added or set it."""
    atomic: bool = False
    """Whether it is only written inside an Atomic."""
    reboot: Reboot = Reboot.NONE
    naming: str | None = None
    """The pattern for the last name, where that is free."""
    found: bool = False
    """Whether the last name is free and the headset's own to give."""

    def allows(self, letter: str) -> bool:
        """Return whether the verb of that letter is permitted."""
        return letter in self.access

    @property
    def first_value(self) -> str | None:
        """What a permanent node holds before anybody set it."""
        if self.format in (Format.NODE, Format.NULL):
            return None
        return _EMPTY.get(self.format, "") if self.default is None else self.default


@dataclass(slots=True)
class _Branch:
    rule: Rule | None = None
    branches: dict[str, "_Branch"] = field(default_factory=dict)

    def below(self, name: str) -> "_Branch | None":
        return self.branches.get(name) or self.branches.get(ANY_NAME)


class Rulebook:
    """All rules of one profile, found by path. One book serves all headsets of the profile."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self._root = _Branch()
        for rule in rules:
            self._plant(rule)

    def find(self, path: str) -> Rule | None:
        """Return the rule for a canonical path, or None where this headset has no such node."""
        branch = self._branch(node_names(path))
        return None if branch is None else branch.rule or Rule(path, "G", Format.NODE)

    def takes_name(self, path: str) -> bool:
        """Return whether every free name in the path obeys its node's own pattern."""
        branch = self._root
        for raw, name in zip(path.split("/")[1:], node_names(path), strict=True):
            rule = branch.branches[ANY_NAME].rule if ANY_NAME in branch.branches else None
            is_free = name not in branch.branches
            if is_free and rule and rule.naming and not _obeys(rule.naming, unquote(raw)):
                return False
            found = branch.below(name)
            if found is None:
                return True
            branch = found
        return True

    def below(self, path: str) -> tuple[Rule, ...]:
        """Return the permanent nodes that come with a node, with their full paths."""
        branch = self._branch(node_names(path))
        return () if branch is None else tuple(_permanent(branch, path))

    def _branch(self, names: tuple[str, ...]) -> _Branch | None:
        branch: _Branch | None = self._root
        for name in names:
            if branch is None:
                return None
            branch = branch.below(name)
        return branch

    def _plant(self, rule: Rule) -> None:
        branch = self._root
        for name in node_names(rule.path):
            branch = branch.branches.setdefault(name, _Branch())
        branch.rule = rule


def _permanent(branch: _Branch, path: str) -> list[Rule]:
    """Return the rules of permanent nodes below; what hangs on a made node waits for it."""
    found: list[Rule] = []
    for name, lower in branch.branches.items():
        rule = lower.rule
        if name == ANY_NAME or (rule is not None and rule.made):
            continue
        spelled = name if rule is None else rule.path.rpartition("/")[2]
        if rule is not None:
            found.append(Rule(f"{path}/{spelled}", rule.access, rule.format, default=rule.default))
        found.extend(_permanent(lower, f"{path}/{spelled}"))
    return found


def _obeys(pattern: str, name: str) -> bool:
    try:
        return bool(re.fullmatch(pattern, name))
    except re.error:  # some published patterns are no regular expressions of ours
        return True


@lru_cache(maxsize=16384)
def node_names(path: str) -> tuple[str, ...]:
    """Return the names of a canonical path as they compare: decoded, without case."""
    return tuple(unquote(name).casefold() for name in path.split("/")[1:])
