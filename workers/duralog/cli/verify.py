"""Folds the changelogs of one engine partition from zero, and compares.

Order: the image of the disk first, then the log, so that the log is never behind it; the image is
brought up to the log's end by the same appliers, and must then be the same.
"""

from dataclasses import dataclass, field
from pathlib import Path

from duralog.cli.connection import Connection
from duralog.cli.shell import UserError
from duralog.connectors.admin import plan
from duralog.connectors.broker import Record
from duralog.connectors.tail import Start, tail
from duralog.connectors.topic_plan import TopicSizes
from duralog.orchestrator.merge import Change, Merge
from duralog.schemas.changelog import TX_HEADER, unpack_mark
from duralog.schemas.topics import CHANGELOGS, slug
from duralog.state.digest import digest
from duralog.state.folding import fold
from duralog.state.memory import MemoryStore
from duralog.state.partition import PartitionState

Records = dict[str, list[Record]]


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What came out for one partition.

    seq: of its last transaction. digest: SHA-256 of the folded state, without soft fields.
    compared: with what, in words; empty: with nothing. faults: what is wrong; empty: nothing.
    """

    partition: int
    seq: int
    records: int
    runs: int
    digest: str
    compared: str = ""
    faults: list[str] = field(default_factory=list[str])


class UnfoldableError(Exception):
    """A record that no fold can take; the text names it."""


def count_partitions(connection: Connection) -> int:
    """How many engine partitions the namespace has. Raises UserError."""
    states = plan(connection.settings, connection.names, TopicSizes())
    count = next(state.partitions for state in states if state.plan.kind == "requests")
    if not count:
        raise UserError(
            f"no topics of namespace {connection.namespace!r} with prefix {connection.prefix!r};"
            " see 'duralog topics plan'"
        )
    return count


def verify_partition(connection: Connection, partition: int, state_dir: Path | None) -> Verdict:
    """Fold, and compare with the image below `state_dir`, if there is one."""
    image = None if state_dir is None else _image(connection, partition, state_dir)
    return verdict_of(_read(connection, partition), connection.namespace, partition, image)


def verdict_of(
    records: Records, namespace: str, partition: int, image: dict[bytes, bytes] | None = None
) -> Verdict:
    """Fold `records`, all that the changelogs of a partition hold, and compare with `image`."""
    state, faults = _folded(namespace, partition, records, {})
    verdict = Verdict(
        partition=partition,
        seq=state.seq,
        records=sum(map(len, records.values())),
        runs=sum(1 for _ in state.store.scan(b"r", b"s")),
        digest=digest(state),
        faults=faults,
    )
    verdict.faults += [f"run {run} has a gap before event {e}" for run, e in state.holes.items()]
    if image is not None:
        _compare(namespace, verdict, records, image)
    return verdict


def _compare(namespace: str, verdict: Verdict, records: Records, image: dict[bytes, bytes]) -> None:
    before = PartitionState(MemoryStore(dict(image)), namespace, verdict.partition).seq
    if before > verdict.seq:
        verdict.faults.append(f"the disk is at transaction {before}, the log ends at {verdict.seq}")
        return
    state, _ = _folded(namespace, verdict.partition, records, image)
    if digest(state) == verdict.digest:
        verdict.compared = f"equal to the disk, which is at transaction {before}"
    else:
        verdict.compared = f"not equal to the disk, which is at transaction {before}"
        verdict.faults.append(f"the disk at transaction {before} differs from the fold of the log")


def _folded(
    namespace: str, partition: int, records: Records, image: dict[bytes, bytes]
) -> tuple[PartitionState, list[str]]:
    """The state that `records` make of `image`, and what is wrong with them."""
    state = PartitionState(MemoryStore(dict(image)), namespace, partition)
    merge = Merge(CHANGELOGS, after_seq=state.seq)
    faults: list[str] = []
    for kind in CHANGELOGS:
        for record in records[kind]:
            mark = next((v for name, v in record.headers or () if name == TX_HEADER), None)
            if mark is None or record.key is None:
                faults.append(f"{record.topic}[{partition}]@{record.offset} bears no mark of ours")
                continue
            unpacked = unpack_mark(mark)
            change = Change(kind, record.key, record.value, unpacked.source)
            merge.add(change, unpacked, offset=record.offset, time_ms=record.timestamp_ms)
        merge.finish(kind)
    transactions = merge.take()
    if transactions and not transactions[-1].whole:
        torn = transactions.pop()
        faults.append(f"transaction {torn.seq} has {len(torn.changes)} of {torn.count} records")
    for transaction in transactions:
        for change in transaction.in_order():
            try:
                _fold(state, change)
            except UnfoldableError as error:
                state.rollback()
                return state, [*faults, f"transaction {transaction.seq}: {error}"]
        state.seq = transaction.seq
        state.write()
    return state, faults


def _fold(state: PartitionState, change: Change) -> None:
    try:
        fold(state, change.kind, change.key, change.value)
    except Exception as error:  # The shell: what an applier cannot take is what we look for.
        raise UnfoldableError(
            f"{change.kind} {change.key!r}: {type(error).__name__}: {error}"
        ) from error


def _read(connection: Connection, partition: int) -> Records:
    def choose(_count: int) -> int:
        return partition

    return {
        kind: list(
            tail(
                connection.settings,
                connection.names.of(kind),
                start=Start.earliest(),
                follow=False,
                choose=choose,
            )
        )
        for kind in CHANGELOGS
    }


def _image(connection: Connection, partition: int, state_dir: Path) -> dict[bytes, bytes]:
    from duralog.state.rocks import read_image  # noqa: PLC0415 (the extra [server] brings RocksDB)

    place = state_dir / slug(connection.namespace) / str(partition)
    if not place.is_dir():
        raise UserError(f"no state of partition {partition} in {state_dir}; is it a slot's folder?")
    return read_image(place)
