"""What a headset is given as it enrolls: the beginning of its first run, and the wearer's words."""

import pytest
from tests.flows.home import ADMIN, Home

from lenskeep.base.secret import Secret
from lenskeep.enrollment.lifecycle import read_claim
from lenskeep.enrollment.provision import Provision, provisioning
from lenskeep.enrollment.wearer.words import WearerWords
from lenskeep.flows.arriving.first_run import set_plan
from lenskeep.flows.device.enrolling.arriving import first_run
from lenskeep.flows.device.own.housewishes import load_memory
from lenskeep.flows.device.proving.asked import Proven
from lenskeep.flows.entrance import Way
from lenskeep.flows.records import Principal, PrincipalKind

CLAIM = read_claim(
    (("DeviceID", "A" * 32), ("EnrollmentType", "Device"), ("OSVersion", "10.0.22621.1244"))
)


def proven(way: Way) -> Proven:
    """Somebody who came this way."""
    return Proven(Principal(PrincipalKind.ENTRA, "t/o", "anna@example.org"), way, "")


async def test_first_run_begins_on_the_ways_that_are_named(home: Home) -> None:
    """On others nothing is stored."""
    await set_plan(home.house, ADMIN, {"ways": ["autopilot", "entra join"]}, 0)

    held = await first_run(home.house, proven(Way.AUTOPILOT), CLAIM)
    free = await first_run(home.house, proven(Way.LOCAL), CLAIM)

    arrival = load_memory(held).arrival
    assert arrival is not None
    assert (arrival.build, arrival.began_at) == ("22621.1244", home.clock.now())
    assert free == ""


@pytest.mark.parametrize(
    ("way", "is_shown"),
    [
        (Way.ENTRA_JOIN, True),
        (Way.AUTOPILOT, False),
        (Way.BULK_TOKEN, False),
        (Way.PACKAGE, False),
    ],
)
async def test_users_are_held_up_only_where_one_enrolls(
    home: Home, way: Way, is_shown: bool
) -> None:
    """Who signs in later to a headset of nobody in particular is somebody else."""
    plan = {"ways": [each.value for each in Way], "user_page": True}
    await set_plan(home.house, ADMIN, plan, 0)

    arrival = load_memory(await first_run(home.house, proven(way), CLAIM)).arrival

    assert arrival is not None
    assert arrival.plan.user_page is is_shown


async def test_an_enrollment_keeps_the_plan_that_it_began_with(home: Home) -> None:
    """A change is for those that enroll from then on."""
    await set_plan(home.house, ADMIN, {"ways": ["autopilot"], "timeout_min": 30}, 0)
    stored = await first_run(home.house, proven(Way.AUTOPILOT), CLAIM)

    await set_plan(home.house, ADMIN, {"ways": ["autopilot"], "timeout_min": 90}, 1)

    arrival = load_memory(stored).arrival
    assert arrival is not None
    assert arrival.plan.timeout_min == 30


def given(words: WearerWords) -> Provision:
    """What an enrollment gives, with these words."""
    return Provision(
        root=b"root",
        intermediate=b"issuer",
        client=b"client",
        kind="Full",
        provider_id="Lenskeep",
        display_name="House",
        management_url="https://mdm.example.org/ManagementServer/MDM.svc",
        auth_name="enr_1",
        auth_secret=Secret("a"),
        auth_nonce="bm9uY2U=",
        server_secret=Secret("b"),
        server_nonce="bm9uY2U=",
        upn="anna@example.org",
        device_name="HL-7",
        ent_dm_id="enr_1",
        renew_days=60,
        words=words,
    )


def test_the_document_has_the_words_of_the_wearer() -> None:
    """The organization's name is the account's; a page without a title is none."""
    words = WearerWords(organization="Clinic", help_phone="112", page_title="Ready")

    document = provisioning(given(words))
    plain = provisioning(given(WearerWords()))

    assert document.application.name == "Clinic"
    assert document.help.phone == "112"
    assert document.complete_page is not None
    assert document.complete_page.title == "Ready"
    assert (plain.application.name, plain.complete_page) == ("House", None)
