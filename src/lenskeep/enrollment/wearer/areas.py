"""The areas that Settings says are managed, of the nodes that are wanted of a headset."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_POLICY: Final = "policy"
_CONFIG: Final = 4
"""Where the area stands in ./Device/Vendor/MSFT/Policy/Config/{Area}, counted without the dot."""
_SPELLED: Final = {
    "accountmanagement": "Account management",
    "applicationcontrol": "App control",
    "assignedaccess": "Kiosk",
    "certificatestore": "Certificates",
    "clientcertificateinstall": "Certificates",
    "diagnosticlog": "Diagnostic logs",
    "dmclient": "Management",
    "enterprisemodernappmanagement": "Apps",
    "networkproxy": "Proxy",
    "networkqospolicy": "Network quality",
    "passportforwork": "Windows Hello for Business",
    "reboot": "Restart",
    "rootcatrustedcertificates": "Certificates",
    "tenantlockdown": "Tenant lock",
    "update": "Windows Update",
    "vpnv2": "VPN",
    "wifi": "Wi-Fi",
    "windowslicensing": "Licensing",
}
"""assumed: Settings names policy areas by their CSP names, and the rest in such words."""


@dataclass(frozen=True, slots=True)
class Managed:
    """What Settings > Info shows of the management."""

    areas: tuple[str, ...]
    """In order, each once."""
    policies: int
    """Settings in areas of policy."""
    apps: tuple[str, ...]
    """Package family names."""


def managed(paths: Iterable[str]) -> Managed:
    """Return what is managed by these nodes (`LocUri.path`)."""
    areas: set[str] = set()
    apps: set[str] = set()
    policies = 0
    for path in paths:
        names = path.split("/")[1:]
        vendor = [each.casefold() for each in names[1:3]] == ["vendor", "msft"]
        csp = names[3] if vendor and len(names) > 3 else names[0]
        if csp.casefold() == _POLICY and len(names) > _CONFIG + 1:
            policies += 1
            areas.add(names[_CONFIG + 1])
            continue
        areas.add(_SPELLED.get(csp.casefold(), csp))
        family = _family(names)
        if family:
            apps.add(family)
    return Managed(tuple(sorted(areas, key=str.casefold)), policies, tuple(sorted(apps)))


def _family(names: list[str]) -> str:
    """Return the app that a node is of. CSP: EnterpriseModernAppManagement."""
    folded = [each.casefold() for each in names]
    for start in (["appmanagement", "appstore"], ["appmanagement", "nonstore"]):
        if start == folded[4:6] and len(names) > 6:
            return names[6]
    return names[5] if folded[4:5] == ["appinstallation"] and len(names) > 5 else ""
