"""The way of one headset as seven stations, each with how it stands. Pure."""

from dataclasses import dataclass
from typing import Final

from lenskeep.flows.arriving.first_run import FirstRunStatus
from lenskeep.flows.device.attempting import DISCOVERY, ENROLLMENT, POLICY, SIGN_IN, TERMS
from lenskeep.flows.mandate import ProgressState
from lenskeep.flows.records import DeviceRow, DeviceState
from lenskeep.web.console.enrollment.arrivals.track import Arrival
from lenskeep.web.console.words import Look

DONE: Final = "done"
NOW: Final = "now"
FAILED: Final = "failed"
LATER: Final = "later"

_ENTRY: Final = (
    ("Discovered", (DISCOVERY,)),
    ("Signed in", (SIGN_IN, TERMS)),
    ("Policy", (POLICY,)),
    ("Enrolled", (ENROLLMENT,)),
)
_AFTER: Final = ("First session", "First run", "Ready")
_BAD: Final = (ProgressState.FAILED, ProgressState.DRIFTED, ProgressState.CONFLICTING)
_LIVING: Final = (DeviceState.ENROLLED, DeviceState.MANAGED)


@dataclass(frozen=True, slots=True)
class Station:
    """One phase: its name, and how it stands."""

    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Since:
    """What became of a headset that was let in."""

    row: DeviceRow
    first_run: FirstRunStatus


@dataclass(frozen=True, slots=True)
class Course:
    """All stations, and where it stands in a word and a sentence."""

    stations: tuple[Station, ...]
    look: Look


def course(arrival: Arrival, since: Since | None) -> Course:
    """Return how far the headset is."""
    entry = _entered(arrival)
    if since is None or not arrival.has(ENROLLMENT):
        later = tuple(Station(name, LATER) for name in _AFTER)
        return Course((*entry, *later), _entry_look(arrival))
    states, look = _managed(since)
    after = tuple(Station(name, state) for name, state in zip(_AFTER, states, strict=True))
    return Course((*entry, *after), look)


# --- coming in ----------------------------------------------------------------------------


def _entered(arrival: Arrival) -> tuple[Station, ...]:
    reached = max(
        (index for index, (_, phases) in enumerate(_ENTRY) if arrival.has(*phases)), default=-1
    )
    stopped = _index(arrival.stopped_at)
    if stopped is not None:
        states = [DONE] * stopped + [FAILED] + [LATER] * (len(_ENTRY) - stopped - 1)
    else:
        going = [NOW] if reached + 1 < len(_ENTRY) else []
        states = [DONE] * (reached + 1) + going
        states += [LATER] * (len(_ENTRY) - len(states))
    return tuple(Station(name, state) for (name, _), state in zip(_ENTRY, states, strict=True))


def _index(phase: str) -> int | None:
    found = (index for index, (_, phases) in enumerate(_ENTRY) if phase in phases)
    return next(found, None)


def _entry_look(arrival: Arrival) -> Look:
    if arrival.is_refused:
        return Look("Refused", "bad", "It was told no; what is in the way stands beside it.")
    if arrival.is_renewal:
        return Look("Renewed", "good", "A headset that is in has a new certificate.")
    if arrival.has(ENROLLMENT):
        return Look("Enrolled", "busy", "It has its certificate.")
    if arrival.has(SIGN_IN, TERMS, POLICY):
        return Look("Coming in", "busy", "It proved who it is and asks for its certificate.")
    return Look("Looking", "wait", "It found this server; nobody has signed in yet.")


# --- since then ---------------------------------------------------------------------------


def _managed(since: Since) -> tuple[tuple[str, str, str], Look]:
    row, run = since.row, since.first_run
    if row.state not in _LIVING:
        gone = Look("Gone again", "calm", "Its management has ended since.")
        return (DONE if row.last_seen else LATER, LATER, LATER), gone
    if row.state is DeviceState.ENROLLED:
        waits = Look("Enrolled", "busy", "It has its certificate; its first session is awaited.")
        return (NOW, LATER, LATER), waits
    if run.stage not in ("none", "over"):
        held = f"The first run waits for {run.waiting} settings." if run.waiting else "Held up."
        return (DONE, FAILED if run.failed else NOW, LATER), Look("First run", "busy", held)
    if row.worst in _BAD:
        look = Look("Arrived, with trouble", "warn", "Some of what is wanted of it did not work.")
        return (DONE, DONE, FAILED), look
    if row.worst is ProgressState.WAITING:
        return (DONE, DONE, NOW), Look("Settling in", "busy", "It is given its settings.")
    return (DONE, DONE, DONE), Look("Ready", "good", "It is managed and has what it needs.")
