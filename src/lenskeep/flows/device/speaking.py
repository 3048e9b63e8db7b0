"""Who speaks in a turn: the server for itself (first run, words for the wearer), then the profiles.

Both plan by themselves; here their plans become one, and what either stores is told apart.
"""

from dataclasses import dataclass

from lenskeep.desired.inventory import NAME, SERIAL, SOFTWARE
from lenskeep.desired.known import Known
from lenskeep.enrollment.provision import PROVIDER_ID
from lenskeep.enrollment.wearer.wishes import wearer_wishes
from lenskeep.enrollment.wearer.words import Named, name_of
from lenskeep.flows.device.own.housewishes import HouseVoice, HouseWish
from lenskeep.flows.device.wanting import DevicePlanner
from lenskeep.flows.house import House
from lenskeep.flows.in_force.documents import words_in_force
from lenskeep.flows.ports import Loaded
from lenskeep.session.state import News, Open, Planned

_DEVICE_NAME = "DeviceName"


async def words_of(house: House, loaded: Loaded) -> tuple[HouseWish, ...]:
    """Return what the headset is owed: what its wearer reads.

    Nothing before it has told what it is: its name and serial number may be among the words.
    """
    if not loaded.notice_due:
        return ()
    known = house.open_known(loaded.known)
    if known.get(SOFTWARE) is None:
        return ()
    words, _ = await words_in_force(house)
    enrollment = loaded.enrollment
    told = enrollment.context.get(_DEVICE_NAME, ("",))[0]
    named = Named(
        name=_text(known, NAME) or told,
        serial=_text(known, SERIAL),
        user=enrollment.principal.name,
    )
    name = name_of(words, named)
    return wearer_wishes(words, PROVIDER_ID, name, enrollment.id)


def _text(known: Known, uri: str) -> str:
    entry = known.get(uri)
    return (entry.value or "") if entry is not None else ""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Both voices of one turn, either of them silent; together a planner."""

    voice: HouseVoice | None
    planner: DevicePlanner | None

    @property
    def is_silent(self) -> bool:
        """Whether neither has anything to say, ever in this turn."""
        return self.voice is None and self.planner is None

    def on_their_way(self) -> tuple[Open, ...]:
        """Return the commands of both that were sent and not answered yet."""
        before = self.planner.before if self.planner else None
        ours = self.voice.on_their_way(before) if self.voice else ()
        return (*ours, *(self.planner.on_their_way() if self.planner else ()))

    def __call__(self, news: News) -> Planned:
        """Return what goes out next: ours first, since a first run waits for the rest."""
        wanted, wanting = Planned(), None
        if self.planner is not None:
            wanted = self.planner(news)
            wanting = self.planner.after
        ours = self.voice(news, wanting) if self.voice else Planned()
        return Planned(wanted.asks, (*ours.open, *wanted.open))
