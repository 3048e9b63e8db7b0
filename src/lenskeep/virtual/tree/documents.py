"""Values that a provider reads for itself, whatever the catalog says of them: by hand.

What a provider cannot read it refuses; what it can read and not use it keeps, and the headset
shows it (`lenskeep.virtual.world`).
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from lenskeep.tree.catalog.allowed import Allowed, Kind
from lenskeep.tree.value import Format
from lenskeep.virtual.tree.rules import VENDOR, Rule
from lenskeep.virtual.tree.store import Tree
from lenskeep.virtual.tree.values import is_json, is_well_formed
from lenskeep.wire import xml
from lenskeep.wire.errors import BadMessage

_WLAN: Final = "http://www.microsoft.com/networking/WLAN/profile/v1"
_INGESTED: Final = re.compile(r"\./(device|user)/vendor/msft/policy/config/([^/~]+)~[^/]+/([^/]+)")
_CONFIG: Final = "/Policy/Config/"
_RESULT: Final = "/Policy/Result/"
_INSTALL: Final = f"{VENDOR}Policy/ConfigOperations/ADMXInstall"


def is_readable(path: str, value: str | None) -> bool:
    """Return whether the provider of that node can read the value."""
    key = path.casefold()
    check = next((check for end, check in _PROVIDERS if end in key), None)
    return check is None or value is None or check(path, value)


def _is_wlan(path: str, value: str) -> bool:
    """A profile must be well-formed and bear the name of its node.

    assumed: what is no profile at all is kept and never used. CSP: WiFi/Profile.
    """
    if "WLANProfile" not in value:
        return True
    if not is_well_formed(value):
        return False
    name = wlan_name(value)
    return name is None or name == unquote(path.split("/")[-2])


def wlan_name(value: str) -> str | None:
    """Return the name in a Wi-Fi profile, None where it has none or is no profile."""
    try:
        root = xml.read(value.strip().encode("utf-8", "surrogatepass"))
    except BadMessage:
        return None
    if xml.local_name(root) != "WLANProfile":
        return None
    return xml.text(xml.child(root, xml.namespace_of(root) or _WLAN, "name")) or None


def _is_document(_: str, value: str) -> bool:
    return is_well_formed(value)


def _is_json(_: str, value: str) -> bool:
    return is_json(value)


def _is_moment(_: str, value: str) -> bool:
    try:
        datetime.fromisoformat(value.strip())
    except ValueError:
        return False
    return True


def is_frozen(tree: Tree, path: str, value: str | None) -> bool:
    """Return whether the first run's state forbids the change, from its end on and one way alone.

    CSP: DMClient/Provider/FirstSyncStatus, CFGMGR_E_COMMANDNOTALLOWED.
    """
    base, _, name = path.rpartition("/")
    if not base.casefold().endswith("/firstsyncstatus"):
        return False
    present, wanted = tree.value(path), (value or "").strip().lower()
    match name.casefold():
        case "serverhasfinishedprovisioning":
            return present == "true" and wanted != "true"
        case "issyncdone":
            return present == "true"
        case "wasdevicesuccessfullyprovisioned":
            return present in ("0", "1")
        case lower if lower.startswith("expected"):
            return tree.value(f"{base}/ServerHasFinishedProvisioning") == "true"
        case _:
            return False


_PROVIDERS: Final[tuple[tuple[str, Callable[[str, str], bool]], ...]] = (
    ("/wlanxml", _is_wlan),
    ("/profilexml", _is_document),
    ("/assignedaccess/configuration", _is_document),
    ("/assignedaccess/kioskmodeapp", _is_json),
    ("/policy/configoperations/admxinstall/", _is_document),
    ("/reboot/schedule/", _is_moment),
)
"""Part of the LocURI and what its provider wants. The first that fits counts."""


def ingested_rule(tree: Tree, path: str) -> Rule | None:
    """Return the rule for a policy of an ADMX file that the server installed, or for its mirror.

    CSP: Policy/ConfigOperations/ADMXInstall: area `App~Policy~Category`, the policy's own name.
    """
    if _RESULT in path:
        config = ingested_rule(tree, path.replace(_RESULT, _CONFIG))
        return replace(config, path=path, access="G") if config else None
    found = _INGESTED.fullmatch(path.casefold())
    if found is None:
        return None
    files = (
        node.value or ""
        for node in tree.under(f"{_INSTALL}/{found[2]}")
        if node.format is not Format.NODE
    )
    if not any(found[3] in _policies_of(text) for text in files):
        return None
    return Rule(path, "GARDC", Format.CHR, Allowed(Kind.ADMX), made=True)


@lru_cache(maxsize=16)
def _policies_of(text: str) -> frozenset[str]:
    """Return the names of an ADMX file's policies, without case."""
    try:
        root = xml.read(text.strip().encode("utf-8", "surrogatepass"))
    except BadMessage:
        return frozenset()
    policies = (each for each in root.iter() if xml.local_name(each) == "policy")
    return frozenset(each.get("name", "").casefold() for each in policies)
