"""What to press, as values: the steps of every way into management, per generation and build.

Pages, the command line and the guides show these; nobody else has their words. Builds are those
from which a step works ([HoloLens release notes]); the keys of the ways are those that the store
and REST have.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import quote, urlencode

SETTINGS_PATH: Final = "Settings > Accounts > Access work or school"
"""The place on every build of HoloLens 2; older guides leave out Accounts."""
USB_SINCE: Final = "19041.1103"
AUTO_SINCE: Final = "19041.1128"
HANDS_FREE_SINCE: Final = "19041.1361"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do; `since` and `before` are builds, empty for all."""

    text: str
    since: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class Instructions:
    """How a headset comes under management by one way."""

    way: str
    title: str
    needs: tuple[str, ...]
    """What has to be there before, in words."""
    since: str
    """The first build of HoloLens 2 that has it; empty for all."""
    first_gen: str
    """What holds for a HoloLens (1st gen), in words."""
    steps: tuple[Step, ...]
    sees: str
    """What shows that it worked."""


_STICK: Final = (
    Step("Copy the package to the root of a USB-C stick (FAT32 or exFAT).", since=USB_SINCE),
    Step(
        "Connect the headset to a PC by USB and copy the package to its Documents folder.",
        before=USB_SINCE,
    ),
    Step("Switch the headset on; wait at the first page, the one with the hummingbird."),
    Step("Plug the stick in.", since=USB_SINCE),
    Step(
        "Wait: the package is found by itself. Confirm, or let ten seconds pass.",
        since=HANDS_FREE_SINCE,
    ),
    Step(
        "Wait: the package is found by itself. Look at Confirm and pinch.",
        since=AUTO_SINCE,
        before=HANDS_FREE_SINCE,
    ),
    Step(
        "Press Volume Down and Power together, briefly, and confirm the package.",
        before=AUTO_SINCE,
    ),
    Step(
        "If no page about it appears, press Volume Down and Power together, briefly.",
        since=AUTO_SINCE,
    ),
    Step("Leave the stick in and the headset on until the first run goes on."),
)
_LATER: Final = Step(
    f"On a headset that is set up already: {SETTINGS_PATH} > Add or remove a provisioning"
    " package > Add a package."
)
_GONE: Final = "The console shows the headset as managed, seconds after its first session."

_ALL: Final = (
    Instructions(
        way="package",
        title="A provisioning package",
        needs=("a package that was made for this server", "a USB-C stick"),
        since=USB_SINCE,
        first_gen="not verified; copy the package by USB cable, Windows Holographic for Business",
        steps=(*_STICK, _LATER),
        sees=_GONE,
    ),
    Instructions(
        way="package certificate",
        title="A provisioning package with a certificate",
        needs=("a package with a certificate that this server knows", "a USB-C stick"),
        since=USB_SINCE,
        first_gen="not verified; copy the package by USB cable, Windows Holographic for Business",
        steps=(*_STICK, _LATER),
        sees=_GONE,
    ),
    Instructions(
        way="typed password",
        title="A code or password, typed on the headset",
        needs=(
            "a headset with a local account, which a package made",
            "the server's root certificate on it, where the server's is not from a public one",
            "a one-time code, or an account and its password",
        ),
        since="",
        first_gen="with Windows Holographic for Business",
        steps=(
            Step("Sign in on the headset and connect it to the network."),
            Step(f"Open {SETTINGS_PATH}."),
            Step("Choose Enroll only in device management."),
            Step("Type a user name, any with the domain of this server: user@{domain}."),
            Step("Where it asks for a server, type {server}."),
            Step("Type the code in the place of the password; blanks and dashes do not matter."),
        ),
        sees=f"{SETTINGS_PATH} shows the connection; Info shows the last synchronization.",
    ),
    Instructions(
        way="web sign-in",
        title="A web page, opened on the headset",
        needs=("a headset with a local account", "a sign-in provider, set up in the console"),
        since="",
        first_gen="with Windows Holographic for Business",
        steps=(
            Step("Sign in on the headset and connect it to the network."),
            Step(f"Open {SETTINGS_PATH}."),
            Step("Choose Enroll only in device management and type your e-mail address."),
            Step("Where it asks for a server, type {server}."),
            Step("Sign in on the page that opens, as you do elsewhere."),
        ),
        sees=f"{SETTINGS_PATH} shows the connection; Info shows the last synchronization.",
    ),
    Instructions(
        way="entra join",
        title="Joined to Microsoft Entra ID by its first user",
        needs=(
            "an Entra tenant with this server as its mobility application",
            "a license with automatic enrollment (P1), and the user in its scope",
        ),
        since="",
        first_gen="from 1607, with Windows Holographic for Business",
        steps=(
            Step("Go through the first run: language, calibration, network."),
            Step("At Who owns this HoloLens, choose My work or school owns it."),
            Step("Sign in, or choose Sign in from another device and use its code on a phone."),
            Step("Read the terms of use, where the administrator set some, and accept."),
            Step(f"On a headset that is set up: {SETTINGS_PATH} > Connect > Join to Entra ID."),
        ),
        sees=f"{SETTINGS_PATH} shows Connected to the organization's Entra ID.",
    ),
    Instructions(
        way="work account",
        title="A work account, added by the user of a Microsoft account",
        needs=(
            "an Entra tenant with this server as its mobility application",
            "a license with automatic enrollment (P1), and the user in its scope",
        ),
        since="",
        first_gen="with Windows Holographic for Business",
        steps=(
            Step(f"Open {SETTINGS_PATH} and choose Connect."),
            Step("Type the work account and sign in."),
            Step("Accept the terms of use, where there are some."),
        ),
        sees=f"{SETTINGS_PATH} shows the work account; it can be disconnected there.",
    ),
    Instructions(
        way="autopilot",
        title="By itself, with Autopilot",
        needs=(
            "the headset's hardware hash registered in the tenant, with a HoloLens profile",
            "an Entra tenant with this server as its mobility application",
        ),
        since=USB_SINCE,
        first_gen="not there",
        steps=(
            Step("Plug in an Ethernet adapter before switching on.", before=AUTO_SINCE),
            Step("Switch on; at the network page connect to Wi-Fi.", since=AUTO_SINCE),
            Step("Leave it alone: it looks for its profile, restarts, joins and enrolls."),
            Step("If a license page appears instead, no profile was found: reset and try again."),
        ),
        sees="Setting up for the organization, then the sign-in page.",
    ),
    Instructions(
        way="bulk token",
        title="A provisioning package with a bulk token of Entra",
        needs=(
            "a package that Windows Configuration Designer made with a bulk token, at most 30 days"
            " old",
            "an Entra tenant with this server as its mobility application",
        ),
        since="",
        first_gen="from 1607, with Windows Holographic for Business",
        steps=_STICK,
        sees="The sign-in page; everybody of the tenant may sign in.",
    ),
)
ALL: Final[Mapping[str, Instructions]] = MappingProxyType({each.way: each for each in _ALL})
"""By the way's key."""

_BUILD: Final = re.compile(r"(?:10\.0\.)?([0-9]{5})(?:\.([0-9]{1,6}))?")


def steps_for(instructions: Instructions, build: str) -> tuple[Step, ...]:
    """Return the steps for one build (`20348.1501`); for an unknown one, all of them."""
    number = _number(build)
    if number is None:
        return instructions.steps
    return tuple(
        step
        for step in instructions.steps
        if not (step.since and number < _known(step.since))
        and not (step.before and number >= _known(step.before))
    )


def has_way(instructions: Instructions, build: str) -> bool:
    """Say whether a HoloLens 2 of this build has the way; unknown ones are taken to."""
    number = _number(build)
    return number is None or not instructions.since or number >= _known(instructions.since)


def said(text: str, server: str) -> str:
    """Return the text of a step with the server in it, a name or a URL."""
    domain = server.removeprefix("https://").partition(":")[0]
    return text.replace("{server}", server).replace("{domain}", domain)


def _number(build: str) -> tuple[int, int] | None:
    found = _BUILD.fullmatch(build.strip())
    return None if found is None else (int(found[1]), int(found[2] or 0))


def _known(build: str) -> tuple[int, int]:
    major, _, minor = build.partition(".")
    return int(major), int(minor)


def deep_link(discovery_url: str, user: str = "") -> str:
    """Return the link that opens a headset's enrollment page with the server filled in.

    [MS-MDE2] 3.1: `ms-device-enrollment`. Every value is percent-encoded; a link is read by
    everybody, so that no secret may stand in it.
    """
    asked = {"mode": "mdm", "servername": discovery_url}
    if user:
        asked["username"] = user
    return "ms-device-enrollment:?" + urlencode(asked, quote_via=quote)
