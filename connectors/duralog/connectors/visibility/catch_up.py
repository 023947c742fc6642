"""Brings an index up to the end of `history`, as it is when asked. Never in the engine's way.

A bystander reads, in no group. Order: the topic's id and ends are asked; the index is made anew
when it is of another topic, too old or beyond the log; then batches of records and their offsets
are written together. Another call, or the same after a crash, goes on where the last batch ended.
"""

from collections.abc import Callable
from typing import Final

from duralog.connectors.broker import TopicPartition
from duralog.connectors.clock import monotonic_ms, now_ms
from duralog.connectors.topic_plan import DELETE_RETENTION_MS
from duralog.connectors.transport import Bystander, TransportError
from duralog.connectors.visibility.index import Index, IndexReplacedError

BATCH: Final = 5_000  # Records a transaction: some 50 ms under the write lock.
WAIT_MS: Final = 200
STALLED_MS: Final = 30_000  # Without a record: the brokers are gone.
TRIES: Final = 5  # Other processes that make the index anew meanwhile.
STALE_MS: Final = DELETE_RETENTION_MS // 2  # Tombstones may be gone: deleted runs would stay.
# Records indexed, and records there are to index: called after every batch.
Progress = Callable[[int, int], None]


class CatchUpTimeoutError(Exception):
    """The index is not at the end in time; what was indexed stays."""


def catch_up(
    index: Index,
    bystander: Bystander,
    topic: str,
    *,
    timeout_ms: int = 0,
    progress: Progress | None = None,
) -> None:
    """Index all that was committed when this was called. timeout_ms 0: as long as it takes.

    Raises TransportError, CatchUpTimeoutError.
    """
    deadline_ms = monotonic_ms() + timeout_ms if timeout_ms else 0
    for _ in range(TRIES):
        try:
            _catch_up(index, bystander, topic, deadline_ms, progress or _silence)
        except IndexReplacedError:
            continue
        return
    raise TransportError(f"the index of {topic} is made anew by others again and again")


def _silence(_done: int, _total: int) -> None:
    """Tell nobody."""


def _catch_up(
    index: Index, bystander: Bystander, topic: str, deadline_ms: int, progress: Progress
) -> None:
    topic_id = bystander.topic_id(topic)
    extents = bystander.extents(topic)
    positions = index.positions()
    known_id, read_ms = index.source()
    fits = positions.keys() == extents.keys() and all(
        low <= positions[p] <= end for p, (low, end) in extents.items()
    )
    if known_id != topic_id or not fits or now_ms() - read_ms > STALE_MS:
        positions = {p: low for p, (low, _) in extents.items()}
        index.rebuild(topic_id, positions, now_ms())
    ends = {p: end for p, (_, end) in extents.items()}
    began_ms = now_ms()
    if any(positions[p] < end for p, end in ends.items()):
        _read(index, bystander, topic, topic_id, positions, ends, deadline_ms, progress)
    index.caught_up(topic_id, began_ms)


def _read(
    index: Index,
    bystander: Bystander,
    topic: str,
    topic_id: str,
    positions: dict[int, int],
    ends: dict[int, int],
    deadline_ms: int,
    progress: Progress,
) -> None:
    total = sum(max(0, end - positions[p]) for p, end in ends.items())
    reader = bystander.reader({TopicPartition(topic, p): at for p, at in positions.items()})
    heard_ms, begin = monotonic_ms(), positions
    try:
        while True:
            result = reader.read(records_max=BATCH, wait_ms=WAIT_MS)
            reached = {tp.partition: offset for tp, offset in result.positions.items()}
            index.apply(topic_id, result.records, begin=begin, end=reached)
            begin = reached
            left = sum(max(0, end - reached[p]) for p, end in ends.items())
            progress(total - left, total)
            finished = {tp.partition for tp in result.finished}
            if all(p in finished or reached[p] >= end for p, end in ends.items()):
                return
            now = monotonic_ms()
            heard_ms = now if result.records else heard_ms
            if now - heard_ms > STALLED_MS:
                raise TransportError(f"{topic}: nothing was heard for {STALLED_MS // 1000} s")
            if deadline_ms and now > deadline_ms:
                raise CatchUpTimeoutError(
                    f"{total - left} of {total} records are indexed; ask again, it goes on there"
                )
    finally:
        reader.close()
