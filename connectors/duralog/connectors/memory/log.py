"""One partition's log: records, control records, and which of them a committed reader sees."""

from dataclasses import dataclass, field
from typing import Final, Literal

from duralog.connectors.broker import Extent, Record, TopicPartition

ENDLESS: Final = 1 << 62


@dataclass(slots=True, kw_only=True)
class Transaction:
    """One transaction of a producer. offsets: by group and partition, visible when it commits."""

    transactional_id: str
    began_ms: int
    state: Literal["open", "committed", "aborted"] = "open"
    partitions: set[TopicPartition] = field(default_factory=set[TopicPartition])
    offsets: dict[tuple[str, TopicPartition], tuple[int, str]] = field(
        default_factory=dict[tuple[str, TopicPartition], tuple[int, str]]
    )


@dataclass(slots=True)
class _Entry:
    """One offset. record None: a control record, or compacted away."""

    record: Record | None
    transaction: Transaction | None


class Log:
    """The entries of one partition, by offset."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._stable = 0  # Everything before was found decided.

    def append(self, record: Record | None, transaction: Transaction | None) -> None:
        """Add at the end; None is a control record."""
        assert record is None or record.offset == len(self._entries)
        self._entries.append(_Entry(record, transaction))

    @property
    def end(self) -> int:
        """The next offset."""
        return len(self._entries)

    def stable(self) -> int:
        """The last stable offset: all before it are decided."""
        entries, at = self._entries, self._stable
        while at < len(entries):
            transaction = entries[at].transaction
            if transaction is not None and transaction.state == "open":
                break
            at += 1
        self._stable = at
        return at

    def extent(self) -> Extent:
        """First kept, last stable and end offset."""
        return Extent(low=0, stable=self.stable(), end=self.end)

    def read(
        self, start: int, *, records_max: int, bytes_max: int = ENDLESS
    ) -> tuple[list[Record], int]:
        """Committed records from `start`, and the offset behind what was looked at."""
        records: list[Record] = []
        at, size, stable = start, 0, self.stable()
        while at < stable and len(records) < records_max and size < bytes_max:
            entry = self._entries[at]
            at += 1
            if entry.record is None:
                continue
            if entry.transaction is None or entry.transaction.state == "committed":
                records.append(entry.record)
                size += len(entry.record.value or b"") + len(entry.record.key or b"")
        return records, at

    def has_more(self, start: int) -> bool:
        """True if `read` from `start` would bring a record."""
        return bool(self.read(start, records_max=1)[0])

    def compact(self, before: int) -> int:
        """Drop records below `before` whose key has a newer committed one; returns how many."""
        last: dict[bytes | None, int] = {}
        for record in self.read(0, records_max=ENDLESS)[0]:
            last[record.key] = record.offset
        dropped = 0
        for entry in self._entries[: min(before, self.stable())]:
            kept = entry.record
            if kept is not None and last.get(kept.key) != kept.offset:
                entry.record = None
                dropped += 1
        return dropped
