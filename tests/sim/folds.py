"""What the changelogs of a partition come to, against what a Store has made of them."""

from duralog.connectors.broker import TopicPartition
from duralog.orchestrator.merge import Change, Merge
from duralog.schemas.changelog import NO_SOURCE, TX_HEADER, Source, unpack_mark
from duralog.schemas.codec import DecodeError, decode
from duralog.schemas.topics import CHANGELOGS, TopicNames
from duralog.state.digest import digest
from duralog.state.folding import fold
from duralog.state.memory import MemoryStore
from duralog.state.partition import PartitionState
from sim.broker import Broker


def folded(broker: Broker, names: TopicNames, partition: int) -> tuple[PartitionState, list[str]]:
    """The state that the changelogs of a partition come to, by the merge that recovery uses.

    And the inputs that more than one transaction names as its cause: they were applied twice.
    """
    merge = Merge(CHANGELOGS, after_seq=0)
    for kind in CHANGELOGS:
        for record in broker.log(TopicPartition(names.of(kind), partition)).committed():
            mark = unpack_mark(dict(record.headers or [])[TX_HEADER] or b"")
            assert record.key is not None
            change = Change(kind, record.key, record.value, mark.source)
            merge.add(change, mark, offset=record.offset, time_ms=record.timestamp_ms)
        merge.finish(kind)
    state = PartitionState(MemoryStore(), names.namespace, partition)
    applied: dict[Source, int] = {}
    twice: list[str] = []
    for transaction in merge.take():
        for change in transaction.in_order():
            seq = applied.setdefault(change.source, transaction.seq)
            if change.source != NO_SOURCE and seq != transaction.seq:
                twice.append(f"{change.source} applied by {seq} and {transaction.seq}")
            fold(state, change.kind, change.key, change.value)
        state.seq = transaction.seq
    state.write()
    return state, twice


def stale(broker: Broker, names: TopicNames, partition: int, store: MemoryStore) -> str:
    """How a Store that was behind, and is brought up to a log that was compacted meanwhile, differs
    from one that is made of this log alone; "" if it does not.

    Nothing is said of a log with another end, open or torn, nor of one with a stranger's bytes.
    """
    try:
        state, _ = folded(broker, names, partition)
    except (KeyError, DecodeError):
        return ""
    stored = PartitionState(store, names.namespace, partition)
    if state.seq != stored.seq or digest(state) == digest(stored):
        return ""
    return differences(state, stored)


def differences(a: PartitionState, b: PartitionState) -> str:
    """Up to three entries that differ, for whoever reads the report."""
    left = {k: v for k, v in a.store.scan(b"", b"\xff") if k[:1] not in b"mx"}
    right = {k: v for k, v in b.store.scan(b"", b"\xff") if k[:1] not in b"mx"}
    keys = [k for k in left.keys() | right.keys() if left.get(k) != right.get(k)]
    shown = [
        f"{k!r}: {_shown(left.get(k))} against {_shown(right.get(k))}" for k in sorted(keys)[:3]
    ]
    return "; ".join(shown)


def _shown(value: bytes | None) -> str:
    try:
        return "nothing" if value is None else repr(decode(value))
    except ValueError:
        return repr(value)
