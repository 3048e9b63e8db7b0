"""A profile is saved as immutable revisions, checked before, and reaches devices at once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

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
    body,
    fleet,
    locking,
    profile,
    tree_of,
    values_of,
)
from tests.flows.home import ADMIN, OPERATOR, VIEWER, Home

from lenskeep.base.errors import Conflict, Invalid, Missing, Refused, Unavailable
from lenskeep.base.identifiers import ProfileId
from lenskeep.desired.changes import ChangeKind
from lenskeep.desired.merge.wish import ClashKind
from lenskeep.desired.profile import Drift, ProfileBody, ProfileSetting
from lenskeep.flows import reading
from lenskeep.flows.desired import profiles
from lenskeep.flows.desired.assigning import assign
from lenskeep.flows.desired.profiles import Checked, Draft, Saved
from lenskeep.flows.mandate import ALL_DEVICES, Mandate
from lenskeep.flows.ports import MandateStore
from lenskeep.tree.sensitive import REDACTED

NOWHERE = ProfileId("prf_404")


async def test_a_profile_is_created_with_its_first_revision(home: Home) -> None:
    draft = Draft(" Ward 3 ", "for the ward", body((CAMERA, "0")), template="ward")

    saved = await profiles.create_profile(home.house, OPERATOR, draft, reason="a start")

    made = saved.profile
    assert (made.name, made.revision, made.template) == ("Ward 3", 1, "ward")
    line = await profiles.show_profile(home.house, VIEWER, made.id)
    assert (line.profile, line.assignments, line.rollout.devices) == (made, (), 0)
    (revision,) = await profiles.list_revisions(home.house, VIEWER, made.id)
    assert (revision.author, revision.reason, revision.settings) == ("olga", "a start", 1)
    view = await profiles.show_revision(home.house, VIEWER, made.id)
    assert view.body == draft.body


async def test_everything_wrong_with_a_draft_is_said_at_once(home: Home) -> None:
    wrong = body((CAMERA, "7"), ("./Device/Vendor/MSFT/Nowhere", "1"), (STORAGE, "0"))

    with pytest.raises(Invalid) as caught:
        await profiles.create_profile(home.house, OPERATOR, Draft("", "x", wrong))

    fields = [each.field for each in caught.value.complaints]
    assert fields == ["name", "settings[0].value", "settings[1].uri", "settings[2].acknowledged"]


async def test_two_profiles_of_one_name_are_a_conflict(home: Home) -> None:
    await profile(home, "Ward", (CAMERA, "0"))

    with pytest.raises(Conflict, match="ward"):
        await profile(home, "ward", (CAMERA, "1"))


async def test_a_value_is_stored_as_it_goes_on_the_wire(home: Home) -> None:
    made = await profile(home, "Ward", (CAMERA, " false "))

    view = await profiles.show_revision(home.house, OPERATOR, made.id)
    assert [each.value for each in view.body.settings] == ["0"]


async def test_a_save_reaches_the_devices_of_the_profile(home: Home) -> None:
    (device,) = await fleet(home, 1)
    made = await profile(home, "Ward", (CAMERA, "0"))
    await assigned(home, made)

    wanted = body((CAMERA, "1"), (BLUETOOTH, "0"), drift=Drift.REPORT)
    saved = await profiles.save_revision(
        home.house, OPERATOR, made.id, wanted, base=1, reason="more"
    )

    assert (saved.profile.revision, saved.checked.devices) == (2, 1)
    assert await values_of(home, device) == {CAMERA: "1", BLUETOOTH: "0"}
    nodes = (await tree_of(home, device)).nodes
    assert {(each.owners[0].name, each.owners[0].revision, each.drift) for each in nodes} == {
        ("Ward", 2, Drift.REPORT)
    }


async def test_a_save_that_was_made_from_an_older_revision_is_a_conflict(home: Home) -> None:
    made = await profile(home, "Ward", (CAMERA, "0"))
    await profiles.save_revision(
        home.house, OPERATOR, made.id, body((CAMERA, "1")), base=1, reason=""
    )

    with pytest.raises(Conflict, match="revision 2 was saved since"):
        await profiles.save_revision(home.house, ADMIN, made.id, body(), base=1, reason="")


async def test_a_clash_names_both_owners_and_the_devices_before_saving(home: Home) -> None:
    await fleet(home, 2)
    await assigned(home, await profile(home, "Theatre", (CACHE, "30")))
    ward = await profile(home, "Ward", (BLUETOOTH, "0"))
    await assigned(home, ward)
    clashing = body((CACHE, "7"))

    with pytest.raises(Conflict) as caught:
        await profiles.save_revision(
            home.house, OPERATOR, ward.id, clashing, base=1, reason="because"
        )

    told = str(caught.value)
    parts = (CACHE, "'Theatre' revision 1", "'Ward' revision 2", "2 devices: HOLO-1, HOLO-2")
    assert [each for each in parts if each not in told] == []
    assert (await profiles.show_profile(home.house, VIEWER, ward.id)).profile.revision == 1
    checked = await profiles.check_draft(home.house, VIEWER, clashing, profile=ward.id)
    (clash,) = checked.clashes
    assert (clash.clash.kind, clash.devices) == (ClashKind.UNDECIDED, 2)
    assert clash.names == ("HOLO-1", "HOLO-2")


async def test_an_accepted_clash_is_saved_and_nothing_is_wanted_of_the_node(home: Home) -> None:
    (device,) = await fleet(home, 1)
    await assigned(home, await profile(home, "Theatre", (CACHE, "30")))
    ward = await profile(home, "Ward", (BLUETOOTH, "0"))
    await assigned(home, ward)

    await profiles.save_revision(
        home.house,
        OPERATOR,
        ward.id,
        body((CACHE, "7")),
        base=1,
        reason="",
        accept_conflicts=True,
    )

    (node,) = (await tree_of(home, device)).nodes
    assert {each.name for each in node.undecided} == {"Theatre", "Ward"}


async def test_a_check_says_where_each_setting_works(home: Home) -> None:
    await fleet(home, 2)
    await fleet(home, 1, build="18362.1019", first=9)

    checked = await profiles.check_draft(
        home.house, VIEWER, body((CAMERA, "0"), (f"{IDLE}", "5")), group=ALL_DEVICES
    )

    assert checked.devices == 3
    assert [each.devices for each in checked.reach] == [3, 3]
    assert all(each.yes + each.no + each.unknown == 3 for each in checked.reach)


async def test_a_setting_that_some_builds_lack_says_why(home: Home) -> None:
    await fleet(home, 2)
    await fleet(home, 1, build="19041.1128", first=9)
    young = "./Device/Vendor/MSFT/Policy/Config/MixedReality/AutoLogonUser"

    checked = await profiles.check_draft(home.house, VIEWER, body((young, "a")), group=ALL_DEVICES)

    (reach,) = checked.reach
    assert (reach.yes, reach.no) == (2, 1)
    assert "19041.1128" in next(iter(reach.reasons))


async def test_a_check_of_a_body_that_cannot_be_saved_says_so_and_raises_nothing(
    home: Home,
) -> None:
    await fleet(home, 1)

    checked = await profiles.check_draft(
        home.house, VIEWER, body((CAMERA, "9"), ("nonsense", "1")), group=ALL_DEVICES
    )

    assert [each.field for each in checked.findings.complaints()] == [
        "settings[0].value",
        "settings[1].uri",
    ]


async def test_a_renamed_profile_is_named_so_in_what_is_wanted(home: Home) -> None:
    (device,) = await fleet(home, 1)
    made = await profile(home, "Ward", (CAMERA, "0"))
    await assigned(home, made)

    renamed = await profiles.rename_profile(home.house, OPERATOR, made.id, name="Ward 3")

    assert renamed.name == "Ward 3"
    (node,) = (await tree_of(home, device)).nodes
    assert [each.name for each in node.owners] == ["Ward 3"]


async def test_an_assigned_profile_is_not_deleted(home: Home) -> None:
    made = await profile(home, "Ward", (CAMERA, "0"))
    await assigned(home, made)

    with pytest.raises(Conflict, match="All devices"):
        await profiles.delete_profile(home.house, OPERATOR, made.id)


async def test_a_deleted_profile_is_gone(home: Home) -> None:
    made = await profile(home, "Ward", (CAMERA, "0"))

    await profiles.delete_profile(home.house, OPERATOR, made.id)

    assert await profiles.list_profiles(home.house, VIEWER) == ()
    with pytest.raises(Missing):
        await profiles.show_revision(home.house, VIEWER, made.id)


async def test_two_revisions_are_compared(home: Home) -> None:
    made = await profile(home, "Ward", (CAMERA, "0"), (BLUETOOTH, "0"))
    await profiles.save_revision(
        home.house, OPERATOR, made.id, body((CAMERA, "1")), base=1, reason=""
    )

    found = await profiles.compare_revisions(home.house, VIEWER, made.id, 1, 2)

    assert [(each.kind, each.uri) for each in found] == [
        (ChangeKind.CHANGED, CAMERA),
        (ChangeKind.REMOVED, BLUETOOTH),
    ]


async def test_a_viewer_reads_no_secret(home: Home) -> None:
    made = await profile(home, "Ward", (NETWORK, WARD))

    shown = await profiles.show_revision(home.house, VIEWER, made.id)
    exported = await profiles.export_profile(home.house, VIEWER, made.id)
    whole = await profiles.show_revision(home.house, OPERATOR, made.id)

    assert shown.body.settings[0].value == REDACTED
    assert "not-told" not in exported
    assert "not-told" in (whole.body.settings[0].value or "")
    with pytest.raises(Refused):
        await profiles.export_profile(home.house, VIEWER, made.id, secrets=True)


async def test_what_is_exported_is_imported_as_the_same(home: Home) -> None:
    made = await profile(home, "Ward", (CAMERA, "0"), (NETWORK, WARD))
    text = await profiles.export_profile(home.house, OPERATOR, made.id, secrets=True)

    await profiles.rename_profile(home.house, OPERATOR, made.id, name="Ward before")

    copied = await profiles.import_profile(home.house, OPERATOR, text)

    assert isinstance(copied, Saved)
    copy = await profiles.show_revision(home.house, OPERATOR, copied.profile.id)
    whole = await profiles.show_revision(home.house, OPERATOR, made.id)
    assert (copied.profile.name, copy.body) == ("Ward", whole.body)


async def test_an_import_into_a_profile_keeps_the_secrets_that_were_left_out(home: Home) -> None:
    made = await profile(home, "Ward", (CAMERA, "0"), (NETWORK, WARD))
    text = await profiles.export_profile(home.house, VIEWER, made.id)

    saved = await profiles.import_profile(home.house, OPERATOR, text, into=made.id)

    assert isinstance(saved, Saved)
    assert saved.profile.revision == 2
    assert await profiles.compare_revisions(home.house, VIEWER, made.id, 1, 2) == ()


async def test_a_dry_import_saves_nothing(home: Home) -> None:
    text = "lenskeep: profile/1\nname: Ward\nsettings:\n  - policy: Camera/AllowCamera\n"
    text += "    value: 0\n"

    checked = await profiles.import_profile(home.house, VIEWER, text, dry_run=True)

    assert isinstance(checked, Checked)
    assert checked.findings.is_accepted
    assert await profiles.list_profiles(home.house, VIEWER) == ()


async def test_a_viewer_changes_nothing(home: Home) -> None:
    made = await profile(home, "Ward", (CAMERA, "0"))

    for attempt in (
        profiles.create_profile(home.house, VIEWER, Draft("x", "", body())),
        profiles.save_revision(home.house, VIEWER, made.id, body(), base=1, reason=""),
        profiles.rename_profile(home.house, VIEWER, made.id, name="x"),
        profiles.delete_profile(home.house, VIEWER, made.id),
        profiles.import_profile(home.house, VIEWER, "lenskeep: profile/1"),
    ):
        with pytest.raises(Refused):
            await attempt


async def test_what_is_not_there_is_missing(home: Home) -> None:
    for attempt in (
        profiles.show_profile(home.house, VIEWER, NOWHERE),
        profiles.list_revisions(home.house, VIEWER, NOWHERE),
        profiles.show_revision(home.house, VIEWER, NOWHERE),
        profiles.save_revision(home.house, OPERATOR, NOWHERE, body(), base=1, reason=""),
        profiles.rename_profile(home.house, OPERATOR, NOWHERE, name="x"),
        profiles.delete_profile(home.house, OPERATOR, NOWHERE),
        profiles.check_draft(home.house, VIEWER, body(), profile=NOWHERE),
    ):
        with pytest.raises(Missing):
            await attempt


async def test_the_audit_says_what_was_done_and_no_value(home: Home) -> None:
    made = await profile(home, "Ward", (NETWORK, WARD))
    await profiles.rename_profile(home.house, OPERATOR, made.id, description="x")
    await profiles.save_revision(home.house, OPERATOR, made.id, body(), base=1, reason="")
    await profiles.delete_profile(home.house, OPERATOR, made.id)

    page = await reading.list_audit(home.house, ADMIN, reading.PageRequest())

    actions = [each.action for each in page.items if each.target == made.id]
    assert actions == ["profile.delete", "profile.save", "profile.rename", "profile.create"]
    assert "not-told" not in repr(page)


async def test_a_change_by_somebody_else_in_between_is_looked_at_again(home: Home) -> None:
    store = Interrupted(home, times=2)
    house = replace(home.house, mandate=cast(MandateStore, store))

    saved = await profiles.create_profile(house, OPERATOR, Draft("Ward", "", body((CAMERA, "0"))))

    assert (await profiles.show_profile(home.house, VIEWER, saved.profile.id)).profile.revision == 1
    assert store.left == 0


async def test_a_mandate_that_never_rests_is_unavailable(home: Home) -> None:
    house = replace(home.house, mandate=cast(MandateStore, Interrupted(home, 1000)))

    with pytest.raises(Unavailable):
        await profiles.create_profile(house, OPERATOR, Draft("Ward", "", body()))


class Interrupted:
    """The store itself; but somebody else changes the mandate after it was read, so many times."""

    def __init__(self, home: Home, times: int) -> None:
        self._home = home
        self.left = times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._home.house.mandate, name)

    async def mandate(self, *, counted: bool = True) -> Mandate:
        found = await self._home.house.mandate.mandate(counted=counted)
        if self.left:
            self.left -= 1
            await profile(self._home, f"Other {self.left}")
        return found


async def test_a_guarded_setting_waits_for_one_device(home: Home) -> None:
    (device, _) = await fleet(home, 2)
    made = (
        await profiles.create_profile(home.house, OPERATOR, Draft("Ward", "", locking()))
    ).profile

    done = await assign(home.house, OPERATOR, made.id, ALL_DEVICES)

    (guard,) = done.guards
    assert (guard.key, guard.scout) == (f"{made.id}/1", None)
    (node,) = (await tree_of(home, device)).nodes
    assert node.guard == guard.key


async def test_an_acknowledgement_of_what_is_harmless_stages_nothing(home: Home) -> None:
    (device,) = await fleet(home, 1)
    harmless = ProfileBody((ProfileSetting(STORAGE, "1", acknowledged=True),))
    draft = Draft("Ward", "", harmless)
    made = (await profiles.create_profile(home.house, OPERATOR, draft)).profile

    done = await assign(home.house, OPERATOR, made.id, ALL_DEVICES)

    assert done.guards == ()
    assert (await tree_of(home, device)).guards == ()


async def test_revisions_carry_their_moment(home: Home) -> None:
    made = await profile(home, "Ward", (CAMERA, "0"))
    home.clock.advance(hours=1)
    await profiles.save_revision(home.house, ADMIN, made.id, body(), base=1, reason="less")

    newest, first = await profiles.list_revisions(home.house, VIEWER, made.id)

    assert newest.at - first.at == timedelta(hours=1)
    assert (newest.author, newest.reason, newest.settings) == ("ada", "less", 0)
