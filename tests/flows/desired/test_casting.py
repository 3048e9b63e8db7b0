"""Bodies as they are stored, and clashes as they are told."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.flows.desired.wants import CACHE, CAMERA, NETWORK, WARD, assigned, body, fleet, profile
from tests.flows.home import OPERATOR, VIEWER, Home, shipped

from lenskeep.base.errors import Conflict
from lenskeep.desired.profile import Drift, ProfileBody, ProfileSetting
from lenskeep.flows.desired import assigning, profiles
from lenskeep.flows.desired.casting.bodies import dump_body, load_body, open_body, seal_body
from lenskeep.flows.desired.casting.clashing import MAX_LISTED, MAX_NAMED
from lenskeep.flows.mandate import ALL_DEVICES
from lenskeep.tree.value import Format

SETTINGS = st.builds(
    ProfileSetting,
    uri=st.text(max_size=20),
    value=st.none() | st.text(max_size=20),
    format=st.none() | st.sampled_from(Format),
    acknowledged=st.booleans(),
)
BODIES = st.builds(
    ProfileBody,
    settings=st.lists(SETTINGS, max_size=4).map(tuple),
    drift=st.sampled_from(Drift),
)


@given(BODIES)
@settings(max_examples=60, deadline=None)
def test_a_body_is_the_same_when_it_comes_back(made: ProfileBody) -> None:
    assert load_body(dump_body(made)) == made


def test_a_stored_body_tells_nothing(home: Home) -> None:
    sealed = seal_body(home.house, body((NETWORK, WARD)))

    assert "not-told" not in sealed
    assert "WiFi" not in sealed
    assert open_body(home.house, sealed) == body((NETWORK, WARD))


async def test_many_devices_of_a_clash_are_counted_and_the_first_named(home: Home) -> None:
    await fleet(home, MAX_NAMED + 3)
    await assigned(home, await profile(home, "A", (CACHE, "7")))

    checked = await profiles.check_draft(home.house, VIEWER, body((CACHE, "8")), group=ALL_DEVICES)

    (clash,) = checked.clashes
    assert (clash.devices, len(clash.names)) == (MAX_NAMED + 3, MAX_NAMED)
    assert clash.sentence.endswith(", ...)")


async def test_what_is_undecided_comes_before_what_is_decided(home: Home) -> None:
    await fleet(home, 1)
    await assigned(home, await profile(home, "A", (CACHE, "7"), (CAMERA, "0")))

    checked = await profiles.check_draft(
        home.house, VIEWER, body((CAMERA, "1"), (CACHE, "8")), group=ALL_DEVICES
    )

    assert [each.clash.uri for each in checked.clashes] == [CACHE, CAMERA]


async def test_an_error_lists_some_clashes_and_counts_the_rest(home: Home) -> None:
    await fleet(home, 1)
    nodes = [
        each.uri
        for each in shipped()
        if each.area == "Audit" and {"0", "1"} <= set(each.allowed.values)
    ][: MAX_LISTED + 2]
    await assigned(home, await profile(home, "A", *((each, "0") for each in nodes)))
    other = await profile(home, "B", *((each, "1") for each in nodes))

    with pytest.raises(Conflict, match="and 2 more") as caught:
        await assigning.assign(home.house, OPERATOR, other.id, ALL_DEVICES)

    assert str(caught.value).count("revision 1") == 2 * MAX_LISTED
