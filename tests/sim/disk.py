"""A disk that fails: it loses what was not synced, turns bits, fills up.

As RocksDB's: a batch is whole or not there, a suffix of batches is lost with the power, a turned
bit is told by a checksum when the entry is read, and what failed is set aside at the next open.
"""

import random  # noqa: TID251 every draw comes from the seed
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from duralog.state.memory import MemoryBatch, MemoryDisk, MemoryStore
from duralog.state.store import Batch, Store, StoreError
from sim.faults import Counts, Faults

UNSYNCED_MAX = 40  # Batches: what a file system may hold back for half a minute.
Undo = list[tuple[bytes, bytes | None]]


class SimStore:
    """A Store on the failing disk."""

    def __init__(self, disk: "SimDisk", name: str) -> None:
        self._disk = disk
        self._name = name
        self._store = MemoryStore(disk.images.setdefault(name, {}))
        self._undo = disk.unsynced.setdefault(name, deque(maxlen=UNSYNCED_MAX))

    @property
    def image(self) -> dict[bytes, bytes]:
        """Its whole content."""
        return self._store.image

    def get(self, key: bytes) -> bytes | None:
        """The value of `key`, or None. Raises StoreError at a turned bit."""
        if key == self._disk.turned.get(self._name):
            raise self._disk.fail(self._name, "bits turned")
        return self._store.get(key)

    def scan(self, start: bytes, end: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Entries in key order. Raises StoreError at a turned bit."""
        turned = self._disk.turned.get(self._name)
        if turned is not None and start <= turned < end:
            raise self._disk.fail(self._name, "bits turned")
        return self._store.scan(start, end)

    def batch(self) -> MemoryBatch:
        """An empty batch."""
        return self._store.batch()

    def write(self, batch: Batch) -> None:
        """Apply `batch`. Raises StoreError when the disk is full."""
        assert isinstance(batch, MemoryBatch), "a batch of another store"
        full = self._disk.faults.full
        if full and self._disk.chance.random() < full:
            raise self._disk.fail(self._name, "disks full")
        image = self._store.image
        self._undo.append([(key, image.get(key)) for key, _ in batch.changes])
        self._store.write(batch)

    def close(self) -> None:
        """Release it."""
        self._store.close()


@dataclass(slots=True)
class SimDisk(MemoryDisk):
    """All Stores of a slot.

    unsynced: of each Store, how to take back its last batches. turned: a key whose value is
    damaged. failed: Stores that the next open sets aside.
    """

    chance: random.Random = field(kw_only=True)
    faults: Faults = field(kw_only=True)
    counts: Counts = field(kw_only=True)
    unsynced: dict[str, deque[Undo]] = field(default_factory=dict[str, deque[Undo]])
    turned: dict[str, bytes] = field(default_factory=dict[str, bytes])
    failed: dict[str, str] = field(default_factory=dict[str, str])

    def open(self, name: str) -> Store:  # type: ignore[override]
        """The Store `name`; empty when it failed before."""
        if name in self.failed:
            self.set_aside(name, self.failed[name])
        return SimStore(self, name)

    def peek(self, name: str) -> MemoryStore:
        """The Store `name` as it is, for the checks."""
        return MemoryStore(dict(self.images.get(name, {})))

    def set_aside(self, name: str, cause: str) -> None:
        """Begin `name` anew."""
        self.counts.add("Stores set aside")
        MemoryDisk.set_aside(self, name, cause)
        for known in (self.unsynced, self.turned, self.failed):
            known.pop(name, None)

    def fail(self, name: str, what: str) -> StoreError:
        """The error to raise; the next open sets the Store aside."""
        self.counts.add(what)
        self.failed[name] = what
        return StoreError(what)

    def lose(self) -> None:
        """The directory is gone."""
        self.counts.add("restart without store")
        for known in (self.images, self.unsynced, self.turned, self.failed):
            known.clear()

    def lose_power(self) -> None:
        """Each Store loses some of its last batches."""
        for name, undo in sorted(self.unsynced.items()):
            image = self.images.get(name, {})
            for _ in range(self.chance.randint(0, len(undo))):
                self.counts.add("batches lost with the power")
                for key, value in reversed(undo.pop()):
                    if value is None:
                        image.pop(key, None)
                    else:
                        image[key] = value

    def turn_a_bit(self) -> None:
        """In the value of some key of some Store."""
        full = sorted(name for name, image in self.images.items() if image)
        if full:
            name = self.chance.choice(full)
            self.turned[name] = self.chance.choice(sorted(self.images[name]))
