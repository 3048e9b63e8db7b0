"""Operations are tried on headsets that nobody has, and each build answers for itself."""

import pytest

from lenskeep.base.errors import Invalid
from lenskeep.tree.operation import make_operation
from lenskeep.virtual.builds import PROFILES
from lenskeep.virtual.rehearsal import Answered, Rehearsals, Rehearsed

POLICY = "./Vendor/MSFT/Policy/Config/"
MODE = POLICY + "MixedReality/HeadTrackingMode"
LOCATION = POLICY + "System/AllowLocation"
VPN = "./Vendor/MSFT/VPNv2/Ward/"


def wish(verb: str, uri: str, value: str | None = None, form: str = "", at: str = "") -> Rehearsed:
    return Rehearsed(make_operation(verb, uri, form or None, value), at)


def test_every_headset_can_be_played() -> None:
    assert Rehearsals().builds() == tuple(profile.name for profile in PROFILES)


def test_accepted_refused_and_absent_are_told_apart() -> None:
    answers = Rehearsals().rehearse(
        "HL2-20348.1503",
        (
            wish("replace", LOCATION, "2"),
            wish("replace", LOCATION, "9"),
            wish("replace", POLICY + "MixedReality/EnableStartMenuWristTap", "1"),
            wish("replace", MODE, "1"),
            wish("get", "./DevDetail/SwV"),
            wish("delete", LOCATION),
        ),
    )

    assert answers == (
        Answered(200, "2", "2"),
        Answered(500, "2", "2"),
        Answered(404, None, None),
        Answered(200, "1", None),
        Answered(200, "10.0.20348.1503", None),
        Answered(200, None, None),
    )


def test_neighbors_of_one_atomic_stand_or_fall_together() -> None:
    """Written alone, a node that wants an Atomic is refused."""
    value = "<VPNProfile/>"

    alone, *together = Rehearsals().rehearse(
        "HL2-22621.1244",
        (
            wish("add", VPN + "ProfileXML", value, "chr"),
            wish("add", VPN + "ProfileXML", value, "chr", at="a"),
            wish("add", VPN + "AlwaysOn", "true", "bool", at="a"),
            wish("add", VPN.replace("Ward", "Other") + "ProfileXML", value, "chr", at="b"),
            wish("add", VPN.replace("Ward", "Other") + "AlwaysOn", "9", "chr", at="b"),
        ),
    )

    assert alone.status == 500
    assert [each.status for each in together] == [200, 200, 216, 415]
    assert [each.value for each in together] == [value, "true", None, None]


def test_what_is_deleted_was_there() -> None:
    """Unless the build does not know it, or does not let it go."""
    gesture = POLICY + "MixedReality/EnableStartMenuWristTap"

    answers = Rehearsals().rehearse(
        "HL2-20348.1503",
        (wish("delete", LOCATION), wish("delete", gesture), wish("delete", "./DevInfo/Man")),
    )

    assert [each.status for each in answers] == [200, 404, 405]


def test_a_rehearsal_leaves_nothing_behind() -> None:
    rehearsals = Rehearsals()
    rehearsals.rehearse("HL2-22621.1244", (wish("replace", LOCATION, "2"),))

    again = rehearsals.rehearse("HL2-22621.1244", (wish("get", LOCATION),))

    assert again == (Answered(404, None, None),)


def test_the_servers_own_provider_is_there() -> None:
    uri = "./Vendor/MSFT/DMClient/Provider/Lenskeep/HelpWebsite"

    answers = Rehearsals().rehearse(
        "HL2-22621.1244", (wish("replace", uri, "https://x.example", "chr"),)
    )

    assert answers[0].status == 200


def test_an_unknown_build_is_not_played() -> None:
    with pytest.raises(Invalid):
        Rehearsals().rehearse("HL2-1.1", ())


@pytest.mark.parametrize(
    ("generation", "edition", "os_build", "name"),
    [
        ("HoloLens 2", "Windows Holographic for Business", "22621.1244", "HL2-22621.1244"),
        ("HoloLens 2", "Windows Holographic for Business", "22621.1266", "HL2-22621.1244"),
        ("HoloLens 2", "", "22621.1303", "HL2-insider"),
        ("HoloLens 2", "", "22621.1400", "HL2-22621.1244"),
        ("HoloLens 2", "", "20348.1446", "HL2-20346.1002"),
        ("HoloLens 2", "", "19041.1154", "HL2-19041.1128"),
        ("HoloLens 2", "", "18362.1000", "HL2-18362.1039"),
        ("HoloLens 2", "", "", "HL2-18362.1039"),
        ("", "", "22621.1133", "HL2-22621.1113"),
        ("HoloLens (1st gen)", "Windows Holographic", "17763.1", "HL1-17763-Dev"),
        ("HoloLens (1st gen)", "Windows Holographic for Business", "17763.900",
         "HL1-17763-Business"),
        ("HoloLens (1st gen)", "", "17134.80", "HL1-17763-Business"),
    ],
)  # fmt: skip
def test_the_nearest_build_that_is_not_newer_stands_in(
    generation: str, edition: str, os_build: str, name: str
) -> None:
    assert name == Rehearsals().nearest(generation, edition, os_build)
