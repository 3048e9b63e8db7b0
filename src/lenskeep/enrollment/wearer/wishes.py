"""The words as nodes of an enrolled headset. CSP: DMClient/Provider/{ID}."""

from collections.abc import Iterator

from lenskeep.enrollment.wearer.words import WearerWords
from lenskeep.enrollment.wishes.wish import HouseWish
from lenskeep.tree.operation import Verb
from lenskeep.tree.value import Format

_REASON = "what the wearer reads in Settings"


def wearer_wishes(
    words: WearerWords, provider: str, device_name: str, ent_dm_id: str
) -> tuple[HouseWish, ...]:
    """Return what an enrolled headset is told; a text that is empty is taken away from it.

    The page that ends an enrollment is not among them: that moment has passed. `ent_dm_id` is
    told too, since a renewal needs it.
    """
    rows = (
        ("EntDMID", ent_dm_id),
        ("EntDeviceName", device_name),
        ("HelpPhoneNumber", words.help_phone),
        ("HelpWebsite", words.help_website),
        ("HelpEmailAddress", words.help_email),
    )
    return tuple(_wishes(provider, rows))


def _wishes(provider: str, rows: tuple[tuple[str, str], ...]) -> Iterator[HouseWish]:
    for name, text in rows:
        uri = f"./Device/Vendor/MSFT/DMClient/Provider/{provider}/{name}"
        if text:
            yield HouseWish(uri, Verb.REPLACE, Format.CHR, text, _REASON, turns=True)
        else:
            yield HouseWish(uri, Verb.DELETE, None, None, _REASON)
