"""What the partition loop asks of a broker: effects it yields, and what comes back.

The loop is a generator. It yields an effect, a driver performs it and sends back the result, or
throws one of the errors below into the loop. `duralog.connectors.kafka` drives it on Apache Kafka,
`duralog.connectors.memory` on a broker in memory, where a simulator crashes, delays or reorders at
each effect. Both pass the same contract tests.
"""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from duralog.schemas.changelog import NO_SOURCE, SETTLED_KEY, TX_HEADER, pack_mark


class TopicPartition(NamedTuple):
    """One partition of one topic."""

    topic: str
    partition: int


class Record(NamedTuple):
    """A record read from the broker. `timestamp_ms` is the broker's (LogAppendTime) on our own
    input topics.
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]] | None


# Stands for the headers of a record when a name among them is not UTF-8: no client gives them out.
UNREADABLE: Final[tuple[str, bytes | None]] = ("duralog-unreadable-headers", None)


class OutRecord(NamedTuple):
    """A record to produce. `partition` is always explicit: we compute it, no client's default
    partitioner does.
    """

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]] | None = None


def settling_records(changelogs: list[TopicPartition]) -> list[OutRecord]:
    """Records of no transaction: they change nothing but by the marker behind them."""
    mark = pack_mark(incarnation=0, seq=0, index=0, count=1, source=NO_SOURCE)
    return [OutRecord(*tp, SETTLED_KEY, None, [(TX_HEADER, mark)]) for tp in changelogs]


# Errors a driver throws into the loop.
class AbortableError(Exception):
    """The open transaction must be aborted; the loop goes on. Nothing of it is ever visible."""


class RecordError(AbortableError):
    """One record cannot be written (too large, not authorised, no such topic); the text says which
    topic and why.

    is_missing: the topic is not there, or the partition.
    """

    def __init__(self, message: str, *, topic: str, is_missing: bool = False) -> None:
        super().__init__(message)
        self.topic = topic
        self.is_missing = is_missing


class FatalError(Exception):
    """Fenced, or the outcome of a commit is unknown: the slot must exit; recovery decides after the
    restart.
    """


class RightsError(FatalError):
    """The brokers do not let us do it. Nothing of the transaction is committed."""


# Group membership and input.
@dataclass(slots=True)
class Poll:
    """Wait up to `wait_ms` for input, then take what is there. Result: `Polled`.

    Group callbacks run inside: `revoked` and `lost` partitions have been unassigned, with the
    inputs co-partitioned to
    them, when it returns. Assigned anchors come back paused until `Resume`.
    records_max, bytes_max: of the batch; at most half of it is from the `ingress` side.
    """

    wait_ms: int
    records_max: int
    bytes_max: int


@dataclass(slots=True)
class Polled:
    """What a `Poll` brought. now_ms: the driver's clock after the wait.

    ends: of transfers and ingress read to their ends in this poll, the next offset. It may lie
    behind that of the last record: markers of transactions take offsets, too.
    is_last: the driver was told to stop; nothing was read, and no other Poll is answered.
    """

    now_ms: int
    records: list[Record] = field(default_factory=list[Record])
    assigned: list[TopicPartition] = field(default_factory=list[TopicPartition])  # anchors
    revoked: list[TopicPartition] = field(default_factory=list[TopicPartition])
    lost: list[TopicPartition] = field(default_factory=list[TopicPartition])
    topics_ready: list[str] = field(default_factory=list[str])  # of earlier `EnsureTopic`s
    requests_drained: bool = True  # no record of an anchor is waiting behind this batch
    is_last: bool = False
    ends: dict[TopicPartition, int] = field(default_factory=dict[TopicPartition, int])


@dataclass(slots=True)
class Resume:
    """Start to read inputs at these offsets: anchors are seeked and resumed, others assigned.
    Result: None.
    """

    offsets: dict[TopicPartition, int]


@dataclass(slots=True)
class Seek:
    """Read again from these offsets (after an abort). Result: None."""

    offsets: dict[TopicPartition, int]


@dataclass(slots=True)
class EnsureTopic:
    """Create `topic` if it is missing, on a side thread, and learn its leaders. Result: None; see
    Polled.topics_ready.
    """

    topic: str
    kind: str  # of duralog.schemas.topics.TOPICS


# One transaction. Order: Begin, Produce…, Flush, SendOffsets, Commit; or Abort.
@dataclass(slots=True)
class Begin:
    """Open a transaction; rebuild the producer first if it is dirty (DESIGN 5). Result: the
    producer's incarnation.

    The incarnation changes with every rebuild and never repeats. Raises FatalError when fenced.
    """


@dataclass(slots=True)
class Produce:
    """Hand over records. Result: None. Raises AbortableError."""

    records: list[OutRecord]


@dataclass(slots=True)
class Flush:
    """Wait until the broker has them all. Result: None. Raises RecordError or AbortableError."""


@dataclass(slots=True)
class SendOffsets:
    """Add input offsets (the next to read) with metadata, under the group metadata of just now.
    Result: None.
    """

    offsets: dict[TopicPartition, tuple[int, str]]


@dataclass(slots=True)
class Commit:
    """Commit. Result: None. Raises AbortableError when surely aborted, FatalError when unknown."""


@dataclass(slots=True)
class Abort:
    """Abort the open transaction. Result: None."""


@dataclass(slots=True)
class Send:
    """Produce outside any transaction, best effort, after the commit: replies to the inbox. Result:
    None.
    """

    records: list[OutRecord]


# Recovery.
@dataclass(slots=True)
class ReadAnchor:
    """Group offset and metadata of an anchor, read_uncommitted (never waits for a dead owner).
    Result: (offset or -1, metadata).
    """

    anchor: TopicPartition


@dataclass(slots=True)
class ReadOffsets:
    """Group offsets of these partitions, waiting until none is in doubt. Result: dict of offset,
    -1 for none; or None
    when still in doubt after `wait_ms`: ask again later.
    """

    partitions: list[TopicPartition]
    wait_ms: int


@dataclass(slots=True)
class Extent:
    """Offsets of one partition: first kept, last stable (all before it are decided), and end."""

    low: int
    stable: int
    end: int


@dataclass(slots=True)
class ReadExtents:
    """Extents of these partitions. Result: dict[TopicPartition, Extent]."""

    partitions: list[TopicPartition]


@dataclass(slots=True)
class IsLive:
    """Is `transactional_id` the id of a live member of our group? Result: bool."""

    transactional_id: str


@dataclass(slots=True)
class Fence:
    """Decide what `transactional_id` left open, our own id included. Result: None.

    A producer of that id is initialised, which aborts; then it commits a record that says nothing
    to each changelog of `undecided`, and aborts a transaction that sends an offset of `anchor`. A
    broker that dies while it ends a transaction may never mark some partitions of it (Apache Kafka
    4.3.1): they stay in doubt although the coordinator calls the transaction complete, until the
    same producer ends another there. Records in doubt are then visible, offsets in doubt dropped.

    settles: also do what follows "then".
    """

    transactional_id: str
    anchor: TopicPartition
    undecided: list[TopicPartition]
    settles: bool = True


@dataclass(slots=True)
class OpenReader:
    """A read_committed reader of its own over changelog partitions from these offsets to their end.
    Result: a handle (int).
    """

    offsets: dict[TopicPartition, int]


@dataclass(slots=True)
class ReadMore:
    """Up to `records_max` further records of a reader, waiting at most `wait_ms`. Result:
    `ReadResult`.

    held: partitions of which none are wanted now: what was read of them waits for others.
    """

    handle: int
    records_max: int
    wait_ms: int
    held: frozenset[TopicPartition] = frozenset()


@dataclass(slots=True)
class ReadResult:
    """Records, in offset order within a partition, and where the reader stands.

    finished: partitions read to their end (partition EOF, control records included).
    positions: the next offset of each partition.
    """

    records: list[Record]
    finished: set[TopicPartition]
    positions: dict[TopicPartition, int]


@dataclass(slots=True)
class CloseReader:
    """Close a reader. Result: None."""

    handle: int


@dataclass(slots=True)
class Checkpoint:
    """A named point between effects where a crash is interesting: `DURALOG_CRASH_AT=name` ends the
    process there.
    """

    name: str


Effect = (
    Poll
    | Resume
    | Seek
    | EnsureTopic
    | Begin
    | Produce
    | Flush
    | SendOffsets
    | Commit
    | Abort
    | Send
    | ReadAnchor
    | ReadOffsets
    | ReadExtents
    | IsLive
    | Fence
    | OpenReader
    | ReadMore
    | CloseReader
    | Checkpoint
)
