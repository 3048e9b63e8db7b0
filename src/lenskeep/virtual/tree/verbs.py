"""What Get, Add, Replace, Delete and Exec do to the tree, and which status each deserves.

The truth of a Windows headset, [MS-MDM] 2.2.6 and the providers' published node tables: 404 for
what is not there, 405 for what may not be done, 418 for what exists already, 415 for another
format, 500 for a value out of range or outside of the Atomic that its node wants, 425 for the
management account's own root. A 200 says that a value was kept, not that it does anything.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from lenskeep.base.errors import Invalid
from lenskeep.tree.catalog.record import Reboot
from lenskeep.tree.operation import Verb
from lenskeep.tree.uri import LocUri, Scope, parse_uri
from lenskeep.tree.value import Format, parse_format
from lenskeep.virtual.tree.documents import ingested_rule, is_frozen, is_readable
from lenskeep.virtual.tree.mirror import after_change, live_value
from lenskeep.virtual.tree.rules import Rule
from lenskeep.virtual.tree.store import Node, Tree
from lenskeep.virtual.tree.values import Unfit, is_well_formed, taken
from lenskeep.wire.syncml.codes import StatusCode

_OTHER_ENROLLMENTS: Final = "./device/vendor/msft/declaredconfiguration"
"""`seen:` 26200, 2026: answers 406 where the enrollment is not a linked one."""


class Effect(Enum):
    """What an Exec sets off outside the tree."""

    REBOOT = "reboot"
    WIPE = "wipe"
    WIPE_KEEPING_PACKAGE = "wipe, keeping the package"
    UNENROLL = "unenroll"
    LOCK = "lock"
    UPGRADE_EDITION = "upgrade edition"
    RENEW = "renew"

    @property
    def is_wipe(self) -> bool:
        """Whether nothing is left afterwards."""
        return self in (Effect.WIPE, Effect.WIPE_KEEPING_PACKAGE)


@dataclass(frozen=True, slots=True)
class Found:
    """One value read: the LocURI as asked or as found, its format, its text."""

    uri: str
    format: Format
    value: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one Item."""

    status: int
    found: tuple[Found, ...] = ()
    effect: Effect | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """One Item of one command: what is asked of which node. `format` as the message says it."""

    verb: Verb
    uri: str
    format: str | None = None
    value: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What besides the tree decides: who is signed in, the local time, the provider's name."""

    user_present: bool
    local_time: str
    provider: str = ""
    failing: dict[str, int] = field(default_factory=dict)
    """Nodes told to fail: LocURI key -> status."""
    in_atomic: bool = False


def perform(tree: Tree, act: Act, around: Circumstances) -> Outcome:
    """Do one thing to one node and return what became of it."""
    try:
        uri = parse_uri(act.uri)
    except Invalid:
        return Outcome(StatusCode.NOT_FOUND)
    if uri.key in around.failing:
        return Outcome(around.failing[uri.key])
    if uri.scope is Scope.USER and not around.user_present:
        return Outcome(StatusCode.NOT_ALLOWED)  # seen: 405 until the user's context exists
    rule = tree.book.find(uri.path) or ingested_rule(tree, uri.path)
    if uri.key.startswith(_OTHER_ENROLLMENTS):
        return Outcome(StatusCode.NOT_SUPPORTED)
    if rule is None:
        return Outcome(StatusCode.NOT_FOUND)
    if act.verb is not Verb.GET and _is_shut(tree, uri, act.value):
        return Outcome(StatusCode.NOT_ALLOWED)
    return _VERBS[act.verb](tree, _Ask(act, uri, rule, around))


def _is_shut(tree: Tree, uri: LocUri, value: str | None) -> bool:
    """Return whether nothing may be changed there: by the first run's state, or without a parent.

    A user's provider is not there by itself; what is below answers 405 until somebody added it.
    """
    if uri.key.startswith(_USERS_PROVIDERS):
        provider = "/".join(uri.path.split("/")[:_PROVIDER_DEPTH])
        if provider != uri.path and tree.find(provider) is None:
            return True
    return is_frozen(tree, uri.path, value)


_USERS_PROVIDERS: Final = "./user/vendor/msft/dmclient/provider/"
_PROVIDER_DEPTH: Final = 7
"""Names in `./User/Vendor/MSFT/DMClient/Provider/NAME`."""


@dataclass(frozen=True, slots=True)
class _Ask:
    act: Act
    uri: LocUri
    rule: Rule
    around: Circumstances


def _get(tree: Tree, ask: _Ask) -> Outcome:
    node = tree.find(ask.uri.path)
    if node is None:
        return Outcome(StatusCode.NOT_FOUND)
    if ask.uri.query.startswith("?prop"):
        return Outcome(StatusCode.NOT_SUPPORTED)
    if not ask.rule.allows("G"):
        return Outcome(StatusCode.NOT_ALLOWED)
    if ask.uri.query:
        return Outcome(StatusCode.OK, _subtree(tree, ask, node))
    return Outcome(StatusCode.OK, (_found(tree, node, ask.act.uri.strip(), ask.around),))


def _subtree(tree: Tree, ask: _Ask, top: Node) -> tuple[Found, ...]:
    """Return one entry a node: interior ones without data, leaves with it where asked for."""
    with_data = ask.uri.query.endswith("StructData")
    asked = ask.act.uri.strip().partition("?")[0]
    found = []
    for node in tree.under(top.path):
        rule = tree.book.find(node.path)
        if rule is None or not rule.allows("G"):
            continue
        spelled = asked + node.path[len(top.path) :]
        value = _found(tree, node, spelled, ask.around).value
        shown = value if with_data and node.format is not Format.NODE else None
        found.append(Found(spelled, node.format, shown))
    return tuple(found)


def _found(tree: Tree, node: Node, spelled: str, around: Circumstances) -> Found:
    if node.format is Format.NODE:
        names = "/".join(child.path.rpartition("/")[2] for child in tree.children(node.path))
        return Found(spelled, Format.NODE, names)
    value = live_value(tree, node, around.local_time)
    return Found(spelled, node.format, value or "")


def _add(tree: Tree, ask: _Ask) -> Outcome:
    exists = tree.find(ask.uri.path) is not None
    if not ask.rule.allows("A"):
        return Outcome(StatusCode.ALREADY_EXISTS if exists else StatusCode.NOT_ALLOWED)
    if exists and not _is_policy(ask.uri):
        return Outcome(StatusCode.ALREADY_EXISTS)
    if ask.rule.found:
        return Outcome(StatusCode.NOT_ALLOWED)  # such nodes are found, nobody makes them
    if not tree.book.takes_name(ask.uri.path):
        return Outcome(StatusCode.FAILED)
    return _write(tree, ask)


def _replace(tree: Tree, ask: _Ask) -> Outcome:
    if not ask.rule.allows("R"):
        return Outcome(StatusCode.NOT_ALLOWED)
    if tree.find(ask.uri.path) is None and not ask.rule.allows("C"):
        return Outcome(StatusCode.NOT_FOUND)
    return _write(tree, ask)


def _write(tree: Tree, ask: _Ask) -> Outcome:
    rule, act = ask.rule, ask.act
    if rule.atomic and not ask.around.in_atomic:
        return Outcome(StatusCode.FAILED)  # assumed: the code; DDF: AtomicRequired
    try:
        given = parse_format(act.format) if act.format else None
    except Invalid:
        return Outcome(StatusCode.UNSUPPORTED_FORMAT)
    if given is not None and not _fits(given, rule.format):
        return Outcome(StatusCode.UNSUPPORTED_FORMAT)
    try:
        value = taken(rule, act.value)
    except Unfit:
        return Outcome(StatusCode.FAILED)
    if not is_readable(ask.uri.path, value):
        return Outcome(StatusCode.FAILED)
    return _keep(tree, ask, value)


def _keep(tree: Tree, ask: _Ask, value: str | None) -> Outcome:
    """Set the node, or remember the value for the next restart."""
    path, rule = ask.uri.path, ask.rule
    if ask.uri.key.endswith(_SINGLE_APP) and tree.find(path[: -len(_SINGLE_APP)] + _KIOSK):
        return Outcome(StatusCode.OK)  # CSP: AssignedAccess: kept from doing anything, and says 200
    if rule.reboot is not Reboot.NONE and not _is_policy(ask.uri):
        tree.wait(path, rule.format, value)
        by_itself = rule.reboot is Reboot.AUTOMATIC
        return Outcome(StatusCode.OK, effect=Effect.REBOOT if by_itself else None)
    before = tree.snapshot()
    tree.put(path, rule.format, value)
    if not after_change(tree, path):
        tree.restore(before)
        return Outcome(StatusCode.FAILED)
    return Outcome(StatusCode.OK)


def _fits(given: Format, wanted: Format) -> bool:
    """Return whether a declared format is taken; text forms and base64 forms pass for another."""
    kinds = ({Format.CHR, Format.XML, Format.DATE, Format.TIME}, {Format.B64, Format.BIN})
    return given is wanted or any(given in kind and wanted in kind for kind in kinds)


def _delete(tree: Tree, ask: _Ask) -> Outcome:
    path = ask.uri.path
    exists = tree.find(path) is not None
    if ask.uri.key.startswith("./syncml/dmacc/") and ask.uri.key.count("/") == 3:
        # assumed: the account's own ACL
        return Outcome(StatusCode.PERMISSION_DENIED if exists else StatusCode.NOT_FOUND)
    if not ask.rule.allows("D"):
        return Outcome(StatusCode.NOT_ALLOWED)
    if not exists:
        return Outcome(StatusCode.NOT_FOUND)
    if ask.rule.made:
        tree.remove(path)
    else:
        tree.restore_first(path)
    after_change(tree, path)
    return Outcome(StatusCode.OK)


def _exec(tree: Tree, ask: _Ask) -> Outcome:
    if not ask.rule.allows("E"):
        return Outcome(StatusCode.NOT_ALLOWED)
    if tree.find(ask.uri.path) is None:
        return Outcome(StatusCode.NOT_FOUND)
    effect = _EFFECTS.get(ask.uri.segments[-1].casefold())
    legacy = ask.uri.key == "./device/vendor/msft/dmclient/unenroll"
    if legacy and (ask.act.value or "").strip() != ask.around.provider:
        return Outcome(StatusCode.FAILED)
    if effect is Effect.UPGRADE_EDITION and not is_well_formed(ask.act.value or ""):
        # assumed: what is no license at all is refused at once, and Status says that it failed
        tree.put(ask.uri.path.rpartition("/")[0] + "/Status", Format.INT, "0")
        return Outcome(StatusCode.FAILED)
    status = StatusCode.ACCEPTED if effect is not None and effect.is_wipe else StatusCode.OK
    return Outcome(status, effect=effect)


def _is_policy(uri: LocUri) -> bool:
    return "/policy/config/" in uri.key


_SINGLE_APP: Final = "kioskmodeapp"
_KIOSK: Final = "Configuration"

_EFFECTS: Final = {
    "rebootnow": Effect.REBOOT,
    "dowipe": Effect.WIPE,
    "dowipepersistprovisioneddata": Effect.WIPE_KEEPING_PACKAGE,
    "unenroll": Effect.UNENROLL,
    "lock": Effect.LOCK,
    "upgradeeditionwithlicense": Effect.UPGRADE_EDITION,
    "renewnow": Effect.RENEW,
}

_VERBS: Final[dict[Verb, Callable[[Tree, _Ask], Outcome]]] = {
    Verb.GET: _get,
    Verb.ADD: _add,
    Verb.REPLACE: _replace,
    Verb.DELETE: _delete,
    Verb.EXEC: _exec,
}
