"""The rulebook of a headset: the catalog's facts, under the rules that this headset has by hand.

The hand table `nodes.txt` says how the providers behave that a session lives on; for everything
else, and for allowed values, defaults, restarts and Atomics throughout, the catalog speaks.
"""

from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from typing import Final

from lenskeep.tree.catalog.allowed import UNSTATED, Allowed, Kind
from lenskeep.tree.catalog.record import Naming, Record
from lenskeep.tree.operation import Verb
from lenskeep.tree.value import Format
from lenskeep.virtual.builds import Profile
from lenskeep.virtual.tree.having import has, headset_nodes
from lenskeep.virtual.tree.rules import ANY_NAME, USER_VENDOR, VENDOR, Rule, Rulebook, node_names

_PREFIXES: Final = {
    "V:": VENDOR,
    "U:": USER_VENDOR,
    "P:": VENDOR + "DMClient/Provider/*/",
}
_NEVER: Final = "-"
_LETTERS: Final = {
    Verb.GET: "G",
    Verb.ADD: "A",
    Verb.REPLACE: "R",
    Verb.DELETE: "D",
    Verb.EXEC: "E",
}
_UNSTATED: Final = (0, 0)
_UNRELEASED: Final = (9, 9)
"""What the device descriptions write for nodes that no released Windows has."""

_CONFIG: Final = "/Policy/Config/"
_RESULT: Final = "/Policy/Result/"

Key = tuple[str, ...]


@lru_cache(maxsize=32)
def rulebook(profile: Profile) -> Rulebook:
    """Return the rules for a profile; one book serves all headsets of it."""
    described = {key: rule for key, (record, rule) in _described().items() if has(record, profile)}
    rules = dict(described)
    for key, rule in _by_hand().items():
        if profile.supports(_csp_of(rule.path)) and (key in described or key not in _described()):
            rules[key] = _joined(rule, described.get(key))
    ordered = sorted(rules.items(), key=lambda each: len(each[0]))
    return Rulebook(tuple(_with_results([rule for _, rule in ordered])))


@lru_cache(maxsize=32)
def csp_versions(profile: Profile) -> dict[str, str]:
    """Return the version of each provider: the newest that any of its nodes on this build needs."""
    versions: dict[str, tuple[int, int]] = {}
    for record in headset_nodes():
        major, _, minor = record.csp_version.partition(".")
        number = (int(major or 0), int(minor or 0))
        if number not in (_UNSTATED, _UNRELEASED) and has(record, profile):
            versions[record.csp] = max(number, versions.get(record.csp, (1, 0)))
    return {csp: f"{major}.{minor}" for csp, (major, minor) in versions.items()}


# --- what the catalog says ---


@lru_cache(maxsize=1)
def _described() -> dict[Key, tuple[Record, Rule]]:
    found = {}
    for record in headset_nodes():
        rule = _rule_of(record)
        found[node_names(rule.path)] = (record, rule)
    return found


def _rule_of(record: Record) -> Rule:
    path = "/".join(ANY_NAME if piece.startswith("{") else piece for piece in record.uri.split("/"))
    access = "".join(letter for verb, letter in _LETTERS.items() if verb in record.access)
    if record.area:
        access += "C"
    last = record.placeholders[-1] if record.is_dynamic and record.placeholders else None
    return Rule(
        path,
        access,
        record.format,
        record.allowed,
        _default(path, None if record.default == "Not available" else record.default),
        made=_is_made(path, access),
        atomic=record.atomic_root is not None,
        reboot=record.reboot,
        naming=last.pattern if last else None,
        found=last is not None and last.naming is Naming.CLIENT,
    )


def _default(path: str, described: str | None) -> str | None:
    """Return what a node holds at first; some descriptions do not say what only can be meant."""
    return _AT_FIRST.get(path.rpartition("/")[2].casefold(), described)


_AT_FIRST: Final = {"wasdevicesuccessfullyprovisioned": "2"}
"""2: under way. A headset that has just enrolled has neither failed nor succeeded."""


def _with_results(rules: list[Rule]) -> list[Rule]:
    """Every policy has its mirror, for reading only."""
    mirrors = [
        Rule(rule.path.replace(_CONFIG, _RESULT), "G", rule.format, made=True)
        for rule in rules
        if _CONFIG in rule.path
    ]
    return rules + mirrors


# --- what we say by hand ---


@lru_cache(maxsize=1)
def _by_hand() -> dict[Key, Rule]:
    rules = {}
    for short, access, format_, allowed in _table("nodes.txt"):
        prefix = _PREFIXES.get(short[:2], "")
        path = prefix + short.removeprefix(short[:2]) if prefix else short
        kind = Format(format_)
        rule = Rule(path, access, kind, read_allowed(allowed), made=_is_made(path, access))
        rules[node_names(path)] = rule
    return rules


def _joined(hand: Rule, described: Rule | None) -> Rule:
    """Return the hand's rule with what the catalog knows beside it.

    What a server may do to a leaf is what either says: the hand's table is the shorter.
    """
    if described is None:
        return hand
    access = hand.access
    if hand.format is not Format.NODE:
        access += "".join(letter for letter in described.access if letter not in access)
    return replace(
        hand,
        access=access,
        allowed=described.allowed if hand.allowed == UNSTATED else hand.allowed,
        default=_default(hand.path, described.default),
        atomic=described.atomic,
        reboot=described.reboot,
        naming=described.naming,
    )


def read_allowed(text: str) -> Allowed:
    """Return what `a|b` or `low..high` allows; `-` stands for anything."""
    if text in ("", _NEVER):
        return UNSTATED
    low, dots, high = text.partition("..")
    if dots:
        return Allowed(Kind.RANGE, ranges=((int(low), int(high)),))
    return Allowed(Kind.ENUM, values=tuple(text.split("|")))


def _table(name: str) -> list[list[str]]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return [line.split() for line in lines if line and not line.startswith("#")]


def _is_made(path: str, access: str) -> bool:
    return "A" in access or "C" in access or path.endswith("/" + ANY_NAME)


def _csp_of(path: str) -> str:
    """Return the provider that a path belongs to: `DevInfo`, `DMAcc`, `Policy`, ..."""
    names = path.split("/")
    return names[4] if "Vendor" in names[1:3] else names[2] if names[1] == "SyncML" else names[1]
