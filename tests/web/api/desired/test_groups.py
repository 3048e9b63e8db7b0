"""REST: groups by hand and by rule, rules before they are groups, tags, plans and rehearsals."""

from typing import Any

import pytest
from tests.flows.desired.wants import BLUETOOTH, CACHE, CAMERA, STORAGE, assigned, fleet, profile
from tests.web.api.rest import Rest

from lenskeep.access import Scope
from lenskeep.base.identifiers import GroupId


async def created(rest: Rest, **body: object) -> dict[str, Any]:
    """A group created over REST."""
    answer = await rest.ask("POST", "/groups", body, Scope.OPERATE)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/api/v1/groups/{found['id']}"
    return found


async def test_all_devices_are_a_group_from_the_start(rest: Rest) -> None:
    await fleet(rest.home, 2)

    (group,) = (await rest.get("/groups"))["items"]

    assert (group["id"], group["kind"], group["devices"]) == ("grp_all", "all", 2)


async def test_devices_come_into_a_group_by_hand_and_leave_it(rest: Rest) -> None:
    one, two, three = await fleet(rest.home, 3)
    group = await created(rest, name="Ward", devices=[one])
    path = f"/groups/{group['id']}"

    changed = await rest.ask(
        "POST", f"{path}/devices", {"add": [two, three], "remove": [one]}, Scope.OPERATE
    )

    assert (group["devices"], changed.json()["devices"]) == (1, 2)
    first = await rest.get(f"{path}/devices", limit=1)
    second = await rest.get(f"{path}/devices", limit=1, after=first["next"])
    assert {row["device"] for page in (first, second) for row in page["items"]} == {two, three}
    assert second["next"] is None
    assert [each["id"] for each in (await rest.get(f"/devices/{two}/groups"))["items"]] == [
        "grp_all",
        group["id"],
    ]


async def test_a_rule_is_previewed_and_then_a_group(rest: Rest) -> None:
    await fleet(rest.home, 2, "19041.1128")
    await fleet(rest.home, 1, "22621.1244", first=5)
    rule = "build >= 22621"

    seen = await rest.ask("POST", "/groups/preview", {"rule": rule, "limit": 2}, Scope.READ)
    group = await created(rest, name="New ones", rule=rule)

    found = seen.json()
    assert (found["matching"], found["devices"]) == (1, 3)
    assert [each["holds"] for each in found["examples"]] == [True, False]
    (explained,) = found["examples"][0]["explained"]
    assert (explained["verdict"], explained["value"]) == ("true", "22621.1244")
    assert (group["kind"], group["devices"]) == ("rule", 1)


async def test_a_rule_that_is_none_is_refused_with_its_place(rest: Rest) -> None:
    answer = await rest.ask("POST", "/groups/preview", {"rule": "build >="})

    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["complaints"]] == ["rule"]


async def test_a_group_is_changed_and_deleted_unless_a_profile_is_assigned(rest: Rest) -> None:
    group = await created(rest, name="Ward")
    path = f"/groups/{group['id']}"
    made = await profile(rest.home, "Ward", (CAMERA, "0"))

    renamed = await rest.ask("PATCH", path, {"name": "Ward 3"}, Scope.OPERATE)
    await rest.ask("POST", "/assignments", {"profile": made.id, "group": group["id"]})
    refused = await rest.ask("DELETE", path)
    (row,) = (await rest.get("/assignments", group=group["id"]))["items"]
    await rest.ask("DELETE", f"/assignments/{row['id']}")
    gone = await rest.ask("DELETE", path)

    assert renamed.json()["name"] == "Ward 3"
    assert (refused.status_code, gone.status_code) == (409, 204)


@pytest.mark.parametrize("body", [{}, {"add": [], "remove": []}])
async def test_nobody_to_move_is_refused(rest: Rest, body: dict[str, object]) -> None:
    group = await created(rest, name="Ward")

    answer = await rest.ask("POST", f"/groups/{group['id']}/devices", body)

    assert answer.status_code == 422


async def test_tags_are_put_on_counted_and_taken_off(rest: Rest) -> None:
    one, two = await fleet(rest.home, 2)
    body = {"devices": [one, two], "add": ["ward-3", "loan"]}

    put = await rest.ask("POST", "/devices/tags", body, Scope.OPERATE)
    off = await rest.ask("POST", "/devices/tags", {"devices": [one], "remove": ["loan"]})

    assert [each["tags"] for each in put.json()["items"]] == [["loan", "ward-3"]] * 2
    assert off.json()["items"] == [{"device": one, "tags": ["ward-3"]}]
    tags = (await rest.get("/tags"))["items"]
    assert tags == [{"tag": "loan", "devices": 1}, {"tag": "ward-3", "devices": 2}]
    assert await rest.get(f"/devices/{one}/tags") == {"device": one, "tags": ["ward-3"]}


async def test_a_plan_for_a_group_says_what_would_be_sent_and_why(rest: Rest) -> None:
    devices = await fleet(rest.home, 2)
    wanted = {"settings": [{"uri": BLUETOOTH, "value": 0}]}

    answer = await rest.ask("POST", "/groups/grp_all/plan", wanted, Scope.READ)

    (plan,) = answer.json()["items"]
    assert sorted(plan["devices"]) == sorted(devices)
    (command,) = plan["commands"]
    assert (command["verb"], command["uri"], command["value"]) == ("replace", BLUETOOTH, "0")
    assert command["reason"]
    assert command["phase"]


async def test_a_rehearsal_says_what_a_headset_of_each_build_accepts(rest: Rest) -> None:
    await fleet(rest.home, 2, "22621.1244")
    wanted = {"settings": [{"uri": BLUETOOTH, "value": 0}]}

    answer = await rest.ask("POST", "/groups/grp_all/rehearse", wanted, Scope.READ)

    assert answer.status_code == 200, answer.text
    (build,) = answer.json()["items"]
    assert build["devices"] == 2
    assert [(each["uri"], each["accepted"]) for each in build["settings"]] == [(BLUETOOTH, True)]


async def test_what_a_build_lacks_is_said_and_not_sent(rest: Rest) -> None:
    await fleet(rest.home, 1)
    wanted = {"settings": [{"uri": CAMERA, "value": 0}]}

    (plan,) = (await rest.ask("POST", "/groups/grp_all/plan", wanted)).json()["items"]
    (build,) = (await rest.ask("POST", "/groups/grp_all/rehearse", wanted)).json()["items"]

    assert [each["verb"] for each in (*plan["commands"], *build["settings"])] == [None, None]
    assert "not applicable" in plan["commands"][0]["reason"]
    assert "not applicable" in build["settings"][0]["skipped"]


async def test_a_document_is_planned_and_rehearsed_like_settings(rest: Rest) -> None:
    await fleet(rest.home, 1)
    document = (
        "lenskeep: profile/1\nname: Ward\nsettings:\n"
        "  - policy: Camera/AllowCamera\n    value: false\n"
    )

    for verb in ("plan", "rehearse"):
        given = {"settings": [{"uri": CAMERA, "value": 0}]}
        by_settings = await rest.ask("POST", f"/groups/grp_all/{verb}", given)
        by_document = await rest.ask("POST", f"/groups/grp_all/{verb}", {"document": document})

        assert by_document.status_code == 200, by_document.text
        assert by_document.json() == by_settings.json()


async def test_a_rehearsal_of_nothing_is_refused(rest: Rest) -> None:
    answer = await rest.ask("POST", "/groups/grp_all/rehearse", {})

    assert answer.status_code == 422


async def test_what_cannot_be_sent_is_not_planned_but_refused_with_its_field(rest: Rest) -> None:
    await fleet(rest.home, 1)
    wanted = {"settings": [{"uri": STORAGE, "value": 0}, {"uri": CAMERA, "value": 7}]}

    answer = await rest.ask("POST", "/groups/grp_all/plan", wanted)

    assert answer.status_code == 422
    assert "settings[1].value" in [each["field"] for each in answer.json()["complaints"]]


async def test_a_clash_that_a_group_brings_is_told_before_and_accepted(rest: Rest) -> None:
    (device,) = await fleet(rest.home, 1)
    await assigned(rest.home, await profile(rest.home, "Base", (CACHE, "5")))
    group = await created(rest, name="Ward")
    await assigned(rest.home, await profile(rest.home, "Ward", (CACHE, "9")), GroupId(group["id"]))
    path, body = f"/groups/{group['id']}", {"add": [device]}

    tried = await rest.ask("POST", f"{path}/check", body, Scope.READ)
    refused = await rest.ask("POST", f"{path}/devices", body)
    accepted = await rest.ask("POST", f"{path}/devices", {**body, "accept_conflicts": True})

    assert tried.status_code == 200, tried.text
    assert refused.status_code == 409
    assert refused.json()["clashes"] == tried.json()["clashes"]
    (clash,) = tried.json()["clashes"]
    assert (clash["kind"], clash["devices"]) == ("undecided", 1)
    assert {each["name"] for each in clash["losers"]} == {"Base", "Ward"}
    assert accepted.json()["devices"] == 1


async def test_a_changed_rule_is_tried_before(rest: Rest) -> None:
    await fleet(rest.home, 1)
    await assigned(rest.home, await profile(rest.home, "Base", (CACHE, "5")))
    group = await created(rest, name="Old", rule="build < 20348")
    await assigned(rest.home, await profile(rest.home, "Old", (CACHE, "9")), GroupId(group["id"]))
    path, rule = f"/groups/{group['id']}", {"rule": "build >= 20348"}

    tried = await rest.ask("POST", f"{path}/check", rule, Scope.READ)
    both = await rest.ask("POST", f"{path}/check", {**rule, "add": ["dev_1"]}, Scope.READ)
    refused = await rest.ask("PATCH", path, rule)
    accepted = await rest.ask("PATCH", path, {**rule, "accept_conflicts": True})

    assert [each["uri"] for each in tried.json()["clashes"]] == [CACHE]
    assert (both.status_code, refused.status_code) == (422, 409)
    assert accepted.json()["devices"] == 1
