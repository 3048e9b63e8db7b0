"""What differs between two bodies of settings."""

from typing import Final

from tests.desired.document.catalogs import shipped

from lenskeep.desired.changes import ChangeKind, changes, same_value
from lenskeep.desired.profile import ProfileBody, ProfileSetting
from lenskeep.tree.sensitive import REDACTED
from lenskeep.tree.value import Format

P: Final = "./Device/Vendor/MSFT/Policy/Config/"
CAMERA: Final = f"{P}Camera/AllowCamera"
WIFI: Final = f"{P}Wifi/AllowWiFi"
STANDBY: Final = f"{P}Power/StandbyTimeoutOnBattery"
WLAN: Final = "./Vendor/MSFT/WiFi/Profile/lab/WlanXml"
LOCKDOWN: Final = "./Vendor/MSFT/TenantLockdown/RequireNetworkInOOBE"


def body(*rows: tuple[str, str | None]) -> ProfileBody:
    return ProfileBody(tuple(ProfileSetting(uri, value) for uri, value in rows))


def kinds(old: ProfileBody, new: ProfileBody) -> list[tuple[ChangeKind, str]]:
    return [(each.kind, each.uri) for each in changes(old, new, shipped())]


def test_added_changed_and_removed_are_told_in_the_new_order_removed_last() -> None:
    old = body((CAMERA, "1"), (STANDBY, "<disabled/>"))
    new = body((WIFI, "0"), (CAMERA, "0"))

    assert kinds(old, new) == [
        (ChangeKind.ADDED, WIFI),
        (ChangeKind.CHANGED, CAMERA),
        (ChangeKind.REMOVED, STANDBY),
    ]
    changed = changes(old, new, shipped())[1]
    assert (changed.before, changed.after) == ("1", "0")
    assert changes(old, new, shipped())[0].title == "Wi-Fi"


def test_order_and_spelling_of_an_address_make_no_difference() -> None:
    old = body((CAMERA, "1"), (LOCKDOWN, "true"))
    new = body((LOCKDOWN.replace("./Vendor", "./Device/Vendor"), "true"), (CAMERA.lower(), "1"))

    assert changes(old, new, shipped()) == ()


def test_values_compare_by_their_format() -> None:
    admx = '<enabled/><data id="EnterDCStandbyTimeOut" value="300"/>'
    old = body((CAMERA, "01"), (LOCKDOWN, "True"), (STANDBY, admx))
    spaced = admx.replace("/>", " />").replace("><", ">\n<")
    new = body((CAMERA, "1"), (LOCKDOWN, "true"), (STANDBY, spaced))

    assert changes(old, new, shipped()) == ()
    assert kinds(new, body((CAMERA, "1"), (LOCKDOWN, "true"), (STANDBY, "<disabled/>"))) == [
        (ChangeKind.CHANGED, STANDBY)
    ]


def test_texts_compare_exactly_and_so_do_nodes_that_nobody_knows() -> None:
    pages = f"{P}Settings/PageVisibilityList"

    assert kinds(body((pages, "hide:usb")), body((pages, "hide:USB"))) == [
        (ChangeKind.CHANGED, pages)
    ]
    assert not same_value(None, "1", "01")
    assert not same_value(None, "1", None)


def test_secrets_are_told_apart_and_never_shown() -> None:
    (change,) = changes(body((WLAN, "<hunter2/>")), body((WLAN, "<hunter3/>")), shipped())

    assert change.kind is ChangeKind.CHANGED
    assert (change.before, change.after) == (REDACTED, REDACTED)
    (gone,) = changes(body((WLAN, "<hunter2/>")), body(), shipped())
    assert gone.before == REDACTED


def test_no_value_stands_in_the_text_form_of_a_change() -> None:
    assert "hide:" not in repr(
        changes(body(), body((f"{P}Settings/PageVisibilityList", "hide:usb")), shipped())
    )


def test_an_acknowledgement_is_a_change_of_its_own() -> None:
    old = ProfileBody((ProfileSetting(WIFI, "0"),))
    new = ProfileBody((ProfileSetting(WIFI, "0", acknowledged=True),))

    (given,) = changes(old, new, shipped())
    (taken,) = changes(new, old, shipped())

    assert (given.kind, given.acknowledged) == (ChangeKind.ACKNOWLEDGED, True)
    assert (taken.kind, taken.acknowledged) == (ChangeKind.ACKNOWLEDGED, False)


def test_another_format_is_a_change() -> None:
    old = ProfileBody((ProfileSetting(CAMERA, "1"),))
    new = ProfileBody((ProfileSetting(CAMERA, "1", Format.CHR),))

    assert kinds(old, new) == [(ChangeKind.CHANGED, CAMERA)]
