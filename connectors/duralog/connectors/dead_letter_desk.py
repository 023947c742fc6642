"""Reads dead letters and writes what is decided about them, on Kafka.

A decision is made in one transaction: the replayed record (if any) and, beside the letter, the
record that says so. One transactional id per namespace: whoever opens a desk for decisions ends
what another left open, and fences it. Order of `decide`, which is what makes a replay idempotent:

1. initialise the producer: no transaction of an earlier desk is open, none can follow;
2. wait until all of `dead-letters` up to its end of now is decided (its last stable offset);
3. read every decision; 4. transactions, each for letters without one.

A desk that dies in the middle leaves whole transactions; run the command again.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self

from duralog.connectors.broker import (
    AbortableError,
    FatalError,
    OutRecord,
    Record,
    RightsError,
    TopicPartition,
)
from duralog.connectors.clock import now_ms
from duralog.connectors.dead_letter import DECISION_HEADER, decision_record
from duralog.connectors.dead_letter_book import (
    Choice,
    Decided,
    Filed,
    NotReplayableError,
    replay_record,
)
from duralog.connectors.kafka.bystander import KafkaBystander
from duralog.connectors.kafka.producer import TransactionalProducer
from duralog.connectors.kafka.reader import GroupReader
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.connectors.tail import Start, tail
from duralog.schemas.codec import DecodeError, decode
from duralog.schemas.topics import TopicNames
from duralog.schemas.transitions import DeadLetter, DeadLetterDecision

STABLE_WAIT_S: Final = 30.0  # Longer than any transaction of ours may stay open (6 s), and doubt.
STABLE_LOOK_S: Final = 0.2
BATCH_MAX: Final = 50  # Letters a transaction: it costs 10 ms, whatever is in it.
BATCH_BYTES_MAX: Final = 4 * 1024 * 1024  # As one request may have.


class DeskError(Exception):
    """The desk cannot go on; the text says what is known and what to do."""


@dataclass(slots=True, frozen=True, kw_only=True)
class Outcome:
    """What became of one letter. target: where its record was put; problem: why it was not."""

    filed: Filed
    target: str = ""
    problem: str = ""


@dataclass(slots=True, kw_only=True)
class _Staged:
    """What one transaction will hold."""

    outcomes: list[Outcome]
    records: list[OutRecord]
    size_bytes: int = 0

    @classmethod
    def empty(cls) -> Self:
        return cls(outcomes=[], records=[])

    def add(self, outcome: Outcome, records: list[OutRecord]) -> None:
        self.outcomes.append(outcome)
        self.records += records
        self.size_bytes += sum(len(r.value or b"") for r in records)


def letters(settings: KafkaSettings, names: TopicNames, choice: Choice) -> Iterator[Filed]:
    """The letters that `choice` takes, in the order of the log within a partition.

    Two passes: what was decided stands behind the letters; only that is kept in memory.
    """
    return _chosen(settings, names, choice, _decided(settings, names), ends={})


def value_of(settings: KafkaSettings, letter: DeadLetter) -> bytes | None:
    """The record's bytes; from its source, when they were too many for the letter.

    Raises NotReplayableError when the source no longer holds them.
    """
    if not letter.left_out_bytes:
        return letter.value
    place = Start.at_offset(letter.source_offset)
    partition = letter.source_partition
    found = tail(
        settings, letter.source_topic, start=place, follow=False, choose=lambda _: partition
    )
    record = next(iter(found), None)
    if record is None or record.offset != letter.source_offset:
        raise NotReplayableError("its bytes were left out, and its source no longer holds them")
    return record.value


class Desk:
    """Decides about letters. Open it once for a command, and close it."""

    def __init__(self, settings: KafkaSettings, names: TopicNames, *, identity: str) -> None:
        self._settings = settings
        self._names = names
        self._identity = identity
        self._topic = names.of("dead-letters")
        self._group = self._topic  # And the transactional id: what a desk is called in Kafka.
        self._producer = TransactionalProducer(
            settings, transactional_id=self._topic, own=self._topic.removesuffix("dead-letters")
        )
        self._incarnation = 0  # Of the producer for which the decisions were read.

    def replay(
        self, choice: Choice, *, limit: int | None = None, per_second: float = 0.0
    ) -> Iterator[Outcome]:
        """Put the chosen letters' records again, each once. Raises DeskError.

        per_second: at most so many; 0: as fast as it goes.
        """

        def put(filed: Filed) -> OutRecord:
            value = value_of(self._settings, filed.letter)
            return replay_record(filed.letter, self._names, value)

        return self._decide(choice, "REPLAYED", "", put, limit=limit, per_second=per_second)

    def discard(
        self, choice: Choice, *, reason: str, limit: int | None = None, per_second: float = 0.0
    ) -> Iterator[Outcome]:
        """Say of the chosen letters that nothing is to be done; they stay. Raises DeskError."""
        return self._decide(choice, "DISCARDED", reason, None, limit=limit, per_second=per_second)

    def _decide(
        self,
        choice: Choice,
        decision: str,
        reason: str,
        put: Callable[[Filed], OutRecord] | None,
        *,
        limit: int | None,
        per_second: float,
    ) -> Iterator[Outcome]:
        batch_max = BATCH_MAX if not per_second else max(1, min(BATCH_MAX, int(per_second / 10)))
        staged, done, began_s = _Staged.empty(), 0, time.monotonic()
        for filed in self._undecided(choice):
            if limit is not None and done + len(staged.outcomes) >= limit:
                break
            try:
                again = None if put is None else put(filed)
            except NotReplayableError as error:
                yield Outcome(filed=filed, problem=str(error))
                continue
            outcome, records = self._record(filed, decision, reason, again)
            staged.add(outcome, records)
            if len(staged.outcomes) >= batch_max or staged.size_bytes >= BATCH_BYTES_MAX:
                done += len(staged.outcomes)
                yield from self._transact(staged)
                staged = _Staged.empty()
                if per_second:
                    time.sleep(max(0.0, began_s + done / per_second - time.monotonic()))
        if staged.outcomes:
            yield from self._transact(staged)

    def _record(
        self, filed: Filed, decision: str, reason: str, again: OutRecord | None
    ) -> tuple[Outcome, list[OutRecord]]:
        """What is written about one letter, and what is told of it."""
        letter = filed.letter
        said = DeadLetterDecision(
            letter_partition=filed.partition,
            letter_offset=filed.offset,
            decision=decision,
            source_topic=letter.source_topic,
            source_partition=letter.source_partition,
            source_offset=letter.source_offset,
            target_topic=again.topic if again else "",
            target_partition=again.partition if again else -1,
            reason=reason,
            identity=self._identity,
            time_ms=now_ms(),
        )
        beside = decision_record(said, topic=self._topic, key=letter.key)
        target = f"{again.topic}[{again.partition}]" if again else ""
        return Outcome(filed=filed, target=target), [again, beside] if again else [beside]

    def _undecided(self, choice: Choice) -> Iterator[Filed]:
        """The chosen letters as they stand once no other desk can decide any more."""
        try:
            self._producer.initialise()
            self._incarnation = self._producer.incarnation
            ends = self._wait_until_stable()
        except FatalError as error:
            raise DeskError(f"cannot open a transaction: {error}") from None
        decided = _decided(self._settings, self._names)
        # A replay that fails again is a new letter: not one of this command.
        return _chosen(self._settings, self._names, choice, decided, ends=ends)

    def _wait_until_stable(self) -> dict[int, int]:
        """Until what stands in `dead-letters` now is decided; its ends, by partition."""
        bystander = KafkaBystander(self._settings)
        try:
            tps = [TopicPartition(self._topic, p) for p in bystander.extents(self._topic)]
        finally:
            bystander.close()
        group = GroupReader(self._settings, group=self._group)
        try:
            wanted = {tp: extent.end for tp, extent in group.extents(tps).items()}
            until_s = time.monotonic() + STABLE_WAIT_S
            while any(e.stable < wanted[tp] for tp, e in group.extents(tps).items()):
                if time.monotonic() > until_s:
                    raise DeskError(
                        f"{self._topic} has an open transaction since {STABLE_WAIT_S:.0f} s; "
                        "is an engine slot hanging? Nothing was decided"
                    )
                time.sleep(STABLE_LOOK_S)
        finally:
            group.close()
        return {tp.partition: end for tp, end in wanted.items()}

    def _transact(self, staged: _Staged) -> list[Outcome]:
        """Write all of it, or nothing."""
        producer = self._producer
        try:
            if producer.begin() != self._incarnation:
                # A new producer may have fenced a desk whose decisions we have not read.
                producer.abort()
                raise DeskError("the connection was lost in between; run it again for the rest")
            producer.produce(staged.records)
            producer.flush()
            producer.commit()
        except AbortableError as error:
            with suppress(FatalError):  # Whoever comes next ends it.
                producer.abort()
            raise DeskError(f"nothing of this batch was done: {error}") from None
        except RightsError as error:
            raise DeskError(f"nothing of this batch was done: {error}") from None
        except FatalError as error:
            raise DeskError(
                f"{error}; did another replay or discard begin meanwhile? Run it again: what is "
                "decided is not done twice"
            ) from None
        return staged.outcomes


def _all(settings: KafkaSettings, names: TopicNames) -> Iterator[Record]:
    return tail(settings, names.of("dead-letters"), start=Start.earliest(), follow=False)


def _is_decision(record: Record) -> bool:
    return any(name == DECISION_HEADER for name, _ in record.headers or ())


def _decided(settings: KafkaSettings, names: TopicNames) -> Decided:
    found = Decided()
    for record in _all(settings, names):
        decision = _read(record) if _is_decision(record) else None
        if isinstance(decision, DeadLetterDecision):
            found.note(decision)
    return found


def _chosen(
    settings: KafkaSettings,
    names: TopicNames,
    choice: Choice,
    decided: Decided,
    *,
    ends: dict[int, int],
) -> Iterator[Filed]:
    """ends: of the partitions, where to stop; what has none is read to its end."""
    for record in _all(settings, names):
        if record.offset >= ends.get(record.partition, 1 << 62):
            continue
        letter = None if _is_decision(record) else _read(record)
        if not isinstance(letter, DeadLetter):
            continue
        filed = Filed(
            partition=record.partition,
            offset=record.offset,
            letter=letter,
            decision=decided.of(record.partition, record.offset),
        )
        if choice.takes(filed, names):
            yield filed


def _read(record: Record) -> object:
    """The record's content; None of what a stranger wrote there."""
    try:
        found: object = decode(record.value or b"")
    except DecodeError:
        return None
    return found
