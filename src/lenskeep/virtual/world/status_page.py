"""The enrollment status page: what the first run waits for, how far it is, what its wearer can do.

CSP: DMClient/Provider/{ID}/FirstSyncStatus. The headset works out its progress by itself, from the
lists that the server gave, and writes the outcome into the tree.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from lenskeep.base.errors import Invalid
from lenskeep.tree.uri import parse_uri
from lenskeep.tree.value import Format
from lenskeep.virtual.builds import Profile
from lenskeep.virtual.tree.rules import USER_VENDOR, VENDOR
from lenskeep.virtual.tree.store import Tree

SEPARATOR: Final = "\uf000"

_LISTS: Final = (
    ("policies", "ExpectedPolicies"),
    ("networks", "ExpectedNetworkProfiles"),
    ("apps", "ExpectedModernAppPackages"),
    ("installers", "ExpectedMSIAppPackages"),
    ("certificates", "ExpectedPFXCerts"),
    ("certificates", "ExpectedSCEPCerts"),
)
_COUNTED: Final = ("apps", "installers")
_RESET, _RETRY, _CONTINUE = 1, 2, 4
"""BlockInStatusPage, bit by bit."""
_RESET_BUTTON: Final = (22621, 1113)
"""23H1 brought the button that resets the headset."""
_DEFAULT_TIMEOUT_MIN: Final = 60
_FAILED: Final = "0"
_SUCCEEDED: Final = "1"


class Stage(Enum):
    """How one half of the page stands."""

    SKIPPED = "skipped"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    TIMED_OUT = "timed out"

    @property
    def is_bad(self) -> bool:
        """Whether the wearer sees an error."""
        return self in (Stage.FAILED, Stage.TIMED_OUT)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the page."""

    kind: str
    done: int
    expected: int


@dataclass(frozen=True, slots=True)
class Part:
    """The half for the device, or for its user."""

    stage: Stage
    rows: tuple[Row, ...] = ()

    @property
    def shown(self) -> bool:
        """Whether it is on the screen at all."""
        return self.stage is not Stage.SKIPPED

    @property
    def state(self) -> str:
        """The stage in words."""
        return self.stage.value


@dataclass(frozen=True, slots=True)
class StatusPage:
    """The page as it is now. `blocks` says whether it keeps the wearer from the headset."""

    device: Part
    user: Part
    minutes_left: int
    buttons: tuple[str, ...]
    text: str
    blocks: bool

    def lines(self) -> tuple[str, ...]:
        """Return the page as text; nothing where it is skipped."""
        parts = (("Device setup", self.device), ("Account setup", self.user))
        found = []
        for title, part in parts:
            if part.shown:
                found.append(f"{title}: {part.stage.value}")
                found += [f"  {row.kind}: {row.done} of {row.expected}" for row in part.rows]
        if self.text:
            found.append(self.text)
        found += [f"[{button}]" for button in self.buttons]
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Moment:
    """When it is, and since when the page counts. `user_since` is None until somebody signed in."""

    now: datetime
    since: datetime
    user_since: datetime | None = None


def status_page(tree: Tree, profile: Profile, provider: str, moment: Moment) -> StatusPage:
    """Return the page of a headset that is enrolled with that provider."""
    root = f"{VENDOR}DMClient/Provider/{provider}/FirstSyncStatus/"
    minutes = int(tree.value(root + "TimeOutUntilSyncFailure") or _DEFAULT_TIMEOUT_MIN)
    limit = timedelta(minutes=minutes)
    device = _device_part(tree, root, too_late=moment.now - moment.since >= limit)
    user = _user_part(tree, root, provider, moment, limit)
    bad = device.stage.is_bad or user.stage.is_bad
    blocking = int(tree.value(root + "BlockInStatusPage") or 0)
    working = Stage.WORKING in (device.stage, user.stage)
    buttons = tuple(_buttons(tree, root, profile, blocking)) if bad else ()
    left = limit - (moment.now - moment.since)
    return StatusPage(
        device=device,
        user=user,
        minutes_left=max(0, int(left.total_seconds() // 60)) if working else 0,
        buttons=buttons,
        text=(tree.value(root + "CustomErrorText") or "") if bad else "",
        blocks=(working and blocking != 0) or (bad and blocking != 0 and not blocking & _CONTINUE),
    )


def settle(tree: Tree, provider: str, page: StatusPage) -> None:
    """Write what came out into the tree: once for all, as the headset itself does."""
    completed = f"{VENDOR}EnrollmentStatusTracking/Setup/HasProvisioningCompleted"
    if tree.find(completed) is not None:
        is_over = page.device.stage is not Stage.WORKING
        tree.put(completed, Format.BOOL, str(is_over).lower())
    roots = (
        f"{VENDOR}DMClient/Provider/{provider}/",
        f"{USER_VENDOR}DMClient/Provider/{provider}/",
    )
    for root, part in zip(roots, (page.device, page.user), strict=True):
        base = f"{root}FirstSyncStatus/"
        if part.stage is Stage.DONE and tree.value(base + "IsSyncDone") != "true":
            tree.put(base + "IsSyncDone", Format.BOOL, "true")
            tree.put(base + "WasDeviceSuccessfullyProvisioned", Format.INT, _SUCCEEDED)
        elif part.stage is Stage.TIMED_OUT:
            tree.put(base + "WasDeviceSuccessfullyProvisioned", Format.INT, _FAILED)


def begin(tree: Tree, provider: str) -> None:
    """Let the page count from the start again, as after the button that tries again."""
    for root in (VENDOR, USER_VENDOR):
        node = (
            f"{root}DMClient/Provider/{provider}/FirstSyncStatus/WasDeviceSuccessfullyProvisioned"
        )
        if tree.find(node) is not None:
            tree.put(node, Format.INT, "2")


def _device_part(tree: Tree, root: str, *, too_late: bool) -> Part:
    if tree.value(root + "SkipDeviceStatusPage") != "false":
        return Part(Stage.SKIPPED)
    return _part(tree, root, too_late=too_late)


def _user_part(tree: Tree, root: str, provider: str, moment: Moment, limit: timedelta) -> Part:
    """The half for the user begins with the first sign-in; whether it is shown, the device says."""
    own = f"{USER_VENDOR}DMClient/Provider/{provider}/FirstSyncStatus/"
    if tree.value(root + "SkipUserStatusPage") != "false" or moment.user_since is None:
        return Part(Stage.SKIPPED)
    return _part(tree, own, too_late=moment.now - moment.user_since >= limit)


def _part(tree: Tree, root: str, *, too_late: bool) -> Part:
    rows = tuple(_rows(tree, root))
    outcome = tree.value(root + "WasDeviceSuccessfullyProvisioned")
    if tree.value(root + "IsSyncDone") == "true":  # the headset's word, or the server's
        return Part(Stage.FAILED if outcome == _FAILED else Stage.DONE, rows)
    finished = tree.value(root + "ServerHasFinishedProvisioning") == "true"
    if finished and all(row.done >= row.expected for row in rows):
        return Part(Stage.DONE, rows)
    if too_late or outcome == _FAILED:
        return Part(Stage.TIMED_OUT, rows)
    return Part(Stage.WORKING, rows)


def _rows(tree: Tree, root: str) -> Iterator[Row]:
    counts: dict[str, tuple[int, int]] = {}
    for kind, name in _LISTS:
        for text in (tree.value(root + name) or "").split(SEPARATOR):
            if text.strip():
                uri, expected = _entry(text.strip(), counted=kind in _COUNTED)
                done, wanted = counts.get(kind, (0, 0))
                is_there = expected if _is_there(tree, uri) else 0
                counts[kind] = (done + is_there, wanted + expected)
    for kind, (done, wanted) in counts.items():
        yield Row(kind, done, wanted)


def _entry(text: str, *, counted: bool) -> tuple[str, int]:
    """Return the LocURI and how many things it stands for: `LocURI;4` for packages."""
    uri, _, number = text.rpartition(";") if counted and ";" in text else (text, "", "")
    return uri, int(number) if number.isdecimal() else 1


def _is_there(tree: Tree, uri: str) -> bool:
    try:
        found = parse_uri(uri)
    except Invalid:
        return False
    return tree.find(found.path) is not None


def _buttons(tree: Tree, root: str, profile: Profile, blocking: int) -> Iterator[str]:
    if blocking & _RESET and profile.generation == 2 and profile.reaches(_RESET_BUTTON):
        yield "Reset device"
    if blocking & _RETRY:
        yield "Try again"
    if blocking & _CONTINUE or blocking == 0:
        yield "Continue anyway"
    if tree.value(root + "AllowCollectLogsButton") == "true":
        yield "Collect logs"
