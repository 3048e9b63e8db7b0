"""What REST takes and answers of leaving, custody and owners."""

from datetime import datetime

from pydantic import Field

from lenskeep.enrollment.leaving.leaver import Kind
from lenskeep.enrollment.leaving.owner import Certainty
from lenskeep.enrollment.leaving.ways import Exit, Fate
from lenskeep.flows.entrance import Custody, Departure
from lenskeep.flows.leaving.keeping import By
from lenskeep.flows.leaving.order import Order
from lenskeep.flows.leaving.showing import SilentRow
from lenskeep.web.api.inputs import Body, one_of
from lenskeep.web.api.models import Answer, Device, Operation

_CONFIRM = "The device's name, or its id, typed by whoever decides this."
_ANYWAY = "Do it although something speaks against it (`dangers`, `why_not`)."


class UnenrollBody(Body):
    """To tell a device to leave."""

    reason: str = Field("", description="For the audit.")
    anyway: bool = Field(False, description=_ANYWAY)

    @property
    def order(self) -> Order:
        """The order given."""
        return Order(anyway=self.anyway, reason=self.reason)


class RevokeBody(Body):
    """To refuse a device from now on."""

    confirm: str = Field("", description=_CONFIRM)
    reason: str = Field("", description="For the audit.")

    @property
    def order(self) -> Order:
        """The order given."""
        return Order(self.confirm, reason=self.reason)


class WipeBody(RevokeBody):
    """To tell a device to reset itself."""

    anyway: bool = Field(False, description=_ANYWAY)
    keep_provisioning: bool = Field(
        False, description="Keep what packages and Autopilot put on it (doWipePersist...)."
    )

    @property
    def order(self) -> Order:
        """The order given."""
        return Order(self.confirm, self.anyway, self.reason)


class RetireBody(RevokeBody):
    """To take a device out of service."""

    by: str = one_of(By, By.NOW.value)
    anyway: bool = Field(False, description=_ANYWAY)

    @property
    def order(self) -> Order:
        """The order given."""
        return Order(self.confirm, self.anyway, self.reason)


class CustodyBody(Body):
    """Where a device is."""

    custody: str = one_of(Custody)
    reason: str = Field("", description="For the audit.")


class Removal(Answer):
    """One thing on the device, and what becomes of it."""

    what: str
    fate: Fate
    note: str


class WayOut(Answer):
    """One way of leaving, for this device."""

    exit: Exit
    how: str
    possible: bool
    why_not: str
    removals: list[Removal]
    dangers: list[str] = Field(description="What speaks against it; `anyway` accepts it.")
    notes: list[str]


class BestWay(Answer):
    """The way to be taken unless there is a reason for another one."""

    exit: Exit
    reason: str


class Going(Answer):
    """A departure that is under way."""

    departure: Departure
    since: datetime
    operation: Operation | None
    can_be_called_back: bool
    words: str


class Silence(Answer):
    """How it stands with a device's calls."""

    heard_at: datetime
    expected_at: datetime
    missed: int
    is_silent: bool
    words: str


class Leaving(Answer):
    """How a device leaves, and how it stands with that."""

    way: str = Field(description="How it came.")
    kind: Kind
    going: Going | None
    silence: Silence | None = Field(description="null where it is not under management.")
    best: BestWay
    ways: list[WayOut]
    revoked_means: str
    waiting_means: str


class OwnerAction(Answer):
    """Something that an owner alone can do on the device."""

    what: str
    otherwise: str


class Owner(Answer):
    """Whom the device takes for its owner, as far as that can be told from here."""

    who: str
    certainty: Certainty
    why: str
    by_policy: str


class Ownership(Answer):
    """Who probably owns a device, how it came here, and what an owner is needed for."""

    way: str
    kind: Kind
    user: str
    owner: Owner
    actions: list[OwnerAction]


class SilentDevice(Answer):
    """A device that is not heard of."""

    device: Device
    silence: Silence

    @classmethod
    def of(cls, found: SilentRow) -> "SilentDevice":
        """Return the answer for this row."""
        return cls(
            device=Device.model_validate(found.row),
            silence=Silence.model_validate(found.silence),
        )
