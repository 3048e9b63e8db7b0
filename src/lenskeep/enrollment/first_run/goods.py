"""What has to be there before a headset is let go, as the headset itself looks for it."""

from dataclasses import dataclass, field
from typing import Final

SEPARATOR: Final = "\uf000"
"""Between the LocURIs of a list. CSP: DMClient/Provider/{ID}/FirstSyncStatus."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The LocURIs of one scope that the headset is to look for, by the node that lists them."""

    policies: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    modern_apps: tuple[str, ...] = ()
    """`LocURI;count`, as the next."""
    msi_apps: tuple[str, ...] = ()
    pfx_certificates: tuple[str, ...] = ()
    scep_certificates: tuple[str, ...] = ()

    def lists(self) -> tuple[tuple[str, str], ...]:
        """Return node name and value of each list that is not empty."""
        rows = (
            ("ExpectedPolicies", self.policies),
            ("ExpectedNetworkProfiles", self.networks),
            ("ExpectedMSIAppPackages", self.msi_apps),
            ("ExpectedModernAppPackages", self.modern_apps),
            ("ExpectedPFXCerts", self.pfx_certificates),
            ("ExpectedSCEPCerts", self.scep_certificates),
        )
        return tuple((name, SEPARATOR.join(uris)) for name, uris in rows if uris)


@dataclass(frozen=True, slots=True)
class Goods:
    """What is expected of a headset, and how far it is."""

    device: Expected = field(default_factory=Expected)
    user: Expected = field(default_factory=Expected)
    waiting_device: int = 0
    """Settings of the device that are not there yet."""
    waiting_user: int = 0
    failed: tuple[str, ...] = ()
    """LocURIs of the device that it refused, or that profiles contradict each other on."""


NOTHING: Final = Goods()
