"""Identifiers: their types, limits, and the partition that owns a Workflow ID."""

from typing import Final, NewType

Namespace = NewType("Namespace", str)
WorkflowId = NewType("WorkflowId", str)
RunId = NewType("RunId", str)
TaskQueue = NewType("TaskQueue", str)

IDENTIFIER_LENGTH_MAX: Final = 1000  # Characters; Temporal's limit for ids, types and queues.

_SEED: Final = 0x9747B28C
_M: Final = 0x5BD1E995
_MASK: Final = 0xFFFFFFFF


def murmur2(data: bytes) -> int:
    """Murmur2 as Kafka's Java client computes it: 32 bits, unsigned.

    librdkafka defaults to CRC32, Java to murmur2; one Workflow ID must not land on two partitions.
    """
    length = len(data)
    h = (_SEED ^ length) & _MASK
    whole = length & ~3
    for i in range(0, whole, 4):
        k = (int.from_bytes(data[i : i + 4], "little") * _M) & _MASK
        k ^= k >> 24
        h = ((h * _M) & _MASK) ^ ((k * _M) & _MASK)
    rest = data[whole:]
    if rest:
        h = ((h ^ int.from_bytes(rest, "little")) * _M) & _MASK
    h ^= h >> 13
    h = (h * _M) & _MASK
    return h ^ (h >> 15)


def partition_of(workflow_id: str, partitions: int) -> int:
    """The engine partition, 0 to `partitions` - 1, that owns `workflow_id`."""
    return (murmur2(workflow_id.encode()) & 0x7FFFFFFF) % partitions
