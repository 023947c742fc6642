"""One partition of the simulated broker: its entries, and the transactions they belong to."""

from dataclasses import dataclass, field

from duralog.connectors.broker import Record, TopicPartition
from duralog.schemas.changelog import TX_HEADER, Mark, unpack_mark


def mark_of(record: Record) -> Mark | None:
    """Of a changelog record that belongs to a transaction of an engine partition."""
    data = dict(record.headers or ()).get(TX_HEADER)
    mark = None if data is None else unpack_mark(data)
    return mark if mark is not None and mark.seq else None


@dataclass(slots=True)
class Txn:
    """One transaction."""

    id: str
    epoch: int
    began_ms: int
    state: str = "open"  # Or committed, aborted.
    partitions: set[TopicPartition] = field(default_factory=set[TopicPartition])
    offsets: dict[TopicPartition, tuple[int, str]] = field(
        default_factory=dict[TopicPartition, tuple[int, str]]
    )
    unmarked: set[TopicPartition] = field(default_factory=set[TopicPartition])
    late_marks: dict[TopicPartition, bool] = field(default_factory=dict[TopicPartition, bool])
    marked: dict[tuple[int, int], list[TopicPartition]] = field(
        default_factory=dict[tuple[int, int], list[TopicPartition]]
    )

    def is_torn(self, partition: int, mark: Mark) -> bool:
        """Of what an engine partition wrote in it, some is not there."""
        places = self.marked[partition, mark.seq]
        return len(places) < mark.count or not all(map(self.is_committed, places))

    def is_open(self, tp: TopicPartition) -> bool:
        """Undecided at `tp`."""
        return self.state == "open" or tp in self.unmarked

    def is_committed(self, tp: TopicPartition) -> bool:
        """Decided at `tp`, by its own end or by a later one that came to mark it."""
        return self.late_marks.get(tp, self.state == "committed")


@dataclass(slots=True)
class Entry:
    """One offset of a log; `record` None: a control record, or compacted away."""

    record: Record | None
    txn: Txn | None


class Log:
    """One partition."""

    def __init__(self, tp: TopicPartition) -> None:
        self.tp = tp
        self.entries: list[Entry] = []
        self._stable = 0

    def stable(self) -> int:
        """The last stable offset."""
        entries, at = self.entries, self._stable
        while at < len(entries):
            txn = entries[at].txn
            if txn is not None and txn.is_open(self.tp):
                break
            at += 1
        self._stable = at
        return at

    def read(self, start: int, limit: int) -> tuple[list[Record], int]:
        """Committed records from `start` on, and the next offset."""
        stable, found, at = self.stable(), list[Record](), start
        while at < stable and len(found) < limit:
            entry = self.entries[at]
            if entry.record is not None and (entry.txn is None or entry.txn.is_committed(self.tp)):
                found.append(entry.record)
            at += 1
        return found, at

    def committed(self) -> list[Record]:
        """All visible records."""
        return self.read(0, 1 << 60)[0]
