"""The names that headsets look for: what was found, check by check."""

from dataclasses import replace

import pytest
from tests.web.console.conftest import Browser

from lenskeep.enrollment.rules.names import NeededName
from lenskeep.flows.entry.admission.names import NameView
from lenskeep.flows.ports import Looked
from lenskeep.web.console.enrollment.names import checks

NEEDED = NeededName("mdm.example.org", "the server", "mdm A ...", in_certificate=True, remedy="")
GOOD = Looked(
    "mdm.example.org",
    ("10.0.0.1",),
    "",
    reachable=True,
    trusted="public",
    names_match=True,
    not_after="2027-01-01",
    status=200,
)


@pytest.mark.parametrize(
    ("found", "wrong"),
    [
        (GOOD, []),
        (replace(GOOD, addresses=()), ["In DNS"]),
        (replace(GOOD, reachable=False), ["Answers at port 443"]),
        (replace(GOOD, trusted=""), ["Certificate trusted"]),
        (replace(GOOD, names_match=False), ["Certificate is for this name"]),
        (replace(GOOD, status=404), ["Discovery answers"]),
    ],
)
def test_what_is_wrong_with_a_name_is_told_by_its_check(found: Looked, wrong: list[str]) -> None:
    told = checks(NameView(NEEDED, 443, found, ()))

    assert wrong == [each.name for each in told if not each.is_right]


def test_what_cannot_be_known_yet_is_not_told() -> None:
    told = checks(NameView(NEEDED, 443, replace(GOOD, addresses=()), ()))

    assert ["In DNS"] == [each.name for each in told]


async def test_the_form_offers_the_domain_of_the_server(browser: Browser) -> None:
    await browser.sign_in("admin")

    page = (await browser.get("/enrollment/names")).text

    assert 'value="example.org"' in page


async def test_what_is_no_domain_is_said_at_the_field(browser: Browser) -> None:
    await browser.sign_in("admin")

    answer = await browser.get("/enrollment/names?domain=exam%20ple")

    assert 422 == answer.status_code
    assert "This is no domain" in answer.text


async def test_only_administrators_have_other_machines_asked(browser: Browser) -> None:
    await browser.sign_in("viewer")

    page = (await browser.get("/enrollment/names?domain=example.org")).text

    assert "an administrator can" in page
    assert "In DNS" not in page
