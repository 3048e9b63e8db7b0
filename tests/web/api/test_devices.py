"""REST: devices and operations have the names and shapes that others rely on."""

from tests.flows.home import START
from tests.web.api.rest import Rest

from lenskeep.access import Scope
from lenskeep.session.state import OperationChange
from lenskeep.tree.fact import Fact
from lenskeep.tree.operation import OperationState

ROW = {"id", "device_id", "name", "state", "generation", "os_build", "edition", "serial"}
OPERATION = {
    "id", "verb", "uri", "format", "value", "state", "status", "status_text", "result",
}  # fmt: skip


async def test_a_device_row_has_its_fields(rest: Rest) -> None:
    device_id = await rest.home.enroll(1)

    (row,) = (await rest.get("/devices"))["items"]

    assert row.keys() >= ROW
    assert (row["id"], row["device_id"], row["state"]) == (device_id, f"{1:032X}", "enrolled")
    assert row["last_seen"] is None
    assert row["first_seen"] == "2026-03-02T09:30:01Z"


async def test_a_moment_is_utc_with_z(rest: Rest) -> None:
    device_id = await rest.home.enroll(1)
    await rest.home.answer(device_id)

    row = await rest.get(f"/devices/{device_id}")

    assert row["last_seen"].endswith("Z")
    assert row["state"] == "managed"


async def test_devices_come_page_by_page_each_once(rest: Rest) -> None:
    for number in range(5):
        await rest.home.enroll(number)
    seen: list[str] = []
    query: dict[str, object] = {"limit": 2}

    while True:
        page = await rest.get("/devices", **query)
        seen += [row["id"] for row in page["items"]]
        if page["next"] is None:
            break
        query["after"] = page["next"]

    assert sorted(seen) == [f"dev_{number}" for number in range(5)]


async def test_devices_are_narrowed_by_query(rest: Rest) -> None:
    for number in range(3):
        await rest.home.enroll(number)
    await rest.home.answer(await rest.home.enroll(7))

    by_text = await rest.get("/devices", text="holo-2")
    by_state = await rest.get("/devices", state="managed")

    assert [row["name"] for row in by_text["items"]] == ["HOLO-2"]
    assert [row["id"] for row in by_state["items"]] == ["dev_7"]


async def test_an_unknown_filter_is_refused_instead_of_showing_everything(rest: Rest) -> None:
    for query in ("stat=managed", "state=lost", "limit=0", "limit=201"):
        answer = await rest.ask("GET", f"/devices?{query}")

        assert answer.status_code == 422, query
        assert answer.json()["complaints"][0]["field"] == query.partition("=")[0]


async def test_what_is_no_cursor_of_a_list_is_refused(rest: Rest) -> None:
    answer = await rest.ask("GET", "/audit?after=no%20cursor")

    assert answer.status_code == 422
    assert answer.json()["complaints"][0]["field"] == "after"


async def test_one_device_is_shown_with_enrollments_and_inventory_but_no_secret(
    rest: Rest,
) -> None:
    device_id = await rest.home.enroll(1)
    await rest.home.tell(device_id, Fact("./DevInfo/Mod", 200, START, None, "HoloLens 2"))

    answer = await rest.ask("GET", f"/devices/{device_id}", scope=Scope.READ)

    body = answer.json()
    (enrollment,) = body["enrollments"]
    assert (enrollment["principal_name"], enrollment["state"]) == ("ada@example.org", "active")
    assert enrollment["certificates"][0]["revoked_at"] is None
    (group,) = body["inventory"]
    assert (group["title"], group["rows"][0]["value"]) == ("Identity", "HoloLens 2")
    assert "sealed" not in answer.text
    assert "Zmlyc3Q=" not in answer.text


async def test_an_operation_is_queued_with_201_and_found_at_its_location(rest: Rest) -> None:
    device_id = await rest.home.enroll(1)
    wish = {"verb": "replace", "uri": "./Vendor/MSFT/A", "format": "int", "value": "3"}

    answer = await rest.ask("POST", f"/devices/{device_id}/operations", wish, Scope.OPERATE)

    body = answer.json()
    assert answer.status_code == 201
    assert body.keys() >= OPERATION
    assert {name: body[name] for name in wish} == wish
    assert (body["state"], body["status"], body["result"]) == ("queued", None, None)
    assert answer.headers["location"] == f"/api/v1/operations/{body['id']}"
    body.pop("warnings")
    assert body == await rest.get(f"/devices/{device_id}/operations/{body['id']}")
    assert body == await rest.get(f"/operations/{body['id']}")
    assert [body] == (await rest.get(f"/devices/{device_id}/operations"))["items"]


async def test_numbers_and_truth_are_taken_as_values(rest: Rest) -> None:
    device_id = await rest.home.enroll(1)
    formats = []

    for value in (7, True, "seven"):
        wish = {"verb": "replace", "uri": "./Vendor/MSFT/A", "value": value}
        body = (await rest.ask("POST", f"/devices/{device_id}/operations", wish)).json()
        formats.append((body["format"], body["value"]))

    assert formats == [("int", "7"), ("bool", "true"), ("chr", "seven")]


async def test_a_wish_with_a_field_we_do_not_know_is_refused(rest: Rest) -> None:
    device_id = await rest.home.enroll(1)
    wish = {"verb": "get", "uri": "./DevDetail/SwV", "urgent": True}

    answer = await rest.ask("POST", f"/devices/{device_id}/operations", wish)

    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["complaints"]] == ["urgent"]


async def test_all_that_is_wrong_with_a_wish_is_said_at_once(rest: Rest) -> None:
    device_id = await rest.home.enroll(1)
    wish = {"verb": "fetch", "uri": "SwV", "format": "text"}

    answer = await rest.ask("POST", f"/devices/{device_id}/operations", wish)

    complaints = answer.json()["complaints"]
    assert [each["field"] for each in complaints] == ["verb", "uri", "format"]
    assert "get, replace, add, delete, exec" in complaints[0]["allowed"]


async def test_an_outcome_is_shown_in_words(rest: Rest) -> None:
    device_id = await rest.home.enroll(1)
    wish = {"verb": "get", "uri": "./DevDetail/SwV"}
    queued = (await rest.ask("POST", f"/devices/{device_id}/operations", wish)).json()
    change = OperationChange(
        queued["id"], OperationState.DONE, 200, "done", "10.0.22621.1244", "chr"
    )
    await rest.home.answer(device_id, change)

    body = await rest.get(f"/operations/{queued['id']}")

    assert (body["state"], body["status"], body["status_text"]) == ("done", 200, "done")
    assert body["result"] == "10.0.22621.1244"


async def test_delete_cancels_once_and_only_under_its_own_device(rest: Rest) -> None:
    device_id, other = await rest.home.enroll(1), await rest.home.enroll(2)
    wish = {"verb": "get", "uri": "./DevDetail/SwV"}
    queued = (await rest.ask("POST", f"/devices/{device_id}/operations", wish)).json()
    path = f"operations/{queued['id']}"

    foreign = await rest.ask("DELETE", f"/devices/{other}/{path}")
    first = await rest.ask("DELETE", f"/devices/{device_id}/{path}")
    second = await rest.ask("DELETE", f"/{path}")

    assert foreign.status_code == 404
    assert (first.status_code, first.json()["state"]) == (200, "cancelled")
    assert second.status_code == 409


async def test_one_operation_goes_to_many_devices_or_to_none(rest: Rest) -> None:
    devices = [await rest.home.enroll(number) for number in (1, 2)]
    wish = {"verb": "exec", "uri": "./Vendor/MSFT/RemoteWipe/doWipe"}

    both = await rest.ask("POST", "/operations", {**wish, "devices": devices})
    none = await rest.ask("POST", "/operations", {**wish, "devices": [*devices, "dev_404"]})

    assert both.status_code == 201
    assert [each["device"] for each in both.json()["items"]] == devices
    assert "erases" in both.json()["warnings"][0]
    assert none.status_code == 422
    assert len((await rest.get(f"/devices/{devices[0]}/operations"))["items"]) == 1


async def test_a_failed_operation_is_tried_again_as_a_new_one(rest: Rest) -> None:
    device_id = await rest.home.enroll(1)
    wish = {"verb": "get", "uri": "./DevDetail/SwV"}
    queued = (await rest.ask("POST", f"/devices/{device_id}/operations", wish)).json()
    early = await rest.ask("POST", f"/operations/{queued['id']}/retry")
    change = OperationChange(queued["id"], OperationState.FAILED, 404, "not found")
    await rest.home.answer(device_id, change)

    again = await rest.ask("POST", f"/operations/{queued['id']}/retry")

    assert early.status_code == 409
    assert again.status_code == 201
    assert again.json()["id"] != queued["id"]


async def test_a_device_is_renamed_linked_and_retired(rest: Rest) -> None:
    earlier, later = await rest.home.enroll(1), await rest.home.enroll(2)

    renamed = await rest.ask("PATCH", f"/devices/{earlier}", {"name": "Ward 3"})
    linked = await rest.ask("POST", f"/devices/{later}/link", {"earlier": earlier})
    retired = await rest.ask("POST", f"/devices/{earlier}/retire", {"confirm": "Ward 3"})

    assert renamed.json()["name"] == "Ward 3"
    assert linked.json()["id"] == earlier
    assert retired.json()["state"] == "unenrolled"


async def test_a_timeline_is_read_and_the_fleet_counted(rest: Rest) -> None:
    device_id = await rest.home.enroll(1)

    lines = (await rest.get(f"/devices/{device_id}/timeline"))["items"]
    counts = await rest.get("/fleet")

    assert {"id", "at", "kind", "session", "message", "detail"} == lines[0].keys()
    assert counts["by_state"] == {"enrolled": 1}
