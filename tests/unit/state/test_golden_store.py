"""A RocksDB directory that a released version wrote opens in every later one, and holds the same.

`golden_stores` has an archive for each release: a slot's directory of one partition, some of it in
tables and the rest in the write-ahead log, and beside it the log that it is the fold of.
`--rewrite` adds the archive of this version and never replaces one.
"""

import json
import tarfile
from importlib.metadata import version
from pathlib import Path

import pytest

from bench.changelog import changelog
from duralog.state import stamp
from duralog.state.digest import digest
from duralog.state.folding import fold
from duralog.state.memory import MemoryStore
from duralog.state.partition import PartitionState
from duralog.state.rocks import RocksDisk
from duralog.state.store import Store

STORES = Path(__file__).parent / "golden_stores"
REBUILT: set[str] = set()  # Archives of a lower DERIVATION: their directories are rebuilt.
EVENTS = 600  # Some of each story; the archive stays below 50 kB.
Line = tuple[str, str, str | None]


def fold_into(store: Store, log: list[Line]) -> PartitionState:
    """The state of a partition that read `log`."""
    state = PartitionState(store, "default", 0)
    for kind, key, value in log:
        fold(state, kind, key.encode(), None if value is None else bytes.fromhex(value))
    state.write()
    return state


def write_archive(path: Path, place: Path) -> None:
    """What this version writes."""
    log: list[Line] = [
        (r.kind, r.key.decode(), None if r.value is None else r.value.hex())
        for r in changelog(partition=0, partitions=1, history_records=EVENTS)
    ]
    disk = RocksDisk(place)
    store = disk.open("store")
    stamp.stamp(store)
    fold_into(store, log[: len(log) // 2])
    store._database.flush()
    fold_into(store, log[len(log) // 2 :])
    store.close()
    (place / "log.json").write_text(json.dumps(log))
    with tarfile.open(path, "w:gz") as archive:
        archive.add(place, arcname=".")


def test_this_version_has_an_archive(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    path = STORES / f"{version('duralog')}.tar.gz"
    if request.config.getoption("--rewrite") and not path.exists():
        write_archive(path, tmp_path)
    assert path.exists(), "a release keeps a directory it has written: pytest --rewrite"


@pytest.mark.parametrize("path", sorted(STORES.glob("*.tar.gz")), ids=lambda p: p.name)
def test_a_directory_of_a_release_opens_and_is_the_fold_of_its_log(
    path: Path, tmp_path: Path
) -> None:
    with tarfile.open(path) as archive:
        archive.extractall(tmp_path, filter="data")
    log: list[Line] = json.loads((tmp_path / "log.json").read_text())
    store = RocksDisk(tmp_path).open("store")
    assert not list(tmp_path.glob("store.aside-*")), "it was set aside"
    if path.name in REBUILT:
        assert "older" in stamp.problem(store)
        store.close()
        return
    assert stamp.problem(store) == ""
    state = PartitionState(store, "default", 0)
    assert digest(state) == digest(fold_into(MemoryStore(), log)), (
        "it lacks what appliers derive now: raise DERIVATION in state/stamp.py, so that it is"
        " rebuilt, and name it in REBUILT"
    )
    runs = [state.run(key[1:].decode()) for key, _ in store.scan(b"r", b"s")]
    assert {run.open for run in runs if run is not None} == {True, False}
    store.close()
