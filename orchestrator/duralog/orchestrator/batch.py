"""One transaction's content: what each unit does in it, and the records and offsets it comes to."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from duralog.connectors.broker import OutRecord, TopicPartition
from duralog.orchestrator.outbox import Change, Outbox
from duralog.orchestrator.partitions import Unit
from duralog.orchestrator.renewal import Key, renewed
from duralog.orchestrator.witness import Witness
from duralog.schemas.changelog import NO_SOURCE, POSITIONS_KEY, TX_HEADER, pack_mark, void_key
from duralog.schemas.codec import encode
from duralog.schemas.transitions import Void


@dataclass(slots=True, kw_only=True)
class Work:
    """What one unit does in one transaction.

    offsets: of each input consumed, the next to read. origins: of forwarded records, likewise, by
    (kind, partition) where they first stood. inputs: how many were processed, due entries included.
    records: forwarded records, which are forwarded again when it is in doubt.
    letters: dead letters, which are not: they are written before all else.
    records_positions: tell where all inputs stand; is_time: because it was not told for long.
    seq: of the transaction, once it is assembled; the unit's own when it changes no state.
    """

    unit: Unit
    out: Outbox
    offsets: dict[TopicPartition, int] = field(default_factory=dict[TopicPartition, int])
    origins: dict[tuple[str, int], int] = field(default_factory=dict[tuple[str, int], int])
    inputs: int = 0
    records: list[OutRecord] = field(default_factory=list[OutRecord])
    letters: list[OutRecord] = field(default_factory=list[OutRecord])
    records_positions: bool = False
    is_time: bool = False
    seq: int = 0

    @property
    def acts(self) -> bool:
        """There is something to commit."""
        out = self.out
        return bool(self.inputs or self.unit.claim or out.changelog or out.messages)

    def close(self, now_ms: int, *, interval_ms: int) -> None:
        """Add what the loop itself has to say: a void transaction, and positions now and then.

        Positions are told, too, when no change that is kept tells as much of some input.
        """
        unit, state = self.unit, self.unit.state
        told = {(c.kind, c.key) for c in self.out.changelog} if unit.hidden else set[Key]()
        made = [*self.out.changelog, *renewed(state, unit.hidden - told)]
        self.out.changelog = kept = compacted(made)
        hides = len(kept) < len(made) and inputs_told(kept) != inputs_told(made)
        self.records_positions = self.records_positions or hides or bool(unit.hidden)
        # After a recovery the Store learns where all inputs stand, also those that bring nothing:
        # the group forgets them in a week, and then nobody could tell "never used" from "lost".
        for tp, offset in {**(unit.offsets if unit.claim else {}), **self.offsets}.items():
            state.advance(unit.inputs[tp], tp.partition, offset)
        for (kind, partition), offset in self.origins.items():
            state.advance(kind, partition, offset)
        state.time_ms = max(state.time_ms, now_ms)
        for incarnation, seq in unit.torn:
            void = encode(Void(incarnation=incarnation, seq=seq))
            self.out.changelog.append(
                Change("pending", void_key(incarnation, seq), void, NO_SOURCE)
            )
        consumed = unit.consumed or bool(self.offsets)
        self.is_time = consumed and now_ms - unit.recorded_time_ms >= interval_ms
        self.records_positions = self.records_positions or self.is_time
        if self.records_positions:
            positions = encode(unit.positions(now_ms))
            self.out.changelog.append(Change("pending", POSITIONS_KEY, positions, NO_SOURCE))
        self.seq = state.seq + 1 if self.out.changelog else state.seq

    def written(self, now_ms: int, incarnation: int) -> None:
        """The transaction is committed: the unit takes its place behind it, then its Store."""
        unit, state = self.unit, self.unit.state
        unit.offsets.update(self.offsets)
        unit.consumed = not self.records_positions and (unit.consumed or bool(self.offsets))
        if self.is_time:
            unit.recorded_time_ms = now_ms
        if self.out.changelog:
            state.seq, state.incarnation = self.seq, incarnation
        if unit.doubted_seq is not None and not unit.reads_again({}):
            unit.doubted_seq = None
        if unit.claim:
            unit.claimed_time_ms, unit.moved = now_ms, False
        unit.torn, unit.hidden, unit.claim = [], set(), False
        state.write()

    def undo(self, incarnation: int) -> None:
        """The transaction is aborted. A marker that a dying broker did not write may yet bring it
        to light, so the next one declares it void.
        """
        unit = self.unit
        if self.seq > unit.state.seq:
            unit.torn.append((incarnation, self.seq))
            unit.hidden |= {
                (c.kind, c.key)
                for c in self.out.changelog
                if c.kind != "history" or c.key.endswith(b"/0")
            }
        unit.state.rollback()


def transaction_records(works: Iterable[Work], incarnation: int) -> list[OutRecord]:
    """Everything the transaction writes, changelogs first, each record marked."""
    records: list[OutRecord] = []
    for work in works:
        changes = work.out.changelog
        # An abort gives the next transaction another incarnation; else it would be its own end.
        assert (incarnation, work.seq) not in work.unit.torn, "the same transaction again"
        names = {kind: work.unit.names.of(kind) for kind in {c.kind for c in changes}}
        partition, count = work.unit.partition, len(changes)
        for index, change in enumerate(changes):
            mark = pack_mark(
                incarnation=incarnation,
                seq=work.seq,
                index=index,
                count=count,
                source=change.source,
            )
            headers = [(TX_HEADER, mark)]
            records.append(
                OutRecord(names[change.kind], partition, change.key, change.value, headers)
            )
        for message in work.out.messages:
            topic = work.unit.names.of(message.kind, message.queue)
            records.append(OutRecord(topic, message.partition, message.key, message.value))
        records += work.records
    return records


def compacted(changes: list[Change]) -> list[Change]:
    """Only the last change of each key, so that no compaction can take a part of a transaction."""
    last = {(c.kind, c.key): index for index, c in enumerate(changes)}
    if len(last) == len(changes):
        return changes
    return [changes[index] for index in sorted(last.values())]


def inputs_told(changes: list[Change]) -> dict[tuple[int, int], int]:
    """By kind and partition of an input, the last offset that a change names: the highest."""
    return {(c.source.kind, c.source.partition): c.source.offset for c in changes}


def transaction_offsets(
    works: Iterable[Work], transactional_id: str, incarnation: int, *, leaves: bool = False
) -> dict[TopicPartition, tuple[int, str]]:
    """The offsets to send: of every input consumed, and always the anchor's, with our witness.

    After a recovery all inputs are sent: it may have found better positions than the group's.
    leaves: it is our last transaction.
    """
    offsets: dict[TopicPartition, tuple[int, str]] = {}
    for work in works:
        unit = work.unit
        sent = {**unit.offsets, **work.offsets} if unit.claim else work.offsets
        offsets.update({tp: (offset, "") for tp, offset in sent.items()})
        anchor = unit.anchor
        seq = work.seq
        if unit.doubted_seq is not None and unit.reads_again(work.offsets):
            seq = unit.doubted_seq
        witness = Witness(
            transactional_id=transactional_id,
            seq=seq,
            incarnation=incarnation,
            ends=unit.ends,
            left=leaves,
        )
        at = work.offsets.get(anchor, unit.offsets[anchor])
        offsets[anchor] = (at, witness.encode())
    return offsets
