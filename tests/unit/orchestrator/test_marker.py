"""The mark that tells the next process which input this one died in."""

from pathlib import Path

import pytest

from duralog.connectors.broker import TopicPartition
from duralog.orchestrator.marker import FileMarker, Marked
from duralog.state.store import StoreError

INPUT = TopicPartition("t.default.requests", 3)


@pytest.mark.parametrize("alone", [False, True])
def test_a_mark_is_found_by_the_next_process(tmp_path: Path, alone: bool) -> None:
    first = FileMarker(tmp_path / "slot" / "marker")
    assert first.found() is None
    first.set(Marked(INPUT, 42, alone))
    assert FileMarker(tmp_path / "slot" / "marker").found() == Marked(INPUT, 42, alone)


def test_a_cleared_mark_is_gone(tmp_path: Path) -> None:
    marker = FileMarker(tmp_path / "marker")
    marker.set(Marked(INPUT, 42, alone=True))
    marker.clear()
    marker.close()
    assert FileMarker(tmp_path / "marker").found() is None


def test_a_shorter_topic_replaces_a_longer_one(tmp_path: Path) -> None:
    marker = FileMarker(tmp_path / "marker")
    marker.set(Marked(TopicPartition("a" * 249, 0), 1 << 60, alone=False))
    marker.set(Marked(INPUT, 7, alone=False))
    assert FileMarker(tmp_path / "marker").found() == Marked(INPUT, 7, alone=False)


def test_a_mark_has_its_place_on_the_disk_before_it_is_set(tmp_path: Path) -> None:
    FileMarker(tmp_path / "marker").close()
    assert (tmp_path / "marker").stat().st_blocks > 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_full_disk_is_told_as_the_disks_fault() -> None:
    with pytest.raises(StoreError, match="No space left"):
        FileMarker(Path("/dev/full"))


def test_a_place_that_cannot_be_made_is_the_disks_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="file"):
        FileMarker(tmp_path / "file" / "marker")
