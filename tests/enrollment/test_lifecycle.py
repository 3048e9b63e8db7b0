"""What a headset claims of itself at enrollment."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.base.errors import Refusal, Refused
from lenskeep.enrollment.lifecycle import (
    MAX_NAMES,
    MAX_VALUE,
    MAX_VALUES,
    normalize_dev_id,
    read_claim,
)

DEVICE_ID = "0123456789ABCDEF0123456789ABCDEF"
LEAST = (("DeviceID", DEVICE_ID), ("EnrollmentType", "Full"))


def test_a_headsets_items_are_read() -> None:
    """Items in the order and spelling that Windows has (by the published tables)."""
    claim = read_claim(
        (
            ("UXInitiated", "True"),
            ("HWDevID", "ab" * 32),
            ("Locale", "en-US"),
            ("OSEdition", "136"),
            ("DeviceName", "HOLO-7"),
            ("MAC", "02-00-00-00-00-01"),
            ("MAC", "02:00:00:00:00:01"),
            ("MAC", "02:00:00:00:00:0a"),
            ("DeviceID", DEVICE_ID),
            ("EnrollmentType", "Device"),
            ("OSVersion", "10.0.22621.1244"),
        )
    )

    assert (claim.dev_id, claim.kind, claim.device_name) == (DEVICE_ID, "Device", "HOLO-7")
    assert claim.hw_dev_id == "AB" * 32
    assert (claim.os_version, claim.os_edition) == ("10.0.22621.1244", "136")
    assert claim.macs == ("02-00-00-00-00-01", "02-00-00-00-00-0A")
    assert claim.context["MAC"] == ("02-00-00-00-00-01", "02:00:00:00:00:01", "02:00:00:00:00:0a")
    assert claim.context["UXInitiated"] == ("True",)


def test_device_id_and_kind_are_enough() -> None:
    """Nothing else is insisted on; what is missing is empty."""
    claim = read_claim(LEAST)

    assert (claim.hw_dev_id, claim.device_name, claim.os_version, claim.macs) == ("", "", "", ())


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        pytest.param((("EnrollmentType", "Full"),), "no DeviceID", id="no DeviceID"),
        pytest.param((("DeviceID", " "), ("EnrollmentType", "Full")), "no DeviceID", id="blank"),
        pytest.param((("DeviceID", "A" * 65), LEAST[1]), "65 characters", id="too long"),
        pytest.param((("DeviceID", "A\u202eB"), LEAST[1]), "plain word", id="not ASCII"),
        pytest.param((("DeviceID", "A\tB"), LEAST[1]), "plain word", id="control character"),
        pytest.param((("DeviceID", "A B"), LEAST[1]), "plain word", id="two words"),
        pytest.param((("DeviceID", DEVICE_ID),), "EnrollmentType", id="no kind"),
        pytest.param((LEAST[0], ("EnrollmentType", "AppManagement")), "neither", id="apps only"),
    ],
)
def test_a_claim_without_its_two_pillars_is_refused(
    items: tuple[tuple[str, str], ...], reason: str
) -> None:
    """Without a usable DeviceID or a kind of enrollment that we know, there is none."""
    with pytest.raises(Refused, match=reason) as caught:
        read_claim(items)

    assert caught.value.kind is Refusal.ENROLLMENT_DATA


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        (DEVICE_ID.lower(), DEVICE_ID),
        ("{01234567-89ab-cdef-0123-456789abcdef}", DEVICE_ID),
        ("01234567-89ab-cdef-0123-456789abcdef", DEVICE_ID),
        (f" {DEVICE_ID}\n", DEVICE_ID),
        ("urn:uuid:x-y", "URN:UUID:X-Y"),
        ("", ""),
    ],
)
def test_a_dev_id_has_one_form(text: str, normal: str) -> None:
    """Upper case, and a GUID loses its dashes; anything else keeps its own."""
    assert normalize_dev_id(text) == normal
    assert normalize_dev_id(normal) == normal


def test_names_and_kinds_are_read_in_any_case() -> None:
    """A client that writes `deviceid` and `full` means the same."""
    claim = read_claim((("deviceid", DEVICE_ID), ("ENROLLMENTTYPE", " full ")))

    assert (claim.dev_id, claim.kind) == (DEVICE_ID, "Full")


def test_attestation_material_is_left_out() -> None:
    """Blobs of kilobytes that nobody reads are not kept."""
    blobs = ("AIKPub", "AIKAttestationClaim", "AzureAttestationBlob", "aadpub", "EnrollmentData")

    claim = read_claim(LEAST + tuple((name, "A" * 5000) for name in blobs))

    assert set(claim.context) == {"DeviceID", "EnrollmentType"}


def test_what_is_kept_is_bounded_and_can_be_shown() -> None:
    """Long values are cut, many values and names are dropped, control characters go."""
    items = (
        *LEAST,
        ("DeviceName", "a\u202e\x07" + "b" * 9999),
        *(("MAC", f"{each:012X}") for each in range(100)),
        *((f"X{each}", "1") for each in range(200)),
        ("", "x"),
        ("\u200b", "x"),
    )

    claim = read_claim(items)

    assert claim.device_name == "a" + "b" * (MAX_VALUE - 1)
    assert len(claim.context["MAC"]) == MAX_VALUES
    assert len(claim.context) == MAX_NAMES
    assert "" not in claim.context


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=80)), max_size=20))
@settings(max_examples=50, deadline=None)
def test_no_items_make_it_fail_in_another_way(items: list[tuple[str, str]]) -> None:
    """Whatever else is claimed, the two pillars stand and everything kept can be shown."""
    named = ("deviceid", "enrollmenttype")
    extra = tuple(each for each in items if each[0].strip().casefold() not in named)

    claim = read_claim(LEAST + extra)

    assert claim.dev_id == DEVICE_ID
    assert all(value.isprintable() for values in claim.context.values() for value in values)
