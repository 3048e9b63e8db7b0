"""REST: the catalog is searched, and a node told with every field that the command line tells."""

import json

import pytest
from tests.cli.conftest import Type, type_  # noqa: F401 - a fixture
from tests.flows.desired.wants import BLUETOOTH, CACHE, CAMERA, fleet, profile
from tests.flows.home import shipped
from tests.web.api.rest import Rest

from lenskeep.access import Scope
from lenskeep.tree.catalog.plain import plain_record
from lenskeep.web.api.desired.shapes.catalog import CatalogRecord

WLAN = "./Vendor/MSFT/WiFi/Profile/Ward/WlanXml"


@pytest.mark.parametrize("uri", [CAMERA, WLAN, CAMERA.replace("/Config/", "/Result/")])
async def test_a_node_has_the_fields_of_the_command_line(
    rest: Rest,
    type_: Type,  # noqa: F811
    uri: str,
) -> None:
    typed = type_("catalog", "show", uri, "--json")

    assert await rest.get("/catalog/node", uri=uri) == json.loads(typed.out)


def test_no_record_has_a_field_that_is_left_out() -> None:
    for each in shipped():
        plain = plain_record(each)

        assert CatalogRecord.model_validate(plain).model_dump() == plain


async def test_a_node_that_nobody_knows_is_missing(rest: Rest) -> None:
    answer = await rest.ask("GET", "/catalog/node?uri=./Nowhere/At/All")

    assert answer.status_code == 404


async def test_words_find_nodes_and_a_build_narrows_them(rest: Rest) -> None:
    found = (await rest.get("/catalog/search", q="allow bluetooth", limit=5))["items"]
    hidden = (await rest.get("/catalog/search", q="ADMX_ start", limit=200))["items"]
    every = (await rest.get("/catalog/search", q="ADMX_ start", limit=200, all="true"))["items"]
    old = (await rest.get("/catalog/search", q="AADGroupMembership", build="17763"))["items"]

    assert found[0]["uri"] == BLUETOOTH
    assert len(every) > len(hidden)
    assert CACHE not in [each["uri"] for each in old]


async def test_a_build_that_is_none_is_refused(rest: Rest) -> None:
    answer = await rest.ask("GET", "/catalog/search?build=soon")

    assert answer.status_code == 422


async def test_templates_are_listed_and_shown_with_what_they_ask(rest: Rest) -> None:
    lines = (await rest.get("/templates"))["items"]

    for line in lines:
        page = await rest.get(f"/templates/{line['id']}")
        assert {name: page[name] for name in line} == line
        assert page["settings"]


async def test_a_template_starts_a_profile_once_its_traps_are_acknowledged(rest: Rest) -> None:
    body: dict[str, object] = {"name": "Base"}
    for line in (await rest.get("/templates"))["items"]:
        path = f"/templates/{line['id']}/start"
        refused = await rest.ask("POST", path, body, Scope.OPERATE)
        if refused.status_code == 422 and "acknowledged" in refused.text:
            break

    started = await rest.ask("POST", path, {**body, "acknowledged": True}, Scope.OPERATE)

    assert started.status_code == 201, started.text
    assert started.json()["profile"]["template"] == line["id"]


async def test_a_device_and_a_profile_are_held_against_a_template(rest: Rest) -> None:
    (device,) = await fleet(rest.home, 1)
    made = await profile(rest.home, "Mine", (CAMERA, "0"))
    path = "/templates/baseline-standard/compare"

    by_device = await rest.ask("POST", path, {"device": device}, Scope.READ)
    by_profile = await rest.ask("POST", path, {"profile": made.id}, Scope.READ)
    neither = await rest.ask("POST", path, {})

    assert by_device.json()["profile"] is None
    assert {each["verdict"] for each in by_device.json()["device"]} <= {
        "same", "different", "unknown", "not applicable",
    }  # fmt: skip
    kinds = {each["kind"] for each in by_profile.json()["profile"] if each["uri"] == CAMERA}
    assert kinds <= {"added", "changed"}
    assert by_profile.json()["profile"]
    assert neither.status_code == 422
