"""Apps by their application user model id (AUMID): `Family_publisherid!AppId`."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from lenskeep.desired.guard.kiosk import SETTINGS_NEW, SETTINGS_OLD
from lenskeep.desired.validate.finding import Finding, refused, warned

EDGE_OLD: Final = "Microsoft.MicrosoftEdge_8wekyb3d8bbwe!MicrosoftEdge"
EDGE_NEW: Final = "Microsoft.MicrosoftEdge.Stable_8wekyb3d8bbwe!MSEDGE"

_MAIL: Final = "microsoft.windowscommunicationsapps_8wekyb3d8bbwe!microsoft.windowslive."
KNOWN: Final = (
    "Microsoft.Microsoft3DViewer_8wekyb3d8bbwe!Microsoft.Microsoft3DViewer",
    f"{_MAIL}calendar",
    f"{_MAIL}mail",
    "HoloCamera_cw5n1h2txyewy!HoloCamera",
    "Microsoft.549981C3F5F10_8wekyb3d8bbwe!App",
    "HoloDevicesFlow_cw5n1h2txyewy!HoloDevicesFlow",
    "Microsoft.Windows.DevicesFlowHost_cw5n1h2txyewy!Microsoft.Windows.DevicesFlowHost",
    "Microsoft.Dynamics365.Guides_8wekyb3d8bbwe!MicrosoftGuides",
    "Microsoft.MicrosoftRemoteAssist_8wekyb3d8bbwe!Microsoft.RemoteAssist",
    "Microsoft.WindowsFeedbackHub_8wekyb3d8bbwe!App",
    "c5e2524a-ea46-4f67-841f-6a9465d9d515_cw5n1h2txyewy!App",
    "Microsoft.Fenix2020_8wekyb3d8bbwe!App",
    EDGE_OLD,
    EDGE_NEW,
    "Microsoft.WindowsStore_8wekyb3d8bbwe!App",
    "Microsoft.ZuneVideo_8wekyb3d8bbwe!Microsoft.ZuneVideo",
    "microsoft.microsoftskydrive_8wekyb3d8bbwe!App",
    "Microsoft.Windows.Photos_8wekyb3d8bbwe!App",
    SETTINGS_OLD,
    SETTINGS_NEW,
    "Microsoft.HoloLensTips_8wekyb3d8bbwe!HoloLensTips",
)
"""The apps that HoloLens documentation names."""

RENEWED: Final = (("Settings", SETTINGS_OLD, SETTINGS_NEW), ("Edge", EDGE_OLD, EDGE_NEW))
"""Apps that 21H1 replaced by another with another id."""
RENEWED_AT: Final = "20346.1002"

FORM: Final = "Name_publisherid!AppId, such as Contoso.Inspect_8wekyb3d8bbwe!App"
_AUMID: Final = re.compile(r"[A-Za-z0-9.-]{3,50}_[0-9a-hjkmnp-tv-z]{13}![A-Za-z0-9._-]{1,64}")
"""The alphabet of publisher ids lacks i, l, o and u."""
_FULL_NAME: Final = re.compile(r"_\d{1,5}(\.\d{1,5}){3}_", re.ASCII)
_BY_FOLD: Final = {each.casefold(): each for each in KNOWN}
_BY_NAME: Final = {each.casefold().partition("_")[0]: each for each in KNOWN}
_WINDOWS: Final = "_cw5n1h2txyewy!"
"""The publisher of Windows itself, whose apps on a headset are all known."""
_NEAR: Final = 0.85
"""How alike the name of a package must be to be taken for a slip of the pen."""
_NEAR_WINDOWS: Final = 0.5


def aumid(value: str) -> Iterator[Finding]:
    """Check the form of an id, and whether it looks like a known one misspelled."""
    if value != value.strip():
        yield refused("has blanks around it", value.strip(), value)
    elif _FULL_NAME.search(value):
        yield refused("is a package's full name, with its version", FORM, value)
    elif "!" not in value:
        yield refused("names a package and no app in it", FORM, value)
    elif not _AUMID.fullmatch(value):
        yield refused("is not the id of an app", FORM, value)
    elif value.casefold() not in _BY_FOLD:
        yield from _slip(value)


def _slip(value: str) -> Iterator[Finding]:
    folded = value.casefold()
    if _WINDOWS in folded:
        near = get_close_matches(folded, list(_BY_FOLD), n=1, cutoff=_NEAR_WINDOWS)
        name = _BY_FOLD[near[0]] if near else None
        yield warned("is no app that HoloLens documentation names", name, value)
        return
    close = get_close_matches(folded.partition("_")[0], list(_BY_NAME), n=1, cutoff=_NEAR)
    if close:
        yield warned("is no app that HoloLens documentation names", _BY_NAME[close[0]], value)
