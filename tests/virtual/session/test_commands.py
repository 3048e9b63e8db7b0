"""How the headset answers commands: which Statuses, which Results, in which order."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.virtual.tree.test_verbs import POLICY, RESULT, plant

from lenskeep.virtual.session.checks import Command
from lenskeep.virtual.session.commands import Execution, Executor
from lenskeep.virtual.state import Chunk
from lenskeep.virtual.tree.store import Tree
from lenskeep.virtual.tree.verbs import Circumstances, Effect
from lenskeep.wire.syncml.model import (
    Alert,
    CommandName,
    Group,
    GroupName,
    Item,
    Meta,
    Request,
    Results,
    Status,
    Unknown,
)

LOCATION = POLICY + "System/AllowLocation"
CORTANA = POLICY + "Experience/AllowCortana"


def run(tree: Tree, *commands: Command, user: bool = True, chunk: Chunk | None = None) -> Execution:
    around = Circumstances(user_present=user, local_time="", provider="Keep")
    return Executor(tree, around, chunk).carry_out(commands, "1", first_id=2)


def get(cmd_id: str, *uris: str) -> Request:
    return Request(CommandName.GET, cmd_id, tuple(Item(target=uri) for uri in uris))


def put(cmd_id: str, uri: str, value: str, *, name: CommandName = CommandName.REPLACE) -> Request:
    return Request(name, cmd_id, (Item(uri, meta=Meta(format="int"), data=value),))


def atomic(*commands: Command, cmd_id: str = "1") -> Group:
    return Group(GroupName.ATOMIC, cmd_id, commands)


def shape(execution: Execution) -> list[tuple[str, str, int]]:
    """Statuses as (CmdRef, TargetRef, code), Results as ("results", CmdRef, items)."""
    found = []
    for part in execution.parts:
        if isinstance(part, Status):
            found.append((part.cmd_ref, "".join(part.target_refs), part.code))
        elif isinstance(part, Results):
            found.append(("results", part.cmd_ref, len(part.items)))
        elif isinstance(part, Alert):
            found.append(("alert", "", part.code))
    return found


def test_separate_gets_are_answered_status_and_results_in_turn() -> None:
    execution = run(plant(), get("5", "./DevInfo/Man"), get("6", "./DevInfo/Mod"))

    assert shape(execution) == [
        ("5", "", 200),
        ("results", "5", 1),
        ("6", "", 200),
        ("results", "6", 1),
    ]
    assert [part.cmd_id for part in execution.parts] == ["2", "3", "4", "5"]


def test_different_outcomes_of_one_get_are_told_apart_before_one_results() -> None:
    execution = run(plant(), get("5", "./DevInfo/Man", "./DevInfo/Nope", "./DevInfo/Mod"))

    assert shape(execution) == [
        ("5", "./DevInfo/Man", 200),
        ("5", "./DevInfo/Nope", 404),
        ("5", "./DevInfo/Mod", 200),
        ("results", "5", 2),
    ]


def test_equal_outcomes_share_one_status() -> None:
    execution = run(plant(), get("5", "./DevInfo/Man", "./DevInfo/Mod"))

    assert shape(execution) == [("5", "", 200), ("results", "5", 2)]


def test_results_carry_no_meta_for_text_and_only_the_format_for_the_rest() -> None:
    execution = run(plant(), get("5", "./DevInfo/Man", "./DevDetail/LrgObj", "./DevInfo"))

    results = execution.parts[-1]
    assert isinstance(results, Results)
    assert [item.meta.format for item in results.items] == [None, "bool", "node"]
    assert {None} == {item.meta.type for item in results.items}
    assert results.cmd is None


def test_a_failed_get_has_no_results() -> None:
    assert shape(run(plant(), get("5", "./DevInfo/Nope"))) == [("5", "", 404)]


def test_a_command_without_cmd_id_is_malformed() -> None:
    execution = run(plant(), get("", "./DevInfo/Man"))

    assert shape(execution) == [("", "", 400)]


def test_an_atomic_that_works_tells_itself_first() -> None:
    tree = plant()

    execution = run(tree, atomic(put("2", LOCATION, "2"), put("3", CORTANA, "0")))

    assert shape(execution) == [("1", "", 200), ("2", "", 200), ("3", "", 200)]
    assert (tree.value(LOCATION), tree.value(CORTANA)) == ("2", "0")


def test_an_atomic_that_fails_leaves_nothing_behind() -> None:
    tree = plant()

    execution = run(
        tree,
        put("9", CORTANA, "1"),
        atomic(put("2", LOCATION, "2"), put("3", CORTANA, "9"), put("4", LOCATION, "0")),
    )

    assert shape(execution) == [
        ("9", "", 200),
        ("1", "", 507),
        ("2", "", 216),
        ("3", "", 500),
        ("4", "", 215),
    ]
    assert (tree.value(LOCATION), tree.value(CORTANA)) == (None, "1")
    assert tree.find(RESULT + "System/AllowLocation") is None
    assert tuple(done.status for done in execution.done) == (200, 216, 500)


@pytest.mark.parametrize(
    "inner",
    [
        get("2", "./DevInfo/Man"),
        atomic(put("3", LOCATION, "2"), cmd_id="2"),
    ],
)
def test_an_atomic_holds_neither_get_nor_atomic(inner: Command) -> None:
    assert shape(run(plant(), atomic(inner))) == [("1", "", 507), ("2", "", 500)]


def test_an_atomic_does_not_mix_scopes() -> None:
    users = put("3", "./User/Vendor/MSFT/Policy/Config/System/AllowTelemetry", "1")

    execution = run(plant(), atomic(put("2", LOCATION, "2"), users))

    assert shape(execution) == [("1", "", 507), ("2", "", 500), ("3", "", 215)]


def test_the_users_tree_without_a_user_is_500_inside_an_atomic() -> None:
    users = put("2", "./User/Vendor/MSFT/Policy/Config/System/AllowTelemetry", "1")

    assert shape(run(plant(), users, user=False)) == [("2", "", 405)]
    assert shape(run(plant(), atomic(users), user=False)) == [("1", "", 507), ("2", "", 500)]


def test_an_atomic_without_cmd_id_is_malformed_and_does_nothing() -> None:
    tree = plant()

    assert shape(run(tree, atomic(put("2", LOCATION, "2"), cmd_id=""))) == [("", "", 400)]
    assert tree.find(LOCATION) is None


def test_some_nodes_are_only_written_inside_an_atomic() -> None:
    """Alone they answer 500; deleting needs no Atomic. DDF: AtomicRequired."""
    tree = plant()
    uri = "./Vendor/MSFT/VPNv2/Ward"
    item = Item(uri + "/ProfileXML", meta=Meta(format="chr"), data="<VPNProfile/>")
    added = Request(CommandName.ADD, "2", (item,))
    deleted = Request(CommandName.DELETE, "3", (Item(uri),))

    assert shape(run(tree, added)) == [("2", "", 500)]
    assert shape(run(tree, atomic(added))) == [("1", "", 200), ("2", "", 200)]
    assert shape(run(tree, deleted)) == [("3", "", 200)]


STEPS = st.tuples(
    st.sampled_from([CommandName.ADD, CommandName.REPLACE, CommandName.DELETE, CommandName.GET]),
    st.sampled_from(
        [
            LOCATION,
            CORTANA,
            "./Device/Vendor/MSFT/WiFi/Profile/Lab/WlanXml",
            "./Device/Vendor/MSFT/WiFi/Profile/Lab",
            "./DevDetail/Ext/Microsoft/DeviceName",
            "./User/Vendor/MSFT/Policy/Config/System/AllowTelemetry",
            "./DevInfo/Man",
        ]
    ),
    st.sampled_from([("int", "1"), ("int", "9"), ("chr", "text")]),
)


@given(st.lists(STEPS, min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_an_atomic_is_done_as_a_whole_or_not_at_all(
    steps: list[tuple[CommandName, str, tuple[str, str]]],
) -> None:
    """All 200; or 507, 216 before the child that says why, 215 after it, and all is as before."""
    tree = plant()
    before = tree.snapshot()
    children = tuple(
        Request(name, str(number), (Item(uri, meta=Meta(format=form), data=value),))
        for number, (name, uri, (form, value)) in enumerate(steps, start=2)
    )

    execution = run(tree, atomic(*children))

    whole, *codes = (part.code for part in execution.parts if isinstance(part, Status))
    if whole == 200:
        assert set(codes) == {200}
        return
    place = next(n for n, code in enumerate(codes) if code not in (216, 215))
    assert whole == 507
    assert codes[place] >= 400
    assert codes == [216] * place + [codes[place]] + [215] * (len(codes) - place - 1)
    assert tree.snapshot() == before
    assert execution.effects == ()


def test_an_add_and_a_replace_of_one_node_do_not_go_into_an_atomic() -> None:
    added = put("2", LOCATION, "1", name=CommandName.ADD)

    execution = run(plant(), atomic(added, put("3", LOCATION, "2")))

    assert shape(execution) == [("1", "", 507), ("2", "", 216), ("3", "", 500)]


def test_an_exec_in_an_atomic_that_fails_has_no_effect() -> None:
    lock = Request(CommandName.EXEC, "2", (Item("./Vendor/MSFT/RemoteLock/Lock"),))

    failed = run(plant(), atomic(lock, put("3", LOCATION, "9")))
    worked = run(plant(), atomic(lock, put("3", LOCATION, "1")))

    assert failed.effects == ()
    assert worked.effects == (Effect.LOCK,)


def test_a_sequence_goes_on_after_a_failure() -> None:
    group = Group(GroupName.SEQUENCE, "1", (put("2", LOCATION, "9"), put("3", LOCATION, "1")))

    assert shape(run(plant(), group)) == [("1", "", 200), ("2", "", 500), ("3", "", 200)]


@pytest.mark.parametrize(("name", "code"), [("Copy", 406), ("Map", 406), ("Dance", 400)])
def test_commands_that_windows_does_not_have(name: str, code: int) -> None:
    assert [("5", "", code)] == shape(run(plant(), Unknown(name, "5")))


def test_an_abort_is_noticed() -> None:
    assert run(plant(), Alert("5", 1223)).aborted


def piece(cmd_id: str, data: str, *, size: int | None = None, more: bool = True) -> Request:
    item = Item(
        POLICY + "Bluetooth/LocalDeviceName",
        meta=Meta(format="chr", size=size),
        data=data,
        more_data=more,
    )
    return Request(CommandName.REPLACE, cmd_id, (item,))


def test_pieces_are_kept_asked_for_and_joined() -> None:
    tree = plant()

    first = run(tree, piece("5", "Hälf", size=9))
    last = run(tree, piece("6", "half", more=False), chunk=first.chunk)

    assert shape(first) == [("5", "", 213), ("alert", "", 1222)]
    assert shape(last) == [("6", "", 200)]
    assert tree.value(POLICY + "Bluetooth/LocalDeviceName") == "Hälfhalf"
    assert last.chunk is None


def test_pieces_that_do_not_add_up_are_refused() -> None:
    tree = plant()
    first = run(tree, piece("5", "half", size=99))

    last = run(tree, piece("6", "half", more=False), chunk=first.chunk)

    assert shape(last) == [("6", "", 424)]
    assert tree.find(POLICY + "Bluetooth/LocalDeviceName") is None


def test_the_first_piece_names_the_size() -> None:
    assert shape(run(plant(), piece("5", "half"))) == [("5", "", 411)]


def test_another_command_between_pieces_is_answered_with_1225() -> None:
    first = run(plant(), piece("5", "half", size=8))

    other = run(plant(), put("6", LOCATION, "1"), chunk=first.chunk)

    assert shape(other) == [("6", "", 200), ("alert", "", 1225)]
    assert other.chunk is None
