"""Scenarios of running a fleet: updates, storage, first run, shared accounts, peripherals."""

from typing import Final

from lenskeep.desired.templates.baselines import TELEMETRY_TRAP
from lenskeep.desired.templates.blank import Blank, number, switch, thumbprint
from lenskeep.desired.templates.documents import ALLOWED_IDS, SHARED_ACCOUNT, admx
from lenskeep.desired.templates.template import Needs, Template, document, node, policy
from lenskeep.desired.validate.content import texts
from lenskeep.desired.validate.finding import Found, refused

RING: Final = Template(
    "update-ring",
    "Update ring",
    "When updates are offered, when they are installed, and by when the headset restarts.",
    "Any fleet: once for pilots with 0 days, once more for each later ring",
    (
        policy("Update/AllowUpdateService", 1),
        policy("Update/ManagePreviewBuilds", 0),
        policy("Update/DeferFeatureUpdatesPeriodInDays", "${feature_days}"),
        policy("Update/DeferQualityUpdatesPeriodInDays", "${quality_days}"),
        policy("Update/ActiveHoursStart", "${active_from}"),
        policy("Update/ActiveHoursEnd", "${active_to}"),
        policy("Update/ConfigureDeadlineForFeatureUpdates", "${feature_deadline}"),
        policy("Update/ConfigureDeadlineForQualityUpdates", "${quality_deadline}"),
        policy(
            "Update/ConfigureDeadlineGracePeriod",
            "${grace}",
            "After the deadline and this time the headset restarts, whatever it is doing.",
        ),
        policy("Update/SetDisablePauseUXAccess", 1, when="no_pause"),
    ),
    (
        Blank(
            "feature_days",
            "Days that a feature update waits",
            "The published rings are 0, 60, 120, 150 and 180.",
            "60",
            "0",
            ("0", "60", "120", "150", "180"),
        ),
        number("quality_days", "Days that a monthly update waits", "0 to 30.", "0", 30),
        number("active_from", "Active hours from", "The hour of the day.", "8", 23),
        number("active_to", "Active hours to", "At most 18 hours later.", "17", 23),
        number("feature_deadline", "Deadline for feature updates", "In days.", "7", 30),
        number("quality_deadline", "Deadline for monthly updates", "In days.", "7", 30),
        number("grace", "Days of grace", "0 to 7, after the deadline.", "2", 7),
        switch("no_pause", "No pausing", "Yes if wearers shall not pause updates."),
    ),
    (
        "Only a change of the build's first number (19041, 20348, 22621) is a feature update; the"
        " half-yearly versions between come as monthly ones.",
        "Only the days of the rings are published; the other numbers are a beginning.",
        "A headset that is switched off, or asleep on battery, never updates. Leave it on power"
        " with a network.",
        "To 21H1 a headset needs 19041.1136 first, to 23H1 20346.1002. Updates cannot be removed.",
    ),
    Needs(("any",), "20348.1432"),
    "Update rings of HoloLens",
)

_PROFILES: Final = "AccountManagement/UserProfileManagement"
STORAGE: Final = Template(
    "storage",
    "Storage hygiene",
    "Storage Sense clears up, and profiles of people who are gone are deleted.",
    "Shared headsets, and those that film a lot",
    (
        policy("Storage/AllowStorageSenseGlobal", 1),
        policy("Storage/AllowStorageSenseTemporaryFilesCleanup", 1),
        policy("Storage/ConfigStorageSenseGlobalCadence", "${cadence}"),
        policy(
            "Storage/ConfigStorageSenseDownloadsCleanupThreshold",
            "${downloads}",
            "Downloads that nobody opened for so long are deleted.",
        ),
        node(f"{_PROFILES}/EnableProfileManager", "true"),
        node(f"{_PROFILES}/DeletionPolicy", "2", "Profiles that nobody used are deleted."),
        node(f"{_PROFILES}/StorageCapacityStartDeletion", "25"),
        node(f"{_PROFILES}/StorageCapacityStopDeletion", "50"),
        node(f"{_PROFILES}/ProfileInactivityThreshold", "${unused_days}"),
    ),
    (
        Blank(
            "cadence",
            "How often",
            "Every so many days; 0 when space is short.",
            "7",
            "7",
            ("0", "1", "7", "30"),
        ),
        number("downloads", "Days until downloads go", "0 keeps them.", "0", 365),
        number(
            "unused_days", "Days until an unused profile goes", "Counted from its use.", "30", 9999
        ),
    ),
    ("What a profile held and nobody saved elsewhere is lost with it.",),
    Needs(("any",), "20348.1528"),
    "Storage and account management",
)

FIRST_RUN: Final = Template(
    "new-user-speed",
    "Fast first sign-in",
    "Takes the pages out of a new person's first run that can be taken out.",
    "Headsets that change hands daily",
    (
        policy("System/AllowTelemetry", 0, TELEMETRY_TRAP),
        policy("Privacy/AllowInputPersonalization", 0, "Dictation by the cloud stops."),
        policy("System/AllowLocation", "${location}"),
        node(
            "PassportForWork/Biometrics/UseBiometrics",
            "false",
            "Iris sign-in is gone, and what was enrolled for it.",
        ),
        policy(
            "MixedReality/SkipCalibrationDuringSetup",
            1,
            "Gaze is less exact until somebody calibrates in Settings.",
        ),
        policy("MixedReality/SkipTrainingDuringSetup", 1),
        policy("Authentication/PreferredAadTenantDomainName", "${domain}"),
        policy("MixedReality/PreferLogonAsOtherUser", 1),
    ),
    (
        Blank(
            "location",
            "Location",
            "0 switches it off, 2 on; either takes the page away.",
            "0",
            "0",
            ("0", "2"),
        ),
        Blank(
            "domain",
            "Domain",
            "What need not be typed after the @ any more.",
            "contoso.com",
            check=texts.domain,
        ),
    ),
    (
        "Fastest is a FIDO2 key: no name and no password to type.",
        "Since 23H1 a page about biometric data is shown that nothing removes.",
    ),
    Needs(("entra", "autopilot", "any"), "22621.1244"),
    "Notes on first run",
)

SHARED: Final = Template(
    "shared-account",
    "Shared account by certificate",
    "A certificate on the headset signs in; nobody types anything.",
    "Insider builds; headsets without a person of their own",
    (
        document(
            "Policy/Config/MixedReality/ConfigureSharedAccount",
            SHARED_ACCOUNT,
            "Whoever puts the headset on is signed in with that account.",
        ),
    ),
    (
        Blank(
            "issuer",
            "Issuer",
            "The SHA-1 of the authority that issues the headsets' certificates.",
            "d559a586669b08f46a30a133f8a9ed3d038e2ea8",
            check=thumbprint,
        ),
    ),
    (
        "Each headset needs a certificate in its TPM, by SCEP, with the account as its alternative"
        " name and the usages smart card sign-in and client authentication; the headset has to"
        " trust its authority.",
        "The account gets neither PIN nor iris.",
    ),
    Needs(("entra", "autopilot"), "22621.1217"),
    "Insider notes, shared accounts",
)


def _ids(answer: str) -> Found:
    """Check ids divided by `;`."""
    if not [each for each in answer.split(";") if each.strip()] or "\uf000" in answer:
        return (refused("is no list of device ids", "USB\\VID_..., divided by ;"),)
    return ()


PERIPHERALS: Final = Template(
    "peripheral-lock",
    "Peripheral lock",
    "No removable USB device is installed, but for those you name.",
    "Rooms in which no stick may be plugged in",
    (
        policy(
            "ADMX_DeviceInstallation/DeviceInstall_Removable_Deny",
            admx(DenyRemovableDevices=1),
            "An Ethernet adapter may count as removable too: name yours, or a headset that needs it"
            " is offline.",
        ),
        policy(
            "DeviceInstallation/EnableInstallationPolicyLayering",
            admx(AllowDenyLayered=1),
        ),
        document(
            "Policy/Config/DeviceInstallation/AllowInstallationOfMatchingDeviceIDs", ALLOWED_IDS
        ),
    ),
    (
        Blank(
            "device_ids",
            "Devices that are allowed",
            "Hardware ids, divided by a semicolon.",
            "USB\\VID_045E&PID_0659",
            check=_ids,
        ),
    ),
    ("It has to be there before a device is plugged in for the first time.",),
    Needs(("any",), "22621.1244"),
    "Release notes of 23H2, USB device control",
)

UPKEEP: Final = (RING, STORAGE, FIRST_RUN, SHARED, PERIPHERALS)
