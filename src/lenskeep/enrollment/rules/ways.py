"""The ways in, for people: what each needs, what to do, where to press.

Seven paths that a HoloLens has, by the letters of the documentation; a path arrives here by one or
two ways. `{server}` and `{organization}` in a step are filled in by whoever shows it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

_WORK: Final = "Settings > Accounts > Access work or school"


class Need(Enum):
    """What has to be set up; the value says it to the administrator."""

    TENANT = "an Entra tenant: lenskeep entra add-tenant"
    SECRET = "an account (lenskeep account add) or a code (lenskeep code new)"  # noqa: S105
    SIGN_IN = "a sign-in provider (lenskeep sign-in add-provider), an account or a code"
    BULK_PASSWORD = "a bulk account: lenskeep bulk-account add"  # noqa: S105 - no secret
    BULK_CERTIFICATE = "a bulk account with a certificate: lenskeep bulk-account add"


class Standing(Enum):
    """How a way stands."""

    OFFERED = "offered"
    CLOSED = "not offered"
    """Closed by the rules."""
    NEEDS_SET_UP = "needs set-up"


@dataclass(frozen=True, slots=True)
class Menu:
    """Where to press, on which builds."""

    builds: str
    path: str


@dataclass(frozen=True, slots=True)
class Means:
    """A way by which a path arrives here, and what it needs."""

    way: str
    need: Need


@dataclass(frozen=True, slots=True)
class Path:
    """One path into management."""

    letter: str
    title: str
    means: tuple[Means, ...]
    builds: str
    """Which headsets have it."""
    menus: tuple[Menu, ...]
    administrator: tuple[str, ...]
    wearer: tuple[str, ...]
    owner: str
    """Who becomes the owner of the headset."""
    leaving: str
    """How it can end."""


def standing(means: Means, open_ways: Iterable[str], met: Iterable[Need]) -> Standing:
    """Return how a way stands: closed by the rules first, then what is missing."""
    if means.way not in frozenset(open_ways):
        return Standing.CLOSED
    return Standing.OFFERED if means.need in frozenset(met) else Standing.NEEDS_SET_UP


_TENANT_STEPS: Final = (
    "In the Entra admin center, under Mobility (MDM and MAM), add an on-premises MDM application.",
    "MDM discovery URL: https://{server}/EnrollmentServer/Discovery.svc",
    "MDM terms of use URL: https://{server}/EnrollmentServer/TermsOfUse",
    "MDM user scope: All, or a group with everybody who gets a headset (needs Entra ID P1).",
    "Here: lenskeep entra add-tenant TENANT --audience https://{server}",
)

_ENTRA_LEAVING: Final = "not by the wearer; wipe it, or reset it in Settings"
_LOCAL_LEAVING: Final = f"by the wearer: {_WORK} > the account > Disconnect; or from here"

PATHS: Final = (
    Path(
        letter="A",
        title="Entra join in the first run",
        means=(Means("entra join", Need.TENANT),),
        builds="HoloLens 2, all builds; HoloLens (1st gen) since 1607",
        menus=(Menu("all builds", "first run > My work or school owns it"),),
        administrator=_TENANT_STEPS,
        wearer=(
            "Switch the headset on, choose language and network.",
            'At "Who owns this HoloLens?" choose "My work or school owns it".',
            "Sign in with your work account, there or from another device (aka.ms/devicelogin).",
            "Accept the terms of use, if they are shown.",
            f"Afterwards {_WORK} shows {{organization}}.",
        ),
        owner="the first user",
        leaving=_ENTRA_LEAVING,
    ),
    Path(
        letter="B",
        title="Entra join in Settings",
        means=(Means("entra join", Need.TENANT),),
        builds="HoloLens 2, all builds; HoloLens (1st gen) since 1607",
        menus=(Menu("all builds", f"{_WORK} > Connect > Join this device to Microsoft Entra ID"),),
        administrator=(
            *_TENANT_STEPS,
            "For a trial or a single user; a fleet rather joins in the first run.",
        ),
        wearer=(
            f"Open {_WORK} and choose Connect.",
            'Choose "Join this device to Microsoft Entra ID" and sign in.',
            "Accept the terms of use, if they are shown.",
        ),
        owner="the user who joins",
        leaving=_ENTRA_LEAVING,
    ),
    Path(
        letter="C",
        title="Autopilot, self-deploying",
        means=(Means("autopilot", Need.TENANT),),
        builds="HoloLens 2 since 2004 (19041.1103) by Ethernet, since 20H2 (19041.1128) by Wi-Fi",
        menus=(Menu("2004 and later", "first run, by itself"),),
        administrator=(
            *_TENANT_STEPS,
            "Bring the hardware hashes into the tenant: lenskeep autopilot export FILE",
            "Assign a self-deploying Autopilot profile to them, and wait until it says Assigned.",
            "If the headset was enrolled before, delete its old record in Entra first.",
        ),
        wearer=(
            "Switch the headset on, choose language and network.",
            "Wait: it sets itself up for {organization}. Do not take it off the charger.",
            "Sign in when it asks.",
        ),
        owner="only the administrators of the tenant",
        leaving=_ENTRA_LEAVING,
    ),
    Path(
        letter="D",
        title="Work account on a headset with a Microsoft account",
        means=(Means("work account", Need.TENANT),),
        builds="all builds",
        menus=(Menu("all builds", f"{_WORK} > Connect"),),
        administrator=_TENANT_STEPS,
        wearer=(
            f"Open {_WORK} and choose Connect.",
            "Sign in with your work account.",
            "Accept the terms of use, if they are shown.",
        ),
        owner="the user of the Microsoft account",
        leaving=_LOCAL_LEAVING,
    ),
    Path(
        letter="E",
        title="Device management alone, without Entra",
        means=(Means("typed password", Need.SECRET), Means("web sign-in", Need.SIGN_IN)),
        builds="HoloLens 2, all builds; HoloLens (1st gen) with Windows Holographic for Business",
        menus=(Menu("all builds", f"{_WORK} > Enroll only in device management"),),
        administrator=(
            "Let EnterpriseEnrollment.DOMAIN lead here: lenskeep enrollment check-names DOMAIN",
            "Put the root certificate on the headset, unless a public authority issued yours.",
            "Make a code (lenskeep code new) or an account (lenskeep account add).",
            "For a sign-in page of your own: lenskeep sign-in add-provider NAME",
        ),
        wearer=(
            f'Open {_WORK} and choose "Enroll only in device management".',
            "Type your e-mail address. If it asks for a server, type {server}.",
            "Type the code or the password, or sign in on the page that opens.",
            f"Afterwards {_WORK} shows {{organization}}.",
        ),
        owner="the local user, or the user of the Microsoft account",
        leaving=_LOCAL_LEAVING,
    ),
    Path(
        letter="F",
        title="Provisioning package with a bulk token of Entra",
        means=(Means("bulk token", Need.TENANT),),
        builds="HoloLens 2, all builds; HoloLens (1st gen) since 1607, Business edition",
        menus=(
            Menu("first run, all builds", "plug in, copy the package, Volume down + Power"),
            Menu("HoloLens 2 since 2004", "first run, from the root of a USB stick"),
        ),
        administrator=(
            *_TENANT_STEPS,
            "In Windows Configuration Designer, provision HoloLens devices, and get a bulk token;"
            " it lives 30 days, and each headset counts for its user's limit in the tenant.",
        ),
        wearer=(
            "At the first page of the first run, put the package on the headset.",
            "Press Volume down and Power together for a moment, and confirm.",
            "Sign in when it asks.",
        ),
        owner="only the administrators of the tenant",
        leaving=_ENTRA_LEAVING,
    ),
    Path(
        letter="G",
        title="Provisioning package, without Entra",
        means=(
            Means("package", Need.BULK_PASSWORD),
            Means("package certificate", Need.BULK_CERTIFICATE),
        ),
        builds="HoloLens 2 since 2004 (19041.1103); with a local account since 22H1 (20348.1501)",
        menus=(
            Menu("first run, since 2004", "plug in, copy the package, Volume down + Power"),
            Menu("first run, since 20H2", "from the root of a USB stick, by itself after 10 s"),
            Menu("after set-up", f"{_WORK} > Add or remove a provisioning package"),
        ),
        administrator=(
            "Make the answer file: lenskeep package new NAME --out FILE",
            "Turn it into a .ppkg with the command that it prints, on a computer with Windows.",
            "Do not encrypt the package and give it no password: HoloLens would not apply it.",
        ),
        wearer=(
            "At the first page of the first run, put the package on the headset.",
            "Press Volume down and Power together for a moment, and confirm. Nothing is typed.",
        ),
        owner="the local user of the package; without one, nobody",
        leaving=_LOCAL_LEAVING,
    ),
)
