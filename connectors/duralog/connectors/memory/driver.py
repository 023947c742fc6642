"""Performs a partition loop's effects on a MemoryBroker, one at a time.

Whoever steps it may crash, delay or reorder. `step` performs the effect that the loop waits for. A
hook sees each effect first and may answer with a Fault.
"""

import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from duralog.connectors.broker import (
    Abort,
    AbortableError,
    Begin,
    Checkpoint,
    CloseReader,
    Commit,
    Effect,
    EnsureTopic,
    Extent,
    FatalError,
    Fence,
    Flush,
    IsLive,
    OpenReader,
    OutRecord,
    Poll,
    Polled,
    Produce,
    ReadAnchor,
    ReadExtents,
    ReadMore,
    ReadOffsets,
    ReadResult,
    Record,
    RecordError,
    Resume,
    Seek,
    Send,
    SendOffsets,
    TopicPartition,
    settling_records,
)
from duralog.connectors.memory.broker import MemoryBroker, RecordTooLargeError, UnknownTopicError
from duralog.schemas.topics import TopicNames

Loop = Generator[Effect, Any, None]


@dataclass(slots=True, frozen=True, kw_only=True)
class Fault:
    """What goes wrong with an effect. is_performed: it happens, only the answer is lost."""

    error: AbortableError | FatalError
    is_performed: bool = False


def _no_fault(_: Effect) -> Fault | None:
    return None


class MemoryDriver:
    """Runs one slot's loop in memory.

    effect: what the loop waits for; None before `start` and after its end.
    """

    def __init__(
        self,
        broker: MemoryBroker,
        *,
        names: list[TopicNames],
        slot: str,
        hook: Callable[[Effect], Fault | None] = _no_fault,
    ) -> None:
        self._broker = broker
        self._group = f"{names[0].prefix}.engine"
        self.transactional_id = f"{self._group}.{slot}"
        self._anchors = {n.of("requests") for n in names}
        self._inputs = {
            n.of(kind): n.of("requests") for n in names for kind in ("transfers", "ingress")
        }
        self._ingress = {n.of("ingress") for n in names}
        self._hook = hook
        self.effect: Effect | None = None
        self._loop: Loop | None = None
        self._stopping = threading.Event()
        self._epoch = self._incarnation = 0
        self._dirty = True
        self._refused: RecordError | None = None
        self._positions: dict[TopicPartition, int] = {}
        self._topics_ready: list[str] = []
        self._readers: dict[int, dict[TopicPartition, int]] = {}
        self._handle_last = 0
        self._poll_began_ms = 0
        self._handlers = self._table()

    def _table(self) -> dict[type, Callable[[Any], object]]:
        return {
            Poll: self._poll,
            Resume: self._resume,
            Seek: self._seek,
            EnsureTopic: self._ensure_topic,
            Begin: self._begin,
            Produce: self._produce,
            Flush: self._flush,
            SendOffsets: self._send_offsets,
            Commit: self._commit,
            Abort: self._abort,
            Send: self._send,
            ReadAnchor: self._read_anchor,
            ReadOffsets: self._read_offsets,
            ReadExtents: self._read_extents,
            IsLive: self._is_live,
            Fence: self._fence,
            OpenReader: self._open_reader,
            ReadMore: self._read_more,
            CloseReader: self._close_reader,
            Checkpoint: self._checkpoint,
        }

    # Life.

    def start(self, loop: Loop) -> None:
        """Fence an earlier process of this slot, join the group, run to the first effect."""
        self._initialise()
        self._member = self._broker.join(
            self._group, instance=self.transactional_id, topics=frozenset(self._anchors)
        )
        self._loop = loop
        self._advance(None, None)

    def step(self) -> bool:
        """Perform one effect. False: the loop is in a Poll that brings nothing before `wake_ms`."""
        effect = self.effect
        assert effect is not None, "the loop has ended, or was not started"
        if isinstance(effect, Poll) and self.is_blocked:
            return False
        fault = self._hook(effect)
        try:
            if fault is not None and not fault.is_performed:
                raise fault.error
            result = self._handlers[type(effect)](effect)
            if fault is not None:
                raise fault.error
        except (AbortableError, FatalError) as error:
            self._dirty = True
            self._advance(None, error)
        else:
            self._advance(result, None)
        return True

    def crash(self) -> None:
        """The process dies as after kill -9: what it left open stays open, its session runs out."""
        self._broker.silence(self._member)
        self.effect = self._loop = None

    def stop(self) -> None:
        """End `run` at its next Poll. Any thread."""
        self._stopping.set()
        with self._broker.changed:
            self._broker.changed.notify_all()

    def run(self, loop: Loop) -> None:
        """Step until the loop ends or `stop` is called; for a thread of its own.

        Raises what the loop raises.
        """
        self.start(loop)
        try:
            while self.effect is not None:
                if self._stopping.is_set() and isinstance(self.effect, Poll):
                    return
                if not self.step():
                    self._broker.wait(lambda: self._stopping.is_set() or not self.is_blocked, 100)
        finally:
            loop.close()
            self._broker.leave(self._group, self._member)

    @property
    def wake_ms(self) -> int:
        """When the Poll that the loop is in ends by itself."""
        assert isinstance(self.effect, Poll)
        return self._poll_began_ms + self.effect.wait_ms

    @property
    def is_blocked(self) -> bool:
        """True while the loop is in a Poll that brings nothing yet."""
        if not isinstance(self.effect, Poll) or self._broker.clock.now_ms() >= self.wake_ms:
            return False
        broker, member = self._broker, self._member
        return not (
            self._topics_ready
            or broker.revoked(self._group, member)
            or broker.assignable(self._group, member)
            or any(broker.has_more(tp, at) for tp, at in self._positions.items())
        )

    def _advance(self, result: object, error: AbortableError | FatalError | None) -> None:
        assert self._loop is not None
        try:
            self.effect = self._loop.send(result) if error is None else self._loop.throw(error)
        except StopIteration:
            self.effect = None
        except BaseException:
            self.effect = None
            raise
        self._poll_began_ms = self._broker.clock.now_ms()

    # Group and input.

    def _poll(self, effect: Poll) -> Polled:
        polled = Polled(now_ms=self._broker.clock.now_ms())
        revoked = self._broker.revoked(self._group, self._member)
        if revoked:
            self._drop(revoked)
            (polled.lost if self._member.is_out else polled.revoked).extend(revoked)
        if self._member.is_out:  # As a consumer does that missed its session: it joins anew.
            self._member = self._broker.join(
                self._group, instance=self.transactional_id, topics=frozenset(self._anchors)
            )
        polled.assigned = self._broker.assignable(self._group, self._member)
        self._broker.take(self._member, polled.assigned)
        polled.topics_ready, self._topics_ready = self._topics_ready, []
        ingress = [tp for tp in sorted(self._positions) if tp.topic in self._ingress]
        others = [tp for tp in sorted(self._positions) if tp.topic not in self._ingress]
        self._take(others, polled.records, effect.records_max, effect.bytes_max)
        room = min(effect.records_max // 2 or 1, effect.records_max - len(polled.records))
        self._take(ingress, polled.records, len(polled.records) + room, effect.bytes_max // 2)
        extents = {tp: self._broker.extent(tp) for tp in self._positions}
        polled.requests_drained = all(
            at >= extents[tp].end for tp, at in self._positions.items() if tp.topic in self._anchors
        )
        polled.ends = {
            tp: at
            for tp, at in self._positions.items()
            if tp.topic not in self._anchors and at >= extents[tp].stable
        }
        return polled

    def _take(
        self, inputs: list[TopicPartition], records: list[Record], records_max: int, bytes_max: int
    ) -> None:
        for tp in inputs:
            if len(records) >= records_max:
                return
            found, self._positions[tp] = self._broker.read(
                tp, self._positions[tp], records_max=records_max - len(records), bytes_max=bytes_max
            )
            records.extend(found)

    def _drop(self, anchors: list[TopicPartition]) -> None:
        """Stop to read these anchors and the inputs that go with them."""
        for tp in list(self._positions):
            if self._anchor(tp) in anchors:
                del self._positions[tp]
        self._broker.give_up(self._member, anchors)

    def _anchor(self, tp: TopicPartition) -> TopicPartition:
        if tp.topic in self._anchors:
            return tp
        anchor = self._inputs[tp.topic]
        return TopicPartition(anchor, tp.partition % self._broker.partitions(anchor))

    def _resume(self, effect: Resume) -> None:
        anchors = {tp for tp in effect.offsets if tp.topic in self._anchors}
        assert anchors <= self._member.owned, "not assigned to this slot"
        self._positions.update(effect.offsets)

    def _seek(self, effect: Seek) -> None:
        for tp, offset in effect.offsets.items():
            if tp in self._positions:
                self._positions[tp] = offset

    def _ensure_topic(self, effect: EnsureTopic) -> None:
        anchor = f"{effect.topic.split(f'.{effect.kind}')[0]}.requests"
        self._broker.create_queue_topic(effect.topic, effect.kind, anchor)
        self._topics_ready.append(effect.topic)

    # Transactions.

    def _initialise(self) -> None:
        self._epoch, self._incarnation = self._broker.initialise(self.transactional_id)
        self._dirty = False

    def _begin(self, _: Begin) -> int:
        if self._dirty:
            self._initialise()
        self._refused = None
        return self._incarnation

    def _produce(self, effect: Produce) -> None:
        for record in effect.records:
            try:
                self._broker.produce(self.transactional_id, self._epoch, [record])
            except RecordTooLargeError as error:
                raise RecordError(str(error), topic=record.topic) from None
            except UnknownTopicError as error:  # Kafka tells it only when it has tried.
                refused = RecordError(str(error), topic=record.topic, is_missing=True)
                self._refused = self._refused or refused

    def _flush(self, _: Flush) -> None:
        if self._refused is not None:
            raise self._refused

    def _send_offsets(self, effect: SendOffsets) -> None:
        self._broker.send_offsets(
            self.transactional_id,
            self._epoch,
            group=self._group,
            member=self._member,
            offsets=effect.offsets,
        )

    def _commit(self, _: Commit) -> None:
        self._broker.commit(self.transactional_id, self._epoch)

    def _abort(self, _: Abort) -> None:
        self._broker.abort(self.transactional_id, self._epoch)
        self._dirty = True

    def _send(self, effect: Send) -> None:
        for record in effect.records:
            self._send_one(record)

    def _send_one(self, record: OutRecord) -> None:
        try:
            self._broker.append(record)
        except (UnknownTopicError, RecordTooLargeError):
            return  # Best effort: who asked asks again.

    # Recovery.

    def _read_anchor(self, effect: ReadAnchor) -> tuple[int, str]:
        return self._broker.committed(self._group, effect.anchor)

    def _read_offsets(self, effect: ReadOffsets) -> dict[TopicPartition, int] | None:
        if any(self._broker.is_in_doubt(self._group, tp) for tp in effect.partitions):
            return None
        return {tp: self._broker.committed(self._group, tp)[0] for tp in effect.partitions}

    def _read_extents(self, effect: ReadExtents) -> dict[TopicPartition, Extent]:
        return {tp: self._broker.extent(tp) for tp in effect.partitions}

    def _is_live(self, effect: IsLive) -> bool:
        return self._broker.is_live(self._group, effect.transactional_id)

    def _fence(self, effect: Fence) -> None:
        epoch, _ = self._broker.initialise(effect.transactional_id)
        records = settling_records(effect.undecided)
        self._broker.produce(effect.transactional_id, epoch, records)
        self._broker.commit(effect.transactional_id, epoch)  # Nothing else is ever in doubt here.
        self._dirty = self._dirty or effect.transactional_id == self.transactional_id

    def _open_reader(self, effect: OpenReader) -> int:
        self._handle_last += 1
        self._readers[self._handle_last] = dict(effect.offsets)
        return self._handle_last

    def _read_more(self, effect: ReadMore) -> ReadResult:
        positions = self._readers[effect.handle]
        records: list[Record] = []
        for tp in sorted(positions.keys() - effect.held):
            found, positions[tp] = self._broker.read(
                tp, positions[tp], records_max=effect.records_max - len(records)
            )
            records.extend(found)
        finished = {tp for tp, at in positions.items() if at >= self._broker.extent(tp).stable}
        return ReadResult(records=records, finished=finished, positions=dict(positions))

    def _close_reader(self, effect: CloseReader) -> None:
        del self._readers[effect.handle]

    def _checkpoint(self, _: Checkpoint) -> None:
        """Nothing happens here by itself; the hook sees the name."""
