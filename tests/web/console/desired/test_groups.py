"""Groups in the console: made by hand and by rule, looked at, changed, deleted."""

from tests.flows.desired.wants import CACHE, assigned, fleet, profile
from tests.flows.home import OPERATOR, Home
from tests.web.console.conftest import Browser
from tests.web.console.desired.conftest import HOSTILE

from lenskeep.base.identifiers import GroupId
from lenskeep.flows.desired.assigning import list_assignments
from lenskeep.flows.desired.groups import create_group, list_groups
from lenskeep.flows.desired.membership import group_members
from lenskeep.flows.reading import PageRequest

RULE = 'generation = "HoloLens 2"'


async def _named(home: Home, name: str) -> GroupId:
    groups = await list_groups(home.house, OPERATOR)
    return next(each.id for each in groups if each.name == name)


async def _members(home: Home, group: GroupId) -> list[str]:
    page = await group_members(home.house, OPERATOR, group, PageRequest(None, 50))
    return [each.device for each in page.items]


async def test_the_list_tells_kind_rule_headsets_and_profiles(home: Home, browser: Browser) -> None:
    await browser.sign_in("viewer")
    await fleet(home, 2)
    group = await create_group(home.house, OPERATOR, "Second gen", rule=RULE)
    await assigned(home, await profile(home, "Kiosk", (CACHE, "7")), group.id)

    page = (await browser.get("/groups")).text

    assert f'href="/groups/{group.id}">Second gen</a>' in page
    assert "By rule" in page
    assert "generation = &#34;HoloLens 2&#34;" in page
    assert ">Kiosk</span>" in page
    assert "<b>2</b>" in page


async def test_a_rule_is_previewed_with_the_reason_for_each_headset(
    home: Home, browser: Browser
) -> None:
    await browser.sign_in("viewer")
    await fleet(home, 2)
    await home.enroll(9)

    part = (await browser.get("/groups/rule?rule=build+%3E%3D+22621", live=True)).text

    assert "<b>2</b> of 3 headsets" in part
    assert "it has 22621.1244" in part
    assert ">unknown</span>" in part
    assert "not told yet" in part


async def test_a_slip_in_a_rule_is_marked_where_it_is(home: Home, browser: Browser) -> None:
    await browser.sign_in("viewer")

    part = await browser.get("/groups/rule?rule=tag+%3D+x+and+generaton+%3D+y", live=True)

    assert part.status_code == 200
    assert "tag = x and <mark>generaton</mark> = y" in part.text
    assert "did you mean generation?" in part.text


async def test_a_group_by_rule_is_created(home: Home, browser: Browser) -> None:
    await browser.sign_in("operator")
    devices = await fleet(home, 2)
    fields = {"kind": "rule", "name": "Second", "description": "why", "rule": RULE}

    answer = await browser.send("/groups", fields, live=True)

    group = await _named(home, "Second")
    assert answer.headers["hx-redirect"] == f"/groups/{group}"
    assert await _members(home, group) == sorted(devices)


async def test_a_group_by_hand_has_the_headsets_picked(home: Home, browser: Browser) -> None:
    await browser.sign_in("operator")
    one, two, _ = await fleet(home, 3)

    await browser.send("/groups", {"kind": "hand", "name": "Few", "device": [one, two]})

    assert await _members(home, await _named(home, "Few")) == sorted([one, two])


async def test_what_was_typed_comes_back_with_every_complaint(home: Home, browser: Browser) -> None:
    await browser.sign_in("operator")
    fields = {"kind": "rule", "name": "", "description": "kept", "rule": "build = x"}

    answer = await browser.send("/groups", fields)

    assert answer.status_code == 422
    assert 'value="kept"' in answer.text
    assert ">build = x</textarea>" in answer.text
    assert "<b>Name:</b>" in answer.text
    assert "<b>Rule:</b>" in answer.text


async def test_headsets_are_added_and_taken_out(home: Home, browser: Browser) -> None:
    await browser.sign_in("operator")
    one, two = await fleet(home, 2)
    group = (await create_group(home.house, OPERATOR, "Few", devices=[one])).id

    await browser.send(f"/groups/{group}/add", {"device": [two]})
    await browser.send(f"/groups/{group}/remove", {"device": [one]})

    assert await _members(home, group) == [two]


async def test_those_picked_are_not_offered_again(home: Home, browser: Browser) -> None:
    await browser.sign_in("operator")
    one, two = await fleet(home, 2)

    part = (await browser.get(f"/groups/pick?text=&device={one}", live=True)).text

    assert f'value="{two}"' in part
    assert f'value="{one}"' not in part


async def test_a_profile_is_assigned_after_a_look_at_what_it_does(
    home: Home, browser: Browser
) -> None:
    await browser.sign_in("operator")
    await fleet(home, 2)
    made = await profile(home, "Kiosk", (CACHE, "7"))
    rival = await profile(home, "Rival", (CACHE, "8"))
    await assigned(home, rival)
    asked = f"/groups/grp_all/foreseen?profile={made.id}&kind=include&priority=0"

    foreseen = (await browser.get(asked, live=True)).text
    refused = await browser.send("/groups/grp_all/assignments", {"profile": made.id}, live=True)
    done = await browser.send(
        "/groups/grp_all/assignments",
        {"profile": made.id, "priority": "5", "accept": "1"},
        live=True,
    )

    assert "It comes to 2 headsets" in foreseen
    assert "Profiles want different things" in foreseen
    assert refused.status_code == 409
    assert 'name="accept"' in refused.text, "the question stands where it can be answered"
    assert done.headers["hx-redirect"] == "/groups/grp_all"
    (found,) = await list_assignments(home.house, OPERATOR, profile=made.id)
    assert (found.priority, found.excludes) == (5, False)


async def test_an_assignment_is_changed_and_ended(home: Home, browser: Browser) -> None:
    await browser.sign_in("operator")
    await fleet(home, 1)
    made = await assigned(home, await profile(home, "Kiosk", (CACHE, "7")))
    assert made.assignment
    path = f"/groups/grp_all/assignments/{made.assignment.id}"

    await browser.send(path, {"kind": "exclude", "priority": "-3"})
    (changed,) = await list_assignments(home.house, OPERATOR)
    await browser.send(f"{path}/end")

    assert (changed.excludes, changed.priority) == (True, -3)
    assert await list_assignments(home.house, OPERATOR) == ()


async def test_a_move_that_sets_profiles_against_each_other_is_asked_about(
    home: Home, browser: Browser
) -> None:
    await browser.sign_in("operator")
    (device,) = await fleet(home, 1)
    group = (await create_group(home.house, OPERATOR, "Few")).id
    await assigned(home, await profile(home, "A", (CACHE, "7")))
    await assigned(home, await profile(home, "B", (CACHE, "8")), group)
    fields = {"device": device, "group": group}

    asked = await browser.send(f"/groups/{group}/add", fields, live=True)
    picked = await browser.send("/picked/group", fields, live=True)
    before = await _members(home, group)
    await browser.send(f"/groups/{group}/add", {**fields, "accept": "1"}, live=True)

    assert (asked.status_code, picked.status_code) == (409, 409)
    assert "Profiles want different things" in asked.text
    assert 'name="accept"' in picked.text
    assert before == []
    assert await _members(home, group) == [device]


async def test_a_priority_that_is_no_number_is_refused_in_words(
    home: Home, browser: Browser
) -> None:
    await browser.sign_in("operator")
    made = await profile(home, "Kiosk", (CACHE, "7"))
    fields = {"profile": made.id, "priority": "1e9"}

    answer = await browser.send("/groups/grp_all/assignments", fields, live=True)

    assert answer.status_code == 422
    assert "It is no whole number" in answer.text


async def test_a_group_with_profiles_is_not_deleted(home: Home, browser: Browser) -> None:
    await browser.sign_in("operator")
    group = await create_group(home.house, OPERATOR, "Second", rule=RULE)
    made = await assigned(home, await profile(home, "Kiosk", (CACHE, "7")), group.id)
    assert made.assignment

    kept = await browser.send(f"/groups/{group.id}/delete", live=True)
    await browser.send(f"/groups/{group.id}/assignments/{made.assignment.id}/end")
    gone = await browser.send(f"/groups/{group.id}/delete", live=True)

    assert kept.status_code == 409
    assert "still has profiles assigned" in kept.text
    assert gone.headers["hx-redirect"] == "/groups"
    assert (await browser.get(f"/groups/{group.id}")).status_code == 404


async def test_names_and_rules_that_are_markup_come_out_as_text(
    home: Home, browser: Browser
) -> None:
    await browser.sign_in("operator")
    await fleet(home, 1)
    group = await create_group(
        home.house, OPERATOR, HOSTILE, rule=f'name = "{HOSTILE}"', description=HOSTILE
    )
    await assigned(home, await profile(home, HOSTILE, (CACHE, "7")), group.id)
    paths = ("/groups", f"/groups/{group.id}", f"/groups/{group.id}/edit", "/compliance")
    more = (f"/groups/rule?rule={HOSTILE}", f"/groups/{group.id}/plan", "/groups/new?rule=<b>x")

    pages = [(await browser.get(path)).text for path in (*paths, *more)]

    assert all("<script>alert" not in page and "<b>x" not in page for page in pages)
    assert all("&lt;script&gt;alert" in page for page in pages[:4])


async def test_a_viewer_sees_groups_without_a_form_and_changes_nothing(
    home: Home, browser: Browser
) -> None:
    (device,) = await fleet(home, 1)
    group = await create_group(home.house, OPERATOR, "Few", devices=[device])
    await browser.sign_in("viewer")

    page = (await browser.get(f"/groups/{group.id}")).text
    answers = [
        await browser.send("/groups", {"kind": "hand", "name": "New"}),
        await browser.send(f"/groups/{group.id}", {"name": "Other"}),
        await browser.send(f"/groups/{group.id}/delete"),
        await browser.send(f"/groups/{group.id}/remove", {"device": device}),
        await browser.send(f"/groups/{group.id}/assignments", {"profile": "prf_1"}),
        await browser.send("/picked/tags", {"device": device, "tag": "x"}),
        await browser.send("/rollouts/release", {"key": "prf_1/1", "sure": "1"}),
        await browser.send("/rollouts/another", {"key": "prf_1/1"}),
    ]

    assert page.count("<form") == 1, "but for signing out"
    assert {403} == {each.status_code for each in answers}
    assert await _members(home, group.id) == [device]
