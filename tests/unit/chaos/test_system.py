"""What a slot takes of its disk is measured, whatever goes away meanwhile."""

import os
from pathlib import Path

import pytest

from chaos.system import Slot, System, files_below, size_of
from integration.processes import is_alive
from integration.stack import Stack


def test_the_most_that_a_slot_had_on_its_disk_is_kept(tmp_path: Path) -> None:
    stack = Stack(address="", prefix="t", directory=tmp_path)
    system = System(stack=stack, ledger=tmp_path / "ledger", slots=[Slot(0)])
    place = system.directory(0) / "default" / "3"
    place.mkdir(parents=True)
    (place / "000004.log").write_bytes(bytes(3_000_000))
    system._measure()
    (place / "000004.log").unlink()
    system._measure()
    (usage,) = [one for one in system.bounds() if one.what == "disk in MB"]
    assert (usage.process, usage.most) == ("engine-0", 3.0)
    assert usage.most < usage.limit


def test_files_are_found_in_order_and_may_be_gone(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in ("b", "a/c"):
        (tmp_path / name).write_bytes(b"12")
    found = files_below(tmp_path)
    assert found == [tmp_path / "a" / "c", tmp_path / "b"]
    (tmp_path / "b").unlink()
    assert [size_of(path) for path in found] == [2, 0]
    assert files_below(tmp_path / "nothing") == []


@pytest.mark.skipif(not Path("/proc").exists(), reason="asks the kernel as Linux has it")
def test_a_process_runs_until_it_has_ended() -> None:
    assert is_alive(os.getpid())
    assert not is_alive(1 << 30)
