"""What every Store promises, asked of RocksDB and of the memory store alike."""

import gc
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duralog.state.memory import MemoryDisk
from duralog.state.rocks import RocksDisk
from duralog.state.store import Disk, Store, StoreError


def put(store: Store, **entries: str) -> None:
    batch = store.batch()
    for key, value in entries.items():
        batch.put(key.encode(), value.encode())
    store.write(batch)


@pytest.fixture(params=["memory", "rocks"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Disk:
    makers: dict[str, Callable[[], Disk]] = {
        "memory": MemoryDisk,
        "rocks": lambda: RocksDisk(tmp_path),
    }
    return makers[request.param]()


def test_a_scan_keeps_its_bound_while_others_come_and_go(disk: Disk) -> None:
    store = disk.open("a")
    batch = store.batch()
    for number in range(1_000):
        batch.put(b"k%04d" % number, b"v")
    store.write(batch)
    scans = [store.scan(b"k%04d" % n, b"k%04d" % (n + 7)) for n in range(0, 900, 3)]
    for scan in scans:
        next(scan)
    gc.collect()
    assert [len(list(scan)) for scan in scans] == [6] * len(scans)
    store.close()


def test_get_returns_what_was_put_and_none_for_the_rest(disk: Disk) -> None:
    store = disk.open("a")
    put(store, k="v", empty="")
    assert (store.get(b"k"), store.get(b"empty"), store.get(b"x")) == (b"v", b"", None)
    store.close()


def test_scan_is_ordered_and_bounded_on_both_sides(disk: Disk) -> None:
    store = disk.open("a")
    put(store, c="3", a="1", b="2", d="4")
    assert list(store.scan(b"b", b"d")) == [(b"b", b"2"), (b"c", b"3")]
    assert list(store.scan(b"x", b"z")) == []
    store.close()


def test_scan_stays_within_its_bounds_while_others_read(disk: Disk) -> None:
    # Long keys, as runs have: their bounds were freed under a running scan once.
    def key(run: int, event: int) -> bytes:
        return b"h%036d\x00" % run + event.to_bytes(8, "big")

    store = disk.open("a")
    batch = store.batch()
    for run in range(10):
        for event in range(1, 12):
            batch.put(key(run, event), b"value")
    batch.put(b"m", b"behind all of them")
    store.write(batch)
    for run in range(10):
        found: list[bytes] = []
        for name, _ in store.scan(key(run, 1), key(run, 9)):
            found.append(name)
            store.get(key(9 - run, 3))
        assert found == [key(run, event) for event in range(1, 9)]
    store.close()


def test_scan_sees_what_was_there_when_it_began(disk: Disk) -> None:
    store = disk.open("a")
    put(store, a="1", b="2")
    entries = store.scan(b"a", b"z")
    first = next(entries)
    batch = store.batch()
    batch.delete(b"b")
    batch.put(b"c", b"3")
    store.write(batch)
    assert [first, *entries] == [(b"a", b"1"), (b"b", b"2")]
    store.close()


def test_the_last_change_of_a_key_in_a_batch_wins(disk: Disk) -> None:
    store = disk.open("a")
    batch = store.batch()
    batch.put(b"k", b"1")
    batch.delete(b"k")
    batch.put(b"l", b"1")
    batch.put(b"l", b"2")
    batch.delete(b"missing")
    store.write(batch)
    assert list(store.scan(b"", b"z")) == [(b"l", b"2")]
    store.close()


def test_a_batch_that_is_not_written_changes_nothing(disk: Disk) -> None:
    store = disk.open("a")
    store.batch().put(b"k", b"v")
    assert store.get(b"k") is None
    store.close()


def test_what_was_written_is_there_after_a_reopen(disk: Disk) -> None:
    store = disk.open("default/3")
    put(store, k="v")
    store.close()
    again = disk.open("default/3")
    assert again.get(b"k") == b"v"
    again.close()
    other = disk.open("default/4")
    assert other.get(b"k") is None
    other.close()


def test_a_store_set_aside_starts_empty(disk: Disk) -> None:
    store = disk.open("default/3")
    put(store, k="v")
    store.close()
    disk.set_aside("default/3", "too old")
    again = disk.open("default/3")
    assert again.get(b"k") is None
    again.close()


def test_keys_and_values_are_any_bytes(disk: Disk) -> None:
    store = disk.open("a")
    batch = store.batch()
    batch.put(b"\x00\xff\x00", b"\x00\x01")
    batch.put(b"\x00\xff", b"")
    store.write(batch)
    assert list(store.scan(b"\x00", b"\x01")) == [
        (b"\x00\xff", b""),
        (b"\x00\xff\x00", b"\x00\x01"),
    ]
    store.close()


def test_a_corrupt_directory_is_set_aside_with_its_cause(tmp_path: Path) -> None:
    disk = RocksDisk(tmp_path)
    store = disk.open("default/0")
    put(store, k="v")
    store.close()
    (tmp_path / "default/0/CURRENT").write_text("garbage")
    again = disk.open("default/0")
    assert again.get(b"k") is None
    again.close()
    assert "Corruption" in (tmp_path / "default/0.aside-1/why").read_text()


def damaged(tmp_path: Path) -> Store:
    """A store with one block of its data gone bad."""
    store = RocksDisk(tmp_path).open("0")
    batch = store.batch()
    for number in range(3_000):
        batch.put(b"k%07d" % number, random_bytes(number))
    store.write(batch)
    store._database.flush()
    store.close()
    path = max((tmp_path / "0").glob("*.sst"), key=lambda p: p.stat().st_size)
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0xFF
    path.write_bytes(bytes(data))
    return RocksDisk(tmp_path).open("0")


def random_bytes(number: int) -> bytes:
    """Hard to compress, and always the same."""
    return hashlib.sha512(b"%d" % number).digest()


def read_all(store: Store) -> None:
    for number in range(3_000):
        store.get(b"k%07d" % number)


def scan_all(store: Store) -> None:
    for _ in store.scan(b"k", b"l"):
        pass


@pytest.mark.parametrize("read", [read_all, scan_all])
def test_damage_is_an_error_and_the_next_open_starts_empty(
    tmp_path: Path, read: Callable[[Store], None]
) -> None:
    store = damaged(tmp_path)
    with pytest.raises(StoreError, match="Corruption"):
        read(store)
    store.close()
    again = RocksDisk(tmp_path).open("0")
    assert again.get(b"k0000001") is None
    again.close()
    assert "Corruption" in (tmp_path / "0.aside-1/why").read_text()


def test_only_the_newest_directories_set_aside_are_kept(tmp_path: Path) -> None:
    disk = RocksDisk(tmp_path)
    for _ in range(5):
        disk.open("0").close()
        disk.set_aside("0", "test")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["0.aside-3", "0.aside-4", "0.aside-5"]


def test_a_locked_directory_is_an_error_not_a_corruption(tmp_path: Path) -> None:
    store = RocksDisk(tmp_path).open("0")
    with pytest.raises(StoreError, match=r"(?i)lock"):
        RocksDisk(tmp_path).open("0")
    store.close()
    assert [p.name for p in tmp_path.iterdir()] == ["0"]


KEYS = st.binary(min_size=1, max_size=3)
CHANGES = st.lists(st.tuples(KEYS, st.none() | st.binary(max_size=3)), max_size=8)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batches=st.lists(CHANGES, max_size=5), bounds=st.tuples(KEYS, KEYS))
def test_it_is_an_ordered_map(
    disk: Disk, batches: list[list[tuple[bytes, bytes | None]]], bounds: tuple[bytes, bytes]
) -> None:
    disk.set_aside("m", "next example")
    store, model = disk.open("m"), dict[bytes, bytes]()
    for changes in batches:
        batch = store.batch()
        for key, value in changes:
            if value is None:
                batch.delete(key)
                model.pop(key, None)
            else:
                batch.put(key, value)
                model[key] = value
        store.write(batch)
    low, high = min(bounds), max(bounds)
    assert list(store.scan(low, high)) == sorted(e for e in model.items() if low <= e[0] < high)
    store.close()
