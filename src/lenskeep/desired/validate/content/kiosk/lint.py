"""Everything that can be said of a kiosk document before a headset sees it.

A headset takes a broken one without a word and shows an empty Start menu. Where HoloLens pages
contradict each other the finding is a warning.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final
from xml.etree.ElementTree import Element

from lenskeep.desired.validate.circumstances import UNKNOWN, Circumstances
from lenskeep.desired.validate.content.documents import read_document
from lenskeep.desired.validate.content.kiosk.configs import configs
from lenskeep.desired.validate.content.kiosk.names import (
    BASE,
    EXCLUDE,
    GLOBAL,
    LAUNCH,
    namespaces,
    q,
)
from lenskeep.desired.validate.content.kiosk.profiles import profiles
from lenskeep.desired.validate.finding import Finding, Found, refused, warned
from lenskeep.tree.uri import LocUri

MAX_FOUND: Final = 40
"""Findings of one document: enough to mend it by."""
_ROOT: Final = "AssignedAccessConfiguration"
_MARK: Final = "\ufeff"
_SINCE: Final = "19041.1128"
"""20H2, which brought GlobalProfile, its exclusions and AutoLaunch."""


def kiosk(_: LocUri, value: str, around: Circumstances = UNKNOWN) -> Found:
    """Check a kiosk document. CSP: AssignedAccess/Configuration."""
    found = _marked(value)
    root, more = read_document(value)
    found += more
    if root is None:
        return found
    checks: tuple[Iterator[Finding], ...] = (namespaces(root, value),)
    if root.tag == q(BASE, _ROOT):
        checks += (profiles(root, around), configs(root), _too_old(root, around))
    else:
        found += (refused("has another root element", f"{_ROOT} of {BASE}", root.tag),)
    every = (each for check in checks for each in islice(check, MAX_FOUND))
    return tuple(dict.fromkeys((*found, *every)))[:MAX_FOUND]


def _marked(value: str) -> Found:
    if value.startswith(_MARK):
        return (refused("begins with a byte order mark", "the document without it"),)
    return ()


def _too_old(root: Element, around: Circumstances) -> Iterator[Finding]:
    """Say what the device's build is too old for."""
    if around.has_build(_SINCE) is not False:
        return
    parts = {
        "GlobalProfile": any(each.tag == q(GLOBAL, "GlobalProfile") for each in root.iter()),
        "Exclusions": any(each.tag == q(EXCLUDE, "Exclusions") for each in root.iter()),
        "AutoLaunch": any(q(LAUNCH, "AutoLaunch") in each.attrib for each in root.iter()),
    }
    for name, is_used in parts.items():
        if is_used:
            yield warned(f"is too old for {name}", f"{_SINCE} or later", field="device")
