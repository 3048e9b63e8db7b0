"""Scenarios in which the wearer sees a few apps only: kiosks, lending, exhibitions."""

from typing import Final

from lenskeep.desired.templates.baselines import (
    PACKAGE_KEPT_TRAP,
    PACKAGE_TRAP,
    TENANT_TRAP,
    USB_TRAP,
    WIFI_TRAP,
)
from lenskeep.desired.templates.blank import (
    APPS,
    AUTOPILOT,
    POLICY_BLOB,
    POLICY_ID,
    Blank,
    aumid,
    moment,
    switch,
)
from lenskeep.desired.templates.documents import APPS_KIOSK, DAILY_RESTART, VISITOR_KIOSK
from lenskeep.desired.templates.template import Needs, Template, document, node, policy

_KIOSK: Final = "AssignedAccess/Configuration"
_KIOSK_WARNINGS: Final = (
    "A kiosk is a menu, not a wall: an app in it may start others. Hide pages of Settings and block"
    " apps with WDAC where that matters.",
    "A kiosk that cannot be applied shows everything before 20H2, and nothing since; from 21H1 on"
    " the global kiosk comes first, where there is one.",
)
_OWNERS: Final = (
    "Owners of the headset are exempt. Headsets that came by Autopilot have no owner, so there"
    " nobody is."
)

APPS_ONLY: Final = Template(
    "kiosk-apps",
    "Kiosk of several apps",
    "Everybody but the headset's owners sees the apps you name, and Settings.",
    "Shared headsets with a few apps",
    (
        document(
            _KIOSK,
            APPS_KIOSK,
            "With a wrong AUMID the menu is empty. Settings is in the list so that the network can"
            " still be mended.",
        ),
    ),
    (APPS,),
    (*_KIOSK_WARNINGS, _OWNERS, "The first app in the list starts by itself."),
    Needs(("any", "entra", "autopilot"), "19041.1128"),
    "Kiosk reference: global kiosk",
)

LENDING: Final = Template(
    "lending",
    "Headsets lent to others",
    "A kiosk, no developer mode, no USB, few pages of Settings, and updates that go on.",
    "Headsets that clients or partners take home",
    (
        policy("ApplicationManagement/AllowDeveloperUnlock", 0),
        policy("ApplicationManagement/AllowAppStoreAutoUpdate", 1),
        policy("Connectivity/AllowUSBConnection", 0, USB_TRAP, when="usb_off"),
        policy("Security/AllowAddProvisioningPackage", 0, PACKAGE_TRAP),
        policy("Security/AllowRemoveProvisioningPackage", 0, PACKAGE_KEPT_TRAP),
        policy("Experience/AllowManualMDMUnenrollment", 0),
        policy("Settings/AllowVPN", 0),
        policy("Update/AllowUpdateService", 1),
        policy("Update/ManagePreviewBuilds", 0),
        policy(
            "Settings/PageVisibilityList",
            "showonly:network-wifi;network-proxy;network-status",
            "The page where a wearer starts a sync is hidden; the network's are not.",
        ),
        document(_KIOSK, APPS_KIOSK, "With a wrong AUMID the menu is empty."),
        node(
            "ApplicationControl/Policies/${policy_id}/Policy",
            "${policy_blob}",
            "What the policy does not name does not start, and no message says so.",
        ),
        node("TenantLockdown/RequireNetworkInOOBE", "true", TENANT_TRAP, when=AUTOPILOT.name),
    ),
    (
        APPS,
        switch("usb_off", "Switch USB data off", "Yes if nothing may be copied over USB."),
        POLICY_ID,
        POLICY_BLOB,
        AUTOPILOT,
    ),
    (
        *_KIOSK_WARNINGS,
        _OWNERS,
        "Let the WDAC policy block the browser as well: signed in once, it opens the tenant's chat"
        " and files on the web.",
        "Give the accounts that are lent with it few licenses and a PIN of their own, or use a"
        " tenant of their own; never share the password.",
    ),
    Needs(("autopilot", "entra"), "19041.1128"),
    "Scenario guide, external clients",
)

EXHIBITION: Final = Template(
    "exhibition",
    "Museum and exhibition",
    "Visitors are signed in by themselves and see one app.",
    "Headsets that strangers put on for minutes",
    (
        policy(
            "Settings/PageVisibilityList",
            "showonly:network-wifi;holograms;reset",
            "The page where a wearer starts a sync is hidden; the network's and the reset's are"
            " not.",
        ),
        document(
            "Policy/Config/ApplicationManagement/ScheduleForceRestartForUpdateFailures",
            DAILY_RESTART,
        ),
        policy("MixedReality/ConfigureDeviceStandbyAction", 2, when="insider"),
        policy("MixedReality/ConfigureDeviceStandbyActionTimeout", 8, when="insider"),
        document(
            _KIOSK,
            VISITOR_KIOSK,
            "The visitor sees this one app and nothing else; if it does not start, nothing.",
        ),
        policy(
            "MixedReality/VisitorAutoLogon",
            1,
            "It works on headsets that nobody else signed in to. Then there is no way out on the"
            " headset itself: only this server or a reset ends it.",
        ),
        node("TenantLockdown/RequireNetworkInOOBE", "true", TENANT_TRAP, when=AUTOPILOT.name),
    ),
    (
        Blank(
            "app",
            "App",
            "The one app, by AUMID.",
            "Contoso.Tour_8wekyb3d8bbwe!App",
            check=aumid,
        ),
        Blank(
            "restart_at",
            "Restart apps that cannot update, first at",
            "A date with time; then daily. Left empty, nothing is restarted.",
            "2026-03-31T03:00:00",
            check=moment,
        ),
        switch(
            "insider",
            "Insider builds",
            "Yes if the headsets run Insider builds: then they restart after eight hours of"
            " standby.",
        ),
        AUTOPILOT,
    ),
    (
        *_KIOSK_WARNINGS,
        "Keep the headsets on power: your apps update while nobody wears them.",
        "Whether visitors work on headsets without an Entra account is told both ways; try one.",
    ),
    Needs(("autopilot", "package", "entra"), "20348.1432"),
    "Scenario guide, experiences",
)

RESTRICTIONS: Final = Template(
    "common-restrictions",
    "Common restrictions",
    "The switches that are asked for most. The hard ones are left out until you say yes.",
    "Any fleet, as a list to choose from",
    (
        policy("Settings/AllowVPN", 0),
        policy("Experience/AllowManualMDMUnenrollment", 0),
        policy("Security/AllowAddProvisioningPackage", 0, PACKAGE_TRAP),
        policy("Security/AllowRemoveProvisioningPackage", 0, PACKAGE_KEPT_TRAP),
        policy("ApplicationManagement/RequirePrivateStoreOnly", 1),
        policy("Connectivity/AllowUSBConnection", 0, USB_TRAP),
        policy("Connectivity/AllowBluetooth", 0, "Keyboards stop.", when="bluetooth_off"),
        policy("Privacy/LetAppsAccessCamera", 2, "No app films, calls included.", when="no_camera"),
        policy("Privacy/LetAppsAccessMicrophone", 2, "No app hears.", when="no_microphone"),
        policy("Wifi/AllowManualWiFiConfiguration", 0, WIFI_TRAP, when="managed_wifi"),
        policy(
            "Wifi/AllowWiFi",
            0,
            "The headset leaves this server for good, unless it has an Ethernet adapter.",
            when="wifi_off",
        ),
    ),
    (
        switch("bluetooth_off", "Switch Bluetooth off", "Yes if nothing may be paired."),
        switch("no_camera", "No camera for apps", "Yes if no app may use the camera."),
        switch("no_microphone", "No microphone for apps", "Yes if no app may use it."),
        switch(
            "managed_wifi",
            "Managed Wi-Fi only",
            "Yes if a network that you sent works wherever the headsets are.",
        ),
        switch("wifi_off", "Switch Wi-Fi off", "Yes only where headsets have Ethernet."),
    ),
    ("How long display and standby take is not in it: see the baselines.",),
    Needs(("any",), "20348.1432"),
    "Common device restrictions",
)

KIOSKS: Final = (APPS_ONLY, LENDING, EXHIBITION, RESTRICTIONS)
