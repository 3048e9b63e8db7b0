"""What a fleet shall do, as one value."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lenskeep.base.secret import Secret
from lenskeep.virtual.fleet.asking.arrivals import Arrivals, Burst
from lenskeep.virtual.fleet.asking.faults import NO_FAULTS, Faults
from lenskeep.virtual.fleet.asking.mix import Mix
from lenskeep.virtual.headset import DEFAULT_BUILD
from lenskeep.virtual.session.report import Origin, SyncOptions
from lenskeep.virtual.transport import Patience

DEFAULT_TEMPLATE: Final = "headset{n}@fleet.example"
_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 8.0
_ANSWER_S: Final = 60.0
_HOLDS: Final = 20
"""How often one message is put off by a busy server before that is told."""
_JITTER: Final = 0.5


def _first_session() -> SyncOptions:
    return SyncOptions(origin=Origin.ENROLLMENT)


def patience(seconds: float = 120.0) -> Patience:
    """Return the patience of a fleet: it tries again for about so long, later and later."""
    pause_s, waited_s, retries = _FIRST_PAUSE_S, 0.0, 0
    while waited_s < seconds:
        waited_s += pause_s * (1 - _JITTER / 2)
        pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
        retries += 1
    return Patience(retries, _FIRST_PAUSE_S, _LONGEST_PAUSE_S, _ANSWER_S, _JITTER, _HOLDS)


@dataclass(frozen=True, slots=True)
class Load:
    """The sessions after the first ones. Each headset has `sessions`, unless time is up before."""

    mix: Mix = field(default_factory=Mix)
    arrivals: Arrivals = field(default_factory=Burst)
    sessions: int = 1
    duration_s: float | None = None
    """Where it is set, sessions go on until then."""
    settle: bool = False
    """Whether each headset goes on, at the end, until a session brings it nothing more."""


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """What the fleet shall do. `user_template` has `{n}` for the headset's number from 1."""

    count: int
    server: str
    secret: str = field(repr=False)
    """What they enroll with: a password, or one-time codes in lines, used in turn."""
    ca: bytes = b""
    user_template: str = DEFAULT_TEMPLATE
    builds: tuple[str, ...] = (DEFAULT_BUILD,)
    state_dir: Path | None = None
    syncs: int = 1
    """Sessions of each headset right after it is there, its first one among them."""
    at_once: int = 50
    starts_per_s: float = 50.0
    options: SyncOptions = field(default_factory=_first_session)
    load: Load | None = None
    faults: Faults = NO_FAULTS
    seed: int = 1
    patience: Patience = field(default_factory=patience)
    keep: int = 0
    """Connections that stay open between sessions."""
    packed: bool = False
    """Whether `state_dir` holds one file instead of a folder for each."""
    token: Secret | None = None
    """Of an administrator, for what has to be ordered first."""
    share: tuple[int, int] = (0, 1)
    """Which of how many processes this is; each has its own headsets."""

    @property
    def numbers(self) -> range:
        """The headsets of this process."""
        index, processes = self.share
        return range(index + 1, self.count + 1, processes)

    def secret_of(self, number: int) -> str:
        """Return what headset `number` enrolls with."""
        secrets = self.secret.split("\n")
        return secrets[(number - 1) % len(secrets)]
