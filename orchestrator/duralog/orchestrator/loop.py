"""The partition loop of one slot: a generator that yields what the broker is to do (DESIGN 5).

One turn: poll; take in or leave partitions; step the recoveries; then transactions until the input
is used up. One transaction: decode and process inputs and due entries into the overlay; begin,
produce, flush, send offsets, commit; one write per unit's Store; then the replies.

Whatever goes wrong before the commit is undone: the overlay is dropped, the inputs are sought
back, the next batch is half as large. FatalError leaves the loop, and the slot exits: what the
commit did is then for recovery to find out.

A crash is interesting at these points; `DURALOG_CRASH_AT=name` ends the process there:

| point | the log holds | the Store holds | so the next open |
|---|---|---|---|
| before-begin | nothing new | nothing new | does the batch again |
| after-produce | part of an open transaction | nothing new | aborts it, does it again |
| after-flush | all of an open transaction | nothing new | aborts it, does it again |
| after-send-offsets | the same, offsets in doubt | nothing new | aborts it, does it again |
| after-commit | the transaction | nothing new | folds it from the changelogs |
| between-writes | the transaction | some units' part | folds the rest |
| after-write | the transaction | all of it | goes on; who asked asks again |
| after-reply | the transaction | all of it | goes on |
| recovery-… | see recovery.py | behind the log | recovers again |
"""

from collections.abc import Callable, Generator
from typing import Any, Final

from structlog.typing import FilteringBoundLogger

from duralog.connectors.broker import (
    Abort,
    AbortableError,
    Begin,
    Checkpoint,
    CloseReader,
    Commit,
    Effect,
    Extent,
    FatalError,
    Flush,
    OutRecord,
    Poll,
    Polled,
    Produce,
    ReadExtents,
    Record,
    RecordError,
    Resume,
    Seek,
    Send,
    SendOffsets,
    TopicPartition,
)
from duralog.orchestrator.batch import Work, transaction_offsets, transaction_records
from duralog.orchestrator.doubt import Fenced, end_own
from duralog.orchestrator.due import waiting_queues
from duralog.orchestrator.inputs import Intake
from duralog.orchestrator.marker import Marker
from duralog.orchestrator.outbox import Outbox
from duralog.orchestrator.partitions import Status, Unit, open_unit, step_over
from duralog.orchestrator.queue_topics import QueueTopics
from duralog.orchestrator.recovery import Recovery, recover
from duralog.orchestrator.resume import RecoveryRefused
from duralog.orchestrator.settings import LoopSettings
from duralog.schemas.topics import TopicNames
from duralog.state.store import Disk

Turns = Generator[Effect, Any, None]
_ABORT_WAIT_MS: Final = 20  # After an abort: the same again at once would only be refused again.


def partition_loop(
    settings: LoopSettings,
    *,
    disk: Disk,
    marker: Marker,
    log: FilteringBoundLogger,
    monotonic_ms: Callable[[], int],
    on_ready: Callable[[list[Unit]], None] = lambda _: None,
    units: dict[TopicPartition, Unit] | None = None,
) -> Turns:
    """The loop of one slot. It ends when its driver closes it, at a Poll, or with FatalError.

    on_ready: gets the units, served or refused, whenever none is recovering and they have changed.
    units: by anchor, kept by the loop, for who looks on; empty.
    """
    loop = Loop(settings, disk=disk, marker=marker, log=log, monotonic_ms=monotonic_ms)
    loop.on_ready = on_ready
    loop.units = loop.units if units is None else units
    try:
        yield from end_own(settings, log)
        yield from loop.turns()
    finally:
        loop.close()


class Loop:
    """Everything that lives between two turns."""

    def __init__(
        self,
        settings: LoopSettings,
        *,
        disk: Disk,
        marker: Marker,
        log: FilteringBoundLogger,
        monotonic_ms: Callable[[], int],
    ) -> None:
        self.settings = settings
        self.disk = disk
        self.log = log
        self.monotonic_ms = monotonic_ms
        self.intake = Intake(settings, marker=marker, log=log)
        known: dict[str, set[tuple[str, str]]] = {n: set() for n in settings.namespaces}
        self.topics = QueueTopics(known=known, ready=self.intake.ready, log=log)
        self.namespaces = {
            TopicNames(prefix=settings.prefix, namespace=n).of("requests"): n
            for n in settings.namespaces
        }
        self.units: dict[TopicPartition, Unit] = {}  # By anchor.
        self.owners: dict[TopicPartition, Unit] = {}  # By input, of those that are ready.
        self.recoveries: dict[TopicPartition, Recovery] = {}  # By anchor.
        self.records_max = settings.records_max
        self.on_ready: Callable[[list[Unit]], None] = lambda _: None
        self._changed = False  # Which units are served, since it was told.
        self.incarnation = 0  # Of the producer, in the last transaction.
        self.aborts = 0  # In a row.
        self.fenced: Fenced = {}
        self.parts = False  # Told to stop.
        self.now_ms = 0

    def turns(self) -> Turns:
        """Turn after turn, until the driver is told to stop."""
        while True:
            polled: Polled = yield Poll(self._wait_ms(), self.records_max, self.settings.bytes_max)
            if polled.is_last:
                yield from self._part()
                return
            self.intake.clock.hear(polled.now_ms, self.monotonic_ms(), polled.records)
            self.now_ms = self.intake.clock.now_ms
            for unit in self._ready_units():
                unit.polled = True
            for anchor in (*polled.revoked, *polled.lost):
                yield from self._leave(anchor)
            for anchor in polled.assigned:
                self._enter(anchor)
            yield from self._recover(polled.now_ms)
            for topic in polled.topics_ready:
                self.topics.is_there(topic)
            yield from self._serve(polled)
            yield from self._ask_clock()
            self._tell_ready()

    def close(self) -> None:
        """Release the Stores. Nothing is written: what is committed was written at once."""
        for unit in self.units.values():
            unit.store.close()

    # Partitions come and go.

    def _enter(self, anchor: TopicPartition) -> None:
        if anchor.partition >= self.settings.partitions:
            # Clients hash by the new number already: whatever we do now may be done twice.
            raise FatalError(f"{anchor.topic!r} has more partitions than when this slot started")
        namespace, disk = self.namespaces[anchor.topic], self.disk
        known = self.topics.known[namespace]
        unit = open_unit(anchor, namespace, self.settings, disk=disk, known=known)
        self.units[anchor] = unit
        log = self.log.bind(namespace=unit.namespace, partition=unit.partition)
        log.info("partition assigned", seq=unit.state.seq)
        steps = recover(unit, self.settings, disk, log, self.fenced)
        self.recoveries[anchor] = Recovery(steps)

    def _leave(self, anchor: TopicPartition) -> Turns:
        unit = self.units.pop(anchor, None)
        if unit is None:
            return
        recovery = self.recoveries.pop(anchor, None)
        if recovery is not None:
            recovery.steps.close()
        for tp in unit.inputs:
            self.owners.pop(tp, None)
        self._changed = True
        unit.store.close()
        self.log.info("partition left", namespace=unit.namespace, partition=unit.partition)
        if unit.reader is not None:
            yield CloseReader(unit.reader)

    def _recover(self, now_ms: int) -> Turns:
        """Step each recovery until it pauses."""
        for anchor, recovery in list(self.recoveries.items()):
            unit = self.units[anchor]
            try:
                done = yield from recovery.step(now_ms)
                if done:
                    del self.recoveries[anchor]
                    yield from self._ready(unit)
            except RecoveryRefused as refusal:
                del self.recoveries[anchor]
                unit.status, unit.cause = Status.REFUSED, str(refusal)
                self._changed = True
                where = {"namespace": unit.namespace, "partition": unit.partition}
                self.log.critical("partition refused", cause=unit.cause, **where)

    def _ready(self, unit: Unit) -> Turns:
        yield Resume(dict(unit.offsets))
        unit.status, unit.claim, self._changed = Status.READY, True, True
        self.owners.update(dict.fromkeys(unit.inputs, unit))
        yield from self.topics.want(unit, waiting_queues(unit.state))
        self.log.info(
            "partition ready",
            namespace=unit.namespace,
            partition=unit.partition,
            seq=unit.state.seq,
        )

    def _tell_ready(self) -> None:
        """After the first transaction, which names us in the anchor's metadata."""
        if self._changed and not self.recoveries:
            self._changed = False
            self.on_ready(list(self.units.values()))

    def _wait_ms(self) -> int:
        """How long the next poll may wait for input."""
        if self.recoveries:
            return min(r.wait_ms for r in self.recoveries.values())
        if self.aborts:
            return _ABORT_WAIT_MS
        wait_ms = self.settings.idle_wait_ms
        for unit in self._ready_units():
            due_ms = unit.state.next_due_ms()
            if due_ms is not None:
                wait_ms = min(wait_ms, max(0, due_ms - self.now_ms))
            if unit.claim:
                wait_ms = 0
        return 0 if self.intake.has_work() else wait_ms

    def _ready_units(self) -> list[Unit]:
        return [u for u in self.units.values() if u.status is Status.READY]

    # Transactions.

    def _serve(self, polled: Polled) -> Turns:
        """Transactions until `polled` is used up, or one aborts."""
        rest = [r for r in polled.records if TopicPartition(r.topic, r.partition) in self.owners]
        while True:
            works: dict[TopicPartition, Work] = {}
            try:
                rest = self._process(works, rest, drained=polled.requests_drained)
                if acting := [w for w in works.values() if w.acts]:
                    yield from self._transact(acting)
                self.intake.done()
            except AbortableError as error:
                yield from self._undo(works, polled.records, error)
                step_over(self.owners, polled.ends, besides=polled.records)  # Told only once.
                return
            if not rest:
                step_over(self.owners, polled.ends)
                return

    def _process(
        self, works: dict[TopicPartition, Work], records: list[Record], *, drained: bool
    ) -> list[Record]:
        """Inputs and due entries into the overlay, within the caps; returns the records left."""
        began_ms = self.monotonic_ms()
        units = self._ready_units()
        for unit in units:
            works[unit.anchor] = Work(unit=unit, out=Outbox())
            unit.claim = unit.claim or unit.is_claim_due(self.now_ms)
        self.intake.internal(works, self.now_ms)
        rest: list[Record] = []
        at = 0
        for record in records:
            unit = self.owners[TopicPartition(record.topic, record.partition)]
            alone = self.intake.stands_alone(record)
            if not (alone and at > 0):
                self.intake.record(works[unit.anchor], record, self.now_ms)
                at += 1
            if alone or self.monotonic_ms() - began_ms >= self.settings.apply_ms_max:
                rest = records[at:]
                break
        if self.records_max > 1 or not records:
            # At most one thing in a batch of one: whatever aborts it is then known.
            limit = min(self.settings.due_max // max(1, len(units)) + 1, self.records_max)
            first = self.aborts % max(1, len(units))
            for unit in units[first:] + units[:first]:
                caught_up = drained and not rest and unit.polled
                until_ms = self.now_ms if caught_up else unit.received_time_ms
                self.intake.due(works[unit.anchor], min(until_ms, self.now_ms), limit, self.now_ms)
                if self.records_max == 1 and works[unit.anchor].inputs:
                    break
        return rest

    def _transact(self, works: list[Work]) -> Turns:
        """One transaction: DESIGN 5, steps 3 and 4. The order of these lines is the design."""
        for work in works:
            work.close(self.now_ms, interval_ms=self.settings.positions_interval_ms)
        yield Checkpoint("before-begin")
        self.incarnation = yield Begin()
        records = transaction_records(works, self.incarnation)
        own = self.settings.transactional_id
        offsets = transaction_offsets(works, own, self.incarnation, leaves=self.parts)
        if letters := [letter for work in works for letter in work.letters]:
            # First: changelogs that are whole prove that these have arrived.
            yield Produce(letters)
            yield Flush()
        if records:
            yield Produce(records)
            yield Checkpoint("after-produce")
            yield Flush()
        yield Checkpoint("after-flush")
        yield SendOffsets(offsets)
        yield Checkpoint("after-send-offsets")
        yield Commit()
        yield Checkpoint("after-commit")
        for work in works:
            work.written(self.now_ms, self.incarnation)
            yield Checkpoint("between-writes")
        yield Checkpoint("after-write")
        yield from self._after(works)
        self.aborts = 0
        self.records_max = min(self.records_max * 2, self.settings.records_max)

    def _part(self) -> Turns:
        """Say in the anchors that nothing of ours is under way: who follows need not end us."""
        self.parts = True
        works = [Work(unit=unit, out=Outbox()) for unit in self._ready_units()]
        try:
            if works:
                yield from self._transact(works)
        except AbortableError:
            yield Abort()
        except FatalError as error:  # We end anyway, and who follows will end us.
            self.log.warning("left without a word in the anchors", cause=str(error))

    def _after(self, works: list[Work]) -> Turns:
        """What follows a commit, best effort: replies, and topics that somebody waits for."""
        replies = [
            OutRecord(work.unit.names.of("inbox"), answer.partition, answer.key, answer.value)
            for work in works
            for answer in work.out.replies
        ]
        if replies:
            yield Send(replies)
            yield Checkpoint("after-reply")
        for work in works:
            yield from self.topics.want(work.unit, work.out.ensure_topics)
            if work.is_time:
                yield from self._note_scan(work.unit)

    def _ask_clock(self) -> Turns:
        """What the broker's clock says to a request that we send ourselves: first, now and then."""
        served = [unit for unit in self._ready_units() if not unit.claim]
        if served and self.intake.clock.is_to_be_asked():
            ping = self.intake.clock.ping(self.incarnation)
            yield Send([OutRecord(*served[0].anchor, b"clock", ping)])

    def _note_scan(self, unit: Unit) -> Turns:
        """Now and then: the next recovery need not read what is decided now, for we wrote it."""
        extents: dict[TopicPartition, Extent] = yield ReadExtents(list(unit.changelogs))
        unit.ends = {kind: extents[tp].stable for tp, kind in unit.changelogs.items()}
        unit.state.scan_offsets.update(unit.ends)  # Written with the next state.

    def _undo(
        self, works: dict[TopicPartition, Work], records: list[Record], error: AbortableError
    ) -> Turns:
        """Abort: drop the overlay, read the inputs again, in a batch of half the size."""
        yield Abort()
        self.aborts += 1
        self.log.warning(
            "transaction aborted",
            cause=str(error),
            error=type(error).__name__,
            in_a_row=self.aborts,
            batch=self.records_max,
        )
        for work in works.values():
            work.undo(self.incarnation)
        if inputs := {TopicPartition(r.topic, r.partition) for r in records} & self.owners.keys():
            yield Seek({tp: self.owners[tp].offsets[tp] for tp in inputs})
        if isinstance(error, RecordError):
            self._blame(works, error)
        self.records_max = max(1, min(self.records_max, len(records) or self.records_max) // 2)

    def _blame(self, works: dict[TopicPartition, Work], error: RecordError) -> None:
        """A record cannot be written: its topic is gone, or its run asked for the impossible."""
        for work in works.values():
            for message in work.out.messages:
                kind, queue = message.kind, message.queue
                if error.is_missing and self.topics.is_gone(work.unit, kind, queue, error.topic):
                    return
        if sum(work.inputs for work in works.values()) == 1:
            self.intake.blame(error)
