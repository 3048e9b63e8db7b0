"""Rules over several settings at once: what contradicts, what needs the other, what traps.

Each finding belongs to one of the profile's own settings; what other profiles want counts as
wanted. A contradiction within the profile is refused, one with another profile is a warning,
since that other may lose.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from lenskeep.desired.guard.places import POLICY, apps, device_key, place
from lenskeep.desired.guard.whole import Whole
from lenskeep.desired.validate.circumstances import Circumstances
from lenskeep.desired.validate.finding import Finding, refused, warned
from lenskeep.wire import xml
from lenskeep.wire.errors import BadMessage

Placed = tuple[str, Finding]
"""A finding with the key of the setting that it belongs to."""


@dataclass(frozen=True, slots=True)
class Together:
    """The profile's own nodes by key, in their order, among all that is wanted."""

    own: Mapping[str, str | None]
    whole: Whole
    around: Circumstances

    def own_below(self, start: str) -> list[str]:
        """Return the keys of the own nodes below a place, in their order."""
        return [key for key in self.own if place(key).startswith(start)]

    def has(self, key: str) -> bool:
        """Return whether anybody wants the node."""
        return key in self.whole.values

    def text(self, key: str) -> str:
        """Return the wanted value without blanks around it, empty for none."""
        return (self.whole.get(key) or "").strip()

    def at(self, finding: Finding, *keys: str) -> Iterator[Placed]:
        """Yield the finding at the first of these nodes that is the profile's own."""
        for key in keys:
            if key in self.own:
                yield key, finding
                return


def across(own: Mapping[str, str | None], around: Circumstances) -> tuple[Placed, ...]:
    """Return what is noticed of the own nodes together with all else that is wanted."""
    if around.wanted is None:
        return ()
    wanted = Together(own, around.wanted, around)
    return tuple(each for rule in _RULES for each in rule(wanted))


def _policy(name: str) -> str:
    return device_key(POLICY + name)


_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{
            _policy(each.casefold()): each
            for each in (
                *("Power/DisplayOffTimeoutOnBattery", "Power/DisplayOffTimeoutPluggedIn"),
                *("Power/StandbyTimeoutOnBattery", "Power/StandbyTimeoutPluggedIn"),
                *("MixedReality/VisitorAutoLogon", "MixedReality/AutoLogonUser"),
            )
        },
        device_key("assignedaccess/configuration"): "AssignedAccess/Configuration",
        device_key("assignedaccess/kioskmodeapp"): "AssignedAccess/KioskModeApp",
    }
)
"""Nodes as documentation spells them, for those that a finding names by their key."""


def _against(wanted: Together, one: str, other: str, problem: str) -> Iterator[Placed]:
    """Yield a contradiction of two nodes that must not be set together."""
    if wanted.text(one) and wanted.text(other):
        both = one in wanted.own and other in wanted.own
        name = _NAMES[other if one in wanted.own else one]
        finding = (
            refused(problem, f"without {name}") if both else warned(problem, f"without {name}")
        )
        yield from wanted.at(finding, one, other)


# --- Power and time -------------------------------------------------------------------------------


def _screen(wanted: Together) -> Iterator[Placed]:
    """Display and standby go by one timer. CSP: Policy/Power/*Timeout*: keep them equal."""
    for source in ("onbattery", "pluggedin"):
        pair = tuple(_policy(f"power/{each}timeout{source}") for each in ("displayoff", "standby"))
        seconds = [_seconds(wanted.text(each)) for each in pair]
        for key, other, theirs in zip(pair, reversed(pair), reversed(seconds), strict=True):
            if not wanted.has(other):
                yield from wanted.at(warned("wants an equal one beside it", _NAMES[other]), key)
            elif len(set(seconds)) > 1 and key in wanted.own:
                text = f"{theirs}, as {_NAMES[other]}" if theirs else _NAMES[other]
                yield from wanted.at(warned("differs from its twin", text), key)


def _seconds(value: str) -> str:
    """Return the number of an ADMX-backed value with one part, empty for none."""
    try:
        root = xml.read(f"<root>{value}</root>".encode("utf-8", "surrogatepass"))
    except BadMessage:
        return ""
    return next((each.get("value", "") for each in root if each.tag == "data"), "")


def _clock(wanted: Together) -> Iterator[Placed]:
    """CSP: Policy/MixedReality/ConfigureNtpClient needs NtpClientEnabled, and the reverse."""
    servers = _policy("mixedreality/configurentpclient")
    switch = _policy("mixedreality/ntpclientenabled")
    if wanted.has(servers) and not wanted.text(switch).startswith("<enabled"):
        yield from wanted.at(
            warned(
                "has an effect only with the client on", "MixedReality/NtpClientEnabled enabled"
            ),
            servers,
        )
    if wanted.text(switch).startswith("<enabled") and not wanted.has(servers):
        yield from wanted.at(
            warned("turns on a client without servers", "MixedReality/ConfigureNtpClient"), switch
        )


# --- Sign-in --------------------------------------------------------------------------------------

_VISITOR: Final = _policy("mixedreality/visitorautologon")
_USER: Final = _policy("mixedreality/autologonuser")
_KIOSK: Final = device_key("assignedaccess/configuration")
_ONE_APP: Final = device_key("assignedaccess/kioskmodeapp")
_CACHE: Final = _policy("mixedreality/aadgroupmembershipcachevalidityindays")


def _sign_in(wanted: Together) -> Iterator[Placed]:
    """A headset signs one in by itself: a visitor, for whom there is a kiosk, or a user."""
    if wanted.text(_VISITOR) != "1":
        return
    yield from _against(wanted, _VISITOR, _USER, "signs in a visitor, and a user is wanted too")
    if '"Visitor"' not in wanted.text(_KIOSK).replace("'", '"'):
        yield from wanted.at(
            warned("needs a kiosk for visitors", "AssignedAccess/Configuration with Visitor"),
            _VISITOR,
        )


def _kiosks(wanted: Together) -> Iterator[Placed]:
    """CSP: AssignedAccess: with Configuration set, KioskModeApp says 200 and does nothing."""
    yield from _against(wanted, _ONE_APP, _KIOSK, "does nothing beside a kiosk configuration")
    if "AzureActiveDirectoryGroup" in wanted.text(_KIOSK) and not wanted.has(_CACHE):
        yield from wanted.at(
            warned(
                "is for groups, whose members are looked up online at every sign-in",
                "MixedReality/AADGroupMembershipCacheValidityInDays above 0",
            ),
            _KIOSK,
        )


_TENANT: Final = re.compile(
    r"passportforwork/(?!biometrics/|securitykey/|dynamiclock/|deviceunlock/)([^/]+)/"
)
_GUID: Final = re.compile(r"\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?")


def _hello(wanted: Together) -> Iterator[Placed]:
    """CSP: PassportForWork/{TenantId}: for users of that Entra tenant alone. Told once a tenant."""
    first: dict[str, str] = {}
    for key in wanted.own_below("passportforwork/"):
        if found := _TENANT.match(place(key)):
            first.setdefault(found[1], key)
    for tenant, key in first.items():
        if not _GUID.fullmatch(tenant):
            yield key, warned("is not the id of a tenant", "a GUID", tenant, field="uri")
        yield key, warned("has an effect only for Entra users of its tenant, not for local ones")
    if len(first) > 1:
        yield list(first.values())[1], warned("is for another tenant than the settings before it")


def _credentials(wanted: Together) -> Iterator[Placed]:
    """A PIN and a local user's password are two things, each with its own length."""
    length = _number(wanted.text(_policy("devicelock/mindevicepasswordlength")))
    for key in wanted.whole.values:
        if not place(key).endswith("/pincomplexity/maximumpinlength"):
            continue
        longest = _number(wanted.text(key))
        shortest = _number(wanted.text(key.replace("maximumpin", "minimumpin")))
        if shortest is not None and longest is not None and shortest > longest:
            yield from wanted.at(
                warned("is less than the shortest PIN", f"{shortest} or more"), key
            )
        if length is not None and longest is not None and length > longest:
            yield from wanted.at(
                warned("is for passwords of local users; the PIN has lengths of its own"),
                _policy("devicelock/mindevicepasswordlength"),
                key,
            )


def _inactivity(wanted: Together) -> Iterator[Placed]:
    """CSP: Policy/DeviceLock/MaxInactivityTimeDeviceLock: pages disagree on HoloLens 2."""
    key = _policy("devicelock/maxinactivitytimedevicelock")
    if wanted.text(key) not in ("", "0"):
        yield from wanted.at(
            warned("is no timer that HoloLens 2 is sure to keep", "Power/*Timeout*, equal ones"),
            key,
        )


# --- Apps, browser, cables, networks --------------------------------------------------------------


def _browser(wanted: Together) -> Iterator[Placed]:
    """CSP: Policy/Browser: the old Edge, which 21H1 (20346) replaced."""
    for key in wanted.own_below(f"{POLICY}browser/"):
        if wanted.around.has_build("20346.1002") is not False:
            yield key, warned("is for the old Edge, gone since 21H1", "policies of the new Edge")
    key = _policy("browser/allowdonottrack")
    if wanted.text(key) == "0":
        yield from wanted.at(warned("means that the header is never sent"), key)


def _apps(wanted: Together) -> Iterator[Placed]:
    """CSP: Policy/ApplicationManagement/AllowAllTrustedApps: 0 elsewhere stops the apps here."""
    trust = _policy("applicationmanagement/allowalltrustedapps")
    if wanted.text(trust) != "0" or trust in wanted.own:
        return
    families = {each.casefold() for each in apps(wanted.own)}
    for key in wanted.own_below("enterprisemodernappmanagement/appinstallation/"):
        if place(key).split("/")[2] in families:
            yield key, warned("is stopped: another profile trusts no packages", "1 or 65535 there")


def _cable(wanted: Together) -> Iterator[Placed]:
    """CSP: Policy/Connectivity/AllowUSBConnection: data stops; charging and adapters go on."""
    key = _policy("connectivity/allowusbconnection")
    if wanted.text(key) == "0":
        yield from wanted.at(warned("stops the pull of logs and files over USB"), key)


def _networks(wanted: Together) -> Iterator[Placed]:
    """CSP: Policy/Wifi/AllowWiFi, NetworkProxy, WiFi/Profile."""
    profiles = wanted.own_below("wifi/profile/")
    if wanted.text(_policy("wifi/allowwifi")) == "0":
        for key in profiles:
            yield key, warned("has no effect: Wi-Fi is turned off", "Wifi/AllowWiFi of 1")
    if wanted.around.has_build("20348.1450") is False:
        proxies = [each for each in profiles if "/proxy" in place(each)]
        for key in (*wanted.own_below("networkproxy/"), *proxies):
            problem = "stops syncs in the background through its proxy"
            yield key, warned(problem, "20348.1450 or later", field="device")


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else None


_RULES: Final[tuple[Callable[[Together], Iterator[Placed]], ...]] = (
    *(_screen, _clock, _sign_in, _kiosks, _hello, _credentials, _inactivity),
    *(_browser, _apps, _cable, _networks),
)
