"""One device's page and what can be done on it."""

import re
from typing import Any

from tests.contract import world
from tests.web.console.conftest import Browser

from lenskeep.base.identifiers import DeviceId
from lenskeep.flows.records import DeviceFilter
from lenskeep.tree.operation import OperationState
from lenskeep.web.console.device.pages import OPERATIONS_SHOWN

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


async def test_a_device_without_management_takes_no_operations(browser: Browser) -> None:
    await browser.sign_in("admin")
    device = await browser.enroll("HOLO-1")

    await browser.send(f"/devices/{device}/retire", {"by": "now", "confirm": "HOLO-1"})
    page = (await browser.get(f"/devices/{device}")).text

    assert 'id="new-operation"' not in page
    assert ">Unenrolled</span>" in page
    assert ">Retired</span>" in page


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


async def _queue(browser: Browser, device: DeviceId, count: int) -> None:
    for number in range(count):
        wish = {**GET, "uri": f"./DevDetail/N{number}"}
        await browser.send(f"/devices/{device}/operations", wish)


async def test_operations_beyond_a_page_are_found_by_following_the_link(browser: Browser) -> None:
    await browser.sign_in("operator")
    device = await browser.enroll()
    await _queue(browser, device, OPERATIONS_SHOWN + 2)
    first = (await browser.get(f"/devices/{device}")).text

    href, live = re.findall(r'<a href="([^"#]+)[^>]*hx-get="([^"]+)"[^>]*>Older</a>', first)[0]
    whole = (await browser.get(href)).text
    part = (await browser.get(live, live=True)).text

    for page in (whole, part):
        assert "./DevDetail/<wbr>N0<" in page
        assert "./DevDetail/<wbr>N5<" not in page
        assert ">Newest</a>" in page
    assert re.search('id="operations-after" name="after" value="[0-9]+"', part)


async def test_cancelling_on_an_older_page_stays_there(browser: Browser) -> None:
    await browser.sign_in("operator")
    device = await browser.enroll()
    await _queue(browser, device, OPERATIONS_SHOWN + 1)
    first = (await browser.get(f"/devices/{device}/operations", live=True)).text
    (live,) = re.findall(r'hx-get="([^"]+)"[^>]*>Older</a>', first)
    part = (await browser.get(live, live=True)).text
    (path,) = re.findall(r'action="(/operations/[^"]+/cancel)"', part)
    (after,) = set(re.findall(r'name="after" value="([0-9]+)"', part))

    cancelled = await browser.send(path, {"after": after}, live=True)

    assert ">Cancelled</span>" in cancelled.text
    assert "./DevDetail/<wbr>N0<" in cancelled.text
    assert "./DevDetail/<wbr>N50<" not in cancelled.text


async def test_messages_are_shown_to_administrators_where_any_were_kept(browser: Browser) -> None:
    await browser.sign_in("admin")
    device = await browser.enroll()
    before = (await browser.get(f"/devices/{device}")).text
    await _say(browser, device, bodies=(("from device", "<SyncML/>"),))

    kept = (await browser.get(f"/devices/{device}")).text
    await browser.sign_in("operator")
    hidden = (await browser.get(f"/devices/{device}")).text

    assert 'id="messages-title"' not in before
    assert "&lt;SyncML/&gt;" in kept
    assert 'id="messages-title"' not in hidden


async def test_a_viewer_sees_that_a_secret_was_set_but_not_what(browser: Browser) -> None:
    await browser.sign_in("operator")
    device = await browser.enroll()
    uri = "./Vendor/MSFT/WiFi/Profile/ward/WlanXml"
    wish = {"verb": "replace", "uri": uri, "format": "chr", "value": "hunter2"}
    await browser.send(f"/devices/{device}/operations", wish)

    operator = (await browser.get(f"/devices/{device}")).text
    await browser.sign_in("viewer")
    viewer = (await browser.get(f"/devices/{device}")).text

    assert "hunter2" in operator
    assert "WlanXml" in viewer
    assert "hunter2" not in viewer
    assert "[redacted]" in viewer


async def test_suggestions_are_nodes_that_a_headset_has(browser: Browser) -> None:
    await browser.sign_in("operator")
    device = await browser.enroll()

    page = (await browser.get(f"/devices/{device}")).text

    assert '<option value="./Vendor/MSFT/Policy/Config/Experience/AllowCortana">' in page
    assert "Camera/AllowCamera" not in page


async def _say(browser: Browser, device: DeviceId, **changed: Any) -> None:
    """Commit a message of the device that changes this."""
    (enrollment,) = (await browser.house.fleet.device(device)).enrollments
    store = browser.house.conversations
    loaded = await store.load_by_auth_name(enrollment.auth_name, world.key())
    assert loaded is not None
    said = world.conversed(**changed)
    assert await store.commit_message(loaded, said)


async def test_a_lock_to_a_tenant_asks_for_the_words(browser: Browser) -> None:
    """The field comes with the complaint; nothing else shows it."""
    await browser.sign_in("operator")
    device = await browser.enroll()
    wish = {
        "verb": "replace",
        "uri": "./Vendor/MSFT/TenantLockdown/RequireNetworkInOOBE",
        "format": "bool",
        "value": "true",
    }

    before = (await browser.get(f"/devices/{device}")).text
    answer = (await browser.send(f"/devices/{device}/operations", wish, live=True)).text

    assert 'name="confirmation"' not in before
    assert 'name="confirmation"' in answer
    assert "did not come by Autopilot" in answer
