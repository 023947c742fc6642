"""One flipped bit anywhere in a RocksDB directory: what is read is what was written, or an error.

Batches are the steps: a store that has lost its last ones is sound, since the log has them; one
that shows anything else would be state that never was.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random  # noqa: TID251 (seeded)

import pytest

from duralog.state.rocks import RocksDisk, RocksStore
from duralog.state.store import StoreError

STEPS = 6
# Kind of file -> bits flipped.
FLIPS = {
    "*.sst": 50,
    "*.log": 50,
    "MANIFEST-*": 50,
    "CURRENT": 10,
    "OPTIONS-*": 10,
    "IDENTITY": 5,
    "rocksdict-config.json": 20,
}
HARMLESS = ("OPTIONS-*", "IDENTITY", "rocksdict-config.json")
Content = dict[bytes, bytes]


def write_steps(store: RocksStore) -> Iterator[Content]:
    """Write batch after batch, the first half into files of their own; the content after each."""
    content: Content = {}
    for step in range(STEPS):
        batch = store.batch()
        for number in range(40):
            key, value = b"k%d" % (number * (step + 1) % 97), b"%d/%d" % (step, number) * 9
            batch.put(key, value)
            content[key] = value
        store.write(batch)
        if step < STEPS // 2:
            store._database.flush()
        yield dict(content)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Content]]:
    """A directory with files of every kind, and what it may show."""
    place = tmp_path_factory.mktemp("rocks")
    store = RocksDisk(place).open("a")
    contents = list(write_steps(store))
    # As a kill leaves it: closed in order, the log of writes would be empty.
    shutil.copytree(place / "a", place / "killed")
    store.close()
    return place / "killed", [{}, *contents]


def flipped(path: Path, chance: Random) -> bool:
    """Change one bit; False when there is none."""
    data = bytearray(path.read_bytes())
    if not data:
        return False
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    return True


def shown(disk: RocksDisk) -> Content | None:
    """What the store shows; None: it says that it is damaged, or is taken for that at once."""
    store = disk.open("a")
    try:
        content = dict(store.scan(b"", b"\xff"))
        for key, value in content.items():
            assert store.get(key) == value
    except StoreError:
        return None
    finally:
        store.close()
    return content


def test_a_manifest_that_rocksdb_would_read_for_ever_is_set_aside(
    original: tuple[Path, list[Content]], tmp_path: Path
) -> None:
    source, _ = original
    shutil.copytree(source, tmp_path / "a")
    (manifest,) = (tmp_path / "a").glob("MANIFEST-*")
    data = bytearray(manifest.read_bytes())
    size = int.from_bytes(data[4:6], "little")
    data[7 + size + 6] ^= 4  # The type of the second record: one of a log that is used again.
    manifest.write_bytes(data)
    assert shown(RocksDisk(tmp_path)) == {}
    assert (tmp_path / "a.aside-1").is_dir()


def test_a_directory_that_is_taken_away_is_the_disks_fault(tmp_path: Path) -> None:
    store = RocksDisk(tmp_path).open("a")
    list(write_steps(store))
    shutil.rmtree(tmp_path / "a")
    with pytest.raises(StoreError):
        write_until_a_new_file(store)
    store.close()
    assert shown(RocksDisk(tmp_path)) == {}


def write_until_a_new_file(store: RocksStore) -> None:
    for number in range(20):
        batch = store.batch()
        batch.put(b"k", b"%d" % number * 1_000_000)
        store.write(batch)


def test_a_place_that_is_no_directory_is_the_disks_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="file"):
        RocksDisk(tmp_path / "file").open("a")


@pytest.mark.slow
@pytest.mark.parametrize("kind", FLIPS)
def test_a_flipped_bit_is_noticed_or_harmless(
    kind: str, original: tuple[Path, list[Content]], tmp_path: Path
) -> None:
    source, contents = original
    chance, noticed = Random(kind), 0
    for flip in range(FLIPS[kind]):
        place = tmp_path / str(flip)
        shutil.copytree(source, place / "a")
        if not flipped(chance.choice(sorted((place / "a").glob(kind))), chance):
            continue
        content = shown(RocksDisk(place))
        if content is None:
            noticed += 1
            assert shown(RocksDisk(place)) == {}, "the next open starts empty"
        else:
            noticed += content != contents[-1]
            assert content in contents, f"flip {flip} of {kind} shows what never was"
        shutil.rmtree(place)
    assert noticed > 0 or kind in HARMLESS, "no flip was felt"
