"""What a template has to be told: a tenant, a network, a list of apps, yes or no."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lenskeep.desired.validate.content import texts, times
from lenskeep.desired.validate.finding import Found, refused
from lenskeep.desired.validate.formats import on_wire
from lenskeep.tree.value import Format

Check = Callable[[str], Found]

YES: Final = "yes"
NO: Final = "no"
MAX_ANSWER: Final = 4 * 1024 * 1024
"""Characters: as long as a value may be."""


def _unchecked(_: str) -> Found:
    return ()


@dataclass(frozen=True, slots=True)
class Blank:
    """One thing to fill in. What is left empty takes the settings that need it out."""

    name: str
    """The name in answers."""
    title: str
    explanation: str
    example: str
    """An answer that would do; never a real one."""
    default: str = ""
    """Taken where nothing is answered."""
    choices: tuple[str, ...] = ()
    """The answers there are; empty for a text."""
    is_secret: bool = False
    is_long: bool = False
    """It is a document or a blob: a field of several lines, or a file."""
    check: Check = _unchecked

    def wrong(self, answer: str) -> Found:
        """Return what speaks against an answer."""
        if self.choices:
            fits = answer in self.choices
            return () if fits else (refused("is none of the answers", ", ".join(self.choices)),)
        if len(answer) > MAX_ANSWER:
            return (refused("is too long", f"at most {MAX_ANSWER} characters"),)
        return on_wire(Format.CHR, answer)[1] or self.check(answer)


def switch(name: str, title: str, explanation: str) -> Blank:
    """Return a question with yes and no, of which no is the default."""
    return Blank(name, title, explanation, YES, NO, (NO, YES))


def number(name: str, title: str, explanation: str, default: str, most: int) -> Blank:
    """Return a question for a whole number from 0 on."""

    def check(answer: str) -> Found:
        fits = re.fullmatch("[0-9]{1,6}", answer) and int(answer) <= most
        return () if fits else (refused("is no such number", f"0 to {most}"),)

    return Blank(name, title, explanation, default, default, check=check)


# --- Checks ---------------------------------------------------------------------------------------

_GUID: Final = "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_AUMID: Final = re.compile(r"[A-Za-z0-9.-]{3,50}_[0-9a-hjkmnp-tv-z]{13}![A-Za-z0-9._-]{1,64}")


def guid(answer: str) -> Found:
    """Check an identifier such as a tenant's."""
    if not re.fullmatch(_GUID, answer):
        return (refused("is not a GUID", "8-4-4-4-12 hex digits, without braces"),)
    return ()


def thumbprint(answer: str) -> Found:
    """Check the SHA-1 of a certificate."""
    if not re.fullmatch("[0-9A-Fa-f]{40}", answer):
        return (refused("is not a thumbprint", "40 hex digits"),)
    return ()


def ssid(answer: str) -> Found:
    """Check the name of a network [IEEE 802.11]."""
    if not 1 <= len(answer.encode("utf-8", "surrogatepass")) <= 32:
        return (refused("is not the name of a network", "1 to 32 bytes"),)
    return ()


def wifi_key(answer: str) -> Found:
    """Check a pass phrase of WPA2."""
    if not 8 <= len(answer) <= 63 or not answer.isascii():
        return (refused("is not a pass phrase", "8 to 63 ASCII characters"),)
    return ()


def base64(answer: str) -> Found:
    """Check a blob."""
    return on_wire(Format.B64, answer)[1]


def aumids(answer: str) -> Found:
    """Check apps by AUMID, divided by `;`."""
    names = [each.strip() for each in answer.split(";") if each.strip()]
    if not names or not all(_AUMID.fullmatch(each) for each in names):
        return (refused("is no list of apps", "Family_publisherid!App, divided by ;"),)
    if len({each.casefold() for each in names}) < len(names):
        return (refused("names an app twice", "each app once"),)
    return ()


def aumid(answer: str) -> Found:
    """Check one app by AUMID."""
    return aumids(answer) or ((refused("is more than one app", "one"),) if ";" in answer else ())


def server(answer: str) -> Found:
    """Check a time server by name or address."""
    fits = texts.is_host(answer)
    return () if fits else (refused("is not a host", "a name or an address"),)


def moment(answer: str) -> Found:
    """Check a date with time."""
    return times.moment(answer)


# --- Blanks that several templates have -----------------------------------------------------------

TENANT: Final = Blank(
    "tenant_id",
    "Microsoft Entra tenant",
    "The directory (tenant) id. Settings for Windows Hello belong to a tenant; without one, for"
    " local and Microsoft accounts, they mean nothing and are left out.",
    "11111111-2222-3333-4444-555555555555",
    check=guid,
)
AUTOPILOT: Final = switch(
    "autopilot",
    "Enrolled by Windows Autopilot",
    "Yes only if every headset that gets this profile is registered with Autopilot in your tenant.",
)
PAGES: Final = Blank(
    "pages",
    "Pages in Settings",
    "showonly: or hide: and names of pages, divided by a semicolon. Leave network-wifi and"
    " workplace visible, or a wearer can neither join a network nor start a sync.",
    "hide:reset",
    check=texts.pages,
)
POLICY_ID: Final = Blank(
    "policy_id",
    "WDAC policy id",
    "The PolicyID inside the compiled policy, without braces.",
    "11111111-2222-3333-4444-555555555555",
    check=guid,
)
POLICY_BLOB: Final = Blank(
    "policy_blob",
    "Compiled WDAC policy",
    "The compiled policy (.cip or .bin) as base64. It is made on a PC with Windows.",
    "BwAAAA==",
    is_long=True,
    check=base64,
)
SSID: Final = Blank(
    "ssid",
    "Wi-Fi network",
    "The name of the network (SSID), exactly.",
    "Ward 7",
    check=ssid,
)
WIFI_KEY: Final = Blank(
    "wifi_key",
    "Wi-Fi pass phrase",
    "The pass phrase of a WPA2-Personal network.",
    "correct horse battery",
    is_secret=True,
    check=wifi_key,
)
APPS: Final = Blank(
    "apps",
    "Apps",
    "The apps that people may start, by AUMID, divided by a semicolon. Settings is added.",
    "Contoso.Inspect_8wekyb3d8bbwe!App",
    check=aumids,
)


def families(name: str, title: str) -> Blank:
    """Return a blank for package families."""
    return Blank(
        name,
        title,
        "Package family names, divided by a semicolon. Left empty, no list is sent.",
        "Contoso.Inspect_8wekyb3d8bbwe",
        check=texts.package_families,
    )
