"""A broker that misbehaves on purpose: logs, transactions and one group of static members.

It models what the loop's correctness rests on: open transactions hide what is behind them (LSO),
control records take offsets, epochs fence producers, generations fence members, group offsets are
in doubt while a transaction that sent them is open. Time is the world's; nothing happens by itself
but in `tick`.
"""

from dataclasses import dataclass, field

from duralog.connectors.broker import (
    AbortableError,
    Extent,
    FatalError,
    OutRecord,
    Record,
    TopicPartition,
)
from duralog.schemas.changelog import voided_by
from sim.log import Entry, Log, Txn, mark_of

SESSION_TIMEOUT_MS = 6_000
COMPACTED = ("history", "pending", "retries", "timers")


@dataclass(slots=True)
class Member:
    """One member of the engine's group."""

    instance: str
    token: object
    seen_ms: int
    generation: int = 0
    owned: set[TopicPartition] = field(default_factory=set[TopicPartition])


@dataclass(slots=True)
class Late:
    """A request that is on its way once more: EndTxn, TxnOffsetCommit or Produce."""

    due_ms: int
    id: str
    epoch: int
    commit: bool | None
    offsets: dict[TopicPartition, tuple[int, str]]
    records: tuple[OutRecord, ...]

    @property
    def kind(self) -> str:
        """The request's name in Kafka's protocol."""
        if self.commit is not None:
            return "EndTxn"
        return "TxnOffsetCommit" if self.offsets else "Produce"


def _offsets(txn: Txn | None) -> dict[TopicPartition, tuple[int, str]]:
    return {} if txn is None else txn.offsets


class Broker:
    """All topics, one consumer group, all transactional ids."""

    def __init__(
        self, anchors: list[TopicPartition], *, transaction_timeout_ms: int = 6_000
    ) -> None:
        self.transaction_timeout_ms = transaction_timeout_ms
        self.now_ms = 1_700_000_000_000
        self.anchors = anchors
        self.logs: dict[TopicPartition, Log] = {}
        self.epochs: dict[str, int] = {}
        self.open: dict[str, Txn] = {}
        self.offsets: dict[TopicPartition, tuple[int, str]] = {}
        self.unmarked: dict[str, Txn] = {}  # Complete, but not as their offsets know.
        self.hanging: dict[str, list[Txn]] = {}  # Complete, but not as some partitions know.
        self.older_offsets: dict[TopicPartition, tuple[int, str]] = {}
        self.last: dict[str, bool] = {}  # Whether an id's last transaction was committed.
        self.late: list[Late] = []
        self.late_came: dict[str, int] = {}  # What became of them.
        self.narrow = False  # It refuses transactions of more than a few records.
        self.members: dict[str, Member] = {}
        self.generation = 0
        self.topics: set[str] = set()
        self.expired: set[TopicPartition] = set()  # Of which retention has left nothing.
        self.version = 0  # Counts what idle actors may wait for.

    def tick(self) -> None:
        """Sessions and transactions time out."""
        for member in list(self.members.values()):
            if self.now_ms - member.seen_ms > SESSION_TIMEOUT_MS:
                self.leave(member.instance)
        for txn in list(self.open.values()):
            if self.now_ms - txn.began_ms > self.transaction_timeout_ms:
                self.epochs[txn.id] += 1
                self.end(txn, commit=False)
        for late in self.late[:]:
            self._arrive(late)

    def _arrive(self, late: Late) -> None:
        """A held request: refused when the producer is another by now, else it waits for its prey:
        the transaction that is open when it comes.
        """
        txn = self.open.get(late.id)
        if self.epochs[late.id] == late.epoch and (txn is None or self.now_ms < late.due_ms):
            return
        self.late.remove(late)
        if txn is None or self.epochs[late.id] != late.epoch:
            self._count(f"late {late.kind} refused")
            return
        self._count(f"late {late.kind} done")
        if late.commit is not None:
            self.end(txn, commit=late.commit)
        elif late.offsets:
            txn.offsets.update(late.offsets)
        else:
            for record in late.records:
                self.append(record, txn)

    def _count(self, name: str) -> None:
        self.late_came[name] = self.late_came.get(name, 0) + 1

    # Records.

    def log(self, tp: TopicPartition) -> Log:
        """The log of a partition, made when it is missing."""
        found = self.logs.get(tp)
        if found is None:
            found = self.logs[tp] = Log(tp)
        return found

    def append(self, out: OutRecord, txn: Txn | None = None) -> int:
        """Append a record; its offset."""
        tp = TopicPartition(out.topic, out.partition)
        log = self.log(tp)
        offset = len(log.entries)
        headers: list[tuple[str, bytes | None]] = [*(out.headers or [])]
        record = Record(*tp, offset, self.now_ms, out.key, out.value, headers)
        log.entries.append(Entry(record, txn))
        self.version += 1
        if txn is not None:
            txn.partitions.add(tp)
            if mark := mark_of(record):
                txn.marked.setdefault((tp.partition, mark.seq), []).append(tp)
        return offset

    def extent(self, tp: TopicPartition) -> Extent:
        """Offsets of a partition."""
        log = self.log(tp)
        low = len(log.entries) if tp in self.expired else 0
        return Extent(low=low, stable=log.stable(), end=len(log.entries))

    def ends(self, positions: dict[TopicPartition, int]) -> dict[TopicPartition, int]:
        """Of inputs but anchors that are read to their ends, where they stand."""
        return {
            tp: at
            for tp, at in positions.items()
            if tp not in self.anchors and at >= self.log(tp).stable()
        }

    def compact(self, tp: TopicPartition, end: int) -> int:
        """Keep only the last committed record of each key below `end`; how many went."""
        log, last, gone = self.log(tp), dict[bytes | None, int](), 0
        end = max(0, min(end, log.stable(), self._first_torn(tp)))
        for offset, entry in enumerate(log.entries[:end]):
            if entry.record is not None and (entry.txn is None or entry.txn.is_committed(tp)):
                last[entry.record.key] = offset
        for offset, entry in enumerate(log.entries[:end]):
            if entry.record is not None and last.get(entry.record.key) != offset:
                entry.record = None
                gone += 1
        return gone

    def _first_torn(self, tp: TopicPartition) -> int:
        """Where a torn transaction begins that is not declared void yet: `min.compaction.lag.ms`
        keeps a compaction away from it until somebody has had the time for that.
        """
        log = self.log(tp)
        pending = self.log(TopicPartition(tp.topic.rpartition(".")[0] + ".pending", tp.partition))
        voids = {voided_by(r.key or b"") for r in pending.committed()}
        for offset, entry in enumerate(log.entries):
            record, txn = entry.record, entry.txn
            if record is None or txn is None or not txn.is_committed(tp):
                continue
            mark = mark_of(record)
            if mark is None or (mark.incarnation, mark.seq) in voids:
                continue
            if txn.is_torn(tp.partition, mark):
                return offset
        return len(log.entries)

    # Transactions.

    def initialise(self, transactional_id: str) -> int:
        """A producer of this id begins: older ones are fenced, what they left open is aborted."""
        txn = self.open.get(transactional_id)
        if txn is not None:
            self.end(txn, commit=False)
        self.epochs[transactional_id] = self.epochs.get(transactional_id, 0) + 1
        return self.epochs[transactional_id]

    def check(self, transactional_id: str, epoch: int) -> None:
        """Raise FatalError for a fenced producer."""
        if self.epochs[transactional_id] != epoch:
            raise FatalError("fenced")

    def produce(self, transactional_id: str, epoch: int, records: list[OutRecord]) -> None:
        """Records of the open transaction, which begins with the first of them."""
        self.check(transactional_id, epoch)
        txn = self._txn(transactional_id, epoch)
        for record in records:
            self.append(record, txn)

    def send_offsets(
        self,
        transactional_id: str,
        epoch: int,
        offsets: dict[TopicPartition, tuple[int, str]],
        *,
        is_member: bool,
        generation: int,
    ) -> None:
        """Input offsets, refused under a generation of the past."""
        self.check(transactional_id, epoch)
        if not offsets:
            return  # Nothing is sent, so nobody looks at the generation.
        if not is_member or generation != self.generation:
            raise AbortableError("ILLEGAL_GENERATION")
        self._txn(transactional_id, epoch).offsets.update(offsets)

    def commit(self, transactional_id: str, epoch: int, *, marked: bool = True) -> None:
        """Commit what is open. Not `marked`: its offsets stay in doubt."""
        self.check(transactional_id, epoch)
        txn = self.open.get(transactional_id)
        if txn is not None:
            self.end(txn, commit=True, marked=marked)

    def abort(self, transactional_id: str, epoch: int) -> None:
        """Abort what is open."""
        self.check(transactional_id, epoch)
        txn = self.open.get(transactional_id)
        if txn is not None:
            self.end(txn, commit=False)

    def settle(self, transactional_id: str, records: list[OutRecord]) -> None:
        """The producer commits `records`; then a transaction that sent an offset aborts."""
        if records:
            self.produce(transactional_id, self.epochs[transactional_id], records)
            self.commit(transactional_id, self.epochs[transactional_id])
        self.unmarked.pop(transactional_id, None)

    def end(
        self,
        txn: Txn,
        *,
        commit: bool,
        marked: bool = True,
        unmarked: frozenset[TopicPartition] = frozenset(),
    ) -> None:
        """Write the markers, but not to the offsets if not `marked`, nor to those `unmarked`."""
        txn.state = "committed" if commit else "aborted"
        self.last[txn.id] = commit
        txn.unmarked = txn.partitions & unmarked
        for tp in sorted(txn.partitions - unmarked):
            self.log(tp).entries.append(Entry(None, None))
            for older in self.hanging.get(txn.id, ()):
                if tp in older.unmarked:  # One marker decides all that hangs there.
                    older.unmarked.remove(tp)
                    older.late_marks[tp] = commit
        if txn.unmarked:
            self.hanging.setdefault(txn.id, []).append(txn)
        if txn.offsets:  # One marker decides all that this producer has sent.
            offsets = {**_offsets(self.unmarked.pop(txn.id, None)), **txn.offsets}
            if not marked:
                txn.offsets = offsets
                self.unmarked[txn.id] = txn
            elif commit:
                self._move(offsets)
        del self.open[txn.id]
        self.version += 1

    def ended_well(self, transactional_id: str) -> bool:
        """The last transaction of an id was committed: to commit it again is no error."""
        return self.last.get(transactional_id, True)

    def in_doubt(self, tp: TopicPartition) -> bool:
        """A transaction whose end is not marked sent an offset of it."""
        undecided = (*self.open.values(), *self.unmarked.values())
        return any(tp in txn.offsets for txn in undecided)

    def _move(self, offsets: dict[TopicPartition, tuple[int, str]]) -> None:
        for tp, offset in offsets.items():
            if tp in self.offsets:
                self.older_offsets[tp] = self.offsets[tp]
            self.offsets[tp] = offset

    def _txn(self, transactional_id: str, epoch: int) -> Txn:
        txn = self.open.get(transactional_id)
        if txn is None:
            txn = self.open[transactional_id] = Txn(transactional_id, epoch, self.now_ms)
        return txn

    # The group.

    def join(self, instance: str, token: object) -> None:
        """A process of `instance` joins; an earlier one of the same instance is fenced."""
        known = self.members.get(instance)
        if known is None:
            self.members[instance] = Member(instance, token, self.now_ms)
            self.regroup()
        else:
            # Static: its partitions are still its own, to be taken over by the new process.
            known.token, known.seen_ms, known.owned = token, self.now_ms, set()

    def leave(self, instance: str) -> None:
        """A member is gone."""
        del self.members[instance]
        self.regroup()

    def leave_in_order(self, instance: str, token: object) -> None:
        """The process says that it goes, if it still is the member."""
        if self.member(instance, token) is not None:
            self.leave(instance)

    def regroup(self) -> None:
        """Everybody has to join again."""
        self.generation += 1
        self.version += 1

    def member(self, instance: str, token: object) -> Member | None:
        """The member, if this process still is it."""
        found = self.members.get(instance)
        return found if found is not None and found.token is token else None

    def wanted(self, instance: str) -> set[TopicPartition]:
        """The anchors that a member should own."""
        order = sorted(self.members)
        return {a for i, a in enumerate(self.anchors) if order[i % len(order)] == instance}

    def free(self, anchor: TopicPartition, instance: str) -> bool:
        """Nobody else owns it."""
        return not any(anchor in m.owned for m in self.members.values() if m.instance != instance)
