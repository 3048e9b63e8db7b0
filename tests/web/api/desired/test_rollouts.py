"""REST: assignments, staged roll-outs, progress, and how settings stand on a device."""

from tests.flows.desired.wants import (
    BLUETOOTH,
    CACHE,
    CAMERA,
    NETWORK,
    POLICY,
    WARD,
    assigned,
    fleet,
    locking,
    profile,
)
from tests.flows.home import OPERATOR
from tests.web.api.rest import Rest

from lenskeep.access import Scope
from lenskeep.desired.profile import ProfileBody, ProfileSetting
from lenskeep.flows.desired.profiles import Draft, create_profile, save_revision
from lenskeep.tree.sensitive import REDACTED

BY_HAND = f"{POLICY}Wifi/AllowManualWiFiConfiguration"


async def test_a_profile_is_assigned_changed_and_unassigned(rest: Rest) -> None:
    await fleet(rest.home, 2)
    made = await profile(rest.home, "Ward", (CAMERA, "0"))
    body = {"profile": made.id, "group": "grp_all", "priority": 3}

    answer = await rest.ask("POST", "/assignments", body, Scope.OPERATE)

    assert answer.status_code == 201, answer.text
    done = answer.json()
    assert (done["devices"], done["trees"], done["clashes"], done["guards"]) == (2, 1, [], [])
    row = done["assignment"]
    assert (row["revision"], row["priority"], row["excludes"]) == (None, 3, False)
    path = f"/assignments/{row['id']}"
    fixed = (await rest.ask("PATCH", path, {"revision": 1}, Scope.OPERATE)).json()["assignment"]
    kept = (await rest.ask("PATCH", path, {"priority": 5})).json()["assignment"]
    latest = (await rest.ask("PATCH", path, {"revision": None})).json()["assignment"]
    assert [each["revision"] for each in (fixed, kept, latest)] == [1, 1, None]
    assert (kept["priority"], latest["priority"]) == (5, 5)
    assert (await rest.ask("DELETE", path, scope=Scope.OPERATE)).status_code == 204
    assert (await rest.get("/assignments"))["items"] == []


async def test_an_assignment_that_is_tried_does_nothing(rest: Rest) -> None:
    await fleet(rest.home, 2)
    made = await profile(rest.home, "Ward", (CAMERA, "0"))
    body = {"profile": made.id, "group": "grp_all", "dry_run": True}

    answer = await rest.ask("POST", "/assignments", body, Scope.READ)

    assert answer.status_code == 200, answer.text
    assert (answer.json()["assignment"], answer.json()["devices"]) == (None, 2)
    assert (await rest.get("/assignments"))["items"] == []


async def test_an_assignment_that_contradicts_another_names_the_clash(rest: Rest) -> None:
    await fleet(rest.home, 1)
    await assigned(rest.home, await profile(rest.home, "Theatre", (CACHE, "5")))
    mine = await profile(rest.home, "Ward", (CACHE, "9"))
    body = {"profile": mine.id, "group": "grp_all"}

    refused = await rest.ask("POST", "/assignments", body)
    by_priority = await rest.ask("POST", "/assignments", {**body, "priority": 1, "dry_run": True})
    accepted = await rest.ask("POST", "/assignments", {**body, "accept_conflicts": True})

    assert refused.status_code == 409
    (clash,) = refused.json()["clashes"]
    assert (clash["uri"], clash["kind"]) == (CACHE, "undecided")
    assert [each["kind"] for each in by_priority.json()["clashes"]] == ["priority"]
    assert accepted.status_code == 201


async def test_what_is_assigned_already_is_a_conflict_without_clashes(rest: Rest) -> None:
    made = await profile(rest.home, "Ward", (CAMERA, "0"))
    await assigned(rest.home, made)

    answer = await rest.ask("POST", "/assignments", {"profile": made.id, "group": "grp_all"})

    assert answer.status_code == 409
    assert "clashes" not in answer.json()


async def test_an_earlier_revision_rolls_back(rest: Rest) -> None:
    (device,) = await fleet(rest.home, 1)
    made = await profile(rest.home, "Ward", (CACHE, "5"))
    row = (await assigned(rest.home, made)).assignment
    assert row is not None
    body = {"settings": [{"uri": CACHE, "value": 9}], "base": 1}
    await rest.ask("POST", f"/profiles/{made.id}/revisions", body)

    await rest.ask("PATCH", f"/assignments/{row.id}", {"revision": 1})

    (setting,) = (await rest.get(f"/devices/{device}/settings"))["settings"]
    assert setting["wanted"] == "5"
    assert [each["revision"] for each in setting["owners"]] == [1]


async def test_a_device_tells_how_each_setting_stands(rest: Rest) -> None:
    (device,) = await fleet(rest.home, 1)
    made = await profile(rest.home, "Ward", (CAMERA, "0"), (NETWORK, WARD))
    await assigned(rest.home, made)

    page = await rest.get(f"/devices/{device}/settings")
    operator = await rest.ask("GET", f"/devices/{device}/settings", scope=Scope.OPERATE)

    assert page["planned"] is False
    assert (page["counts"]["pending"], page["counts"]["verified"]) == (2, 0)
    states = {each["uri"]: (each["state"], each["wanted"]) for each in page["settings"]}
    assert states == {CAMERA: ("pending", "0"), NETWORK: ("pending", REDACTED)}
    (owner,) = page["settings"][0]["owners"]
    assert owner == {"profile": made.id, "name": "Ward", "revision": 1}
    assert "not-told-to-viewers" in operator.text


async def test_a_device_tells_what_would_be_sent_next(rest: Rest) -> None:
    (device,) = await fleet(rest.home, 1)
    await assigned(rest.home, await profile(rest.home, "Ward", (BLUETOOTH, "0")))

    plan = await rest.get(f"/devices/{device}/plan")

    assert plan["devices"] == [device]
    assert [(each["verb"], each["uri"]) for each in plan["commands"]] == [("replace", BLUETOOTH)]


async def test_nothing_failed_is_nothing_to_try_again(rest: Rest) -> None:
    (device,) = await fleet(rest.home, 1)

    answer = await rest.ask("POST", f"/devices/{device}/settings/retry", {}, Scope.OPERATE)
    unknown = await rest.ask("POST", f"/devices/{device}/settings/retry", {"uris": [CAMERA]})

    assert (answer.status_code, answer.json()) == (200, {"retried": 0})
    assert unknown.status_code == 422


async def test_a_profile_tells_its_progress_page_by_page(rest: Rest) -> None:
    await fleet(rest.home, 3)
    made = await profile(rest.home, "Ward", (CAMERA, "0"))
    await assigned(rest.home, made)
    path = f"/profiles/{made.id}/progress"

    first = await rest.get(path, limit=2)
    second = await rest.get(path, limit=2, after=first["next"])
    verified = await rest.get(path, state="verified")

    assert first["rollout"]["devices"] == 3
    assert first["rollout"]["by_state"]["waiting"] == 3
    assert [each["progress"] for each in first["items"]] == [None, None]
    assert (len(second["items"]), second["next"]) == (1, None)
    assert verified["items"] == []


async def test_the_fleets_compliance_is_told(rest: Rest) -> None:
    await fleet(rest.home, 2)
    before = await rest.get("/compliance")
    await assigned(rest.home, await profile(rest.home, "Ward", (CAMERA, "0")))

    after = await rest.get("/compliance")

    assert (before["devices"], before["unmanaged"]) == (2, 2)
    assert (after["devices"], after["unmanaged"], after["by_state"]["waiting"]) == (2, 0, 2)


async def test_a_lock_out_is_staged_and_released_by_a_person(rest: Rest) -> None:
    await fleet(rest.home, 2)
    made = (await create_profile(rest.home.house, OPERATOR, Draft("Locked", "", locking()))).profile
    done = await assigned(rest.home, made)
    assert [each.key for each in done.guards] == [f"{made.id}/1"]
    path = f"/guards/{made.id}/1"

    (guard,) = (await rest.get("/guards", profile=made.id))["items"]
    early = await rest.ask("POST", f"{path}/reset", scope=Scope.OPERATE)
    released = await rest.ask("POST", f"{path}/release", scope=Scope.OPERATE)
    again = await rest.ask("POST", f"{path}/release")

    assert (guard["key"], guard["scout"]) == (f"{made.id}/1", None)
    assert early.status_code == 409
    assert released.json()["state"] == "released"
    assert released.json()["released_by"]
    assert again.status_code == 409


async def test_a_save_reaches_those_who_get_the_latest(rest: Rest) -> None:
    (device,) = await fleet(rest.home, 1)
    made = await profile(rest.home, "Ward", (CACHE, "5"))
    await assigned(rest.home, made)
    view = await rest.get(f"/profiles/{made.id}/revisions/1")
    await save_revision(
        rest.home.house, OPERATOR, made.id, locking(), base=view["number"], reason=""
    )

    settings = (await rest.get(f"/devices/{device}/settings"))["settings"]

    assert CACHE not in [each["uri"] for each in settings if each["state"] == "pending"]


async def test_the_last_network_is_taken_away_only_where_that_is_accepted(rest: Rest) -> None:
    await fleet(rest.home, 1)
    network = await assigned(rest.home, await profile(rest.home, "Network", (NETWORK, WARD)))
    locked = ProfileBody((ProfileSetting(BY_HAND, "0", acknowledged=True),))
    made = (await create_profile(rest.home.house, OPERATOR, Draft("Locked", "", locked))).profile
    await assigned(rest.home, made)
    assert network.assignment is not None
    path = f"/assignments/{network.assignment.id}"

    refused = await rest.ask("DELETE", path, scope=Scope.OPERATE)
    accepted = await rest.ask("DELETE", f"{path}?accept_conflicts=true", scope=Scope.OPERATE)

    assert refused.status_code == 409
    problem = refused.json()
    (found,) = problem["strandings"]
    assert (problem["clashes"], found["kind"], found["devices"]) == ([], "wifi-withdrawn", 1)
    assert [each["name"] for each in found["owners"]] == ["Network", "Locked"]
    assert "not-told-to-viewers" not in refused.text
    assert accepted.status_code == 204
