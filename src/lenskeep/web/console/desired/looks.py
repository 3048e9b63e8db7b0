"""How the states of settings, profiles and roll-outs are said and colored. Pure."""

import re
from typing import Final

from lenskeep.desired.groups.rule import Truth
from lenskeep.desired.standing import SettingState
from lenskeep.flows.mandate import GroupKind, ProgressState
from lenskeep.tree.catalog.record import Reboot
from lenskeep.web.console.words import Look

_SETTINGS: Final = {
    SettingState.FAILED: Look("Failed", "bad", "The headset refused it."),
    SettingState.DRIFTED: Look("Drifted", "warn", "It was verified once and is different now."),
    SettingState.CONFLICTING: Look(
        "Conflicting", "warn", "Profiles of one priority want different values; nothing is sent."
    ),
    SettingState.PENDING: Look("Pending", "wait", "It is to be asked for or set."),
    SettingState.SENT: Look("Sent", "busy", "On its way; the headset's answer is awaited."),
    SettingState.REMOVING: Look("Removing", "wait", "No longer wanted; it is being taken away."),
    SettingState.APPLIED: Look(
        "Applied", "busy", "The headset said yes; it was not, or cannot be, read back."
    ),
    SettingState.VERIFIED: Look("Verified", "good", "Read from the headset; it is as wanted."),
    SettingState.LEFT: Look(
        "Left behind", "calm", "No longer wanted; it cannot be taken away without a reset."
    ),
    SettingState.NOT_APPLICABLE: Look(
        "Not applicable", "calm", "This headset does not have it; nothing is sent."
    ),
}
"""In the order in which they are looked for: trouble first."""
_PROGRESS: Final = {
    ProgressState.VERIFIED: Look("Verified", "good", "All that is wanted was read back."),
    ProgressState.APPLIED: Look(
        "Applied", "busy", "All was accepted; not all of it could be read back."
    ),
    ProgressState.WAITING: Look(
        "Waiting", "wait", "Something is to be sent, or the headset was not heard of since."
    ),
    ProgressState.DRIFTED: Look("Drifted", "warn", "Something is no longer as it was verified."),
    ProgressState.CONFLICTING: Look(
        "Conflicting", "warn", "Profiles of one priority want different values."
    ),
    ProgressState.FAILED: Look("Failed", "bad", "The headset refused something."),
    ProgressState.NOT_APPLICABLE: Look(
        "Not applicable", "calm", "The headset has none of the settings."
    ),
}
"""In the order of the picture: good first."""
NOTHING_WANTED: Final = Look("Nothing wanted", "none", "No profile comes to these headsets.")
_TRUTHS: Final = {
    Truth.TRUE: Look("true", "good", "So it is for this headset."),
    Truth.FALSE: Look("false", "calm", "So it is not for this headset."),
    Truth.UNKNOWN: Look("unknown", "warn", "Nobody has told yet: the headset does not belong."),
}
_KINDS: Final = {
    GroupKind.ALL: Look("Built in", "calm", "Every headset under management is in it."),
    GroupKind.HAND: Look("By hand", "busy", "Its headsets were picked."),
    GroupKind.RULE: Look("By rule", "wait", "Its rule says which headsets are in it."),
}
_REBOOTS: Final = {
    Reboot.NONE: "",
    Reboot.AUTOMATIC: "The headset restarts by itself for it.",
    Reboot.SERVER: "It takes effect after a restart.",
}
_POLICY: Final = re.compile(r"^\./(?:(device|user)/)?vendor/msft/policy/config/", re.IGNORECASE)
_VENDOR: Final = re.compile(r"^\./(?:(device|user)/)?vendor/msft/", re.IGNORECASE)
_AREAS: Final = {"wifi": "Wi-Fi", "vpnv2": "VPN", "bits": "BITS", "dmacc": "DMAcc"}
"""Names whose capitals are no words of their own."""
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def setting_look(state: SettingState) -> Look:
    """Return how a setting's state looks."""
    return _SETTINGS[state]


def setting_states() -> tuple[SettingState, ...]:
    """Return the states, trouble first."""
    return tuple(_SETTINGS)


def progress_look(state: ProgressState | None) -> Look:
    """Return how a device's state looks; None: nothing is wanted of it."""
    return NOTHING_WANTED if state is None else _PROGRESS[state]


def progress_states() -> tuple[ProgressState, ...]:
    """Return the states in the order of the picture."""
    return tuple(_PROGRESS)


def truth_look(truth: Truth) -> Look:
    """Return how the outcome of a comparison looks."""
    return _TRUTHS[truth]


def kind_look(kind: GroupKind) -> Look:
    """Return how a kind of group looks."""
    return _KINDS[kind]


def reboot_words(reboot: Reboot) -> str:
    """Return what a change does to the running headset; empty for nothing."""
    return _REBOOTS[reboot]


def short_uri(uri: str) -> str:
    """Return the part of a LocURI that tells one setting from another."""
    found = _POLICY.match(uri) or _VENDOR.match(uri)
    if found is None:
        return uri.removeprefix("./")
    rest = uri[found.end() :]
    return f"{rest} (user)" if (found[1] or "").casefold() == "user" else rest


def area(uri: str) -> str:
    """Return the heading that a setting stands under: a policy's area, else the CSP, in words."""
    found = _POLICY.match(uri) or _VENDOR.match(uri)
    rest = uri[found.end() :] if found else uri.removeprefix("./")
    name = rest.partition("/")[0]
    if name.casefold() in _AREAS:
        return _AREAS[name.casefold()]
    words = _HUMP.sub(" ", name)
    first, *others = words.split(" ") or [""]
    return " ".join([first[:1].upper() + first[1:], *(_lower(each) for each in others)])


def _lower(word: str) -> str:
    """An abbreviation keeps its capitals."""
    return word if word.isupper() else word.lower()
