"""How many transactions were committed and how long they took, as the broker's own log tells it.

`__transaction_state` holds a record for each change of state of a transactional id. This costs the
engine nothing, and it is the broker's word, not ours.
"""

import struct
import time
from collections.abc import Iterator
from typing import Final

from confluent_kafka import Consumer, Message, TopicPartition

TOPIC: Final = "__transaction_state"
COMPLETE_COMMIT: Final = 4  # TransactionState of Apache Kafka.
HEAD: Final = struct.Struct(">hqhib")  # Version, producer id, epoch, timeout, status.
TIMES: Final = struct.Struct(">qq")  # Last update, start.
# Between head and times stand the transaction's partitions, of which a completed one has none: an
# array of 4 bytes in version 0, of one byte in the flexible version 1.
ARRAY_BYTES: Final = {0: 4, 1: 1}
READ_MAX_S: Final = 30.0


def durations_ms(bootstrap_servers: str, begin_ms: int, end_ms: int) -> list[float]:
    """Durations of the transactions that were completed between two times, in ms."""
    return [
        float(updated_ms - started_ms)
        for updated_ms, started_ms in _completed(bootstrap_servers)
        if begin_ms <= updated_ms < end_ms
    ]


def _completed(bootstrap_servers: str) -> Iterator[tuple[int, int]]:
    """When each committed transaction was completed and when it began."""
    for message in _messages(bootstrap_servers):
        value = message.value()
        if value is None or len(value) < HEAD.size:
            continue
        version, *_, status = HEAD.unpack_from(value)
        if status == COMPLETE_COMMIT:
            updated_ms, started_ms = TIMES.unpack_from(value, HEAD.size + ARRAY_BYTES[version])
            yield updated_ms, started_ms


def _messages(bootstrap_servers: str) -> Iterator[Message]:
    """What the topic holds now."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": "bench-transactions",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    ends: dict[int, int] = {}
    for partition in consumer.list_topics(TOPIC, timeout=10).topics[TOPIC].partitions:
        low, high = consumer.get_watermark_offsets(TopicPartition(TOPIC, partition), timeout=10)
        if high > low:
            ends[partition] = high
    consumer.assign([TopicPartition(TOPIC, partition, 0) for partition in ends])
    deadline_s = time.monotonic() + READ_MAX_S
    while ends and time.monotonic() < deadline_s:
        message = consumer.poll(1)
        if message is None or message.error() is not None:
            continue
        partition, offset = message.partition() or 0, message.offset() or 0
        if offset + 1 >= ends.get(partition, 0):
            ends.pop(partition, None)
        yield message
    consumer.close()
