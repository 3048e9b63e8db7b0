"""An order that cannot be undone: who gives it types the headset's name, and says why."""

from dataclasses import dataclass

from lenskeep.base.errors import Invalid
from lenskeep.flows.records import DeviceRow

MAX_REASON = 200


@dataclass(frozen=True, slots=True)
class Order:
    """What comes with an order to leave."""

    confirm: str = ""
    """The headset's name or id, typed by who gives the order."""
    anyway: bool = False
    """Do it although something speaks against it."""
    reason: str = ""

    def checked_reason(self) -> str:
        """Return why, as one line; empty for none. Raises Invalid."""
        reason = self.reason.strip()
        if len(reason) > MAX_REASON:
            message = f"it has {len(reason)} characters"
            raise Invalid.field("reason", message, f"at most {MAX_REASON}")
        if reason and not reason.isprintable():
            raise Invalid.field("reason", "it holds a control character", "one line of text")
        return reason

    def demand_confirmed(self, row: DeviceRow) -> None:
        """Raise Invalid unless the name, or the id, of this very headset was typed."""
        typed = self.confirm.strip().casefold()
        names = [each for each in (row.name, row.id) if each]
        if not typed or typed not in [each.casefold() for each in names]:
            message = "this cannot be undone, and the headset was not named"
            raise Invalid.field("confirm", message, " or ".join(names))
