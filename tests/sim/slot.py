"""A slot process of the simulator: the real loop, its effects performed on the broken broker.

Each step performs one effect. Before and after it, the process may be killed, paused or told that
its commit has an unknown outcome; what survives is the disk, the marker and the broker.
"""

import random  # noqa: TID251 every draw comes from the seed
from collections.abc import Callable, Generator
from typing import Any

import structlog

from duralog.connectors.broker import (
    Abort,
    AbortableError,
    Begin,
    Checkpoint,
    CloseReader,
    Commit,
    Effect,
    EnsureTopic,
    FatalError,
    Fence,
    Flush,
    IsLive,
    OpenReader,
    Poll,
    Polled,
    Produce,
    ReadAnchor,
    ReadExtents,
    ReadMore,
    ReadOffsets,
    ReadResult,
    Resume,
    Seek,
    Send,
    SendOffsets,
    TopicPartition,
    settling_records,
)
from duralog.orchestrator.loop import partition_loop
from duralog.orchestrator.marker import MemoryMarker
from duralog.orchestrator.settings import LoopSettings
from duralog.schemas.topics import TopicNames
from duralog.state.store import StoreError
from sim import folds
from sim.broker import Broker
from sim.disk import SimDisk
from sim.faults import SKEW_MS, Counts, Faults
from sim.producer import Producer


class Killed(Exception):
    """The process is gone."""


class Slot:
    """One slot, over all its processes."""

    def __init__(
        self,
        settings: LoopSettings,
        *,
        broker: Broker,
        chance: random.Random,
        faults: Faults,
        counts: Counts,
        log: structlog.typing.FilteringBoundLogger,
    ) -> None:
        self.settings = settings
        self._names = TopicNames(prefix=settings.prefix, namespace=settings.namespaces[0])
        self.broker = broker
        self.chance = chance
        self.faults = faults
        self.counts = counts
        self.log = log
        self.disk = SimDisk(chance=chance, faults=faults, counts=counts)
        self.marker = MemoryMarker()
        self.wake_ms = broker.now_ms
        self.alive = False
        self.idle = False  # Anything that happens at the broker wakes it.
        self.effects = 0  # Performed or reached, over all its processes.
        self.skew_ms = 0  # Of its clock, against the broker's.
        self.hurt_ms = 0  # When it found damage on its disk last.
        self.did = ""  # The last effect, for the trace.
        self.violations: list[str] = []
        self.kill_at = -1  # Which of them to die at; -1: none.
        self._performers = self._table()

    def _table(self) -> dict[type, Callable[[Any], object]]:
        broker = self.broker
        return {
            Poll: self._poll,
            Resume: self._resume,
            Seek: lambda e: self._positions.update(e.offsets),
            EnsureTopic: self._ensure,
            Begin: lambda _: self._producer.begin(),
            Produce: lambda e: self._producer.staged.extend(e.records),
            Flush: lambda _: self._producer.flush(),
            SendOffsets: self._send_offsets,
            Commit: lambda _: self._producer.commit(),
            Abort: lambda _: self._producer.abort(),
            Send: self._send,
            ReadAnchor: lambda e: broker.offsets.get(e.anchor, (-1, "")),
            ReadOffsets: self._read_offsets,
            ReadExtents: lambda e: {tp: broker.extent(tp) for tp in e.partitions},
            IsLive: lambda e: e.transactional_id in broker.members,
            Fence: self._fence,
            OpenReader: self._open_reader,
            ReadMore: self._read_more,
            CloseReader: lambda e: self._readers.pop(e.handle),
            Checkpoint: lambda _: None,
        }

    def start(self) -> None:
        """A new process."""
        self.alive = True
        self.counts.add("starts")
        self._token = object()
        self.held: set[TopicPartition] = set()
        self._positions: dict[TopicPartition, int] = {}
        self._readers: dict[int, dict[TopicPartition, int]] = {}
        self._handles = 0
        self._ready_topics: list[str] = []
        self._pending: Effect | None = None
        self._poll_until_ms = 0
        self._result: object = None
        self._error: Exception | None = None
        self._producer = Producer(
            self.settings.transactional_id,
            broker=self.broker,
            chance=self.chance,
            faults=self.faults,
            counts=self.counts,
        )
        self.broker.join(self.settings.transactional_id, self._token)
        self._loop: Generator[Effect, Any, None] = partition_loop(
            self.settings,
            disk=self.disk,
            marker=self.marker,
            log=self.log,
            monotonic_ms=lambda: self.broker.now_ms,
        )

    def step(self) -> None:
        """One effect, or a wait."""
        broker, chance, faults = self.broker, self.chance, self.faults
        self.idle = False
        if not self.alive:
            self._damage()
            self.start()
        try:
            if self._pending is None:
                self._advance()
            while isinstance(self._pending, Checkpoint):  # Nothing but a place to die at.
                if self._dies():
                    raise Killed(f"at {self._pending.name}")
                self._result = self._error = None
                self._advance()
            effect = self._pending
            assert effect is not None
            if isinstance(effect, Poll) and not self._poll_is_over(effect):
                return
            if self._dies():
                raise Killed(f"before {type(effect).__name__}")
            # A pause just before a transaction is the one that makes zombies.
            if chance.random() < faults.pause * (5 if isinstance(effect, Begin) else 1):
                self.counts.add("pauses")
                self.wake_ms = broker.now_ms + chance.randint(100, 15_000)
                return
            self._pending, self._result, self._error = None, None, None
            self.did = type(effect).__name__
            self.wake_ms = broker.now_ms + chance.choice((0, 0, 1, 2))
            try:
                self._result = self._performers[type(effect)](effect)
            except (AbortableError, FatalError) as error:
                self._error = error
            if self._dies():
                raise Killed(f"after {type(effect).__name__}")
        except Killed as killed:
            self._die(str(killed))
        except (FatalError, StoreError) as error:
            self.counts.add("fatal exits")
            self.hurt_ms = broker.now_ms if isinstance(error, StoreError) else self.hurt_ms
            self._die(str(error))

    @property
    def rests(self) -> bool:
        """It is between two transactions, if it is at all."""
        return not self.alive or isinstance(self._pending, Poll)

    def _compare(self) -> None:
        """Its Stores and the log, when one has been brought up to it."""
        for partition in range(self.settings.partitions):
            store = self.disk.peek(f"{self._names.namespace}/{partition}")
            found = folds.stale(self.broker, self._names, partition, store)
            if found:
                self.violations.append(f"I11 partition {partition}: recovered otherwise: {found}")

    def _damage(self) -> None:
        """What happened to its machine while it was down."""
        chance, faults = self.chance, self.faults
        if chance.random() < faults.lost_store:
            self.disk.lose()
        if chance.random() < faults.power:
            self.disk.lose_power()
        if chance.random() < faults.flip:
            self.disk.turn_a_bit()
        if faults.skew and chance.random() < 0.5:
            self.counts.add("clocks set")
            self.skew_ms = chance.randint(-SKEW_MS, SKEW_MS)

    def _dies(self) -> bool:
        self.effects += 1
        return self.effects == self.kill_at or self.chance.random() < self.faults.kill

    def _advance(self) -> None:
        loop, error = self._loop, self._error
        try:
            self._pending = loop.send(self._result) if error is None else loop.throw(error)
        except StopIteration:
            self.broker.leave_in_order(self.settings.transactional_id, self._token)
            raise Killed("after its last transaction") from None
        if isinstance(self._pending, Poll):
            self._poll_until_ms = self.broker.now_ms + self._pending.wait_ms
        elif isinstance(self._pending, Checkpoint) and "before-resume" in self._pending.name:
            self._compare()

    def _die(self, cause: str) -> None:
        self.counts.add("deaths " + cause.split(":", maxsplit=1)[0])
        self.alive = False
        marked = self.marker.marked
        self._loop.close()
        self.marker.marked = marked
        self.wake_ms = self.broker.now_ms + self.chance.choice((500, 1_000, 3_000, 12_000))

    # Effects.

    def _poll_is_over(self, poll: Poll) -> bool:
        """There is something to bring, or the wait is over."""
        broker = self.broker
        if broker.now_ms >= self._poll_until_ms or self._ready_topics or self._has_news():
            return True
        if self.has_input():
            return True
        self.wake_ms = self._poll_until_ms
        self.idle = True
        return False

    def has_input(self) -> bool:
        """Something stands behind a position."""
        broker = self.broker
        return any(broker.log(tp).stable() > at for tp, at in self._positions.items())

    def _has_news(self) -> bool:
        me = self.broker.member(self.settings.transactional_id, self._token)
        if me is None or me.generation != self.broker.generation:
            return True
        wanted = self.broker.wanted(me.instance)
        return any(self.broker.free(a, me.instance) for a in wanted - me.owned)

    def _poll(self, poll: Poll) -> Polled:
        broker = self.broker
        me = broker.member(self.settings.transactional_id, self._token)
        polled = Polled(now_ms=broker.now_ms + self.skew_ms)
        if self.faults.stop and self.chance.random() < self.faults.stop:
            self.counts.add("orderly stops")
            polled.is_last = True
            return polled
        if me is None:
            if self.settings.transactional_id in broker.members:
                raise FatalError("FENCED_INSTANCE_ID")
            anchors = [tp for tp in self._positions if tp in broker.anchors]
            polled.lost = self._lose(set(anchors).union(self.held))
            self.held = set()
            broker.join(self.settings.transactional_id, self._token)
            return polled
        me.seen_ms = broker.now_ms
        if me.generation != broker.generation or self._has_news():
            me.generation = broker.generation
            wanted = broker.wanted(me.instance)
            gone = self.held - wanted
            if gone:
                polled.revoked = self._lose(gone)
                self.held -= gone
            me.owned = set(self.held)
            new = {a for a in wanted - self.held if broker.free(a, me.instance)}
            polled.assigned = sorted(new)
            self.held |= new
            me.owned |= new
        self._fill(polled, poll)
        if len(polled.records) > self.settings.records_max:
            self.violations.append(f"I14 a batch of {len(polled.records)} records")
        polled.topics_ready, self._ready_topics = self._ready_topics, []
        return polled

    def _fill(self, polled: Polled, poll: Poll) -> None:
        inputs = sorted(self._positions)
        self.chance.shuffle(inputs)
        for tp in inputs:
            room = poll.records_max - len(polled.records)
            is_ingress = tp.topic.endswith(".ingress")
            if is_ingress:
                room = min(room, max(1, poll.records_max // 2))
            if room <= 0:
                break
            take = self.chance.randint(1, room)  # A fetch may bring a part of what is there.
            records, at = self.broker.log(tp).read(self._positions[tp], take)
            polled.records += records
            self._positions[tp] = at
        polled.ends = self.broker.ends(self._positions)
        polled.requests_drained = all(
            len(self.broker.log(tp).entries) <= at
            for tp, at in self._positions.items()
            if tp in self.broker.anchors
        )

    def _lose(self, anchors: set[TopicPartition]) -> list[TopicPartition]:
        partitions = {a.partition for a in anchors}
        count = self.settings.partitions
        for tp in list(self._positions):
            if tp.partition % count in partitions:
                del self._positions[tp]
        return sorted(anchors)

    def _resume(self, effect: Resume) -> None:
        self._positions.update(effect.offsets)

    def _ensure(self, effect: EnsureTopic) -> None:
        self.broker.topics.add(effect.topic)
        self._ready_topics.append(effect.topic)

    def _send_offsets(self, effect: SendOffsets) -> None:
        member = self.broker.member(self.settings.transactional_id, self._token)
        generation = -1 if member is None else member.generation
        self._producer.send_offsets(effect.offsets, member, generation)

    def _send(self, effect: Send) -> None:
        for record in effect.records:
            if self.faults.kill and self.chance.random() < 0.02:
                self.counts.add("lost replies")
                continue
            self.broker.append(record)

    def _read_offsets(self, effect: ReadOffsets) -> dict[TopicPartition, int] | None:
        if any(self.broker.in_doubt(tp) for tp in effect.partitions):
            self.wake_ms = self.broker.now_ms + effect.wait_ms
            return None
        return {tp: self.broker.offsets.get(tp, (-1, ""))[0] for tp in effect.partitions}

    def _fence(self, effect: Fence) -> None:
        if effect.transactional_id != self.settings.transactional_id:
            self.counts.add("fenced owners")
            self.broker.initialise(effect.transactional_id)
        if effect.settles:
            self.broker.settle(effect.transactional_id, settling_records(effect.undecided))

    def _open_reader(self, effect: OpenReader) -> int:
        self._handles += 1
        self._readers[self._handles] = dict(effect.offsets)
        return self._handles

    def _read_more(self, effect: ReadMore) -> ReadResult:
        positions, result = self._readers[effect.handle], ReadResult([], set(), {})
        for tp in sorted(positions.keys() - effect.held):
            limit = self.chance.randint(1, 40)
            records, at = self.broker.log(tp).read(positions[tp], limit)
            positions[tp] = at
            result.records += records
            if at >= self.broker.log(tp).stable():
                result.finished.add(tp)
        result.positions = dict(positions)
        return result
