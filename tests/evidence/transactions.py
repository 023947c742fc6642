"""What the marks of the changelogs must be: I9 (no gap, none torn) and I10 (positions).

Only for logs that nothing has compacted: of long ago, records are legitimately missing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from duralog.connectors.broker import Record
from duralog.schemas.changelog import NO_SOURCE, TX_HEADER, unpack_mark, voided_by
from evidence.model import Write

Versions = dict[int, dict[int, list[Write]]]  # seq -> incarnation -> its records.


def write_of(kind: str, record: Record) -> Write:
    """What the mark of a record of the changelog `kind` says; it must have one."""
    mark = unpack_mark(dict(record.headers or [])[TX_HEADER] or b"")
    void = voided_by(record.key or b"") if kind == "pending" and record.value else None
    source = mark.source
    return Write(
        partition=record.partition,
        topic=kind,
        offset=record.offset,
        incarnation=mark.incarnation,
        seq=mark.seq,
        index=mark.index,
        count=mark.count,
        source=None if source == NO_SOURCE else (source.kind, source.partition, source.offset),
        void=void,
    )


def whole(writes: Sequence[Write]) -> list[str]:
    """I9: seq runs from 1 without a gap; of each, one version counts, and has all its records."""
    found: list[str] = []
    for partition, mine in _by_partition(writes).items():
        valid = _valid(mine)
        numbers = sorted(valid)
        missing = sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers))
        if missing:
            found.append(f"partition {partition}: no transaction {_some(missing)}")
        for seq in numbers:
            found += _faults(partition, seq, valid[seq])
    return found


def _faults(partition: int, seq: int, versions: dict[int, list[Write]]) -> list[str]:
    """What is wrong with the versions of one transaction that no void record names."""
    where = f"partition {partition}: transaction {seq}"
    if len(versions) > 1:
        return [f"{where} was committed by {sorted(versions)}"]
    (records,) = versions.values()
    indexes = sorted(record.index for record in records)
    count = records[0].count
    if indexes != list(range(count)):
        return [f"{where} has records {_some(indexes)}, and says {count}"]
    return []


def applied_once(writes: Sequence[Write]) -> list[str]:
    """I10: each input caused one transaction, and they were taken in the order of their log."""
    found: list[str] = []
    for partition, mine in _by_partition(writes).items():
        causes: dict[tuple[int, int, int], int] = {}
        last: dict[tuple[int, int], int] = {}
        for seq, versions in sorted(_valid(mine).items()):
            for record in sorted(next(iter(versions.values())), key=lambda r: r.index):
                if record.source is None:
                    continue
                kind, number, offset = record.source
                before = causes.setdefault(record.source, seq)
                if before != seq:
                    found.append(
                        f"partition {partition}: input {record.source} in {before} and {seq}"
                    )
                elif offset < last.get((kind, number), -1):
                    found.append(f"partition {partition}: input {record.source} went back in {seq}")
                last[kind, number] = max(offset, last.get((kind, number), -1))
    return found


def _by_partition(writes: Iterable[Write]) -> dict[int, list[Write]]:
    found: dict[int, list[Write]] = defaultdict(list)
    for write in writes:
        if write.seq:  # Without a number: it only ends what was in doubt, and says nothing.
            found[write.partition].append(write)
    return found


def _valid(writes: Sequence[Write]) -> Versions:
    """The transactions of one partition that count: neither void nor late, as recovery has it.

    Late is what stands behind a successor of its number: a delayed EndTxn committed it when its
    producer had been fenced and its inputs taken again.
    """
    voids = {write.void for write in writes if write.void is not None}
    found: Versions = defaultdict(lambda: defaultdict(list))
    for write in writes:
        if (write.incarnation, write.seq) not in voids:
            found[write.seq][write.incarnation].append(write)
    late = _late(writes)
    for seq, versions in found.items():
        in_time = {i: records for i, records in versions.items() if (i, seq) not in late}
        found[seq] = in_time or versions
    return found


def _late(writes: Sequence[Write]) -> set[tuple[int, int]]:
    """(incarnation, seq) of transactions that have a record behind a higher seq in its topic."""
    late: set[tuple[int, int]] = set()
    highest: dict[str, int] = defaultdict(int)
    for write in sorted(writes, key=lambda one: one.offset):
        if write.seq < highest[write.topic]:
            late.add((write.incarnation, write.seq))
        highest[write.topic] = max(write.seq, highest[write.topic])
    return late


def _some(numbers: Sequence[int]) -> str:
    """At most ten of them."""
    return ", ".join(map(str, numbers[:10])) + (" …" if len(numbers) > 10 else "")
