"""What the wearer reads: checked, filled in, and the areas that Settings names."""

import pytest

from lenskeep.base.errors import Invalid
from lenskeep.enrollment.wearer.areas import managed
from lenskeep.enrollment.wearer.words import (
    MAX_LISTED,
    Named,
    WearerWords,
    name_of,
    read_words,
    words_body,
)

ANNA = Named("HL-7", "003008", "anna@example.org")


def test_words_are_read_and_written_without_loss() -> None:
    """What is left out stays empty; the name is the headset's own."""
    words = read_words({"help_phone": "+49 (30) 123-4", "help_website": "https://help.example.org"})

    assert words.device_name == "%NAME%"
    assert read_words(words_body(words)) == words


def test_every_complaint_is_told_at_once() -> None:
    """Phone, page, mail, an unknown place, a page without a title."""
    given = {
        "device_name": "%COLOR%",
        "help_phone": "call me",
        "help_website": "javascript:alert(1)",
        "help_email": "nobody",
        "page_text": "Welcome",
    }

    with pytest.raises(Invalid) as caught:
        read_words(given)

    assert {each.field for each in caught.value.complaints} == {
        "device_name",
        "help_phone",
        "help_website",
        "help_email",
        "page_title",
    }


@pytest.mark.parametrize(
    "given",
    [
        None,
        {"help": "x"},
        {"help_phone": 110},
        {"organization": "a\nb"},
        {"page_title": "x", "page_link": "https://example.org"},
        {"page_title": "x", "page_link": "https://x y", "page_link_text": "x"},
    ],
)
def test_what_no_page_could_show_is_refused(given: object) -> None:
    """Line breaks in a line, half a link, numbers."""
    with pytest.raises(Invalid):
        read_words(given)


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("%NAME%", "HL-7"),
        ("Ward 3 (%serial%)", "Ward 3 (003008)"),
        ("%USER%", "anna@example.org"),
        ("", "HL-7"),
    ],
)
def test_a_devices_name_is_filled_in(template: str, name: str) -> None:
    """An empty result falls back to the headset's own name."""
    assert name_of(WearerWords(device_name=template), ANNA) == name


def test_areas_are_named_as_settings_names_them() -> None:
    """Policy areas by their names, other providers in words; policies and apps are counted."""
    found = managed(
        [
            "./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera",
            "./Device/Vendor/MSFT/Policy/Config/Camera/Other",
            "./Device/Vendor/MSFT/WiFi/Profile/Lab/WlanXml",
            "./Device/Vendor/MSFT/AssignedAccess/Configuration",
            "./User/Vendor/MSFT/EnterpriseModernAppManagement/AppManagement/nonStore/A_1/X",
            "./DevDetail/Ext/Microsoft/DNSComputerName",
        ]
    )

    assert found.areas == ("Apps", "Camera", "DevDetail", "Kiosk", "Wi-Fi")
    assert found.policies == 2
    assert found.apps == ("A_1",)


def test_more_complaints_than_anybody_reads_are_not_told() -> None:
    with pytest.raises(Invalid) as caught:
        read_words({f"unknown {number}": "" for number in range(5000)})

    assert MAX_LISTED == len(caught.value.complaints)
