"""What a client or worker process needs of a broker. Implemented on Kafka and in memory.

A `Line` is shared by all threads of a process; a `Feed` belongs to the one thread that polls it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from duralog.connectors.broker import OutRecord, ReadResult, Record, TopicPartition


class TransportError(Exception):
    """The broker cannot be reached, or refuses; one line that says what to do."""


class QueueFullError(TransportError):
    """Too much is waiting to be sent; what was handed over last was not taken."""


class Delivery(NamedTuple):
    """What became of a produced record. error: empty when the brokers have it (acks=all)."""

    partition: int
    offset: int
    error: str
    is_permanent: bool  # The same record would be refused again.


OnDelivery = Callable[[Delivery], None]
# Takes the partitions about to be revoked, returns the offsets to commit before they are.
BeforeRevoke = Callable[[list[TopicPartition]], dict[TopicPartition, int]]


@dataclass(slots=True)
class Fed:
    """What a `Feed.poll` brought.

    assigned: partitions with the end offset each had then.
    """

    records: list[Record] = field(default_factory=list[Record])
    assigned: dict[TopicPartition, int] = field(default_factory=dict[TopicPartition, int])


class Feed(Protocol):
    """Membership in the consumer group of one task topic."""

    def poll(self, *, wait_ms: int, records_max: int) -> Fed:
        """Wait for a first record, then take what is there."""
        ...

    def pause(self) -> None:
        """Read no more records; `poll` keeps the membership alive."""
        ...

    def resume(self) -> None:
        """Read on."""
        ...

    def commit(self, offsets: dict[TopicPartition, int], *, wait: bool) -> None:
        """Commit the next offsets to read. Errors go to the log: a later commit covers them."""
        ...

    def close(self) -> None:
        """Leave the group."""
        ...


class TopicReader(Protocol):
    """Reads committed records from given offsets, in no group."""

    def read(self, *, records_max: int, wait_ms: int) -> ReadResult:
        """What is there, after waiting for a first record. Raises TransportError."""
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...


class Bystander(Protocol):
    """Looks at topics without taking part in anything. Every call may raise TransportError."""

    def cluster_id(self) -> str:
        """Which cluster this is; empty: one that ends with this process."""
        ...

    def topic_id(self, topic: str) -> str:
        """Tells a topic from one of the same name that was there before it."""
        ...

    def extents(self, topic: str) -> dict[int, tuple[int, int]]:
        """First kept and end offset by partition; what is behind the end is later."""
        ...

    def reader(self, offsets: dict[TopicPartition, int]) -> TopicReader:
        """A reader that begins at `offsets`."""
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...


class Line(Protocol):
    """One process's connection."""

    def connect(self) -> None:
        """Raises TransportError when no broker answers."""
        ...

    def partitions(self, topic: str) -> int:
        """How many partitions `topic` has; 0: it does not exist. Raises TransportError."""
        ...

    def produce(self, record: OutRecord, on_delivery: OnDelivery) -> None:
        """Hand over; `on_delivery` is called by `serve`. Raises TransportError."""
        ...

    def serve(self, wait_ms: int) -> None:
        """Wait for deliveries and call back."""
        ...

    def flush(self, wait_ms: int) -> None:
        """Wait until all that was handed over is delivered."""
        ...

    def listen(self, partition: TopicPartition) -> None:
        """Begin to receive what is appended from now on. Raises TransportError."""
        ...

    def receive(self, wait_ms: int) -> list[Record]:
        """Records of the partition listened to, after waiting for a first one."""
        ...

    def ensure_topic(self, topic: str, kind: str, anchor: str) -> None:
        """Create a missing topic of a Task Queue, sized like `anchor`. Raises TransportError, also
        when it has fewer partitions than that.
        """
        ...

    def feed(self, topic: str, group: str, before_revoke: BeforeRevoke) -> Feed:
        """Join `group` on `topic`. `before_revoke` runs within `poll` and `close`."""
        ...

    def bystander(self) -> Bystander:
        """Another connection, to look at topics; the caller closes it."""
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...
