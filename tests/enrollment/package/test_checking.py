"""What is refused in a package, and what its builder is told."""

from dataclasses import replace

import pytest
from tests.enrollment.package.test_customizations import BARE, FULL, SIGN_IN

from lenskeep.base.secret import Secret
from lenskeep.enrollment.package.checking import complaints, length_of_name, warnings
from lenskeep.enrollment.package.definition import FirstRun, LocalUser, Package, Proof, SignIn, Wifi


def fields(package: Package) -> list[str]:
    return [each.field for each in complaints(package)]


def test_a_good_package_has_no_complaints() -> None:
    assert () == complaints(BARE)
    assert () == complaints(FULL)


def test_everything_wrong_is_said_at_once() -> None:
    package = replace(
        BARE,
        name="",
        version="one",
        wifi=(Wifi("", Secret("short")),),
        user=LocalUser("a@b", Secret("1")),
        time_zone="\n",
        first_run=FirstRun(region=-1),
        device_name="same",
    )

    assert [
        "name",
        "version",
        "time_zone",
        "wifi.ssid",
        "wifi.key",
        "user.name",
        "user.password",
        "first_run.region",
        "device_name",
    ] == fields(package)


@pytest.mark.parametrize(
    ("wifi", "expected"),
    [
        ((Wifi("x" * 32, Secret("12345678")),), []),
        ((Wifi("ä" * 17),), ["wifi.ssid"]),
        ((Wifi("a\nb"),), ["wifi.ssid"]),
        ((Wifi("a", Secret("1234567")),), ["wifi.key"]),
        ((Wifi("a", Secret("x" * 64)),), ["wifi.key"]),
        ((Wifi("a", Secret("aB" * 32)),), []),
        ((Wifi("a", Secret("pässword")),), ["wifi.key"]),
        ((Wifi("a"), Wifi("a")), ["wifi"]),
        (tuple(Wifi(str(number)) for number in range(11)), ["wifi"]),
    ],
)
def test_networks_are_held_against_the_standard(
    wifi: tuple[Wifi, ...], expected: list[str]
) -> None:
    assert expected == fields(replace(BARE, wifi=wifi))


@pytest.mark.parametrize("name", ["", "...", "a" * 21, "a/b", "a\\b", "a@b", 'a"', "a\x07"])
def test_names_that_windows_has_no_account_for_are_refused(name: str) -> None:
    user = LocalUser(name, Secret("long enough"))

    assert ["user.name"] == fields(replace(BARE, user=user))


def test_the_network_page_cannot_be_left_out_without_a_network() -> None:
    skipped = replace(BARE, first_run=FirstRun(skip_wifi=True))

    assert ["first_run.skip_wifi"] == fields(skipped)
    assert [] == fields(replace(skipped, wifi=(Wifi("open"),)))


@pytest.mark.parametrize(
    ("name", "is_good", "length"),
    [
        ("HL-%SERIAL%", True, 15),
        ("HL-%RAND:4%", True, 7),
        ("%SERIAL%", True, 12),
        ("HL", False, 2),
        ("-%SERIAL%", False, 13),
        ("H L%SERIAL%", False, 15),
        ("HL-%USER%", False, 9),
        ("12%RAND:4%", False, 6),
    ],
)
def test_device_names_are_templates(name: str, is_good: bool, length: int) -> None:
    assert is_good is not bool(fields(replace(BARE, device_name=name)))
    assert length == length_of_name(name)


def test_no_complaint_holds_a_secret() -> None:
    package = replace(
        BARE,
        wifi=(Wifi("a", Secret("Geheim")),),
        user=LocalUser("a", Secret("kurz")),
    )

    assert ["wifi.key", "user.password"] == fields(package)
    assert "Geheim" not in str(complaints(package))
    assert "kurz" not in str(complaints(package))


def told(package: Package) -> str:
    return "\n".join(warnings(package))


def test_an_account_and_an_enrollment_together_need_a_build() -> None:
    assert "20348.1501" in told(FULL)
    assert "20348.1501" not in told(replace(FULL, user=None))
    assert "20348.1501" not in told(replace(FULL, sign_in=None))


def test_what_must_not_be_done_is_always_said() -> None:
    assert "Do not encrypt" in told(BARE)
    assert "AllowStorageCard" in told(BARE)
    assert "hold secrets" not in told(BARE)
    assert "hold secrets" in told(FULL)


def test_a_certificate_that_nobody_has_seen_working_is_said_to_be_one() -> None:
    sign_in = SignIn("w@example.org", Proof.CERTIFICATE, Secret("AB12"))

    assert "no headset has been seen" in told(replace(BARE, sign_in=sign_in))
    assert "no headset has been seen" not in told(replace(BARE, sign_in=SIGN_IN))


def test_a_missing_root_an_open_network_and_long_names_are_said() -> None:
    package = replace(BARE, wifi=(Wifi("open"),), device_name="HOSPITAL-%SERIAL%")

    assert "No root certificate" in told(package)
    assert "everybody nearby can listen" in told(package)
    assert "longer than 15 characters" in told(package)
    assert "No root certificate" not in told(FULL)
