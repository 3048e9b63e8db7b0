"""Lists, and the inventory as rows that a person can read."""

import pytest
from tests.flows.home import ADMIN, OPERATOR, START, VIEWER, Home

from lenskeep.base.errors import Invalid, Missing, Refused
from lenskeep.base.identifiers import DeviceId
from lenskeep.desired.known import Known
from lenskeep.flows import reading
from lenskeep.flows.reading import MAX_SHOWN, PageRequest, inventory
from lenskeep.flows.records import DeviceFilter, TimelineEntry
from lenskeep.tree.fact import Fact

STATUS = "./Device/Vendor/MSFT/DeviceStatus"


def shown(*facts: Fact) -> dict[str, dict[str, str]]:
    """Return the inventory of these facts as {group: {label: value}}."""
    groups = inventory(Known().learn(facts))
    return {group.title: {row.label: row.value for row in group.rows} for group in groups}


def fact(uri: str, value: str | None, status: int = 200) -> Fact:
    """A fact learned at the beginning."""
    return Fact(uri, status, START, None, value)


def test_known_nodes_have_their_words_and_units() -> None:
    assert shown(
        fact("./DevDetail/SwV", "10.0.22621.1244"),
        fact("./DevDetail/Ext/Microsoft/ProcessorArchitecture", "12"),
        fact("./DevDetail/Ext/Microsoft/TotalRAM", "4096"),
        fact("./Vendor/MSFT/DeviceStatus/SecureBootState", "1"),
        fact(f"{STATUS}/Compliance/EncryptionCompliance", "true"),
    ) == {
        "System": {
            "Operating system version": "10.0.22621.1244",
            "Processor architecture": "ARM64",
            "Memory": "4096 MB",
        },
        "Security": {"Secure boot": "on", "Encryption": "encrypted"},
    }


def test_a_value_without_words_is_shown_as_it_came() -> None:
    assert shown(fact(f"{STATUS}/SecureBootState", "7")) == {"Security": {"Secure boot": "7"}}


def test_networks_have_a_row_for_each_adapter_and_node() -> None:
    root = f"{STATUS}/NetworkIdentifiers"
    uri = f"{root}/00%3A15%3A5D"

    assert shown(
        fact(root, "00%3A15%3A5D/00%3A15%3A5E"),
        fact(f"{uri}/SSID", "ward"),
        fact(f"{uri}/IPAddressV4", "192.0.2.9"),
    ) == {
        "Network": {
            "Adapters": "00:15:5D, 00:15:5E",
            "00:15:5D IPAddressV4": "192.0.2.9",
            "00:15:5D SSID": "ward",
        }
    }


def test_service_provider_versions_are_read_out_of_their_document() -> None:
    document = '<?xml version="1.0"?><DeviceManageability><Capabilities><CSPVersions>' + (
        '<CSP Node="./Device/Vendor/MSFT/Policy" Version="11.0"/>'
        "</CSPVersions></Capabilities></DeviceManageability>"
    )
    uri = "./Vendor/MSFT/DeviceManageability/Capabilities/CSPVersions"

    assert shown(fact(uri, document)) == {
        "Configuration service providers": {"./Device/Vendor/MSFT/Policy": "11.0"}
    }
    assert shown(fact(uri, "<broken")) == {"Other nodes": {uri: "<broken"}}


def test_other_nodes_come_last_and_are_cut_at_a_length() -> None:
    groups = shown(fact("./Vendor/MSFT/Long", "x" * (MAX_SHOWN + 1)), fact("./DevInfo/Mod", "A"))

    assert list(groups) == ["Identity", "Other nodes"]
    assert groups["Other nodes"] == {"./Vendor/MSFT/Long": "x" * MAX_SHOWN + "…"}


def test_a_node_that_the_device_does_not_have_is_named_with_its_status() -> None:
    (group,) = inventory(Known().learn([fact(f"{STATUS}/Battery/Status", None, 404)]))

    assert group.title == "Other nodes"
    assert (group.rows[0].value, group.rows[0].status) == ("", 404)


def test_what_was_asked_beside_the_value_does_not_hide_it() -> None:
    groups = shown(fact("./DevInfo/Mod", "HoloLens 2"), fact("./DevInfo/Mod?prop=Type", "text"))

    assert groups["Identity"] == {"Model": "HoloLens 2"}
    assert groups["Other nodes"] == {"./DevInfo/Mod?prop=Type": "text"}


async def test_a_device_is_shown_with_what_it_told(home: Home) -> None:
    device_id = await home.enroll(1)
    await home.tell(device_id, fact("./DevInfo/Mod", "HoloLens 2"))

    view = await reading.show_device(home.house, VIEWER, device_id)

    assert [(group.title, len(group.rows)) for group in view.inventory] == [("Identity", 1)]
    assert view.detail.row.nodes_known == 1


async def test_lists_are_paged(home: Home) -> None:
    for number in range(1, 6):
        await home.enroll(number)
    seen: list[str] = []
    after: str | None = None

    while True:
        page = await reading.list_devices(home.house, VIEWER, DeviceFilter(), PageRequest(after, 2))
        seen += [row.name for row in page.items]
        after = page.next
        if after is None:
            break

    assert sorted(seen) == [f"HOLO-{number}" for number in range(1, 6)]


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_a_page_has_a_bounded_length(limit: int) -> None:
    with pytest.raises(Invalid, match=r"^limit: "):
        PageRequest(None, limit)


async def test_an_unknown_state_is_no_filter(home: Home) -> None:
    with pytest.raises(Invalid, match="lost"):
        await reading.list_devices(home.house, VIEWER, DeviceFilter(state="lost"), PageRequest())


async def test_what_is_missing_has_no_page_and_no_timeline(home: Home) -> None:
    with pytest.raises(Missing):
        await reading.show_device(home.house, VIEWER, DeviceId("dev_404"))
    with pytest.raises(Missing):
        await reading.read_timeline(home.house, VIEWER, DeviceId("dev_404"), PageRequest())


async def test_the_audit_is_for_administrators(home: Home) -> None:
    await home.enroll(1)

    page = await reading.list_audit(home.house, ADMIN, PageRequest())

    assert page.items[0].action == "device.enroll"
    with pytest.raises(Refused):
        await reading.list_audit(home.house, OPERATOR, PageRequest())


async def test_the_fleet_is_counted(home: Home) -> None:
    await home.enroll(1)
    await home.enroll(2)

    counts = await reading.count_fleet(home.house, VIEWER)

    assert counts.by_state == {"enrolled": 2}


# --- secrets ------------------------------------------------------------------------------

WLAN = "./Vendor/MSFT/WiFi/Profile/ward/WlanXml"
HIDDEN = "[redacted]"


def test_who_may_operate_may_read_secrets() -> None:
    assert [reading.may_read_secrets(each) for each in (VIEWER, OPERATOR, ADMIN)] == [
        False,
        True,
        True,
    ]


async def test_a_viewer_reads_no_secret_in_the_inventory(home: Home) -> None:
    device_id = await home.enroll(1)
    await home.tell(device_id, fact(WLAN, "<key/>"), fact("./DevInfo/Mod", "HoloLens 2"))

    seen = {}
    for caller in (VIEWER, OPERATOR, ADMIN):
        view = await reading.show_device(home.house, caller, device_id)
        seen[caller.role.value] = {
            row.uri: row.value for group in view.inventory for row in group.rows
        }

    assert seen["viewer"] == {WLAN: HIDDEN, "./DevInfo/Mod": "HoloLens 2"}
    assert seen["operator"] == seen["admin"] == {WLAN: "<key/>", "./DevInfo/Mod": "HoloLens 2"}


async def test_a_viewer_reads_no_secret_in_an_alert(home: Home) -> None:
    device_id = await home.enroll(1)
    entries = (
        TimelineEntry(START, "alert", {"source": WLAN, "data": "<key/>"}),
        TimelineEntry(START, "alert", {"source": "./DevInfo/Mod", "data": "x"}),
    )
    await home.say(device_id, entries=entries)

    seen = {
        caller.role.value: [
            each.detail.get("data")
            for each in (
                await reading.read_timeline(home.house, caller, device_id, PageRequest())
            ).items
            if each.kind == "alert"
        ]
        for caller in (VIEWER, OPERATOR)
    }

    assert seen == {"viewer": ["x", HIDDEN], "operator": ["x", "<key/>"]}


async def test_messages_kept_are_read_by_administrators_alone(home: Home) -> None:
    device_id = await home.enroll(1)
    await home.say(device_id, bodies=(("from device", "<a/>"), ("to device", "<b/>")))

    page = await reading.read_bodies(home.house, ADMIN, device_id, PageRequest(None, 1))
    rest = await reading.read_bodies(home.house, ADMIN, device_id, PageRequest(page.next, 5))

    assert [(each.direction, each.body) for each in (*page.items, *rest.items)] == [
        ("to device", "<b/>"),
        ("from device", "<a/>"),
    ]
    assert rest.next is None
    with pytest.raises(Refused):
        await reading.read_bodies(home.house, OPERATOR, device_id, PageRequest())
    with pytest.raises(Missing):
        await reading.read_bodies(home.house, ADMIN, DeviceId("dev_404"), PageRequest())
