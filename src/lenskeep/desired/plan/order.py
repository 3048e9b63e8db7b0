"""The order in which a headset is brought to what is wanted: phase by phase."""

from enum import IntEnum
from typing import Final

from lenskeep.desired.guard.lockdown import is_lockdown_key
from lenskeep.desired.guard.places import POLICY, place


class Phase(IntEnum):
    """A later phase waits until the earlier ones are settled, or failed."""

    LIFTS = 0
    """Lock-downs, kiosk and code integrity policies that are no longer wanted are lifted."""
    ROOT_CERTIFICATES = 1
    CLIENT_CERTIFICATES = 2
    NETWORK = 3
    DESCRIPTIONS = 4
    """ADMX files: policies that they describe come after them."""
    POLICIES = 5
    TRUSTED_APPS = 6
    APPS = 7
    KIOSK = 8
    CODE_INTEGRITY = 9
    OLD_NETWORKS = 10
    """Networks go once the new ones have carried a session."""
    OLD_CERTIFICATES = 11
    LOCK_DOWNS = 12

    @property
    def title(self) -> str:
        """What a person calls it."""
        return _TITLES[self]


_TITLES: Final = {
    Phase.LIFTS: "lifting lock-downs",
    Phase.ROOT_CERTIFICATES: "root certificates",
    Phase.CLIENT_CERTIFICATES: "client certificates",
    Phase.NETWORK: "Wi-Fi, VPN and proxy",
    Phase.DESCRIPTIONS: "policy descriptions",
    Phase.POLICIES: "policies",
    Phase.TRUSTED_APPS: "trust in apps",
    Phase.APPS: "apps",
    Phase.KIOSK: "kiosk",
    Phase.CODE_INTEGRITY: "application control",
    Phase.OLD_NETWORKS: "removing networks",
    Phase.OLD_CERTIFICATES: "removing certificates",
    Phase.LOCK_DOWNS: "lock-downs",
}
_BY_PLACE: Final = (
    ("rootcatrustedcertificates/", Phase.ROOT_CERTIFICATES),
    ("certificatestore/my/", Phase.CLIENT_CERTIFICATES),
    ("certificatestore/", Phase.ROOT_CERTIFICATES),
    ("clientcertificateinstall/", Phase.CLIENT_CERTIFICATES),
    ("wifi/", Phase.NETWORK),
    ("vpnv2/", Phase.NETWORK),
    ("networkproxy/", Phase.NETWORK),
    ("policy/configoperations/", Phase.DESCRIPTIONS),
    (POLICY + "applicationmanagement/allowalltrustedapps", Phase.TRUSTED_APPS),
    ("enterprisemodernappmanagement/", Phase.APPS),
    ("enterprisedesktopappmanagement/", Phase.APPS),
    ("assignedaccess/", Phase.KIOSK),
    ("applicationcontrol/", Phase.CODE_INTEGRITY),
    ("applocker/", Phase.CODE_INTEGRITY),
)
_WHEN_REMOVED: Final = {
    Phase.LOCK_DOWNS: Phase.LIFTS,
    Phase.KIOSK: Phase.LIFTS,
    Phase.CODE_INTEGRITY: Phase.LIFTS,
    Phase.NETWORK: Phase.OLD_NETWORKS,
    Phase.ROOT_CERTIFICATES: Phase.OLD_CERTIFICATES,
    Phase.CLIENT_CERTIFICATES: Phase.OLD_CERTIFICATES,
}


def phase_of(key: str, *, removing: bool = False) -> Phase:
    """Return the phase of a node, by its comparison key. Setting and taking away are not the
    same: what locks is set last and lifted first, what connects is set first and removed last.
    """
    phase = _phase(key)
    return _WHEN_REMOVED.get(phase, phase) if removing else phase


def _phase(key: str) -> Phase:
    if is_lockdown_key(key):
        return Phase.LOCK_DOWNS
    where = place(key)
    return next((phase for start, phase in _BY_PLACE if where.startswith(start)), Phase.POLICIES)
