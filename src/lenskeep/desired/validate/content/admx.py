"""ADMX-backed values: `<enabled/>` with data, or `<disabled/>`; ids known for HoloLens.

The data ids of a policy stand in its ADMX file, which the catalog does not have. Those that the
HoloLens documentation names are written here; of others only the form is checked.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from xml.etree.ElementTree import Element

from lenskeep.desired.validate.content.texts import F000
from lenskeep.desired.validate.finding import Found, refused, warned
from lenskeep.wire import xml
from lenskeep.wire.errors import BadMessage

FORM: Final = '<enabled/> with <data id="..." value="..."/> for each part, or <disabled/>'


@dataclass(frozen=True, slots=True)
class Part:
    """One data element of an ADMX-backed policy; `fits` tells whether its value will do."""

    id: str
    allowed: str
    fits: Callable[[str], bool]
    required: bool = True


def _number(id_: str, low: int, high: int, *, required: bool = True) -> Part:
    def fits(value: str) -> bool:
        return bool(re.fullmatch(r"[0-9]{1,10}", value)) and low <= int(value) <= high

    return Part(id_, f"{low} to {high}", fits, required)


def _one_of(id_: str, *choices: str) -> Part:
    return Part(id_, ", ".join(choices), lambda value: value in choices)


_SERVER: Final = re.compile(r"[A-Za-z0-9_.:\[\]-]{1,253}(,0x[0-9A-Fa-f]{1,8})?")


def _is_server_list(value: str) -> bool:
    servers = value.split()
    return bool(servers) and all(_SERVER.fullmatch(each) for each in servers)


def _is_numbered_list(value: str) -> bool:
    """Return whether it is number, text, number, text ..., divided by U+F000."""
    pairs = value.split(F000)
    if len(pairs) % 2 or len(pairs) > 4000:
        return False
    numbers, texts = pairs[::2], pairs[1::2]
    return all(texts) and numbers == [str(each + 1) for each in range(len(numbers))]


_SECONDS: Final = 2**32 - 1
PARTS: Final[Mapping[str, tuple[Part, ...]]] = MappingProxyType(
    {
        "power/displayofftimeoutonbattery": (_number("EnterVideoDCPowerDownTimeOut", 0, _SECONDS),),
        "power/displayofftimeoutpluggedin": (_number("EnterVideoACPowerDownTimeOut", 0, _SECONDS),),
        "power/standbytimeoutonbattery": (_number("EnterDCStandbyTimeOut", 0, _SECONDS),),
        "power/standbytimeoutpluggedin": (_number("EnterACStandbyTimeOut", 0, _SECONDS),),
        "mixedreality/ntpclientenabled": (),
        "mixedreality/configurentpclient": (
            Part("W32TIME_NtpServer", "host,0x9, several divided by blanks", _is_server_list),
            _one_of("W32TIME_Type", "NTP", "NT5DS", "AllSync", "NoSync"),
            _number("W32TIME_CrossSiteSyncFlags", 0, 2, required=False),
            _number("W32TIME_ResolvePeerBackoffMinutes", 0, _SECONDS, required=False),
            _number("W32TIME_ResolvePeerBackoffMaxTimes", 0, _SECONDS, required=False),
            _number("W32TIME_SpecialPollInterval", 0, _SECONDS, required=False),
            _number("W32TIME_NtpClientEventLogFlags", 0, 3, required=False),
        ),
        "admx_deviceinstallation/deviceinstall_removable_deny": (
            _one_of("DenyRemovableDevices", "0", "1"),
        ),
        "deviceinstallation/enableinstallationpolicylayering": (
            _one_of("AllowDenyLayered", "0", "1"),
        ),
        "deviceinstallation/allowinstallationofmatchingdeviceids": (
            Part(
                "DeviceInstall_IDs_Allow_List",
                "1, id, 2, id, ... divided by U+F000",
                _is_numbered_list,
            ),
        ),
    }
)
"""By area and policy, in lower case. assumed: the ranges of the numbers, and the time sources other
than NTP; the documentation gives one example of each."""


def admx(value: str, parts: tuple[Part, ...] | None = None) -> Found:
    """Check an ADMX-backed value; `parts` are its data elements where they are known."""
    text = value.strip()
    if text.startswith(("&lt;", "<![CDATA[")):
        return (refused("is escaped", "plain markup; it is escaped when it is sent", value),)
    try:
        root = xml.read(f"<root>{text}</root>".encode("utf-8", "surrogatepass"))
    except BadMessage:
        return (refused("is no ADMX value", _form(parts), value),)
    elements = list(root)
    state = elements[0].tag if elements else ""
    if state not in ("enabled", "disabled") or _has_text(root) or len(elements[0]):
        return (refused("is no ADMX value", _form(parts), value),)
    data = elements[1:]
    if any(each.tag != "data" or len(each) for each in data):
        return (refused("has something else than data after its state", _form(parts), value),)
    if state == "disabled":
        return (refused("is disabled and has data", "<disabled/> alone"),) if data else ()
    return _data(data, parts)


def _form(parts: tuple[Part, ...] | None) -> str:
    if parts is None:
        return FORM
    data = "".join(f'<data id="{each.id}" value="..."/>' for each in parts)
    return f"<enabled/>{data} or <disabled/>"


def _has_text(root: Element) -> bool:
    """Return whether there is text between the elements or in one."""
    texts = [root.text, *(piece for each in root for piece in (each.text, each.tail))]
    return any(piece and piece.strip() for piece in texts)


def _data(data: list[Element], parts: tuple[Part, ...] | None) -> Found:
    given: dict[str, str] = {}
    found: Found = ()
    for each in data:
        id_, value = each.get("id", ""), each.get("value")
        if not id_ or value is None:
            found += (refused("has data without id or value", '<data id="..." value="..."/>'),)
        elif id_.casefold() in given:
            found += (refused("gives the same id twice", "each id once", id_),)
        else:
            given[id_.casefold()] = value
        if len(found) >= 20:
            return found
    if parts is None:
        named = (warned("carries data whose ids are not known, so they are not checked"),)
        return found + (named if given else ())
    return found + _against(given, parts)


def _against(given: Mapping[str, str], parts: tuple[Part, ...]) -> Found:
    known = {each.id.casefold(): each for each in parts}
    ids = ", ".join(each.id for each in parts) or "no data"
    found: list[Found] = [
        (refused("is not an id of this policy", ids, id_),) for id_ in given if id_ not in known
    ]
    for id_, part in known.items():
        value = given.get(id_)
        if value is None and part.required:
            found.append((refused(f"lacks the data {part.id}", part.allowed),))
        elif value is None:
            found.append((warned(f"leaves out the data {part.id}", part.allowed),))
        elif not part.fits(value):
            found.append((refused(f"does not fit {part.id}", part.allowed, value),))
    return tuple(each for every in found for each in every)[:20]
