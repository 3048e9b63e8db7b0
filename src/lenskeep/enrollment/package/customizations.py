"""The answer file of Windows Configuration Designer, from which it builds the package.

Groups and names are those of the published reference of provisioning settings; the attributes of
keyed entries (`UPN` and `Name`, `SSID` and `Name`, ...) and the words for networks and groups are
seen: in answer files that its 2026 edition exported. Groups that no such file is known of are
marked. Same value, same bytes.
"""

from collections.abc import Callable
from typing import Final

from lenskeep.enrollment.package.definition import (
    KIOSK_FILE,
    PFX_FILE,
    LocalUser,
    Package,
    Proof,
    SignIn,
    Wifi,
    root_file,
)
from lenskeep.wire.xml import Out, write

CONFIG: Final = "urn:schemas-Microsoft-com:Windows-ICD-Package-Config.v1.0"
SETTINGS: Final = "urn:schemas-microsoft-com:windows-provisioning"
OWNER: Final = "ITAdmin"
"""A HoloLens takes packages of this owner alone."""
CERTIFICATE_NAME: Final = "Lenskeep"
_AUTH: Final = {Proof.PASSWORD: "OnPremise", Proof.CERTIFICATE: "Certificate"}
_OWNERS: Final = "Administrators"
_STANDARD: Final = "Standard Users"


def customizations(package: Package) -> bytes:
    """Return the answer file. It holds every secret of the package in clear text."""
    config = (
        Out("ID", "{" + package.id + "}"),
        Out("Name", package.name),
        Out("Version", package.version),
        Out("OwnerType", OWNER),
        Out("Rank", "0"),
    )
    groups = tuple(group for make in _GROUPS for group in make(package))
    inner = Out("Customizations", (Out("Common", groups),))
    root = (
        Out("PackageConfig", config, (("xmlns", CONFIG),)),
        Out("Settings", (inner,), (("xmlns", SETTINGS),)),
    )
    return write(Out("WindowsCustomizations", root), declaration=True)


def _keyed(name: str, key: str, value: str, *content: Out) -> Out:
    """Return an entry of a list: seen with its key twice."""
    return Out(name, content, ((key, value), ("Name", value)))


def _said(*, yes: bool) -> str:
    return "True" if yes else "False"


# --- groups, by name -----------------------------------------------------------------------


def _accounts(package: Package) -> tuple[Out, ...]:
    if package.user is None:
        return ()
    return (Out("Accounts", (Out("Users", (_user(package.user),)),)),)


def _user(user: LocalUser) -> Out:
    group = _OWNERS if user.owner else _STANDARD
    password = Out("Password", user.password.reveal())
    return _keyed("User", "UserName", user.name, password, Out("UserGroup", group))


def _assigned_access(package: Package) -> tuple[Out, ...]:
    """assumed: the setting holds a file's name, as those of other files do."""
    if not package.kiosk:
        return ()
    return (Out("AssignedAccess", (Out("MultiAppAssignedAccessSettings", KIOSK_FILE),)),)


def _certificates(package: Package) -> tuple[Out, ...]:
    """assumed: the client certificate's entry is like the root's, which is seen."""
    stores = []
    sign_in = package.sign_in
    if sign_in is not None and sign_in.pfx_password is not None:
        content = (
            Out("CertificatePassword", sign_in.pfx_password.reveal()),
            _path(PFX_FILE),
            Out("ExportCertificate", _said(yes=False)),
            Out("KeyLocation", "TPM with software fallback"),
        )
        entry = _keyed("ClientCertificate", "CertificateName", CERTIFICATE_NAME, *content)
        stores.append(Out("ClientCertificates", (entry,)))
    if package.roots:
        entries = tuple(
            _keyed("RootCertificate", "CertificateName", root.name, _path(root_file(number)))
            for number, root in enumerate(package.roots, 1)
        )
        stores.append(Out("RootCertificates", entries))
    return (Out("Certificates", tuple(stores)),) if stores else ()


def _path(name: str) -> Out:
    return Out("CertificatePath", name)


def _connectivity(package: Package) -> tuple[Out, ...]:
    if not package.wifi:
        return ()
    networks = Out("WLANSetting", tuple(_network(each) for each in package.wifi))
    return (Out("ConnectivityProfiles", (Out("WLAN", (networks,)),)),)


def _network(wifi: Wifi) -> Out:
    content = [
        Out("AutoConnect", _said(yes=True)),
        Out("HiddenNetwork", _said(yes=wifi.hidden)),
    ]
    if wifi.key is not None:
        content.append(Out("SecurityKey", wifi.key.reveal()))
    content.append(Out("SecurityType", "Open" if wifi.key is None else "WPA2-Personal"))
    return _keyed("WLANConfig", "SSID", wifi.ssid, Out("WLANXmlSettings", tuple(content)))


def _name(package: Package) -> tuple[Out, ...]:
    """CSP: DevDetail/Ext/Microsoft/DNSComputerName."""
    if not package.device_name:
        return ()
    return (Out("DevDetail", (Out("DNSComputerName", package.device_name),)),)


def _first_experience(package: Package) -> tuple[Out, ...]:
    """assumed: the settings stand directly below their group, as the reference lists them."""
    first = package.first_run
    content = []
    if first.region is not None:
        content.append(Out("PreferredRegion", str(first.region)))
    for name, skipped in (
        ("SkipCalibration", first.skip_calibration),
        ("SkipTraining", first.skip_training),
        ("SkipWifi", first.skip_wifi),
    ):
        if skipped:
            content.append(Out(name, _said(yes=True)))
    return (Out("FirstExperience", tuple(content)),) if content else ()


def _policies(package: Package) -> tuple[Out, ...]:
    """CSP: Policy/Config/TimeLanguageSettings/ConfigureTimeZone.

    assumed: it can be set by a package too. The group FirstExperience has a time zone of its own,
    by a number from a list that names no more than half of today's zones.
    """
    if not package.time_zone:
        return ()
    area = Out("TimeLanguageSettings", (Out("ConfigureTimeZone", package.time_zone),))
    return (Out("Policies", (area,)),)


def _workplace(package: Package) -> tuple[Out, ...]:
    if package.sign_in is None:
        return ()
    upn = _enrollment(package, package.sign_in)
    return (Out("Workplace", (Out("Enrollments", (upn,)),)),)


def _enrollment(package: Package, sign_in: SignIn) -> Out:
    where = package.endpoints
    content = (
        Out("AuthPolicy", _AUTH[sign_in.proof]),
        Out("DiscoveryServiceFullUrl", where.discovery),
        Out("EnrollmentServiceFullUrl", where.enrollment),
        Out("PolicyServiceFullUrl", where.policy),
        Out("Secret", sign_in.secret.reveal()),
    )
    return _keyed("UPN", "UPN", sign_in.upn, *content)


_GROUPS: Final[tuple[Callable[[Package], tuple[Out, ...]], ...]] = (
    _accounts,
    _assigned_access,
    _certificates,
    _connectivity,
    _name,
    _first_experience,
    _policies,
    _workplace,
)
"""By name, as Configuration Designer sorts them."""
