"""A slot's transactional producer on the broken broker, as librdkafka is: without KIP-890.

A request may be held on a connection that is lost: the client sends it again on a new one and says
OK, and the held one arrives later, in the *next* transaction, if the producer is still the same.
Hence the dirty producer rule: after any sign of trouble it is built anew before the next begin.
"""

import random  # noqa: TID251 every draw comes from the seed

from duralog.connectors.broker import AbortableError, FatalError, OutRecord, TopicPartition
from duralog.schemas.topics import CHANGELOGS
from sim.broker import Broker, Late
from sim.faults import Counts, Faults

NARROW_RECORDS = 16  # Enough for most single inputs.


class Producer:
    """The producer of one process of a slot.

    rebuilds: whether the dirty producer rule is kept.
    """

    rebuilds = True

    def __init__(
        self,
        transactional_id: str,
        *,
        broker: Broker,
        chance: random.Random,
        faults: Faults,
        counts: Counts,
    ) -> None:
        self.id = transactional_id
        self.broker = broker
        self.chance = chance
        self.faults = faults
        self.counts = counts
        self.staged: list[OutRecord] = []
        self.epoch = broker.initialise(transactional_id)
        self._dirty = False

    def begin(self) -> int:
        """The producer's incarnation; built anew if dirty."""
        if self._dirty and self.rebuilds:
            self.broker.check(self.id, self.epoch)
            self.counts.add("producers rebuilt")
            self.epoch = self.broker.initialise(self.id)
        self._dirty = False
        self.broker.check(self.id, self.epoch)
        self.staged.clear()
        return self.epoch + 1_000 * int(self.id[-1])

    def flush(self) -> None:
        """Write what is staged."""
        staged, chance = self.staged, self.chance
        if chance.random() < self.faults.abort:
            self.counts.add("aborts")
            self._dirty = True
            if chance.random() < self.faults.late * 2:
                self._hold(records=tuple(staged))
            raise AbortableError("the flush failed")
        if self.broker.narrow and len(staged) > NARROW_RECORDS:
            self.counts.add("batches refused as too large")
            self._dirty = True
            raise AbortableError("too many records")
        if chance.random() < self.faults.tear and len(staged) > 1:
            # Nothing told of the trouble, and a delayed EndTxn commits this one in the middle.
            self.counts.add("torn transactions")
            part = chance.randint(1, len(staged) - 1)
            self.broker.produce(self.id, self.epoch, staged[:part])
            self.broker.commit(self.id, self.epoch)
            raise FatalError("INVALID_TXN_STATE")
        self.broker.produce(self.id, self.epoch, staged)
        staged.clear()

    def send_offsets(
        self, offsets: dict[TopicPartition, tuple[int, str]], member: object, generation: int
    ) -> None:
        """Input offsets, under the generation of just now."""
        self.broker.send_offsets(
            self.id, self.epoch, offsets, is_member=member is not None, generation=generation
        )
        if self.chance.random() < self.faults.late:
            self._hold(offsets=dict(offsets))

    def commit(self) -> None:
        """Commit; the outcome may be unknown, or marked in parts only."""
        chance, faults = self.chance, self.faults
        if chance.random() < faults.unknown_commit:
            self.counts.add("unknown commits")
            if chance.random() < 0.5:
                self.broker.commit(self.id, self.epoch)
            elif faults.unmarked:
                self._end_in_parts()
            raise FatalError("the outcome of the commit is unknown")
        if self.id not in self.broker.open and not self.broker.ended_well(self.id):
            raise FatalError("INVALID_TXN_STATE")  # Somebody aborted what we want to commit.
        marked = chance.random() >= faults.unmarked
        if not marked:
            self.counts.add("unmarked offsets")
        self.broker.commit(self.id, self.epoch, marked=marked)
        if chance.random() < faults.late:
            self._hold(commit=True)

    def abort(self) -> None:
        """Abort; librdkafka's producer is not trusted after it."""
        self.staged.clear()
        self._dirty = True
        self.broker.abort(self.id, self.epoch)
        if self.chance.random() < self.faults.late:
            self._hold(commit=False)

    def _hold(
        self,
        *,
        commit: bool | None = None,
        offsets: dict[TopicPartition, tuple[int, str]] | None = None,
        records: tuple[OutRecord, ...] = (),
    ) -> None:
        """A copy of a request is on its way on a connection that the client has given up."""
        self._dirty = True
        due_ms = self.broker.now_ms + self.chance.choice((0, 1, 2, 5, 20, 300))
        late = Late(due_ms, self.id, self.epoch, commit, offsets or {}, records)
        self.broker.late.append(late)
        self.counts.add(f"late {late.kind} held")

    def _end_in_parts(self) -> None:
        """The broker dies and comes back, and some changelogs are never marked."""
        txn = self.broker.open.get(self.id)
        if txn is not None:
            logs = [tp for tp in sorted(txn.partitions) if tp.topic.split(".")[-1] in CHANGELOGS]
            unmarked = frozenset(tp for tp in logs if self.chance.random() < 0.5)
            commit, marked = self.chance.random() < 0.5, self.chance.random() < 0.5
            if unmarked:
                self.counts.add("unmarked changelogs")
            if not marked:
                self.counts.add("unmarked offsets")
            self.broker.end(txn, commit=commit, marked=marked, unmarked=unmarked)
