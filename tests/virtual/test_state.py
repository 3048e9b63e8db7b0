"""What a headset remembers survives the process."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

from lenskeep.base.secret import Secret
from lenskeep.tree.value import Format
from lenskeep.virtual.device import Device
from lenskeep.virtual.state import (
    Account,
    Candidate,
    Chunk,
    Folder,
    OpenSession,
    PendingAlert,
    State,
    dump_state,
    load_state,
)
from lenskeep.virtual.tree.seed import Hardware
from lenskeep.virtual.tree.store import Changes, Node
from lenskeep.virtual.world.network import Network

MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FULL = State(
    profile="HL2-20348.1503",
    hardware=Hardware("AB" * 32, "02-00-00-00-00-01", "1", "HOLOLENS-1"),
    edition=136,
    candidate=Candidate("AA", "guid"),
    account=Account(
        "Keep", "Keep MDM", "https://mdm.example", "AA", "anna", "name", Secret("one"),
        "bm9uY2U=", Secret("secret two"), 3, MOMENT, leaves=(("./DevInfo/X", Format.INT, "1"),),
    ),
    session_counter=3,
    open=OpenSession("3", b"<SyncML/>", 2, "user", with_proof=True),
    chunk=Chunk("add", "./X", "chr", 5, "ab"),
    alerts=(PendingAlert(1226, "t", "1", mark="critical"),),
    after=("reboot",),
    polls=4,
    last_poll_at=MOMENT,
    last_session_at=MOMENT,
    restarts=1,
    network=Network(ethernet=True, by_hand=None, away=("Ward",)),
    blocking=("policy",),
    tree=Changes(
        (Node("./X", Format.NODE), Node("./X/Y", Format.CHR, "v")),
        ("./Z",),
        (Node("./X/W", Format.CHR, "w"),),
    ),
    sessions=("one line",),
)  # fmt: skip


def test_everything_that_is_remembered_comes_back() -> None:
    assert load_state(dump_state(FULL)) == FULL


def test_a_memory_from_before_networks_is_read() -> None:
    old = json.loads(dump_state(State("HL2-20348.1503", FULL.hardware)))
    del old["network"], old["blocking"], old["tree"]["waiting"]

    assert load_state(json.dumps(old).encode()).network == Network()


def test_an_empty_memory_comes_back() -> None:
    state = State("HL2-20348.1503", FULL.hardware)

    assert load_state(dump_state(state)) == state


def test_files_belong_to_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "headset"
    Device.born(Folder(folder), "20348.1503")

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {"state.json": 0o600}


def test_secrets_are_not_shown_in_any_text_form() -> None:
    assert "one'" not in repr(FULL.account)
    assert "secret two" not in repr(FULL)
