"""How the changelog topics (`history`, `pending`, `retries`, `timers`) are keyed and marked.

State of an engine partition = fold of these four topics. Every record, tombstones too, carries one
Kafka header `tx`: which transaction wrote it and which input caused it. It stays out of the Avro
value, so that a value is encoded once and data teams read events without our bookkeeping.
"""

import struct
from dataclasses import dataclass
from typing import Final

TX_HEADER: Final = "tx"
_MARK: Final = struct.Struct(">qqIIBiq")

SOURCE_NONE: Final = 0  # A due timer or the engine itself.
SOURCE_REQUESTS: Final = 1
SOURCE_INGRESS: Final = 2
SOURCE_TRANSFERS: Final = 3


@dataclass(slots=True, frozen=True)
class Source:
    """The input record that caused a change: topic kind (SOURCE_*), partition and offset."""

    kind: int
    partition: int
    offset: int


NO_SOURCE: Final = Source(SOURCE_NONE, -1, -1)


@dataclass(slots=True, frozen=True, kw_only=True)
class Mark:
    """The `tx` header: record `index` (0-based) of `count` that transaction `seq` wrote for one
    engine partition.

    incarnation: of the producer that wrote it; with `seq` it names the transaction, also one that
    was torn and redone.
    seq: counts the transactions that changed this engine partition's state; 1-based, gap-free.
    """

    incarnation: int
    seq: int
    index: int
    count: int
    source: Source


def pack_mark(*, incarnation: int, seq: int, index: int, count: int, source: Source) -> bytes:
    """The header value."""
    return _MARK.pack(incarnation, seq, index, count, source.kind, source.partition, source.offset)


def unpack_mark(data: bytes) -> Mark:
    """The mark in a header value. Raises ValueError when it is none."""
    if len(data) != _MARK.size:
        raise ValueError(f"a tx header has {_MARK.size} bytes, not {len(data)}")
    incarnation, seq, index, count, kind, partition, offset = _MARK.unpack(data)
    source = Source(kind, partition, offset)
    return Mark(incarnation=incarnation, seq=seq, index=index, count=count, source=source)


def history_key(run_id: str, event_id: int) -> bytes:
    """Key in `history`."""
    return f"{run_id}/{event_id}".encode()


def workflow_task_key(run_id: str) -> bytes:
    """Key in `pending` of a WorkflowTaskState."""
    return f"{run_id}/w".encode()


def activity_key(run_id: str, scheduled_event_id: int) -> bytes:
    """Key in `pending` of an ActivityState."""
    return f"{run_id}/a/{scheduled_event_id}".encode()


def transfer_key(run_id: str, transfer_id: int) -> bytes:
    """Key in `pending` of a PendingTransfer."""
    return f"{run_id}/o/{transfer_id}".encode()


def held_event_key(run_id: str, index: int) -> bytes:
    """Key in `pending` of an event held back; `index` counts them over the life of the run."""
    return f"{run_id}/h/{index}".encode()


def quarantine_key(run_id: str) -> bytes:
    """Key in `pending` of a Quarantine."""
    return f"{run_id}/q".encode()


def parked_key(run_id: str, index: int) -> bytes:
    """Key in `pending` of a ParkedRequest."""
    return f"{run_id}/p/{index}".encode()


def admitted_update_key(run_id: str, index: int) -> bytes:
    """Key in `pending` of an AdmittedUpdate; `index` counts the run's updates."""
    return f"{run_id}/u/{index}".encode()


def retry_key(run_id: str, scheduled_event_id: int) -> bytes:
    """Key in `retries`."""
    return f"{run_id}/{scheduled_event_id}".encode()


def timer_key(run_id: str, event_id: int, kind: str) -> bytes:
    """Key in `timers`."""
    return f"{run_id}/{event_id}/{kind}".encode()


POSITIONS_KEY: Final = b"/positions"
LEVEL_KEY: Final = b"/level"  # Key in `pending` of the partition's FeatureLevel.
SETTLED_KEY: Final = b"/settled"  # A tombstone of no transaction, whose marker ends what hangs.


VOID_PREFIX: Final = b"/void/"


def void_key(incarnation: int, seq: int) -> bytes:
    """Key in `pending` of a Void."""
    return VOID_PREFIX + f"{incarnation}/{seq}".encode()


def voided_by(key: bytes) -> tuple[int, int] | None:
    """Incarnation and seq of the transaction that a Void with this key in `pending` names."""
    if not key.startswith(VOID_PREFIX):
        return None
    incarnation, seq = key[len(VOID_PREFIX) :].split(b"/")
    return int(incarnation), int(seq)
