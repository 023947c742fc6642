"""Reads one topic as a bystander: committed records only, in no group, from a chosen place.

for record in tail(settings, "duralog.default.history", start=Start.earliest(), follow=False): …
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Self

from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_END,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from duralog.connectors.broker import Record
from duralog.connectors.kafka.clients import (
    consumer_config,
    error_of,
    lacking,
    lacks_right,
    open_client,
    patiently,
    unreachable,
)
from duralog.connectors.kafka.consumer import headers_of
from duralog.connectors.kafka.settings import KafkaSettings, Value

LOOKUP_TIMEOUT_S: Final = (
    10.0  # For metadata and offsets: a broker that is there answers in milliseconds.
)
POLL_S: Final = 0.2  # Short, so that Ctrl-C is felt at once.
BATCH: Final = 500

# The broker tells the end of a partition: its last offset may be a control record, never delivered.
OWNED: Final[dict[str, Value]] = {"enable.partition.eof": True}


class TailError(Exception):
    """The topic cannot be read; the text says why."""


@dataclass(slots=True, frozen=True, kw_only=True)
class Start:
    """Where to begin in a partition: `offset`, or librdkafka's number for an end, or `time_ms`."""

    offset: int = OFFSET_BEGINNING
    time_ms: int | None = None

    @classmethod
    def earliest(cls) -> Self:
        """At the first record kept."""
        return cls(offset=OFFSET_BEGINNING)

    @classmethod
    def latest(cls) -> Self:
        """At the end as it is now."""
        return cls(offset=OFFSET_END)

    @classmethod
    def at_offset(cls, offset: int) -> Self:
        """At `offset` of every partition."""
        return cls(offset=offset)

    @classmethod
    def at_time(cls, time_ms: int) -> Self:
        """At the first record of that time or later."""
        return cls(time_ms=time_ms)


def tail(
    settings: KafkaSettings,
    topic: str,
    *,
    start: Start,
    follow: bool,
    choose: Callable[[int], int] | None = None,
) -> Iterator[Record]:
    """Records of `topic`, in offset order within a partition, to the ends or on and on (`follow`).

    choose: from the number of partitions, the only one to read. Raises TailError.
    """
    with _consumer(settings) as consumer:
        open_partitions = _assign(consumer, settings, topic, start, choose)
        while follow or open_partitions:
            # `consume(n, t)` waits out t unless n records are there: take one, then what is there.
            first = consumer.poll(POLL_S)
            if first is None:  # A tombstone is false: a message has the length of its value.
                continue
            for message in [first, *consumer.consume(BATCH, 0)]:
                error = message.error()
                if error is None:
                    yield _record(message)
                elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 (its public name)
                    open_partitions.discard(message.partition() or 0)
                elif error.code() == KafkaError.GROUP_AUTHORIZATION_FAILED:
                    continue  # We have no part in any.
                elif lacks_right(error):
                    raise TailError(lacking(settings, error, name=topic))
                else:
                    raise TailError(f"cannot read {topic!r}: {error.str()}")


@contextmanager
def _consumer(settings: KafkaSettings) -> Generator[Consumer]:
    # librdkafka wants a group's name; nothing is ever committed to it.
    config = consumer_config(settings, group="duralog-tail", read_committed=True, owned=OWNED)
    consumer = open_client(Consumer, config)
    try:
        yield consumer
    finally:
        consumer.close()


def _assign(
    consumer: Consumer,
    settings: KafkaSettings,
    topic: str,
    start: Start,
    choose: Callable[[int], int] | None,
) -> set[int]:
    """Assign the topic's partitions at `start`; return their numbers."""
    try:
        with patiently(settings):
            metadata = consumer.list_topics(topic, timeout=LOOKUP_TIMEOUT_S).topics[topic]
    except KafkaException as error:
        raise TailError(unreachable(settings, error_of(error), name=topic)) from None
    if metadata.error is not None and lacks_right(metadata.error):
        raise TailError(lacking(settings, metadata.error, name=topic))
    if metadata.error is not None:
        raise TailError(
            f"no topic {topic!r}: {metadata.error.str()}; does 'duralog topics plan' list it?"
        )
    count = len(metadata.partitions)
    chosen = [choose(count)] if choose else list(range(count))
    places = [TopicPartition(topic, p, start.offset) for p in chosen]
    if start.time_ms is not None:
        asked = [TopicPartition(topic, p, start.time_ms) for p in chosen]
        places = consumer.offsets_for_times(asked, timeout=LOOKUP_TIMEOUT_S)
    consumer.assign(places)
    return set(chosen)


def _record(message: Message) -> Record:
    return Record(
        message.topic() or "",
        message.partition() or 0,
        message.offset() or 0,
        message.timestamp()[1],
        message.key(),
        message.value(),
        headers_of(message),
    )
