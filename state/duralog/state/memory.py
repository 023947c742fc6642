"""A Store in memory: the index of the broker-free engine, and of the simulator, which crashes it.

Unlike a dict it behaves as RocksDB does where that matters: a batch is applied whole, a scan sees
what was there when it began, nothing may be called after `close`. `MemoryDisk` is what survives a
crash: stores by name, opened again by the next process.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field

from duralog.state.store import Batch


@dataclass(slots=True)
class MemoryBatch:
    """Changes in the order they were made: key, value or None for a removal."""

    changes: list[tuple[bytes, bytes | None]] = field(
        default_factory=list[tuple[bytes, bytes | None]]
    )

    def put(self, key: bytes, value: bytes) -> None:
        """Set `key`."""
        self.changes.append((key, value))

    def delete(self, key: bytes) -> None:
        """Remove `key`."""
        self.changes.append((key, None))


class MemoryStore:
    """An ordered map in memory. Keeps no log of its own; `image` is its whole content."""

    __slots__ = ("_closed", "_keys", "image")

    def __init__(self, image: dict[bytes, bytes] | None = None) -> None:
        self.image: dict[bytes, bytes] = {} if image is None else image
        self._keys: list[bytes] = sorted(self.image)
        self._closed = False

    def get(self, key: bytes) -> bytes | None:
        """The value of `key`, or None."""
        assert not self._closed, "the store is closed"
        return self.image.get(key)

    def scan(self, start: bytes, end: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Entries with start <= key < end, in key order, as they were when the scan began."""
        assert not self._closed, "the store is closed"
        keys = self._keys[bisect_left(self._keys, start) : bisect_left(self._keys, end)]
        return iter([(key, self.image[key]) for key in keys])

    def batch(self) -> MemoryBatch:
        """An empty batch."""
        return MemoryBatch()

    def write(self, batch: Batch) -> None:
        """Apply `batch`."""
        assert isinstance(batch, MemoryBatch), "a batch of another store"
        assert not self._closed, "the store is closed"
        for key, value in batch.changes:
            if value is not None:
                if key not in self.image:
                    insort(self._keys, key)
                self.image[key] = value
            elif key in self.image:
                del self.image[key]
                del self._keys[bisect_left(self._keys, key)]

    def close(self) -> None:
        """Release it; the image stays with the disk."""
        self._closed = True


@dataclass(slots=True)
class MemoryDisk:
    """Stores by name, as a data directory holds them; they survive the crash of the process that
    wrote them.

    set_aside_causes: why a store was set aside, in order.
    """

    images: dict[str, dict[bytes, bytes]] = field(default_factory=dict[str, dict[bytes, bytes]])
    set_aside_causes: list[str] = field(default_factory=list[str])

    def open(self, name: str) -> MemoryStore:
        """The store `name`, created when it is missing."""
        return MemoryStore(self.images.setdefault(name, {}))

    def set_aside(self, name: str, cause: str) -> None:
        """Give up what store `name` holds, which must be closed; the next `open` starts empty."""
        self.set_aside_causes.append(f"{name}: {cause}")
        self.images.pop(name, None)
