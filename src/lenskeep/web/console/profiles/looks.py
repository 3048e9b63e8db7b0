"""How profiles, roll-outs and what was noticed look: words and tones, pictures as numbers."""

from collections.abc import Mapping
from typing import Final

from lenskeep.desired.changes import ChangeKind
from lenskeep.desired.templates.against import Standing
from lenskeep.desired.validate.finding import Weight
from lenskeep.flows.desired.profiles import Reach
from lenskeep.flows.mandate import Rollout
from lenskeep.web.console.desired import picture
from lenskeep.web.console.desired.looks import progress_look, progress_states
from lenskeep.web.console.desired.picture import Slice
from lenskeep.web.console.words import Look, plural

CHANGES: Final[Mapping[ChangeKind, Look]] = {
    ChangeKind.ADDED: Look("Added", "good", "It is new."),
    ChangeKind.REMOVED: Look("Removed", "bad", "It is gone."),
    ChangeKind.CHANGED: Look("Changed", "busy", "It has another value."),
    ChangeKind.ACKNOWLEDGED: Look("Acknowledged", "warn", "Only the acknowledgement changed."),
}
AGAINST: Final[Mapping[Standing, Look]] = {
    Standing.SAME: Look("As wanted", "good", "The headset has this value."),
    Standing.DIFFERENT: Look("Different", "warn", "The headset has another value, or none."),
    Standing.UNKNOWN: Look("Not known", "calm", "The headset was not asked for it."),
    Standing.NOT_APPLICABLE: Look("Not applicable", "calm", "The headset does not have it."),
}
WEIGHTS: Final[Mapping[Weight, str]] = {
    Weight.REFUSED: "bad",
    Weight.WARNING: "warn",
    Weight.LOCKOUT: "bad",
}


def slices(rollout: Rollout, path: str = "") -> tuple[Slice, ...]:
    """Return the parts of a roll-out's picture; `path` is where devices of a state are listed."""
    return picture.slices(
        (
            progress_look(state),
            rollout.by_state.get(state, 0),
            path and f"{path}?state={state.name.lower()}",
        )
        for state in progress_states()
    )


def reach_look(reach: Reach) -> Look:
    """Return the badge of a setting: on how many of the devices in question it works."""
    if not reach.devices:
        return Look("No device yet", "calm", "Assign the profile, or choose a group to look at.")
    reasons = "; ".join(f"{why}: {count}" for why, count in reach.reasons.items())
    word = f"{reach.yes} of {plural(reach.devices, 'device')}"
    if reach.yes == reach.devices:
        return Look(f"Works on all {reach.devices}", "good", "Every device in question has it.")
    if reach.no == reach.devices:
        return Look("Works on none", "bad", reasons)
    if reach.unknown and not reach.no:
        return Look(f"Sure on {word}", "calm" if not reach.yes else "busy", reasons)
    return Look(f"Works on {word}", "warn", reasons)
