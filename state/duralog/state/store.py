"""What storage promises: an ordered map of bytes per engine partition, written in atomic batches.

A Store is an index over the changelog topics, rebuildable at any time; it may be behind them, never
ahead: batches are written only after the Kafka transaction that they belong to has committed. One
writer; reads see all written batches.
"""

from collections.abc import Iterator
from typing import Protocol


class StoreError(Exception):
    """The Store cannot be read or written. What is on the disk is set aside at the next open."""


class Batch(Protocol):
    """Changes that are applied together or not at all."""

    def put(self, key: bytes, value: bytes) -> None:
        """Set `key`."""

    def delete(self, key: bytes) -> None:
        """Remove `key`; no error when it is missing."""


class Store(Protocol):
    """State of one (namespace, partition). Every method raises StoreError when the disk fails."""

    def get(self, key: bytes) -> bytes | None:
        """The value of `key`, or None."""
        ...

    def scan(self, start: bytes, end: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Entries with start <= key < end, in key order, as they were when the scan began."""
        ...

    def batch(self) -> Batch:
        """An empty batch."""
        ...

    def write(self, batch: Batch) -> None:
        """Apply `batch`; survives a kill of the process when it returns (not a power loss: the log
        is the truth).
        """

    def close(self) -> None:
        """Release it; nothing may be called afterwards."""


class Disk(Protocol):
    """All stores of one process, by name."""

    def open(self, name: str) -> Store:
        """The store `name`, created when missing; empty when what was there cannot be read."""
        ...

    def set_aside(self, name: str, cause: str) -> None:
        """Give up what store `name` holds, which must be closed; the next `open` starts empty."""
