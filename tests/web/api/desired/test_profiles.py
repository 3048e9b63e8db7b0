"""REST: a profile is created, saved, compared, exported and imported; errors name their field."""

from typing import Any

import pytest
from tests.flows.desired.wants import (
    BLUETOOTH,
    CACHE,
    CAMERA,
    IDLE,
    NETWORK,
    STORAGE,
    WARD,
    assigned,
    fleet,
    profile,
)
from tests.web.api.rest import Rest

from lenskeep.access import Scope
from lenskeep.tree.sensitive import REDACTED

APPS = "./Device/Vendor/MSFT/Policy/Config/Privacy/LetAppsAccessCamera_ForceAllowTheseApps"
"""A list of package families, divided by semicolons."""
FAMILIES = ["Contoso.Guide_8wekyb3d8bbwe", "Contoso.Ward_8wekyb3d8bbwe"]


def setting(uri: str, value: object, **more: object) -> dict[str, object]:
    """A setting as it is sent."""
    return {"uri": uri, "value": value, **more}


async def created(rest: Rest, name: str, *settings: dict[str, object]) -> dict[str, Any]:
    """A profile created over REST."""
    body = {"name": name, "settings": settings, "reason": "a start"}
    answer = await rest.ask("POST", "/profiles", body, Scope.OPERATE)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_profile_is_created_listed_and_shown(rest: Rest) -> None:
    made = await created(rest, "Ward", setting(CAMERA, 0))

    assert made["profile"]["revision"] == 1
    assert made["checked"]["accepted"] is True
    (line,) = (await rest.get("/profiles"))["items"]
    shown = await rest.get(f"/profiles/{made['profile']['id']}")
    assert line == shown
    assert line["profile"] == made["profile"]
    assert line["rollout"]["devices"] == 0


async def test_a_new_profile_says_where_it_is(rest: Rest) -> None:
    answer = await rest.ask("POST", "/profiles", {"name": "Ward"})

    assert answer.headers["location"] == f"/api/v1/profiles/{answer.json()['profile']['id']}"


@pytest.mark.parametrize(
    ("uri", "given", "stored"),
    [
        (CAMERA, 0, "0"),
        (CAMERA, False, "0"),
        (CAMERA, True, "1"),
        (CAMERA, "1", "1"),
        (IDLE, 5, "5"),
    ],
)
async def test_a_value_may_be_a_number_or_a_boolean_and_comes_back_as_text(
    rest: Rest, uri: str, given: object, stored: str
) -> None:
    made = await created(rest, "Ward", setting(uri, given))

    page = await rest.get(f"/profiles/{made['profile']['id']}/revisions/1")

    assert [each["value"] for each in page["settings"]] == [stored]


async def test_a_list_is_joined_by_the_nodes_own_delimiter(rest: Rest) -> None:
    made = await created(rest, "Ward", setting(APPS, FAMILIES))

    page = await rest.get(f"/profiles/{made['profile']['id']}/revisions/1")

    assert [each["value"] for each in page["settings"]] == [";".join(FAMILIES)]


async def test_a_list_for_another_node_and_a_divided_item_are_refused(rest: Rest) -> None:
    wanted = [setting(CAMERA, [0, 1]), setting(APPS, ["one;two", "three"])]

    answer = await rest.ask("POST", "/profiles/check", {"settings": wanted})

    assert answer.status_code == 422
    fields = [each["field"] for each in answer.json()["complaints"]]
    assert fields == ["settings[0].value", "settings[1].value[0]"]


async def test_everything_wrong_is_said_at_once_with_its_field(rest: Rest) -> None:
    wrong = [setting(CAMERA, 7), setting("./Device/Vendor/MSFT/Nowhere", 1), setting(STORAGE, 0)]

    answer = await rest.ask("POST", "/profiles", {"name": "", "settings": wrong})

    assert answer.status_code == 422
    fields = [each["field"] for each in answer.json()["complaints"]]
    assert fields == ["name", "settings[0].value", "settings[1].uri", "settings[2].acknowledged"]


async def test_a_value_of_no_shape_is_refused_with_its_place(rest: Rest) -> None:
    answer = await rest.ask("POST", "/profiles", {"name": "x", "settings": [setting(CAMERA, {})]})

    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["complaints"]] == ["settings[0].value"]


@pytest.mark.parametrize("value", ["NaN", "1e999", "9" * 300, '"\\ud800"', "[[1]]"])
async def test_what_json_can_say_and_no_node_takes_is_refused(rest: Rest, value: str) -> None:
    body = f'{{"name": "x", "settings": [{{"uri": "{CAMERA}", "value": {value}}}]}}'

    answer = await rest.ask_raw("POST", "/profiles", body)

    assert answer.status_code == 422


async def test_a_revision_is_saved_and_compared(rest: Rest) -> None:
    made = await created(rest, "Ward", setting(CAMERA, 0), setting(IDLE, 5))
    path = f"/profiles/{made['profile']['id']}"

    body = {"settings": [setting(CAMERA, 1), setting(BLUETOOTH, 0)], "base": 1, "reason": "why"}
    saved = await rest.ask("POST", f"{path}/revisions", body, Scope.OPERATE)

    assert saved.status_code == 201, saved.text
    assert saved.json()["profile"]["revision"] == 2
    rows = (await rest.get(f"{path}/revisions"))["items"]
    assert [(each["number"], each["reason"]) for each in rows] == [(2, "why"), (1, "a start")]
    changes = (await rest.get(f"{path}/revisions/2/changes", since=1))["items"]
    assert {(each["kind"], each["uri"], each["before"], each["after"]) for each in changes} == {
        ("changed", CAMERA, "0", "1"),
        ("added", BLUETOOTH, None, "0"),
        ("removed", IDLE, "5", None),
    }
    assert changes == (await rest.get(f"{path}/revisions/2/changes"))["items"]


async def test_a_save_from_an_old_revision_is_a_conflict_without_clashes(rest: Rest) -> None:
    made = await created(rest, "Ward", setting(CAMERA, 0))
    path = f"/profiles/{made['profile']['id']}/revisions"
    await rest.ask("POST", path, {"settings": [], "base": 1})

    answer = await rest.ask("POST", path, {"settings": [], "base": 1})

    assert answer.status_code == 409
    assert "clashes" not in answer.json()


async def test_a_save_that_contradicts_another_profile_names_nodes_owners_and_devices(
    rest: Rest,
) -> None:
    await fleet(rest.home, 2)
    await assigned(rest.home, await profile(rest.home, "Theatre", (CACHE, "5")))
    mine = await profile(rest.home, "Ward", (CAMERA, "0"))
    await assigned(rest.home, mine)
    body = {"settings": [setting(CACHE, 9)], "base": 1}

    answer = await rest.ask("POST", f"/profiles/{mine.id}/revisions", body)

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    (clash,) = answer.json()["clashes"]
    assert (clash["uri"], clash["kind"], clash["conflict"]) == (CACHE, "undecided", True)
    claims = [*clash["winners"], *clash["losers"]]
    assert {(each["name"], each["value"]) for each in claims} == {("Theatre", "5"), ("Ward", "9")}
    assert (clash["devices"], clash["names"]) == (2, ["HOLO-1", "HOLO-2"])
    again = await rest.ask(
        "POST", f"/profiles/{mine.id}/revisions", {**body, "accept_conflicts": True}
    )
    assert again.status_code == 201


async def test_who_may_only_look_reads_no_secret(rest: Rest) -> None:
    made = await created(rest, "Ward", setting(NETWORK, WARD))
    path = f"/profiles/{made['profile']['id']}"

    (shown,) = (await rest.get(f"{path}/revisions/1"))["settings"]
    operator = await rest.ask("GET", f"{path}/revisions/1", scope=Scope.OPERATE)
    exported = await rest.ask("GET", f"{path}/document?secrets=true", scope=Scope.READ)

    assert shown["value"] == REDACTED
    assert "not-told-to-viewers" in operator.text
    assert exported.status_code == 403


async def test_a_check_says_what_a_save_would_say_and_saves_nothing(rest: Rest) -> None:
    await fleet(rest.home, 2, "19041.1128")
    await fleet(rest.home, 1, "22621.1244", first=5)
    wanted = [setting(STORAGE, 0), setting(CACHE, 9)]

    answer = await rest.ask("POST", "/profiles/check", {"settings": wanted, "group": "grp_all"})

    checked = answer.json()
    assert answer.status_code == 200, answer.text
    assert (checked["accepted"], checked["devices"]) == (False, 3)
    (finding,) = [each for each in checked["findings"] if each["weight"] == "lock-out"]
    assert (finding["field"], finding["acknowledged"]) == ("settings[0].value", False)
    assert finding["recover"]
    assert [each["uri"] for each in checked["reach"]] == [STORAGE, CACHE]
    assert all(each["yes"] + each["no"] + each["unknown"] == 3 for each in checked["reach"])
    assert (await rest.get("/profiles"))["items"] == []


async def test_a_document_goes_out_and_comes_back(rest: Rest) -> None:
    made = await created(rest, "Ward", setting(CAMERA, 0), setting(NETWORK, WARD))
    path = f"/profiles/{made['profile']['id']}"

    document = await rest.ask("GET", f"{path}/document")
    assert document.headers["content-type"].startswith("application/yaml")
    assert "not-told-to-viewers" not in document.text
    body = {"document": document.text, "into": made["profile"]["id"], "reason": "back"}
    answer = await rest.ask("POST", "/profiles/import", body, Scope.OPERATE)

    assert answer.status_code == 201, answer.text
    assert answer.json()["profile"]["revision"] == 2
    assert (await rest.get(f"{path}/revisions/2/changes"))["items"] == []


async def test_an_import_that_is_tried_only_tells(rest: Rest) -> None:
    document = "lenskeep: profile/1\nname: Ward\nsettings:\n  - policy: Camera/AllowCamera\n"
    for value, accepted in (("no-camera", False), ("0", True)):
        body = {"document": f"{document}    value: {value}\n", "dry_run": True}

        answer = await rest.ask("POST", "/profiles/import", body, Scope.READ)

        assert answer.status_code == 200, answer.text
        assert answer.json()["profile"] is None
        assert answer.json()["checked"]["accepted"] is accepted
    assert (await rest.get("/profiles"))["items"] == []


async def test_a_document_that_is_none_names_the_line(rest: Rest) -> None:
    answer = await rest.ask("POST", "/profiles/import", {"document": "name: x\nsetings: []\n"})

    assert answer.status_code == 422
    assert "line 2" in answer.text


async def test_settings_and_a_document_at_once_are_refused(rest: Rest) -> None:
    answer = await rest.ask("POST", "/profiles/check", {"settings": [], "document": "x"})

    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["complaints"]] == ["document"]


async def test_a_profile_is_renamed_and_deleted_unless_it_is_assigned(rest: Rest) -> None:
    made = await created(rest, "Ward")
    path = f"/profiles/{made['profile']['id']}"

    renamed = await rest.ask("PATCH", path, {"name": "Ward 3"}, Scope.OPERATE)
    await rest.ask("POST", "/assignments", {"profile": made["profile"]["id"], "group": "grp_all"})
    refused = await rest.ask("DELETE", path)
    for each in (await rest.get("/assignments"))["items"]:
        await rest.ask("DELETE", f"/assignments/{each['id']}")
    gone = await rest.ask("DELETE", path)

    assert renamed.json()["name"] == "Ward 3"
    assert (refused.status_code, gone.status_code) == (409, 204)
    assert (await rest.ask("GET", path)).status_code == 404
