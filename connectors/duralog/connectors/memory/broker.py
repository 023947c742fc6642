"""Topics, transactions and consumer groups in memory. Deterministic; time is the clock's.

It models what correctness rests on: open transactions hide what is behind them, control records
take offsets, epochs fence producers, dead members own their partitions until their session ends,
group offsets are in doubt while a transaction that sent them is open. Nothing times out but in
`tick`. Threads may share it: every method locks.
"""

import threading
from collections.abc import Callable
from typing import Final

from duralog.connectors.broker import (
    AbortableError,
    Extent,
    FatalError,
    OutRecord,
    Record,
    TopicPartition,
)
from duralog.connectors.clock import Clock, VirtualClock
from duralog.connectors.memory.group import Group, Member
from duralog.connectors.memory.log import Log, Transaction
from duralog.connectors.topic_plan import TopicSizes, plan_topic, plan_topics
from duralog.schemas.topics import TOPIC_SIZE_BYTES_MAX, TopicNames

TRANSACTION_TIMEOUT_MS: Final = 6_000


class UnknownTopicError(Exception):
    """There is no such topic or partition."""


class RecordTooLargeError(Exception):
    """The record exceeds the topic's max.message.bytes."""


class MemoryBroker:
    """A cluster of one. `clock` gives LogAppendTime."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock: Clock = clock or VirtualClock()
        self.changed = threading.Condition(threading.RLock())
        self._topics: dict[str, list[Log]] = {}
        self._epochs: dict[str, int] = {}
        self._open: dict[str, Transaction] = {}
        self._groups: dict[str, Group] = {}
        self._incarnations = 0

    # Topics.

    def create_topic(self, name: str, partitions: int) -> bool:
        """True if it was missing."""
        with self.changed:
            if name in self._topics:
                return False
            self._topics[name] = [Log() for _ in range(partitions)]
            for group in self._groups.values():
                group.balance(self._all())
            return True

    def create_topics(self, names: TopicNames, sizes: TopicSizes) -> None:
        """All topics of a namespace."""
        for plan in plan_topics(names, sizes):
            self.create_topic(plan.name, plan.partitions)

    def create_queue_topic(self, topic: str, kind: str, anchor: str) -> bool:
        """A Task Queue's topic, sized like its namespace's anchor."""
        plan = plan_topic(kind, topic, TopicSizes(partitions=self.partitions(anchor)))
        return self.create_topic(topic, plan.partitions)

    def topics(self) -> list[str]:
        """The names of all topics."""
        with self.changed:
            return list(self._topics)

    def partitions(self, topic: str) -> int:
        """How many partitions a topic has; 0: it does not exist."""
        return len(self._topics.get(topic, ()))

    # Records.

    def append(self, out: OutRecord, transaction: Transaction | None = None) -> int:
        """Append one record; returns its offset."""
        with self.changed:
            tp = TopicPartition(out.topic, out.partition)
            log = self._log(tp)
            if len(out.value or b"") + len(out.key or b"") > TOPIC_SIZE_BYTES_MAX:
                raise RecordTooLargeError(f"{out.topic}: more than {TOPIC_SIZE_BYTES_MAX} bytes")
            headers: list[tuple[str, bytes | None]] | None = None
            if out.headers is not None:
                headers = [*out.headers]
            offset, now_ms = log.end, self.clock.now_ms()
            log.append(Record(*tp, offset, now_ms, out.key, out.value, headers), transaction)
            if transaction is not None:
                transaction.partitions.add(tp)
            self.changed.notify_all()
            return offset

    def read(
        self, tp: TopicPartition, start: int, *, records_max: int, bytes_max: int = 1 << 62
    ) -> tuple[list[Record], int]:
        """Committed records from `start`, and where to go on."""
        with self.changed:
            return self._log(tp).read(start, records_max=records_max, bytes_max=bytes_max)

    def has_more(self, tp: TopicPartition, start: int) -> bool:
        """True if there is a committed record from `start` on."""
        with self.changed:
            return self._log(tp).has_more(start)

    def records(self, topic: str, partition: int) -> list[Record]:
        """All committed records of a partition, for assertions."""
        return self.read(TopicPartition(topic, partition), 0, records_max=1 << 62)[0]

    def extent(self, tp: TopicPartition) -> Extent:
        """Offsets of a partition."""
        with self.changed:
            return self._log(tp).extent()

    def compact(self, tp: TopicPartition, before: int) -> int:
        """What the log cleaner may do at any time; returns how many records it dropped."""
        with self.changed:
            return self._log(tp).compact(before)

    # Transactions.

    def initialise(self, transactional_id: str) -> tuple[int, int]:
        """Fence earlier producers of the id, abort what they left open: epoch and incarnation."""
        with self.changed:
            self._epochs[transactional_id] = self._epochs.get(transactional_id, 0) + 1
            self._end(transactional_id, "aborted")
            self._incarnations += 1
            return self._epochs[transactional_id], self._incarnations

    def produce(self, transactional_id: str, epoch: int, records: list[OutRecord]) -> None:
        """Append to the open transaction, which the first call opens."""
        with self.changed:
            transaction = self._transaction(transactional_id, epoch)
            for record in records:
                self.append(record, transaction)

    def send_offsets(
        self,
        transactional_id: str,
        epoch: int,
        *,
        group: str,
        member: Member,
        offsets: dict[TopicPartition, tuple[int, str]],
    ) -> None:
        """Add group offsets to the open transaction; refused from who is no longer a member."""
        with self.changed:
            transaction = self._transaction(transactional_id, epoch)
            if member.is_out:
                raise AbortableError("UNKNOWN_MEMBER_ID: no longer a member of the group")
            transaction.offsets |= {(group, tp): offset for tp, offset in offsets.items()}

    def commit(self, transactional_id: str, epoch: int) -> None:
        """Commit what is open."""
        with self.changed:
            self._check(transactional_id, epoch)
            self._end(transactional_id, "committed")

    def abort(self, transactional_id: str, epoch: int) -> None:
        """Abort what is open."""
        with self.changed:
            self._check(transactional_id, epoch)
            self._end(transactional_id, "aborted")

    # Groups.

    def join(self, group: str, *, instance: str, topics: frozenset[str]) -> Member:
        """A new member of a group."""
        with self.changed:
            found = self._groups.setdefault(group, Group())
            member = found.join(instance=instance, topics=topics, all_=self._all())
            self.changed.notify_all()
            return member

    def leave(self, group: str, member: Member) -> None:
        """A member goes in order."""
        with self.changed:
            self._groups[group].leave(member, self._all())
            self.changed.notify_all()

    def silence(self, member: Member) -> None:
        """A member's process died or hangs: its session runs out."""
        with self.changed:
            member.silent_since_ms = self.clock.now_ms()

    def revoked(self, group: str, member: Member) -> list[TopicPartition]:
        """What a member has to give up now."""
        with self.changed:
            return self._groups[group].revoked(member)

    def assignable(self, group: str, member: Member) -> list[TopicPartition]:
        """What a member may take now."""
        with self.changed:
            return self._groups[group].assignable(member)

    def give_up(self, member: Member, partitions: list[TopicPartition]) -> None:
        """A member no longer owns these."""
        with self.changed:
            member.owned.difference_update(partitions)
            self.changed.notify_all()

    def take(self, member: Member, partitions: list[TopicPartition]) -> None:
        """A member owns these."""
        with self.changed:
            member.owned.update(partitions)

    def commit_offsets(self, group: str, offsets: dict[TopicPartition, int]) -> None:
        """Commit group offsets without a transaction."""
        with self.changed:
            found = self._groups.setdefault(group, Group())
            found.offsets |= {tp: (offset, "") for tp, offset in offsets.items()}

    def committed(self, group: str, tp: TopicPartition) -> tuple[int, str]:
        """Group offset, -1 for none, and metadata, whatever is in doubt."""
        with self.changed:
            found = self._groups.get(group)
            return found.offsets.get(tp, (-1, "")) if found else (-1, "")

    def is_in_doubt(self, group: str, tp: TopicPartition) -> bool:
        """True while an open transaction has sent an offset of this partition."""
        with self.changed:
            return any((group, tp) in t.offsets for t in self._open.values())

    def is_live(self, group: str, instance: str) -> bool:
        """True if a member of that instance is in the group."""
        with self.changed:
            found = self._groups.get(group)
            return found is not None and any(m.instance == instance for m in found.members)

    def is_read(self, topic: str) -> bool:
        """True if some group has a member that reads this topic."""
        with self.changed:
            return any(topic in m.topics for g in self._groups.values() for m in g.members)

    # Time.

    def tick(self) -> None:
        """End what has timed out: sessions of silent members, and transactions."""
        with self.changed:
            now_ms = self.clock.now_ms()
            for group in self._groups.values():
                group.expire(now_ms, self._all())
            for transactional_id, transaction in list(self._open.items()):
                if now_ms - transaction.began_ms > TRANSACTION_TIMEOUT_MS:
                    self._epochs[transactional_id] += 1
                    self._end(transactional_id, "aborted")
            self.changed.notify_all()

    def wait(self, until: Callable[[], bool], wait_ms: int) -> bool:
        """Block this thread, in real time, until something true happens; False when it did not."""
        with self.changed:
            return self.changed.wait_for(until, wait_ms / 1000)

    def _all(self) -> list[TopicPartition]:
        return [TopicPartition(t, p) for t, logs in self._topics.items() for p in range(len(logs))]

    def _log(self, tp: TopicPartition) -> Log:
        logs = self._topics.get(tp.topic)
        if logs is None or not 0 <= tp.partition < len(logs):
            raise UnknownTopicError(f"{tp.topic}[{tp.partition}]: unknown topic or partition")
        return logs[tp.partition]

    def _check(self, transactional_id: str, epoch: int) -> None:
        if self._epochs[transactional_id] != epoch:
            raise FatalError(f"{transactional_id} is fenced by a newer producer")

    def _transaction(self, transactional_id: str, epoch: int) -> Transaction:
        self._check(transactional_id, epoch)
        found = self._open.get(transactional_id)
        if found is None:
            found = Transaction(transactional_id=transactional_id, began_ms=self.clock.now_ms())
            self._open[transactional_id] = found
        return found

    def _end(self, transactional_id: str, state: str) -> None:
        """Decide the open transaction, if there is one, and write its markers."""
        found = self._open.pop(transactional_id, None)
        if found is None:
            return
        found.state = "committed" if state == "committed" else "aborted"
        for tp in sorted(found.partitions):
            self._log(tp).append(None, None)
        if found.state == "committed":
            for (group, tp), offset in found.offsets.items():
                self._groups.setdefault(group, Group()).offsets[tp] = offset
        self.changed.notify_all()
