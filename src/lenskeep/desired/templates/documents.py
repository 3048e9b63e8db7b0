"""Documents that templates make of answers: Wi-Fi profiles, kiosks, ADMX values, accounts."""

from typing import Final

from lenskeep.desired.templates.template import Answers, Document
from lenskeep.wire import xml

_WLAN: Final = "http://www.microsoft.com/networking/WLAN/profile/v1"
_KIOSK: Final = "http://schemas.microsoft.com/AssignedAccess/2017/config"
_KIOSK_AUTO: Final = "http://schemas.microsoft.com/AssignedAccess/201810/config"
_KIOSK_GLOBAL: Final = "http://schemas.microsoft.com/AssignedAccess/2020/config"
_KIOSK_EXCLUDED: Final = "http://schemas.microsoft.com/AssignedAccess/202010/config"
_START: Final = "http://schemas.microsoft.com/Start/2014/LayoutModification"
_PROFILE: Final = "{5b1e4a52-6c1c-4f0e-9d3a-7f2f0c1c9a01}"
"""The id of the one profile in a kiosk made here; made up, it only has to be the same in it."""
SETTINGS_APPS: Final = (
    "HolographicSystemSettings_cw5n1h2txyewy!App",
    "BAEAEF15-9BAB-47FC-800B-ACECAD2AE94B_cw5n1h2txyewy!App",
)
"""Settings before 21H1 and since."""


def admx(**data: str | int) -> str:
    """Return an enabled policy with its data."""
    elements = (
        xml.Out("data", (), (("id", name), ("value", str(value)))) for name, value in data.items()
    )
    return "".join(xml.write(each).decode() for each in (xml.Out("enabled"), *elements))


def _text(name: str, text: str) -> xml.Out:
    return xml.Out(name, text)


def _wifi(answers: Answers) -> str:
    """Return a WPA2-Personal network that is joined by itself."""
    name = answers["ssid"]
    hexed = name.encode("utf-8").hex().upper()
    encryption = (
        _text("authentication", "WPA2PSK"),
        _text("encryption", "AES"),
        _text("useOneX", "false"),
    )
    key = (
        _text("keyType", "passPhrase"),
        _text("protected", "false"),
        _text("keyMaterial", answers["wifi_key"]),
    )
    security = xml.Out(
        "security", (xml.Out("authEncryption", encryption), xml.Out("sharedKey", key))
    )
    root = xml.Out(
        "WLANProfile",
        (
            _text("name", name),
            xml.Out("SSIDConfig", (xml.Out("SSID", (_text("hex", hexed), _text("name", name))),)),
            _text("connectionType", "ESS"),
            _text("connectionMode", "auto"),
            xml.Out("MSM", (security,)),
        ),
        (("xmlns", _WLAN),),
    )
    return xml.write(root).decode()


WIFI: Final = Document(("ssid", "wifi_key"), _wifi)


def _kiosk(profile: tuple[xml.Out, ...], config: xml.Out) -> str:
    root = xml.Out(
        "AssignedAccessConfiguration",
        (
            xml.Out("Profiles", (xml.Out("Profile", profile, (("Id", _PROFILE),)),)),
            xml.Out("Configs", (config,)),
        ),
        (
            ("xmlns", _KIOSK),
            ("xmlns:auto", _KIOSK_AUTO),
            ("xmlns:global", _KIOSK_GLOBAL),
            ("xmlns:excluded", _KIOSK_EXCLUDED),
        ),
    )
    return xml.write(root).decode()


def _apps_kiosk(answers: Answers) -> str:
    """Return a kiosk of several apps for everybody but device owners. The first app starts."""
    named = [each.strip() for each in answers["apps"].split(";") if each.strip()]
    apps = tuple(
        _app(each, starts=number == 0) for number, each in enumerate(_with_settings(named))
    )
    layout = xml.Out("LayoutModificationTemplate", (), (("xmlns", _START), ("Version", "1")))
    profile = (
        xml.Out("AllAppsList", (xml.Out("AllowedApps", apps),)),
        _text("StartLayout", xml.write(layout).decode()),
        xml.Out("Taskbar", (), (("ShowTaskbar", "true"),)),
    )
    owners = xml.Out("excluded:SpecialGroup", (), (("Name", "DeviceOwner"),))
    exclusions = (xml.Out("excluded:Exclusions", (owners,)),)
    return _kiosk(profile, xml.Out("global:GlobalProfile", exclusions, (("Id", _PROFILE),)))


def _with_settings(apps: list[str]) -> list[str]:
    known = {each.casefold() for each in apps}
    return [*apps, *(each for each in SETTINGS_APPS if each.casefold() not in known)]


def _app(aumid: str, *, starts: bool) -> xml.Out:
    launch = (("auto:AutoLaunch", "true"),) if starts else ()
    return xml.Out("App", (), (("AppUserModelId", aumid), *launch))


APPS_KIOSK: Final = Document(("apps",), _apps_kiosk)


def _visitor_kiosk(answers: Answers) -> str:
    """Return a kiosk of one app for visitors."""
    app = xml.Out("KioskModeApp", (), (("AppUserModelId", answers["app"]),))
    visitor = (
        xml.Out("SpecialGroup", (), (("Name", "Visitor"),)),
        xml.Out("DefaultProfile", (), (("Id", _PROFILE),)),
    )
    return _kiosk((app,), xml.Out("Config", visitor))


VISITOR_KIOSK: Final = Document(("app",), _visitor_kiosk)


def _restart(answers: Answers) -> str:
    attributes = (
        ("StartDateTime", answers["restart_at"]),
        ("Recurrence", "Daily"),
        ("RunIfTaskIsMissed", "true"),
    )
    return xml.write(xml.Out("ForceRestart", (), attributes)).decode()


DAILY_RESTART: Final = Document(("restart_at",), _restart)


def _shared_account(answers: Answers) -> str:
    issuer = _text("IssuerThumbprint", answers["issuer"])
    root = xml.Out("SharedAccountConfiguration", (xml.Out("SharedAccount", (issuer,)),))
    return xml.write(root).decode()


SHARED_ACCOUNT: Final = Document(("issuer",), _shared_account)


def _time_server(answers: Answers) -> str:
    return admx(
        W32TIME_NtpServer=f"{answers['time_server']},0x9",
        W32TIME_Type="NTP",
        W32TIME_CrossSiteSyncFlags=2,
        W32TIME_ResolvePeerBackoffMinutes=15,
        W32TIME_ResolvePeerBackoffMaxTimes=7,
        W32TIME_SpecialPollInterval=1024,
        W32TIME_NtpClientEventLogFlags=0,
    )


TIME_SERVER: Final = Document(("time_server",), _time_server)


def _allowed_ids(answers: Answers) -> str:
    ids = [each.strip() for each in answers["device_ids"].split(";") if each.strip()]
    pairs = "\uf000".join(f"{number}\uf000{each}" for number, each in enumerate(ids, 1))
    return admx(DeviceInstall_IDs_Allow_List=pairs)


ALLOWED_IDS: Final = Document(("device_ids",), _allowed_ids)
