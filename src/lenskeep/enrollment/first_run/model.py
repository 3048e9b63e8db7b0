"""How first run is held up, as an administrator wants it. Values only."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

DEFAULT_TIMEOUT_MIN: Final = 60
MAX_TIMEOUT_MIN: Final = 1440
"""CSP: DMClient/Provider/{ID}/FirstSyncStatus/TimeOutUntilSyncFailure, minutes."""


class Button(Enum):
    """What the page offers when it fails; the value is the spelling outside."""

    RESET = "reset"
    """Erase the headset and begin anew; HoloLens shows it from build 22621.1244 on."""
    RETRY = "try again"
    CONTINUE = "continue"


class Kind(Enum):
    """What can be expected; the value is the spelling outside."""

    POLICIES = "policies"
    NETWORKS = "networks"
    APPS = "apps"
    CERTIFICATES = "certificates"


class Trouble(Enum):
    """What is done when something failed, or time is up; the value is the spelling outside."""

    LET_IN = "let in"
    SHOW_ERROR = "show error"


@dataclass(frozen=True, slots=True)
class FirstRunPlan:
    """How first run is held up."""

    ways: frozenset[str] = frozenset()
    """The ways of coming on which the page is shown; none: nowhere."""
    timeout_min: int = DEFAULT_TIMEOUT_MIN
    buttons: frozenset[Button] = frozenset({Button.RETRY})
    """None of them: the wearer can leave the page at any time."""
    collect_logs: bool = True
    error_text: str = ""
    user_page: bool = False
    """Whether the first user waits as well, after sign-in."""
    kinds: frozenset[Kind] = frozenset(Kind)
    profiles: tuple[str, ...] = ()
    """Ids of the profiles whose settings must be there; none: of all that reach the headset."""
    apps: tuple[str, ...] = ()
    """Package family names that must be there beside what profiles bring."""
    on_trouble: Trouble = Trouble.LET_IN
    name_template: str = ""
    """What a headset is renamed to; empty: it keeps its name."""

    @property
    def is_on(self) -> bool:
        """Whether any headset is held up."""
        return bool(self.ways)
