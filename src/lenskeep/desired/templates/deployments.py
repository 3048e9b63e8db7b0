"""Scenarios by the place where headsets work: office, plant, sealed room, ship."""

from typing import Final

from lenskeep.desired.templates.baselines import PACKAGE_KEPT_TRAP, PACKAGE_TRAP
from lenskeep.desired.templates.blank import (
    SSID,
    WIFI_KEY,
    Blank,
    base64,
    server,
    switch,
    thumbprint,
)
from lenskeep.desired.templates.documents import TIME_SERVER, WIFI
from lenskeep.desired.templates.template import Needs, Template, document, node, policy
from lenskeep.desired.validate.content import texts, times

_UPDATES: Final = (
    policy("Update/AllowUpdateService", 1),
    policy("Update/ManagePreviewBuilds", 0),
    policy("Update/ActiveHoursStart", 8),
    policy("Update/ActiveHoursEnd", 17),
)
_HOME: Final = document("WiFi/Profile/${ssid}/WlanXml", WIFI)
_OPEN_DOOR: Final = (
    "Nothing is hardened here: put a baseline beside it where headsets leave the building."
)

CLOUD: Final = Template(
    "cloud-connected",
    "Cloud-connected headsets",
    "A managed network and regular updates, for headsets whose apps live in the cloud.",
    "Remote assistance and calls over the internet",
    (_HOME, *_UPDATES),
    (SSID, WIFI_KEY),
    (
        _OPEN_DOOR,
        "People need a license for the apps, and the apps have to be made required; neither is a"
        " setting.",
    ),
    Needs(("any", "entra"), "19041.1128"),
    "Scenario guide, cloud-connected",
)


def _certificate(name: str, title: str) -> tuple[Blank, Blank]:
    return (
        Blank(
            f"{name}_thumbprint",
            f"{title}: thumbprint",
            "The SHA-1 of the certificate, 40 hex digits.",
            "d559a586669b08f46a30a133f8a9ed3d038e2ea8",
            check=thumbprint,
        ),
        Blank(
            f"{name}_certificate",
            title,
            "The certificate in DER, as base64.",
            "MIIB",
            is_long=True,
            check=base64,
        ),
    )


_TRUSTED: Final = "RootCATrustedCertificates"
CORPORATE: Final = Template(
    "corporate-connected",
    "Headsets on the corporate network",
    "Certificates that you trust, Wi-Fi with a certificate, a proxy, and regular updates.",
    "Guided work on the company's own network",
    (
        node(
            f"{_TRUSTED}/Root/${{root_thumbprint}}/EncodedCertificate",
            "${root_certificate}",
        ),
        node(
            f"{_TRUSTED}/CA/${{intermediate_thumbprint}}/EncodedCertificate",
            "${intermediate_certificate}",
        ),
        node("WiFi/Profile/${ssid}/WlanXml", "${wlan_profile}"),
        node("WiFi/Profile/${ssid}/Proxy", "${proxy}"),
        node("WiFi/Profile/${ssid}/ProxyPacUrl", "${proxy_script}"),
        *_UPDATES,
    ),
    (
        *_certificate("root", "Trusted root"),
        *_certificate("intermediate", "Intermediate authority"),
        SSID,
        Blank(
            "wlan_profile",
            "Wi-Fi profile",
            "The whole profile as XML, such as netsh exports it on a PC. Its name has to be that of"
            " the network above.",
            '<WLANProfile xmlns="http://www.microsoft.com/networking/WLAN/profile/v1"/>',
            is_secret=True,
            is_long=True,
        ),
        Blank("proxy", "Proxy", "host:port", "proxy.contoso.com:8080", check=texts.host_and_port),
        Blank(
            "proxy_script",
            "Proxy script",
            "The address of a PAC file, instead of a proxy.",
            "https://proxy.contoso.com/proxy.pac",
            check=texts.url,
        ),
    ),
    (
        _OPEN_DOOR,
        "Wi-Fi with certificates cannot be joined in first run: headsets enroll over an onboarding"
        " network or an Ethernet adapter, get their certificates there, and change over.",
        "The certificate of each headset (SCEP or PFX) is not part of this.",
        "Before 20348.1450 headsets do not sync in the background through a proxy.",
        "Your own apps need the certificate that signed them, and AllowAllTrustedApps of 1.",
    ),
    Needs(("any", "entra", "autopilot", "package"), "19041.1128"),
    "Scenario guide, corporate-connected",
)

OFFLINE: Final = Template(
    "offline-secure",
    "Secure and offline",
    "Radios, microphone, location and packages off, for rooms that nothing may leave.",
    "Sealed rooms; headsets set up by a provisioning package",
    (
        policy("Connectivity/AllowBluetooth", 0, "Keyboards and clickers stop."),
        policy("Experience/AllowCortana", 0),
        policy("MixedReality/MicrophoneDisabled", 1, "Voice commands stop."),
        policy("Privacy/LetAppsAccessLocation", 2),
        policy("Privacy/LetAppsAccessMicrophone", 2),
        policy("Security/AllowAddProvisioningPackage", 0, PACKAGE_TRAP),
        policy("Security/AllowRemoveProvisioningPackage", 0, PACKAGE_KEPT_TRAP),
        policy("System/AllowLocation", 0),
        policy(
            "Wifi/AllowWiFi",
            0,
            "The headset leaves this server for good, unless it has an Ethernet adapter."
            " Only a reset or a reflash brings it back.",
            when="wifi_off",
        ),
    ),
    (
        switch(
            "wifi_off",
            "Switch Wi-Fi off",
            "Yes only where headsets are reached over Ethernet, or never again.",
        ),
    ),
    (
        "The published scenario has no server at all: these settings travel in a provisioning"
        " package, with a local account and the app, and first run without calibration, training"
        " and Wi-Fi is the package's too. Sent by a server they cut the line they came by.",
        "Updates come by reflashing and a new package.",
        "The scenario begins with 19041.1117; the switch for the microphone came with 19041.1128.",
    ),
    Needs(("package", "any"), "19041.1128"),
    "Scenario guide, offline secure",
)

RESTRICTED: Final = Template(
    "restricted-network",
    "Near-offline, behind an allow list",
    "A managed network and quiet updates, for headsets that reach a short list of hosts only.",
    "Networks whose firewall names every host",
    (_HOME, *_UPDATES),
    (SSID, WIFI_KEY),
    (
        "The first sign-in of each person needs the internet, and each headset a connection once a"
        " month for sync and updates.",
        "The firewall has to let pass: setup, sign-in and its second factor, this server,"
        " certificates and their revocation, device metadata, diagnostic data unless it is off,"
        " licensing, the connection test, Defender, Windows Update, Settings.",
    ),
    Needs(("any", "entra"), "19041.1128"),
    "Scenario guide, near-offline",
)

ISOLATED: Final = Template(
    "isolated-lan",
    "Isolated network",
    "Own time servers, a time zone, and no passive test for the internet.",
    "Networks without any way to the internet",
    (
        policy("MixedReality/DisallowNetworkConnectivityPassivePolling", 1),
        policy("MixedReality/NtpClientEnabled", "<enabled/>"),
        document("Policy/Config/MixedReality/ConfigureNtpClient", TIME_SERVER),
        policy("TimeLanguageSettings/ConfigureTimeZone", "${time_zone}"),
    ),
    (
        Blank(
            "time_server",
            "Time server",
            "A name or an address that the headset reaches.",
            "time.contoso.com",
            check=server,
        ),
        Blank(
            "time_zone",
            "Time zone",
            "The Windows name, not the IANA name.",
            "W. Europe Standard Time",
            check=times.time_zone,
        ),
    ),
    (
        "The time server is used after a restart. A clock that is wrong by much makes every"
        " certificate invalid, this server's too.",
        "Without Microsoft's hosts people sign in with local accounts only, and push messages do"
        " not arrive: headsets come by their schedule.",
    ),
    Needs(("any", "package"), "20348.1528"),
    "Scenario guide and notes, isolated network",
)

SHIP: Final = Template(
    "moving-platform",
    "Ships and other moving platforms",
    "Moving platform mode, always on.",
    "Headsets on ships, in vehicles, in lifts",
    (
        policy("MixedReality/ConfigureMovingPlatform", 2),
        policy("MixedReality/ManualDownDirectionDisabled", 1, when="no_manual_down"),
    ),
    (
        switch(
            "no_manual_down",
            "Take the manual down direction away",
            "Yes if wearers shall not tell the headset by hand where down is.",
        ),
    ),
    ("It is for headsets that stay aboard: on firm ground nobody needs it.",),
    Needs(("any",), "20348.1447"),
    "Scenario guide, moving platforms",
)

DEPLOYMENTS: Final = (CLOUD, CORPORATE, OFFLINE, RESTRICTED, ISOLATED, SHIP)
