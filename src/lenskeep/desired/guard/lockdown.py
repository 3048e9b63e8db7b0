"""Which settings close something that the server, or a person at the headset, may need."""

from typing import Final

from lenskeep.desired.guard.places import POLICY, place
from lenskeep.tree.uri import node_key

_LOCKDOWNS: Final = frozenset(
    {
        "tenantlockdown/requirenetworkinoobe",
        *(
            POLICY + each
            for each in (
                "admx_deviceinstallation/deviceinstall_removable_deny",
                "connectivity/allowusbconnection",
                "mixedreality/autologonuser",
                "mixedreality/visitorautologon",
                "security/allowaddprovisioningpackage",
                "security/allowremoveprovisioningpackage",
                "settings/pagevisibilitylist",
                "system/allowstoragecard",
                "wifi/allowmanualwificonfiguration",
                "wifi/allowwifi",
            )
        ),
    }
)
"""USB, packages, Wi-Fi, sign-in, Settings pages, first run: they go last, each after a contact
over the network that they leave."""


def is_lockdown(uri: str) -> bool:
    """Return whether the node is one of those that are set last, whatever its value."""
    return is_lockdown_key(node_key(uri))


def is_lockdown_key(key: str) -> bool:
    """Return the same of a comparison key (`LocUri.key`)."""
    return place(key) in _LOCKDOWNS
