"""What a slot does, in figures: told once a second while the loop runs. Pure.

The loop knows nothing of it: `metered` stands between the loop and its driver, and counts the
effects that pass. Told figures are numbers, names of namespaces, and why a partition is refused;
nothing of a workflow is among them.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, Final

from duralog.connectors.broker import (
    Abort,
    AbortableError,
    Commit,
    Effect,
    FatalError,
    Poll,
    Polled,
    Produce,
    TopicPartition,
)
from duralog.orchestrator.partitions import Status, Unit
from duralog.state.tally import NAMES

Turns = Generator[Effect, Any, None]
TELL_EVERY_MS: Final = 1_000
DEAD_LETTERS: Final = ".dead-letters"


@dataclass(slots=True, kw_only=True)
class UnitFigures:
    """One partition of one namespace.

    restored: percent of its changelogs that are read. backlog: records that wait in its inputs;
    None: not known, for it does not serve. blocked_ms: for how long nothing came of one of them,
    though there is more. late_ms: of the oldest entry that is due.
    open, quarantined, stalled: runs, as of its last write.
    """

    namespace: str
    partition: int
    status: str
    cause: str = ""
    restored: float = 0.0
    backlog: int | None = None
    blocked_ms: int = 0
    late_ms: int = 0
    open: int = 0
    quarantined: int = 0
    stalled: int = 0


@dataclass(slots=True, kw_only=True)
class Figures:
    """A slot since its start. inputs: records read, also those of transactions that aborted."""

    transactions: int = 0
    aborts: int = 0
    inputs: int = 0
    dead_letters: int = 0
    units: list[UnitFigures] = field(default_factory=list[UnitFigures])


class Meter:
    """Counts effects. units: by anchor, as the loop has them. backlogs: of each input partition."""

    def __init__(
        self,
        units: dict[TopicPartition, Unit],
        *,
        backlogs: Callable[[], dict[TopicPartition, int]],
        tell: Callable[[Figures], None],
    ) -> None:
        self.figures = Figures()
        self._units = units
        self._backlogs = backlogs
        self._tell = tell
        self._told_ms = 0
        self._letters = 0  # In the open transaction.
        self._late_ms: dict[TopicPartition, int] = {}
        self._stands: dict[TopicPartition, tuple[int, int]] = {}  # Offset, and since when.
        self.notes: dict[type, Callable[[Any, Any], None]] = {
            Poll: self._polled,
            Produce: self._produced,
            Commit: self._committed,
            Abort: self._aborted,
        }

    def _polled(self, _: Poll, polled: Polled) -> None:
        self.figures.inputs += len(polled.records)
        for anchor, unit in self._units.items():
            if unit.status is Status.READY:
                due_ms = unit.state.next_due_ms()
                late_ms = 0 if due_ms is None else polled.now_ms - due_ms
                self._late_ms[anchor] = max(self._late_ms.get(anchor, 0), late_ms)
        if polled.now_ms - self._told_ms >= TELL_EVERY_MS:
            self._told_ms = polled.now_ms
            backlogs = self._backlogs()
            self._stands = self._standing(backlogs, polled.now_ms)
            self.figures.units = [self._of(a, u, backlogs) for a, u in self._units.items()]
            self._late_ms.clear()
            self._tell(self.figures)

    def _produced(self, effect: Produce, _: None) -> None:
        self._letters += sum(record.topic.endswith(DEAD_LETTERS) for record in effect.records)

    def _committed(self, _: Commit, __: None) -> None:
        self.figures.transactions += 1
        self.figures.dead_letters += self._letters
        self._letters = 0

    def _aborted(self, _: Abort, __: None) -> None:
        self.figures.aborts += 1
        self._letters = 0

    def _standing(
        self, backlogs: dict[TopicPartition, int], now_ms: int
    ) -> dict[TopicPartition, tuple[int, int]]:
        """Where inputs of served partitions stand that have more, and since when."""
        found: dict[TopicPartition, tuple[int, int]] = {}
        served = (unit for unit in self._units.values() if unit.status is Status.READY)
        for unit in served:
            for tp in unit.inputs:
                if backlogs.get(tp):
                    offset = unit.offsets.get(tp, 0)
                    last = self._stands.get(tp)
                    found[tp] = last if last and last[0] == offset else (offset, now_ms)
        return found

    def _of(
        self, anchor: TopicPartition, unit: Unit, backlogs: dict[TopicPartition, int]
    ) -> UnitFigures:
        known = [backlogs[tp] for tp in unit.inputs if tp in backlogs]
        standing = [self._stands[tp][1] for tp in unit.inputs if tp in self._stands]
        serves = unit.status is Status.READY
        return UnitFigures(
            namespace=unit.namespace,
            partition=unit.partition,
            status=unit.status.value,
            cause=unit.cause,
            restored=100.0 if serves else _restored(unit),
            backlog=sum(known) if serves and known else None,
            blocked_ms=max((self._told_ms - since_ms for since_ms in standing), default=0),
            late_ms=self._late_ms.get(anchor, 0),
            **dict(zip(NAMES, unit.state.tally.counts, strict=True)),
        )


def _restored(unit: Unit) -> float:
    """Percent of its changelogs that are read; 0 before the reading has begun."""
    return 0.0 if unit.progress is None else round(unit.progress.percent, 1)


def metered(loop: Turns, meter: Meter) -> Turns:
    """The same effects, counted when their results are known."""
    notes = meter.notes
    result: object = None
    error: AbortableError | FatalError | None = None
    try:
        while True:
            try:
                effect = loop.send(result) if error is None else loop.throw(error)
            except StopIteration:
                return
            error, result = None, None
            try:
                result = yield effect
            except (AbortableError, FatalError) as failure:
                error = failure
                continue
            note = notes.get(type(effect))
            if note is not None:
                note(effect, result)
    finally:
        loop.close()
