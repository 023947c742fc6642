"""The meter counts what passes between a loop and its driver, and changes none of it."""

from collections.abc import Generator
from dataclasses import replace
from typing import Any

import pytest

from duralog.connectors.broker import (
    Abort,
    AbortableError,
    Begin,
    Commit,
    Effect,
    OutRecord,
    Poll,
    Polled,
    Produce,
    Record,
    TopicPartition,
)
from duralog.orchestrator.meter import Figures, Meter, metered
from duralog.orchestrator.partitions import Status, Unit, open_unit
from duralog.orchestrator.progress import Progress
from duralog.orchestrator.settings import LoopSettings
from duralog.schemas.states import RunState
from duralog.schemas.topics import TopicNames
from duralog.state.memory import MemoryDisk

NAMES = TopicNames(prefix="t", namespace="default")
ANCHOR = TopicPartition(NAMES.of("requests"), 1)
INGRESS = TopicPartition(NAMES.of("ingress"), 1)
SETTINGS = LoopSettings(transactional_id="t.engine.0", prefix="t", partitions=2)


class Bench:
    """A meter over one unit, and what it told."""

    def __init__(self) -> None:
        self.unit = open_unit(ANCHOR, "default", SETTINGS, disk=MemoryDisk(), known=set())
        self.units: dict[TopicPartition, Unit] = {ANCHOR: self.unit}
        self.backlogs: dict[TopicPartition, int] = {}
        self.told: list[Figures] = []
        self.meter = Meter(self.units, backlogs=lambda: self.backlogs, tell=self._tell)

    def _tell(self, figures: Figures) -> None:
        self.told.append(replace(figures))

    def pass_by(self, *effects: tuple[Effect, object]) -> list[object]:
        """Let effects pass with these results or errors; returns what the loop got."""
        got: list[object] = []

        def loop() -> Generator[Effect, Any, None]:
            for effect, _ in effects:
                try:
                    got.append((yield effect))
                except AbortableError as error:
                    got.append(error)

        passing = metered(loop(), self.meter)
        seen = [next(passing)]
        for _, result in effects:
            try:
                if isinstance(result, Exception):
                    seen.append(passing.throw(result))
                else:
                    seen.append(passing.send(result))
            except StopIteration:
                break
        assert seen == [effect for effect, _ in effects]
        return got


def polled(now_ms: int, records: int = 0) -> tuple[Effect, Polled]:
    record = Record(ANCHOR.topic, ANCHOR.partition, 0, now_ms, b"k", b"v", None)
    return Poll(50, 500, 1 << 20), Polled(now_ms=now_ms, records=[record] * records)


def letter() -> OutRecord:
    return OutRecord(NAMES.of("dead-letters"), 0, None, b"v")


def test_results_and_errors_go_through_unchanged() -> None:
    bench = Bench()
    error = AbortableError("no")
    got = bench.pass_by((Begin(), 7), (Commit(), error), (Abort(), None))
    assert got == [7, error, None]


def test_what_is_committed_counts_and_what_is_aborted_does_not() -> None:
    bench = Bench()
    produce = Produce([letter(), OutRecord(NAMES.of("history"), 1, b"k", b"v")])
    bench.pass_by(
        polled(5_000, records=3),
        (produce, None),
        (Commit(), AbortableError("no")),
        (Abort(), None),
        (produce, None),
        (Commit(), None),
        polled(5_500, records=1),
        polled(6_000),
    )
    last = bench.told[-1]
    assert (last.inputs, last.transactions, last.aborts, last.dead_letters) == (4, 1, 1, 1)
    assert len(bench.told) == 2  # Once a second.


def test_a_recovery_tells_how_far_it_has_come() -> None:
    bench = Bench()
    bench.pass_by(polled(5_000))
    bench.unit.progress = Progress(records=300, began_ms=5_000, done=75)
    bench.pass_by(polled(6_000))
    bench.unit.status = Status.READY
    bench.pass_by(polled(7_000))
    assert [figures.units[0].restored for figures in bench.told] == [0.0, 25.0, 100.0]


def test_a_served_partition_tells_runs_backlog_and_lateness() -> None:
    bench = Bench()
    unit = bench.unit
    unit.status = Status.READY
    unit.state.create(RunState(workflow_id="w", run_id="r", status="RUNNING"))
    unit.state.put_deadline(4_000, b"1", "r", 0)
    unit.state.write()
    transfers = TopicPartition(NAMES.of("transfers"), 1)
    bench.backlogs = {ANCHOR: 3, transfers: 1, TopicPartition(NAMES.of("requests"), 0): 99}
    bench.pass_by(polled(5_500))
    (told,) = bench.told[-1].units
    assert (told.open, told.stalled, told.backlog, told.late_ms) == (1, 0, 4, 1_500)


def test_an_input_is_blocked_while_it_has_more_and_does_not_move() -> None:
    bench = Bench()
    bench.unit.status = Status.READY
    bench.unit.offsets = {ANCHOR: 5, INGRESS: 7}
    backlogs = [{ANCHOR: 3, INGRESS: 2}, {ANCHOR: 4, INGRESS: 2}, {ANCHOR: 9}, {ANCHOR: 0}]
    for second, bench.backlogs in enumerate(backlogs):
        bench.unit.offsets[ANCHOR] += second > 1
        bench.pass_by(polled(5_000 + 1_000 * second))
    assert [figures.units[0].blocked_ms for figures in bench.told] == [0, 1_000, 0, 0]


@pytest.mark.parametrize("status", [Status.RECOVERING, Status.REFUSED])
def test_of_one_that_is_not_served_no_backlog_is_known(status: Status) -> None:
    bench = Bench()
    bench.unit.status, bench.unit.cause = status, "log lost"
    bench.backlogs = {ANCHOR: 3}
    bench.pass_by(polled(5_500))
    (told,) = bench.told[-1].units
    assert (told.status, told.cause, told.backlog) == (status.value, "log lost", None)
