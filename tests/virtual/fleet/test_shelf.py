"""A fleet in one file is the same fleet again."""

import stat
from contextlib import closing
from pathlib import Path

from lenskeep.virtual.fleet.shelf import FLEET_FILE, Shelf, is_packed
from lenskeep.virtual.headset import VirtualHeadset
from lenskeep.virtual.state import CHAIN_FILE


def test_headsets_are_there_again(tmp_path: Path) -> None:
    with closing(Shelf(tmp_path)) as shelf:
        made = [VirtualHeadset.living_in(shelf.slot(number)) for number in (1, 2)]
        made[1].tamper("./Device/Vendor/MSFT/Policy/Config/System/AllowLocation", "1")

    with closing(Shelf(tmp_path)) as shelf:
        found = [VirtualHeadset.living_in(shelf.slot(number)) for number in (1, 2)]

        assert shelf.numbers() == (1, 2)
        assert [each.device.state for each in found] == [each.device.state for each in made]
        assert found[1].tree.changes == made[1].tree.changes


def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    with closing(Shelf(tmp_path / "fleet")) as shelf:
        shelf.slot(1).write("key.pem", b"secret")

    assert is_packed(tmp_path / "fleet")
    assert stat.S_IMODE((tmp_path / "fleet" / FLEET_FILE).stat().st_mode) == 0o600


def test_what_was_forgotten_stays_forgotten(tmp_path: Path) -> None:
    with closing(Shelf(tmp_path)) as shelf:
        shelf.slot(1).write("a", b"1")
        shelf.put_away()
        shelf.slot(1).remove("a")

    with closing(Shelf(tmp_path)) as shelf:
        assert shelf.slot(1).read("a") is None


def test_so_many_are_written_at_a_time(tmp_path: Path) -> None:
    with closing(Shelf(tmp_path)) as shelf:
        for number in range(1, 6):
            shelf.slot(number).write("a", b"1")

        shelf.put_away(2)

        assert len(shelf.numbers()) == 2
        shelf.put_away()
        assert len(shelf.numbers()) == 5


def test_what_all_have_alike_is_in_memory_once() -> None:
    shelf = Shelf(None)
    for number in (1, 2):
        shelf.slot(number).write(CHAIN_FILE, b"".join([b"the same ", b"chain"]))

    assert shelf.slot(1).read(CHAIN_FILE) is shelf.slot(2).read(CHAIN_FILE)


def test_a_headset_is_copied_out_into_a_folder(tmp_path: Path) -> None:
    with closing(Shelf(tmp_path / "fleet")) as shelf:
        made = VirtualHeadset.living_in(shelf.slot(1))
        shelf.put_away()
        shelf.unpack(1, tmp_path / "one")

    assert VirtualHeadset.open(tmp_path / "one").device.state == made.device.state
