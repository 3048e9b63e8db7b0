"""What single values mean, in our words, where a number alone tells a person nothing.

An administrator's own import of the device description brings Microsoft's words; they win.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from lenskeep.desired.guard.places import place
from lenskeep.tree.uri import node_key

_PERSON: Final = {"0": "The person decides", "1": "Always", "2": "Never"}
_CHARACTERS: Final = {"0": "Allowed", "1": "At least one", "2": "Not allowed"}
_UNSET: Final = {"0": "No", "1": "Yes", "65535": "Not configured"}
_DAYS: Final = (
    *("Every day", "Sunday", "Monday", "Tuesday"),
    *("Wednesday", "Thursday", "Friday", "Saturday"),
)
_LABELS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "accountmanagement/userprofilemanagement/deletionpolicy": {
            "0": "At sign-out",
            "1": "When storage runs short",
            "2": "When storage runs short, or unused for long",
        },
        "applicationmanagement/allowalltrustedapps": _UNSET,
        "applicationmanagement/allowdeveloperunlock": _UNSET,
        "applicationmanagement/allowappstoreautoupdate": {
            "0": "No",
            "1": "Yes",
            "2": "Not configured",
        },
        "browser/allowcookies": {"0": "None", "1": "No third-party cookies", "2": "All"},
        "connectivity/allowbluetooth": {"0": "Off", "2": "On"},
        "deliveryoptimization/dodownloadmode": {
            "0": "Microsoft only",
            "1": "And peers behind the same NAT",
            "2": "And peers of a private group",
            "3": "And peers on the internet",
            "99": "Simple, without the cloud service",
            "100": "Bypass",
        },
        "devicelock/alphanumericdevicepasswordrequired": {
            "0": "Letters and digits",
            "1": "Digits",
            "2": "Either",
        },
        "devicelock/devicepasswordenabled": {"0": "A password is wanted", "1": "No password"},
        "mixedreality/configuremovingplatform": {
            "0": "The person decides",
            "1": "Always off",
            "2": "Always on",
        },
        "mixedreality/disallownetworkconnectivitypassivepolling": {"0": "Allowed", "1": "Stopped"},
        "mixedreality/fallbackdiagnostics": {"0": "Nobody", "1": "Owners", "2": "Everybody"},
        "system/allowlocation": {"0": "Off", "1": "The person decides", "2": "On"},
        "system/allowtelemetry": {"0": "Security data", "1": "Required data", "3": "All data"},
        "system/configuretelemetryoptinsettingsux": {
            "0": "People may choose",
            "1": "People may not choose",
        },
        "update/allowautoupdate": {
            "0": "Ask before the download",
            "1": "Install by itself, ask for the restart",
            "2": "Install and restart by itself",
            "3": "Install and restart at a set time",
            "4": "Install and restart, people have no say",
            "5": "Off",
        },
        "update/autorestartrequirednotificationdismissal": {
            "1": "It goes by itself",
            "2": "A person closes it",
        },
        "update/branchreadinesslevel": {
            "2": "Insider, fast (Dev)",
            "4": "Insider, slow (Beta)",
            "8": "Insider, Release Preview",
            "16": "Semi-annual",
        },
        "update/managepreviewbuilds": {
            "0": "No",
            "1": "No, once the next release is public",
            "2": "Yes",
            "3": "The person decides",
        },
        "update/scheduledinstallday": {str(n): day for n, day in enumerate(_DAYS)},
        "update/updatenotificationlevel": {
            "0": "The usual ones",
            "1": "Only about restarts",
            "2": "None",
        },
        "wifi/profile/{ssid}/wificost": {"1": "Unmetered", "2": "Fixed", "3": "Variable"},
    }
)
"""By the place after `Vendor/MSFT/` and `Policy/Config/`, in lower case. CSP: Policy and others."""


def label_of(uri: str, value: str) -> str:
    """Return what a value of this node means, empty where only the value is known."""
    name = place(node_key(uri)).removeprefix("policy/config/")
    if name.startswith("privacy/letappsaccess"):
        return _PERSON.get(value, "")
    if name.startswith("passportforwork/") and "/pincomplexity/" in name:
        return _CHARACTERS.get(value, "")
    return _LABELS.get(name, {}).get(value, "")
