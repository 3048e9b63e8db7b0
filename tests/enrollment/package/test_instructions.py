"""What to press: the right steps for each way and build."""

import pytest

from lenskeep.enrollment.package.instructions import ALL, deep_link, has_way, said, steps_for

WAYS = {
    "package",
    "package certificate",
    "typed password",
    "web sign-in",
    "entra join",
    "work account",
    "autopilot",
    "bulk token",
}


def test_every_way_has_instructions() -> None:
    assert WAYS == set(ALL)
    assert all(each.steps and each.needs and each.sees for each in ALL.values())


@pytest.mark.parametrize(
    ("build", "present", "absent"),
    [
        (
            "18362.1039",
            ["Documents folder", "Volume Down and Power together, briefly, and"],
            ["root"],
        ),
        (
            "19041.1103",
            ["root of a USB-C", "Volume Down and Power together, briefly, and"],
            ["itself"],
        ),
        ("19041.1128", ["itself. Look at Confirm"], ["ten seconds", "Documents folder"]),
        ("19041.1361", ["ten seconds"], ["Look at Confirm"]),
        ("10.0.22621.1244", ["ten seconds"], ["Look at Confirm"]),
    ],
)
def test_a_stick_is_used_as_the_build_can(
    build: str, present: list[str], absent: list[str]
) -> None:
    text = "\n".join(step.text for step in steps_for(ALL["package"], build))

    assert all(each in text for each in present)
    assert not any(each in text for each in absent)


def test_for_an_unknown_build_all_steps_are_there() -> None:
    assert ALL["package"].steps == steps_for(ALL["package"], "")
    assert ALL["package"].steps == steps_for(ALL["package"], "newest")


@pytest.mark.parametrize(
    ("way", "build", "expected"),
    [
        ("autopilot", "18362.1039", False),
        ("autopilot", "19041.1103", True),
        ("package", "18362.1039", False),
        ("typed password", "18362.1039", True),
        ("package", "?", True),
    ],
)
def test_ways_are_offered_from_their_first_build(way: str, build: str, expected: bool) -> None:
    assert expected is has_way(ALL[way], build)


@pytest.mark.parametrize("server", ["mdm.example", "https://mdm.example:8443"])
def test_the_server_is_put_in_as_it_is_typed(server: str) -> None:
    texts = [said(step.text, server) for step in ALL["typed password"].steps]

    assert f"Where it asks for a server, type {server}." in texts
    assert any("user@mdm.example." in each for each in texts)
    assert not any("{" in each for each in texts)


def test_the_link_to_the_enrollment_page_is_escaped() -> None:
    link = deep_link("https://mdm.example:8443/EnrollmentServer/Discovery.svc", "a&b=c@d.example")

    assert (
        "ms-device-enrollment:?mode=mdm"
        "&servername=https%3A%2F%2Fmdm.example%3A8443%2FEnrollmentServer%2FDiscovery.svc"
        "&username=a%26b%3Dc%40d.example"
    ) == link
    assert "username" not in deep_link("https://mdm.example")
