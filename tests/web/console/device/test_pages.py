"""One device's page and what can be done on it."""

import re

from tests.web.console.conftest import Browser

from lenskeep.flows.records import DeviceFilter, DeviceState
from lenskeep.tree.operation import OperationState

GET = {"verb": "get", "uri": "./DevDetail/SwV", "format": "", "value": ""}


async def test_the_page_shows_identity_enrollment_and_what_is_still_unknown(
    browser: Browser,
) -> None:
    await browser.sign_in("viewer")
    device = await browser.enroll("HOLOLENS-0017")

    page = (await browser.get(f"/devices/{device}")).text

    assert ">HOLOLENS-0017</h1>" in page
    assert "not told yet" in page
    assert "by code anna@example.org" in page
    assert "Nothing is known yet" in page


async def test_an_operation_from_the_form_is_queued(browser: Browser) -> None:
    await browser.sign_in("operator")
    device = await browser.enroll()

    answer = await browser.send(f"/devices/{device}/operations", GET, live=True)

    (queued,) = (await browser.house.fleet.operations(device, None, 10)).items
    assert answer.status_code == 200
    assert answer.headers["hx-trigger"] == "operations-changed"
    assert "Get ./DevDetail/SwV is queued." in answer.text
    assert queued.state == OperationState.QUEUED
    assert queued.actor == "the operator"


async def test_without_script_the_form_leads_back_to_the_page(browser: Browser) -> None:
    await browser.sign_in("operator")
    device = await browser.enroll()

    answer = await browser.send(f"/devices/{device}/operations", GET)

    assert answer.status_code == 303
    assert f"/devices/{device}" == answer.headers["location"]


async def test_every_complaint_stands_at_its_field_and_nothing_typed_is_lost(
    browser: Browser,
) -> None:
    await browser.sign_in("operator")
    device = await browser.enroll()
    wish = {"verb": "replace", "uri": "no such address", "format": "colour", "value": "12"}

    live = await browser.send(f"/devices/{device}/operations", wish, live=True)
    whole = await browser.send(f"/devices/{device}/operations", wish)

    for answer in (live, whole):
        assert answer.status_code == 422
        assert 'id="wrong-uri"' in answer.text
        assert 'id="wrong-format"' in answer.text
        assert 'value="no such address"' in answer.text
        assert ">12</textarea>" in answer.text
    assert not (await browser.house.fleet.operations(device, None, 10)).items


async def test_a_dangerous_operation_is_queued_with_a_warning(browser: Browser) -> None:
    await browser.sign_in("operator")
    device = await browser.enroll()
    wish = {"verb": "exec", "uri": "./Vendor/MSFT/RemoteWipe/doWipe"}

    answer = await browser.send(f"/devices/{device}/operations", wish, live=True)

    assert "This erases the headset." in answer.text


async def test_a_queued_operation_can_be_cancelled_on_the_page(browser: Browser) -> None:
    await browser.sign_in("operator")
    device = await browser.enroll()
    await browser.send(f"/devices/{device}/operations", GET)
    part = (await browser.get(f"/devices/{device}/operations", live=True)).text
    (path,) = re.findall(r'action="(/operations/[^"]+/cancel)"', part)

    first = await browser.send(path, live=True)
    again = await browser.send(path, live=True)

    assert ">Cancelled</span>" in first.text
    assert again.status_code == 200
    assert ">Cancelled</span>" in again.text


async def test_a_queued_operation_cannot_be_retried(browser: Browser) -> None:
    await browser.sign_in("operator")
    device = await browser.enroll()
    await browser.send(f"/devices/{device}/operations", GET)
    (queued,) = (await browser.house.fleet.operations(device, None, 10)).items

    answer = await browser.send(f"/operations/{queued.id}/retry")

    assert answer.status_code == 409


async def test_a_device_gets_another_name(browser: Browser) -> None:
    await browser.sign_in("operator")
    device = await browser.enroll()

    await browser.send(f"/devices/{device}/name", {"name": "Line 4"})

    assert ">Line 4</h1>" in (await browser.get(f"/devices/{device}")).text


async def test_an_empty_name_is_refused_in_words(browser: Browser) -> None:
    await browser.sign_in("operator")
    device = await browser.enroll()

    answer = await browser.send(f"/devices/{device}/name", {"name": " "})

    assert answer.status_code == 422


async def test_management_ends_only_when_the_administrator_is_sure(browser: Browser) -> None:
    await browser.sign_in("admin")
    device = await browser.enroll()

    await browser.send(f"/devices/{device}/retire")
    unsure = (await browser.house.fleet.device(device)).row.state
    await browser.send(f"/devices/{device}/retire", {"sure": "1"})
    sure = (await browser.house.fleet.device(device)).row.state
    page = (await browser.get(f"/devices/{device}")).text

    assert unsure == DeviceState.ENROLLED
    assert sure == DeviceState.UNENROLLED
    assert 'id="new-operation"' not in page
    assert ">Unenrolled</span>" in page


async def test_records_of_one_hardware_id_are_linked_by_an_administrator(
    browser: Browser,
) -> None:
    await browser.sign_in("admin")
    earlier = await browser.enroll("before the reset", hw_dev_id="HW-1")
    later = await browser.enroll("after the reset", hw_dev_id="HW-1")
    page = (await browser.get(f"/devices/{later}")).text

    answer = await browser.send(f"/devices/{later}/link", {"earlier": earlier})

    listed = await browser.house.fleet.devices(DeviceFilter(), None, 10)
    assert f'<option value="{earlier}">' in page
    assert f"/devices/{earlier}" == answer.headers["location"]
    assert [earlier] == [each.id for each in listed.items]


async def test_name_and_state_at_the_head_of_the_page_follow_the_device(
    browser: Browser,
) -> None:
    await browser.sign_in("viewer")
    device = await browser.enroll("HOLOLENS-0017")

    part = (await browser.get(f"/devices/{device}/identity", live=True)).text

    assert '<h1 id="device-name" hx-swap-oob="innerMorph">HOLOLENS-0017</h1>' in part
    assert 'id="device-state" hx-swap-oob="innerMorph"' in part
