"""How a unit becomes ready: its Store brought up to the log, its inputs placed (DESIGN 5).

A generator, which the loop steps one effect at a time, so that other units go on meanwhile; a
rebalance in the middle drops it between two effects. It yields effects, or PAUSE to be stepped
again at the next turn with the clock.

1. The anchor's metadata, read uncommitted, names who served the unit last.
2. It is fenced unless it lives, and what it left open is waited for.
3. The group's offsets are asked for until none is in doubt.
4. The changelogs are read to their ends, merged by (seq, index) and folded.
5. The inputs resume at the highest of four witnesses: group offset, Store, Positions record, and
   the input that a folded record names as its cause.

Crash points: recovery-before-fence, recovery-before-fold, recovery-between-writes,
recovery-before-resume. All leave a Store that is behind the log, never ahead; the next open begins
again where it stands.
"""

from collections.abc import Generator
from typing import Any, Final

from duralog.connectors.broker import (
    Checkpoint,
    CloseReader,
    Effect,
    Extent,
    OpenReader,
    ReadAnchor,
    ReadExtents,
    ReadMore,
    ReadResult,
    Record,
    TopicPartition,
)
from duralog.orchestrator.doubt import (
    PAUSE,
    Fenced,
    Logger,
    Pause,
    Steps,
    decided_extents,
    decided_offsets,
    fence_last_owner,
)
from duralog.orchestrator.merge import Change, Merge, Transaction
from duralog.orchestrator.partitions import KIND_OF_SOURCE, Unit, reopen_empty
from duralog.orchestrator.progress import Progress
from duralog.orchestrator.resume import RecoveryRefused, resume_offset, scan_start
from duralog.orchestrator.settings import LoopSettings
from duralog.orchestrator.witness import Witness, read_witness
from duralog.schemas.changelog import LEVEL_KEY, POSITIONS_KEY, TX_HEADER, unpack_mark
from duralog.schemas.codec import decode
from duralog.schemas.identifiers import partition_of
from duralog.schemas.topics import CHANGELOGS, DAY_MS
from duralog.schemas.transitions import Positions
from duralog.state import keys
from duralog.state.appliers.level import level_of
from duralog.state.folding import fold
from duralog.state.store import Disk, StoreError

READ_RECORDS_MAX: Final = 500  # About 10 ms of folding: other units wait that long at most.
_WORKFLOWS_LOOKED_AT: Final = 64  # That so many stay by chance is out of the question.
_AHEAD_RECORDS_MAX: Final = 20_000  # About 10 MB: brokers give of each topic, not in our order.
_LEADER_MS_MAX: Final = 30_000  # Until a new leader of a log knows its end.
_WRITE_RECORDS_MAX: Final = 1_000  # Folded between two writes of the Store: under 2,000 keys.


class Recovery:
    """A unit's recovery between two steps. wait_ms: until the next one makes sense."""

    __slots__ = ("steps", "wait_ms")

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.wait_ms = 0
        next(steps)  # To its first pause, which asks for the clock.

    def step(self, now_ms: int) -> Generator[Effect, Any, bool]:
        """Go on until it pauses; True when it is done. Raises RecoveryRefused."""
        result: object = now_ms
        while True:
            try:
                effect = self.steps.send(result)
            except StopIteration:
                return True
            if isinstance(effect, Pause):
                self.wait_ms = effect.wait_ms
                return False
            result = yield effect


def recover(unit: Unit, settings: LoopSettings, disk: Disk, log: Logger, fenced: Fenced) -> Steps:
    """Bring `unit` up to the log and set its `offsets`. Raises RecoveryRefused.

    fenced: shared by all units of a loop.
    """
    now_ms: int = yield PAUSE
    check_level(unit, settings)
    state = unit.state
    if state.time_ms and now_ms - state.time_ms > settings.lossless_ms:
        days = (now_ms - state.time_ms) / DAY_MS
        cause = f"unused for {days:.1f} days: tombstones it has not seen may be gone"
        log.warning("state set aside", cause=cause)
        reopen_empty(unit, disk, cause)
    if unit.state.scan_offsets:  # It has lived through the whole log: it knows all inputs.
        unit.recorded = set(unit.state.positions)
    yield from fence_last_owner(unit, log, settings, fenced)
    extents = yield from decided_extents(unit, settings, log)
    group = yield from decided_offsets(unit, settings, log)
    _, metadata = yield ReadAnchor(unit.anchor)
    witness = read_witness(metadata)
    yield Checkpoint("recovery-before-fold")
    yield from _fold_log(unit, extents, witness, settings, log)
    _require_own_workflows(unit, settings)
    inputs: dict[TopicPartition, Extent] = yield ReadExtents(list(unit.inputs))
    unit.offsets = {
        tp: resume_offset(unit, tp, group.get(tp, -1), inputs[tp], settings) for tp in unit.inputs
    }
    if witness.seq < unit.state.seq:
        unit.doubted_seq = witness.seq
        _read_again(unit, group, inputs, log)
    yield Checkpoint("recovery-before-resume")


def _require_own_workflows(unit: Unit, settings: LoopSettings) -> None:
    """Refuse state that was made with another number of partitions. Raises RecoveryRefused.

    After a change, half of all workflows or more belong to other partitions, so a few tell.
    """
    prefix = keys.current("")
    for key, _ in unit.state.scan(prefix, keys.end_of(prefix), _WORKFLOWS_LOOKED_AT):
        owner = partition_of(key.removeprefix(prefix).decode(), settings.partitions)
        if owner != unit.partition:
            raise RecoveryRefused(
                "partitions changed",
                f"of {settings.partitions} engine partitions, {owner} owns a workflow that stands"
                f" in {unit.partition}; their number is for ever: restore the topics, or begin a"
                " new namespace",
            )


def check_level(unit: Unit, settings: LoopSettings) -> None:
    """Refuse what a newer engine has been told to write: we could not read it, or not wholly."""
    level = level_of(unit.state).level
    if level > settings.level_max:
        raise RecoveryRefused(
            "log newer",
            f"partition {unit.partition} of {unit.namespace!r} is at feature level {level}, and"
            f" this engine knows levels up to {settings.level_max}: run a newer version",
        )


def _read_again(
    unit: Unit,
    group: dict[TopicPartition, int],
    inputs: dict[TopicPartition, Extent],
    log: Logger,
) -> None:
    """Go back to the group's offsets, to repeat what a torn transaction may not have forwarded.

    The anchor does not tell of the highest transaction: its changelog is whole, but what it wrote
    to other partitions may be missing. Tasks are dispatched again by the sweeper; forwarded records
    and dead letters stand nowhere else. What is below the positions is not processed twice.
    """
    for tp, kind in unit.inputs.items():
        if kind != "transfers":
            unit.offsets[tp] = min(unit.offsets[tp], max(group.get(tp, -1), inputs[tp].low))
    log.warning("the last transaction may be torn; its inputs are read again", seq=unit.state.seq)


def _fold_log(
    unit: Unit,
    extents: dict[TopicPartition, Extent],
    witness: Witness,
    settings: LoopSettings,
    log: Logger,
) -> Steps:
    """Read the changelogs from where the Store's notes say to their ends, and fold."""
    began_ms: int = yield PAUSE
    kinds = unit.changelogs
    starts = {tp: scan_start(unit, tp, witness, extents[tp], settings) for tp in kinds}
    unit.ends = {kind: extents[tp].stable for tp, kind in kinds.items()}
    merge = Merge(CHANGELOGS, after_seq=unit.state.seq)
    folding = _Folding(unit, merge, witness, extents, settings, began_ms, log)
    records = sum(extents[tp].end - start for tp, start in starts.items())
    unit.progress = progress = Progress(records=records, began_ms=began_ms)
    handle: int = yield OpenReader(starts)
    unit.reader = handle
    while len(folding.finished) < len(CHANGELOGS):
        result: ReadResult = yield ReadMore(handle, READ_RECORDS_MAX, 20, folding.held(kinds))
        folding.add({kinds[tp]: at for tp, at in result.positions.items()}, kinds, result.records)
        folding.finish(result, kinds)
        taken = merge.take()
        for transaction in taken:
            folding.transaction(transaction, last=transaction is taken[-1])
            if folding.unwritten > _WRITE_RECORDS_MAX and not unit.state.holes:
                unit.state.write()  # Without scan offsets: they are past what is taken.
                folding.unwritten = 0
                yield Checkpoint("recovery-between-writes")
        progress.done = sum(at - starts[tp] for tp, at in result.positions.items())
        now_ms: int = yield PAUSE
        folding.check_ends(result, now_ms)
        if progress.is_due(now_ms):
            log.info("rebuilding", **progress.facts(now_ms))
    yield CloseReader(handle)
    unit.reader = None
    folding.check()  # First: what is written is not read again, nor refused again.
    folding.write()
    folding.tell((yield PAUSE))


class _Folding:
    """One pass over the changelogs of one unit."""

    def __init__(
        self,
        unit: Unit,
        merge: Merge,
        witness: Witness,
        extents: dict[TopicPartition, Extent],
        settings: LoopSettings,
        now_ms: int,
        log: Logger,
    ) -> None:
        self.unit = unit
        self.extents = extents
        self.began_ms = self.read_ms = now_ms
        self.merge = merge
        self.witness = witness
        self.settings = settings
        self.log = log
        self.finished: set[str] = set()
        self.ahead: set[str] = set()
        self.positions: dict[str, int] = {}
        self.unwritten = 0
        self.records = 0
        self.transactions = 0
        self.torn: Transaction | None = None

    def add(
        self, positions: dict[str, int], kinds: dict[TopicPartition, str], records: list[Record]
    ) -> None:
        """Take records read; what stands behind the end of its topic was not there when we came."""
        for kind, position in positions.items():
            if kind not in self.finished:
                self.positions[kind] = position
        for record in records:
            kind = kinds[TopicPartition(record.topic, record.partition)]
            if kind not in self.finished:
                self._add(kind, record)

    def _add(self, kind: str, record: Record) -> None:
        data = next((v for k, v in record.headers or () if k == TX_HEADER), None)
        if data is None or record.key is None:
            # Not ours: it counts for nothing, but somebody should know.
            self.log.error("a changelog record without mark", kind=kind, offset=record.offset)
            return
        mark = unpack_mark(data)
        change = Change(kind, record.key, record.value, mark.source)
        self.merge.add(change, mark, offset=record.offset, time_ms=record.timestamp_ms)

    def held(self, kinds: dict[TopicPartition, str]) -> frozenset[TopicPartition]:
        """Changelogs that are read no further for now: what is read of them waits in memory."""
        ahead = self.merge.ahead(_AHEAD_RECORDS_MAX)
        # Those that were held go on when little is left: to and fro, all would be fetched twice.
        ahead |= self.merge.ahead(_AHEAD_RECORDS_MAX // 4) & self.ahead
        self.ahead = ahead
        return frozenset(tp for tp, kind in kinds.items() if kind in ahead)

    def finish(self, result: ReadResult, kinds: dict[TopicPartition, str]) -> None:
        """Note which topics have been read to their ends."""
        ended = {kinds[tp] for tp in result.finished - self._too_short(result)}
        for kind in ended - self.finished:
            self.merge.finish(kind)
        self.finished |= ended

    def check_ends(self, result: ReadResult, now_ms: int) -> None:
        """Wait for a leader that does not know the end; not for ever. Raises RecoveryRefused."""
        short = self._too_short(result)
        if result.records or not short:
            self.read_ms = now_ms
        elif now_ms - self.read_ms > _LEADER_MS_MAX:
            tp = min(short)
            raise RecoveryRefused(
                "log lost",
                f"{tp.topic}[{tp.partition}] ends at {result.positions[tp]}, and did at"
                f" {self.extents[tp].stable}: look at its brokers, and start the slot again",
            )

    def _too_short(self, result: ReadResult) -> set[TopicPartition]:
        """Who answers for these logs now does not know their ends: a follower, a new leader."""
        ends = self.extents
        return {tp for tp in result.finished if result.positions[tp] < ends[tp].stable}

    def transaction(self, transaction: Transaction, *, last: bool) -> None:
        """Fold one, unless it is torn, or a fenced producer's that came too late to count.

        last: none follows it among those that were read so far.
        """
        if transaction.seq <= self.unit.state.seq:
            self.log.error("a transaction behind its successors is skipped", seq=transaction.seq)
            return
        if last and self._is_torn(transaction):
            self.torn = transaction
            return
        for change in transaction.in_order():
            self._change(change)
        self.unit.state.seq = transaction.seq
        self.transactions += 1
        self.records += len(transaction.changes)
        self.unwritten += len(transaction.changes)

    def write(self) -> None:
        """Write what is folded; the scan begins next time at the first record that is not."""
        state = self.unit.state
        for kind, position in self.positions.items():
            first = self.merge.first_offset(kind)
            if self.torn is None:
                state.scan_offsets[kind] = position if first is None else first
        state.write()
        self.unwritten = 0

    def tell(self, now_ms: int) -> None:
        """Say in the log what was done."""
        self.log.info(
            "folded",
            records=self.records,
            transactions=self.transactions,
            seq=self.unit.state.seq,
            took_ms=now_ms - self.began_ms,
        )

    def check(self) -> None:
        """Compare the end with the anchor's metadata. Raises RecoveryRefused: log lost."""
        if self.unit.state.holes and not self.settings.accept_loss:
            run_id, event_id = next(iter(self.unit.state.holes.items()))
            raise RecoveryRefused(
                "log corrupt",
                f"run {run_id} has event {event_id} but not the one before, and was not deleted;"
                " restore the topics, or accept the loss with accept_loss",
            )
        if self.torn is not None:
            torn = self.torn
            self.log.warning("the last transaction is torn", seq=torn.seq, found=len(torn.changes))
            self.unit.torn = [(t.incarnation, t.seq) for t in (torn, *torn.rivals)]
            written = (c for t in (torn, *torn.others) for c in t.changes.values())
            self.unit.hidden = {(c.kind, c.key) for c in written}
        elif self._is_short() and not self.settings.accept_loss:
            committed = max(self.witness.seq, self.merge.after_seq)
            raise RecoveryRefused(
                "log lost",
                f"the changelogs of partition {self.unit.partition} of {self.unit.namespace!r} end"
                f" with transaction {self.merge.newest_seq}, but {committed} was committed;"
                " restore the topics, or accept the loss with accept_loss",
            )

    def _is_short(self) -> bool:
        """The anchor, or the Store, tells of a transaction that is not in the changelogs.

        Of what the Store has folded, only a part is read again. Nothing at all is, when it had
        seen their very ends; that they still reach so far was looked at before.
        """
        behind_store = 0 < self.merge.newest_seq < self.merge.after_seq
        return behind_store or self.unit.state.seq < self.witness.seq

    def _is_torn(self, transaction: Transaction) -> bool:
        """True of the highest transaction when records are missing that no compaction took.

        Its records were flushed before its offsets were sent: if the anchor tells of it, it is
        whole. One so old that its tombstones may have been removed is taken for whole, too.
        """
        if transaction.whole or not self.merge.is_empty() or len(self.finished) < len(CHANGELOGS):
            return False
        if self.witness.seq >= transaction.seq:
            return False
        age_ms = self.began_ms - transaction.newest_time_ms
        return not (self.witness == Witness() and age_ms > self.settings.lossless_ms)

    def _change(self, change: Change) -> None:
        state = self.unit.state
        kind = KIND_OF_SOURCE.get(change.source.kind)
        if kind is not None:
            state.advance(kind, change.source.partition, change.source.offset + 1)
        try:
            fold(state, change.kind, change.key, change.value)
        except StoreError:
            raise
        except Exception as error:  # The shell: a bug in an applier, or bytes that are not ours.
            self.log.exception("a record cannot be folded", kind=change.kind, key=change.key)
            raise RecoveryRefused(
                "fold failed", f"{change.kind} {change.key!r}: {type(error).__name__}: {error}"
            ) from error
        if change.key == LEVEL_KEY:
            check_level(self.unit, self.settings)
        elif change.key == POSITIONS_KEY and change.value is not None:
            record: Positions = decode(change.value)
            self.unit.recorded = set(zip(record.topics, record.partitions, strict=True))
