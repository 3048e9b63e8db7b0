"""The two published security baselines of HoloLens 2: their values, and where they trap a fleet.

Values as published, but for one: a bare 60 where the policy takes an ADMX value.
"""

from collections.abc import Iterator
from typing import Final

from lenskeep.desired.templates.blank import (
    AUTOPILOT,
    PAGES,
    POLICY_BLOB,
    POLICY_ID,
    TENANT,
    families,
    switch,
)
from lenskeep.desired.templates.documents import admx
from lenskeep.desired.templates.template import Needs, Suggestion, Template, node, policy

OLD_BROWSER: Final = switch(
    "before_21h1",
    "Headsets older than 21H1",
    "Yes only for headsets with a build below 20346: they have the old Edge, whose settings these"
    " are. The new Edge does not look at them.",
)
TENANT_TRAP: Final = (
    "First run then waits for an Autopilot profile for ever, after a reset, a reflash or an update"
    " too. On a headset that Autopilot does not know, nobody can set it up again. It is undone by"
    " sending false while the headset is still enrolled, and by nothing else."
)
APPS_TRAP: Final = (
    "Your own apps are neither installed nor updated any more, unless they come from the store;"
    " before 20348.1501 the new Edge does not start either."
)
USB_TRAP: Final = "Logs can no longer be copied from the headset over USB."
PACKAGE_TRAP: Final = (
    "No provisioning package can be added later: not one that would repair the network either."
)
PACKAGE_KEPT_TRAP: Final = (
    "A package that set the headset up wrongly stays, and what it set with it, until a reset."
)
WIFI_TRAP: Final = (
    "Nobody can join a network that you did not send. Without a managed network that works where"
    " the headset is, it stays offline; a reset brings it back."
)
PAGES_TRAP: Final = (
    "With network-wifi hidden a wearer can join no network, with workplace hidden start no sync."
)
WIPE_TRAP: Final = "Ten wrong passwords in a row wipe the headset."
TELEMETRY_TRAP: Final = "Diagnostic data no longer reaches Microsoft."
DISPLAY: Final = (
    policy("Power/DisplayOffTimeoutPluggedIn", admx(EnterVideoACPowerDownTimeOut=60)),
    policy("Power/StandbyTimeoutPluggedIn", admx(EnterACStandbyTimeOut=60)),
)

_SHARED: Final = (
    policy("Accounts/AllowMicrosoftAccountConnection", 0),
    policy("ApplicationManagement/AllowAllTrustedApps", 0, APPS_TRAP),
    policy("ApplicationManagement/AllowAppStoreAutoUpdate", 1),
    policy("ApplicationManagement/AllowDeveloperUnlock", 0),
    policy("Browser/AllowCookies", 1, when=OLD_BROWSER.name),
    policy("Browser/AllowPasswordManager", 0, when=OLD_BROWSER.name),
    policy("Browser/AllowSmartScreen", 1, when=OLD_BROWSER.name),
    policy("Connectivity/AllowUSBConnection", 0, USB_TRAP),
    policy("DeviceLock/AllowIdleReturnWithoutPassword", 0),
    policy("DeviceLock/AllowSimpleDevicePassword", 0),
    policy("DeviceLock/DevicePasswordEnabled", 0),
    policy("DeviceLock/MaxInactivityTimeDeviceLock", 3),
    policy(
        "Experience/AllowManualMDMUnenrollment",
        0,
        "A wearer can no longer leave; if the headset loses this server, only a reset helps.",
    ),
    policy("MixedReality/AADGroupMembershipCacheValidityInDays", 7),
    *DISPLAY,
    policy("Settings/AllowVPN", 0),
    policy("Settings/PageVisibilityList", "${pages}", PAGES_TRAP),
    policy("System/AllowStorageCard", 0, "No provisioning package is read from a USB stick."),
    policy("Update/AllowUpdateService", 1),
    policy("Update/ManagePreviewBuilds", 0),
)


def _hello() -> Iterator[Suggestion]:
    """Windows Hello, below the tenant's node. CSP: PassportForWork."""
    root = "PassportForWork/${tenant_id}"
    yield node(root, None)
    for name, value in (
        ("UsePassportForWork", "true"),
        ("RequireSecurityDevice", "true"),
        ("ExcludeSecurityDevices/TPM12", "false"),
        ("EnablePinRecovery", "false"),
        ("UseCertificateForOnPremAuth", "false"),
        ("PINComplexity/MinimumPINLength", "6"),
        ("PINComplexity/MaximumPINLength", "6"),
        ("PINComplexity/UppercaseLetters", "2"),
        ("PINComplexity/LowercaseLetters", "2"),
        ("PINComplexity/SpecialCharacters", "2"),
        ("PINComplexity/Digits", "0"),
        ("PINComplexity/History", "10"),
        ("PINComplexity/Expiration", "90"),
        ("UseHelloCertificatesAsSmartCardCertificates", "false"),
    ):
        yield node(f"{root}/Policies/{name}", value)


_LOCKDOWN: Final = node(
    "TenantLockdown/RequireNetworkInOOBE", "true", TENANT_TRAP, when=AUTOPILOT.name
)
_WARNINGS: Final = (
    "Certificates, VPN and Wi-Fi belong to the baseline too, but it has no values for them: send"
    " what works for you in a profile of its own, and first.",
    "TenantLockdown stands in the published baseline without a condition. Here it is left out"
    " unless you say that all headsets came by Autopilot.",
    "The published value for the display is 60, which the headset answers with success and does"
    " not obey; here it is the value that it takes, with an equal one for standby.",
    "The settings for Windows Hello need your Entra tenant id; without one they are left out. The"
    " length of the Hello PIN is one thing, DeviceLock's password of local accounts another.",
    "MaxInactivityTimeDeviceLock locks nothing on HoloLens 2; the times for display and standby do"
    " the work.",
    "The settings for the browser are those of the old Edge, gone since 21H1. For the new one the"
    " same has to come by ADMX ingestion of Edge's own policies, which is not part of this.",
)
_EVERYBODY: Final = "Headsets that people carry about and sign in to with a work account"

STANDARD: Final = Template(
    "baseline-standard",
    "Security baseline, standard",
    "Microsoft's standard security baseline for HoloLens 2, made safe to start from.",
    _EVERYBODY,
    (
        *_SHARED,
        policy("DeviceLock/AlphanumericDevicePasswordRequired", 1),
        policy("DeviceLock/MinDevicePasswordComplexCharacters", 1),
        policy("DeviceLock/MinDevicePasswordLength", 8),
        *_hello(),
        _LOCKDOWN,
    ),
    (TENANT, PAGES, AUTOPILOT, OLD_BROWSER),
    _WARNINGS,
    Needs(("any", "entra", "autopilot"), "19041.1128"),
    "HoloLens 2 security baselines, standard",
)

_LISTS: Final = (
    families("account_allow", "Account information: always for"),
    families("account_deny", "Account information: never for"),
    families("account_ask", "Account information: people decide for"),
    families("spatial_allow", "Spatial perception in the background: always for"),
    families("spatial_deny", "Spatial perception in the background: never for"),
    families("spatial_ask", "Spatial perception in the background: people decide for"),
    families("microphone_deny", "Microphone: never for"),
    families("microphone_ask", "Microphone: people decide for"),
)
_ACCOUNT: Final = "Privacy/LetAppsAccessAccountInfo"
_SPATIAL: Final = "Privacy/LetAppsAccessBackgroundSpatialPerception"
_MICROPHONE: Final = "Privacy/LetAppsAccessMicrophone"
_PROFILES: Final = "AccountManagement/UserProfileManagement"

ADVANCED: Final = Template(
    "baseline-advanced",
    "Security baseline, advanced",
    "Microsoft's advanced security baseline for HoloLens 2, made safe to start from.",
    "Headsets with confidential content, few apps and an administrator nearby",
    (
        *_SHARED,
        policy("Authentication/AllowFastReconnect", 0),
        policy("Bluetooth/AllowDiscoverableMode", 0),
        policy("Browser/AllowAutofill", 0, when=OLD_BROWSER.name),
        policy("Browser/AllowDoNotTrack", 0, when=OLD_BROWSER.name),
        policy("Browser/AllowPopups", 1, when=OLD_BROWSER.name),
        policy("Browser/AllowSearchSuggestionsinAddressBar", 0, when=OLD_BROWSER.name),
        policy("Connectivity/AllowBluetooth", 0, "Keyboards, clickers and headphones stop."),
        policy("DeviceLock/AlphanumericDevicePasswordRequired", 0),
        policy("DeviceLock/DevicePasswordHistory", 15),
        policy("DeviceLock/MaxDevicePasswordFailedAttempts", 10, WIPE_TRAP),
        policy("DeviceLock/MinDevicePasswordComplexCharacters", 3),
        policy("DeviceLock/MinDevicePasswordLength", 12),
        policy(_ACCOUNT, 2),
        policy(f"{_ACCOUNT}_ForceAllowTheseApps", "${account_allow}"),
        policy(f"{_ACCOUNT}_ForceDenyTheseApps", "${account_deny}"),
        policy(f"{_ACCOUNT}_UserInControlOfTheseApps", "${account_ask}"),
        policy(_SPATIAL, 2),
        policy(f"{_SPATIAL}_ForceAllowTheseApps", "${spatial_allow}"),
        policy(f"{_SPATIAL}_ForceDenyTheseApps", "${spatial_deny}"),
        policy(f"{_SPATIAL}_UserInControlOfTheseApps", "${spatial_ask}"),
        policy(f"{_MICROPHONE}_ForceDenyTheseApps", "${microphone_deny}"),
        policy(f"{_MICROPHONE}_UserInControlOfTheseApps", "${microphone_ask}"),
        policy("Search/AllowSearchToUseLocation", 0),
        policy("Security/AllowAddProvisioningPackage", 0, PACKAGE_TRAP),
        policy("System/AllowTelemetry", 0, TELEMETRY_TRAP),
        policy("Wifi/AllowManualWiFiConfiguration", 0, WIFI_TRAP),
        node(f"{_PROFILES}/EnableProfileManager", "true"),
        node(f"{_PROFILES}/DeletionPolicy", "2", "Profiles that nobody used are deleted."),
        node(f"{_PROFILES}/StorageCapacityStartDeletion", "25"),
        node(f"{_PROFILES}/StorageCapacityStopDeletion", "50"),
        node(f"{_PROFILES}/ProfileInactivityThreshold", "30"),
        *_hello(),
        node(
            "ApplicationControl/Policies/${policy_id}/Policy",
            "${policy_blob}",
            "What the policy does not name does not start, and no message says so.",
        ),
        _LOCKDOWN,
    ),
    (TENANT, PAGES, POLICY_ID, POLICY_BLOB, *_LISTS, AUTOPILOT, OLD_BROWSER),
    (
        *_WARNINGS,
        "AllowDoNotTrack of 0 means that the old Edge never sends the header that asks not to be"
        " tracked; the published wording reads as if it were the other way round.",
        "A WDAC policy that is taken away again goes with the next restart.",
    ),
    Needs(("any", "entra", "autopilot"), "19041.1128"),
    "HoloLens 2 security baselines, advanced",
)

BASELINES: Final = (STANDARD, ADVANCED)
