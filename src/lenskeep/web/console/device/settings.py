"""A device's settings: what is wanted, what is known, how that stands; and trying again."""

from dataclasses import dataclass
from itertools import groupby

from starlette.responses import Response

from lenskeep.base.errors import Conflict, Invalid
from lenskeep.base.identifiers import DeviceId
from lenskeep.desired.standing import SettingState
from lenskeep.flows.desired.rolling import SettingView, device_settings, try_again
from lenskeep.web.console.desired import looks
from lenskeep.web.console.desired.answer import complained, hands, part
from lenskeep.web.console.desired.picture import slices
from lenskeep.web.console.page import Visit, go

_FEW = 12
"""Up to so many settings all areas are open from the beginning."""
_REFUSED = 400
"""From this OMA-DM status on a command was refused."""


@dataclass(frozen=True, slots=True)
class Area:
    """The settings of one area, those in trouble first."""

    title: str
    settings: tuple[SettingView, ...]
    is_open: bool

    @property
    def trouble(self) -> int:
        """How many somebody should look at."""
        return sum(each.state.is_trouble for each in self.settings)

    @property
    def tone(self) -> str:
        """The class of the worst of them: they stand in that order."""
        return looks.setting_look(self.settings[0].state).tone

    @property
    def moving(self) -> int:
        """How many are not settled."""
        return sum(not each.state.is_settled for each in self.settings)


async def settings_part(visit: Visit) -> Response:
    """Show the settings, for the live page."""
    device = DeviceId(visit.request.path_params["device"])
    return part(visit, "desired/settings.html", await settings_of(visit, device))


async def retry(visit: Visit) -> Response:
    """Let failed settings (the one named, or all) be tried again."""
    device = DeviceId(visit.request.path_params["device"])
    uri = visit.form.get("uri", "")
    try:
        await try_again(visit.house, visit.caller, device, [uri] if uri else None)
    except (Invalid, Conflict) as error:
        if not visit.is_live:
            raise
        return complained(visit, error)
    if not visit.is_live:
        return go(visit.request, f"/devices/{device}#settings-title")
    return await settings_part(visit)


async def settings_of(visit: Visit, device: DeviceId) -> dict[str, object]:
    """Return what the section of a device's settings shows."""
    found = await device_settings(visit.house, visit.caller, device)
    counted = [
        (looks.setting_look(each), found.counts.get(each, 0), "") for each in looks.setting_states()
    ]
    return {
        **hands(),
        "device": device,
        "settings": found,
        "setting_parts": slices(counted),
        "areas": areas(found.settings),
        "can_be_tried": can_be_tried,
        "failed": found.counts.get(SettingState.FAILED, 0),
    }


def areas(settings: tuple[SettingView, ...]) -> tuple[Area, ...]:
    """Return the settings by area; areas with trouble first."""
    rank = {state: number for number, state in enumerate(looks.setting_states())}

    def place(each: SettingView) -> str:
        return looks.area(each.uri).casefold()

    found: list[Area] = []
    for _, members in groupby(sorted(settings, key=place), key=place):
        rows = tuple(sorted(members, key=lambda each: (rank[each.state], each.title.casefold())))
        is_calm = all(each.state.is_settled and not each.state.is_trouble for each in rows)
        is_open = len(settings) <= _FEW or not is_calm
        found.append(Area(looks.area(rows[0].uri), rows, is_open))
    return tuple(sorted(found, key=lambda each: (not each.trouble, not each.moving)))


def can_be_tried(setting: SettingView) -> bool:
    """Return whether there is something to try again: it failed, or could not be taken away."""
    if setting.state is SettingState.FAILED:
        return True
    is_kept = setting.state in (SettingState.REMOVING, SettingState.LEFT)
    return is_kept and setting.status is not None and setting.status >= _REFUSED
