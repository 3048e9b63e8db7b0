"""Which nodes have a check written by hand, since the catalog's rule says too little of them."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from lenskeep.desired.guard.places import POLICY, place
from lenskeep.desired.validate.circumstances import Circumstances
from lenskeep.desired.validate.content import certificates, documents, texts, times
from lenskeep.desired.validate.content.admx import PARTS, Part
from lenskeep.desired.validate.content.kiosk.lint import kiosk
from lenskeep.desired.validate.content.wlan import wlan
from lenskeep.desired.validate.finding import Found
from lenskeep.tree.uri import LocUri

Check = Callable[[LocUri, str, Circumstances], Found]
"""The address, the value, and what is known beside them."""


def _of(check: Callable[[str], Found]) -> Check:
    """Return the check for a node whose address does not matter."""

    def checked(_: LocUri, value: str, __: Circumstances) -> Found:
        return check(value)

    return checked


def _beside(check: Callable[[LocUri, str], Found]) -> Check:
    """Return the check for a node of which only address and value matter."""

    def checked(uri: LocUri, value: str, _: Circumstances) -> Found:
        return check(uri, value)

    return checked


_EXACT: Final[Mapping[str, Check]] = MappingProxyType(
    {
        f"{POLICY}settings/pagevisibilitylist": _of(texts.pages),
        f"{POLICY}timelanguagesettings/configuretimezone": _of(times.time_zone),
        f"{POLICY}update/pausefeatureupdatesstarttime": _of(times.day),
        f"{POLICY}update/pausequalityupdatesstarttime": _of(times.day),
        f"{POLICY}update/updateserviceurl": _of(texts.url),
        f"{POLICY}authentication/preferredaadtenantdomainname": _of(texts.domain),
        f"{POLICY}bluetooth/localdevicename": _of(texts.bluetooth_name),
        f"{POLICY}deliveryoptimization/docachehost": _of(texts.hosts),
        f"{POLICY}mixedreality/autologonuser": _of(texts.user),
        f"{POLICY}mixedreality/configuresharedaccount": _of(documents.shared_account),
        f"{POLICY}localusersandgroups/configure": _of(documents.owners),
        f"{POLICY}applicationmanagement/scheduleforcerestartforupdatefailures": _of(
            documents.force_restart
        ),
        "assignedaccess/configuration": kiosk,
        "assignedaccess/kioskmodeapp": _of(documents.kiosk_app),
        "reboot/schedule/single": _of(times.schedule),
        "reboot/schedule/dailyrecurrent": _of(times.schedule),
        "reboot/schedule/weeklyrecurrent": _of(times.schedule),
        "networkproxy/setupscripturl": _of(texts.url),
        "networkproxy/proxyserver/proxyaddress": _of(texts.host_and_port),
    }
)
"""By the path after `Vendor/MSFT/`, in lower case."""

_PATTERNS: Final[tuple[tuple[re.Pattern[str], Check], ...]] = tuple(
    (re.compile(pattern), check)
    for pattern, check in (
        (
            POLICY + r"privacy/letapps\w+_(forceallow|forcedeny|userincontrolof)theseapps",
            _of(texts.package_families),
        ),
        (r"wifi/profile/[^/]+/wlanxml", wlan),
        (r"wifi/profile/[^/]+/proxy", _of(texts.host_and_port)),
        (r"wifi/profile/[^/]+/proxypacurl", _of(texts.url)),
        (r"vpnv2/[^/]+/profilexml", _of(documents.document)),
        (r"rootcatrustedcertificates/.+/encodedcertificate", certificates.certificate),
        (r"certificatestore/(root|ca|my)/.+/encodedcertificate", certificates.certificate),
        (
            r"clientcertificateinstall/pfxcertinstall/[^/]+/pfxcertblob",
            _beside(certificates.personal_information_exchange),
        ),
        (r"clientcertificateinstall/scep/[^/]+/install/serverurl", _of(texts.urls)),
        (r"dmclient/provider/[^/]+/helpwebsite", _of(texts.url)),
        (r"dmclient/provider/[^/]+/certrenewtimestamp", _of(times.moment)),
        (
            r"policy/configoperations/admxinstall/[^/]+/(?!properties/)[^/]+/[^/]+",
            _of(documents.policy_definitions),
        ),
        (
            r"enterprisemodernappmanagement/appinstallation/[^/]+/hostedinstall",
            _of(documents.document),
        ),
    )
)


def check_for(uri: LocUri) -> Check | None:
    """Return the hand-written check for what this node holds, or None."""
    path = place(uri.key)
    if path in _EXACT:
        return _EXACT[path]
    return next((check for pattern, check in _PATTERNS if pattern.fullmatch(path)), None)


def parts_of(uri: LocUri) -> tuple[Part, ...] | None:
    """Return the ADMX data that this policy takes, None where nobody has said."""
    return PARTS.get(place(uri.key).removeprefix(POLICY))
