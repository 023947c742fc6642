"""How many transactions were committed and how long they took, as the broker's own log tells it.

`__transaction_state` holds a record for each change of state of a transactional id. This costs the
engine nothing, and it is the broker's word, not ours.
"""

import struct
from collections.abc import Iterator
from typing import Final

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, TopicPartition

TOPIC: Final = "__transaction_state"
COMPLETE_COMMIT: Final = 4  # TransactionState of Apache Kafka.
HEAD: Final = struct.Struct(">hqhib")  # Version, producer id, epoch, timeout, status.
TIMES: Final = struct.Struct(">qq")  # Last update, start; the last fields of both versions.


def durations_ms(bootstrap_servers: str, begin_ms: int, end_ms: int) -> list[float]:
    """Durations of the transactions that were completed between two times, in ms."""
    return [
        float(updated_ms - started_ms)
        for updated_ms, started_ms in _completed(bootstrap_servers)
        if begin_ms <= updated_ms < end_ms and started_ms > 0
    ]


def _completed(bootstrap_servers: str) -> Iterator[tuple[int, int]]:
    """When each committed transaction was completed and when it began."""
    for message in _messages(bootstrap_servers):
        value = message.value()
        if value is None or len(value) < HEAD.size + TIMES.size:
            continue
        version, *_, status = HEAD.unpack_from(value)
        if status != COMPLETE_COMMIT:
            continue
        # Version 1 is a flexible one: it ends with tagged fields, of which a commit has none.
        end = len(value) - (1 if version >= 1 else 0)
        updated_ms, started_ms = TIMES.unpack_from(value, end - TIMES.size)
        yield updated_ms, started_ms


def _messages(bootstrap_servers: str) -> Iterator[Message]:
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": "bench-transactions",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    open_partitions = set(consumer.list_topics(TOPIC).topics[TOPIC].partitions)
    consumer.assign([TopicPartition(TOPIC, p, OFFSET_BEGINNING) for p in open_partitions])
    while open_partitions:
        message = consumer.poll(10)
        if message is None:
            break
        error = message.error()
        if error is None:
            yield message
        elif error.code() == KafkaError._PARTITION_EOF:
            open_partitions.discard(message.partition() or 0)
    consumer.close()
