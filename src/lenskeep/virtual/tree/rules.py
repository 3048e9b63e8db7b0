"""The rules of the tree: for every node of a build, what may be done to it and what it may hold.

Read from the two tables beside this file; which of their nodes a headset has is decided by its
profile. Names compare without case, as most Windows providers do.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Final
from urllib.parse import unquote

from lenskeep.tree.value import Format
from lenskeep.virtual.builds import Profile

ANY_NAME: Final = "*"
VENDOR: Final = "./Device/Vendor/MSFT/"
USER_VENDOR: Final = "./User/Vendor/MSFT/"
_PREFIXES: Final = {
    "V:": VENDOR,
    "U:": USER_VENDOR,
    "P:": VENDOR + "DMClient/Provider/*/",
}
_NEVER: Final = "-"


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for one node; `access` has the letters of the verbs (see nodes.txt)."""

    path: str
    access: str
    format: Format
    allowed: str = ""
    made: bool = field(default=False)
    """Whether the node exists only once somebody added or set it."""

    def allows(self, letter: str) -> bool:
        """Return whether the verb of that letter is permitted."""
        return letter in self.access


@dataclass(slots=True)
class _Branch:
    rule: Rule | None = None
    branches: dict[str, "_Branch"] = field(default_factory=dict)


class Rulebook:
    """All rules of one profile, found by path."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self._root = _Branch()
        for rule in rules:
            self._plant(rule)

    def find(self, path: str) -> Rule | None:
        """Return the rule for a canonical path, or None where this headset has no such node."""
        branch = self._root
        for name in node_names(path):
            found = branch.branches.get(name) or branch.branches.get(ANY_NAME)
            if found is None:
                return None
            branch = found
        return branch.rule or Rule(path, "G", Format.NODE)

    def below(self, path: str) -> tuple[Rule, ...]:
        """Return the permanent leaves that come with a node as soon as it exists."""
        depth = len(node_names(path))
        return tuple(
            Rule(path + rule.path[_offset(rule.path, depth) :], rule.access, rule.format)
            for rule in self._under(node_names(path))
            if not rule.made and ANY_NAME not in rule.path.split("/")[depth + 1 :]
        )

    def _under(self, names: tuple[str, ...]) -> list[Rule]:
        branch = self._root
        for name in names:
            found = branch.branches.get(name) or branch.branches.get(ANY_NAME)
            if found is None:
                return []
            branch = found
        return _gather(branch)

    def _plant(self, rule: Rule) -> None:
        branch = self._root
        for name in node_names(rule.path):
            branch = branch.branches.setdefault(name, _Branch())
        branch.rule = rule


def _gather(branch: _Branch) -> list[Rule]:
    rules = [] if branch.rule is None else [branch.rule]
    for lower in branch.branches.values():
        rules.extend(_gather(lower))
    return rules


def _offset(path: str, depth: int) -> int:
    """Return where in the text the part after `depth` names begins, its slash included."""
    return len("/".join(path.split("/")[: depth + 1]))


def node_names(path: str) -> tuple[str, ...]:
    """Return the names of a canonical path as they compare: decoded, without case."""
    return tuple(unquote(name).casefold() for name in path.split("/")[1:])


@lru_cache(maxsize=16)
def rulebook(profile: Profile) -> Rulebook:
    """Return the rules for a profile; one book serves all headsets of it."""
    nodes = [rule for rule in _node_rules() if profile.supports(_csp_of(rule.path))]
    if profile.supports("Policy"):
        nodes.extend(_policy_rules(profile))
    return Rulebook(tuple(nodes))


def _csp_of(path: str) -> str:
    """Return the provider that a path belongs to: `DevInfo`, `DMAcc`, `Policy`, ..."""
    names = path.split("/")
    return names[4] if "Vendor" in names[1:3] else names[2] if names[1] == "SyncML" else names[1]


def _table(name: str) -> list[list[str]]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return [line.split() for line in lines if line and not line.startswith("#")]


@lru_cache(maxsize=1)
def _node_rules() -> tuple[Rule, ...]:
    rules = []
    for short, access, format_, allowed in _table("nodes.txt"):
        prefix = _PREFIXES.get(short[:2], "")
        path = prefix + short.removeprefix(short[:2]) if prefix else short
        wanted = "" if allowed == _NEVER else allowed
        rules.append(Rule(path, access, Format(format_), wanted, made=_is_made(path, access)))
    return tuple(rules)


def _is_made(path: str, access: str) -> bool:
    return "A" in access or "C" in access or path.endswith("/" + ANY_NAME)


def _policy_rules(profile: Profile) -> list[Rule]:
    rules = []
    for name, format_, allowed, scopes, first, second in _table("policies.txt"):
        if not _has_policy(profile, first, second):
            continue
        for scope, root in (("d", VENDOR), ("u", USER_VENDOR)):
            if scope in scopes:
                wanted = "" if allowed == _NEVER else allowed
                kind = Format(format_)
                rules.append(Rule(f"{root}Policy/Config/{name}", "GARDC", kind, wanted, made=True))
                rules.append(Rule(f"{root}Policy/Result/{name}", "G", kind, made=True))
    return rules


def _has_policy(profile: Profile, first_generation: str, since: str) -> bool:
    if profile.generation == 1:
        return first_generation == "y"
    if since == _NEVER:
        return False
    build, revision = since.split(".")
    return profile.version >= (int(build), int(revision))
