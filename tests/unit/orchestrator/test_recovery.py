"""When a unit must not be served, and what a lost or old Store costs: nothing."""

import random  # noqa: TID251 every draw comes from the seed

import pytest

from duralog.cli.verify import verdict_of
from duralog.connectors.broker import Checkpoint, TopicPartition
from duralog.orchestrator.partitions import Status
from duralog.orchestrator.slot import standing
from duralog.schemas import requests as r
from duralog.schemas.changelog import NO_SOURCE, TX_HEADER, history_key, pack_mark
from duralog.schemas.codec import encode
from duralog.schemas.events import WorkflowExecutionSignaled
from duralog.schemas.identifiers import partition_of
from duralog.schemas.topics import CHANGELOGS, DAY_MS
from sim.bench import NAMES, PARTITIONS, Bench
from sim.log import Entry, Txn

PARTITION = partition_of("w", PARTITIONS)
ANCHOR = TopicPartition(NAMES.of("requests"), PARTITION)


class Slowly(random.Random):
    """Chance that never strikes, and reads one record at a time."""

    def random(self) -> float:
        return 0.999

    def randint(self, a: int, b: int) -> int:
        del b
        return a


def start(name: str = "w") -> r.StartWorkflowExecution:
    return r.StartWorkflowExecution(
        workflow_id=name, workflow_type="T", task_queue="q", request_id=f"{name}-1"
    )


def signal(name: str) -> r.SignalWorkflowExecution:
    return r.SignalWorkflowExecution(workflow_id="w", signal_name=name)


def settled() -> Bench:
    """A slot that has started a run, and was then killed."""
    bench = Bench()
    assert bench.ask(start()).code == "OK"
    bench.crash()
    return bench


def changelog(kind: str) -> TopicPartition:
    return TopicPartition(NAMES.of(kind), PARTITION)


def empty_changelogs(bench: Bench) -> None:
    for kind in CHANGELOGS:
        log = bench.broker.log(changelog(kind))
        log.entries.clear()
        log._stable = 0


def cause(bench: Bench, partition: int = PARTITION) -> str:
    """Why the unit is refused; empty when it is served."""
    bench.run()
    frame = bench.slot._loop.gi_frame  # type: ignore[attr-defined]
    anchor = TopicPartition(NAMES.of("requests"), partition)
    unit = frame.f_locals["loop"].units[anchor]
    assert (unit.status is Status.REFUSED) == bool(unit.cause)
    found: str = unit.cause
    assert (found in standing(list(frame.f_locals["loop"].units.values()))) or not found
    return found


@pytest.mark.parametrize("store", ["kept", "lost"])
def test_state_is_the_same_with_and_without_a_store(store: str) -> None:
    bench = settled()
    if store == "lost":
        bench.slot.disk.images.clear()
    assert bench.ask(signal("s")).code == "OK"
    description = bench.ask(r.DescribeWorkflowExecution(workflow_id="w"))
    assert description.code == "OK"
    assert cause(bench) == ""


def test_how_far_it_has_come_stands_on_the_unit() -> None:
    bench = settled()
    bench.slot.disk.images.clear()
    percents: list[float] = []
    bench.slot.chance = Slowly()
    while not percents or percents[-1] < 100:
        bench.slot.step()
        loop = bench.slot._loop.gi_frame.f_locals["loop"]  # type: ignore[attr-defined]
        unit = loop.units.get(ANCHOR)
        if unit is not None and unit.progress is not None:
            percents.append(unit.progress.percent)
    assert percents == sorted(percents)
    assert len(set(percents)) > 2, "it is told while it goes on"


def test_a_store_that_was_away_for_long_is_set_aside() -> None:
    bench = settled()
    bench.broker.now_ms += 4 * DAY_MS
    bench.slot.wake_ms = bench.broker.now_ms
    assert bench.ask(signal("s")).code == "OK"
    assert "days" in bench.slot.disk.set_aside_causes[0]


def test_a_log_that_ends_early_is_refused() -> None:
    bench = settled()
    empty_changelogs(bench)
    bench.slot.disk.images.clear()
    assert cause(bench).startswith("log lost: ")


def test_a_log_shorter_than_what_was_read_is_refused() -> None:
    bench = settled()
    bench.run()  # A second open notes where it has read up to.
    bench.crash()
    empty_changelogs(bench)
    assert cause(bench).startswith("log lost: ")


def test_an_accepted_loss_is_served() -> None:
    bench = settled()
    empty_changelogs(bench)
    bench.slot.disk.images.clear()
    other = bench.another(accept_loss=True)
    other.disk = bench.slot.disk
    bench.slot = other
    assert cause(bench) == ""


def test_input_that_is_gone_is_refused() -> None:
    bench = settled()
    log = bench.broker.log(ANCHOR)
    log.entries.clear()
    log._stable = 0
    assert cause(bench).startswith("input lost: ")


def test_other_partitions_are_served_beside_a_refused_one() -> None:
    bench = settled()
    bench.broker.log(ANCHOR).entries.clear()
    bench.broker.log(ANCHOR)._stable = 0
    assert cause(bench)
    name = next(f"v{i}" for i in range(9) if partition_of(f"v{i}", PARTITIONS) != PARTITION)
    assert bench.ask(start(name)).code == "OK"


def test_positions_survive_the_loss_of_the_groups_offsets() -> None:
    bench = settled()
    bench.broker.offsets.clear()
    bench.slot.disk.images.clear()
    bench.run()
    assert bench.broker.offsets[ANCHOR][0] == len(bench.broker.log(ANCHOR).entries)
    assert (
        sum(type(e).__name__ == "WorkflowExecutionStarted" for e in bench.records("history")) == 1
    )


def test_an_offset_that_went_back_is_corrected_and_nothing_is_done_twice() -> None:
    bench = settled()
    bench.ask(signal("s"))
    bench.crash()
    bench.broker.offsets[ANCHOR] = (0, "")
    bench.run()
    held = [e for e in bench.records("pending") if isinstance(e, WorkflowExecutionSignaled)]
    assert len(held) == 1
    assert bench.broker.offsets[ANCHOR][0] == len(bench.broker.log(ANCHOR).entries)


def test_a_hole_in_a_history_is_refused() -> None:
    bench = settled()
    run_id = bench.records("history")[0].run_id
    event = WorkflowExecutionSignaled(
        workflow_id="w", run_id=run_id, event_id=9, event_time_ms=1, signal_name="s"
    )
    log = bench.broker.log(changelog("history"))
    mark = pack_mark(incarnation=9, seq=99, index=0, count=1, source=NO_SOURCE)
    record = log.committed()[0]._replace(
        offset=len(log.entries),
        key=history_key(run_id, 9),
        value=encode(event),
        headers=[(TX_HEADER, mark)],
    )
    log.entries.append(Entry(record, Txn("x", 1, 0, state="committed")))
    assert cause(bench).startswith("log corrupt: ")


def die_at(bench: Bench, point: str) -> None:
    """Step until the slot has died at a named point; it starts again by itself."""
    slot, dies = bench.slot, bench.slot._dies
    deaths = slot.counts.seen.get(f"deaths at {point}", 0)
    slot._dies = (  # type: ignore[method-assign]
        lambda: isinstance(slot._pending, Checkpoint) and slot._pending.name == point
    )
    while slot.counts.seen.get(f"deaths at {point}", 0) == deaths:
        bench.broker.now_ms = max(bench.broker.now_ms, slot.wake_ms)
        slot.step()
    slot._dies = dies  # type: ignore[method-assign]


def test_a_death_between_two_writes_of_a_fold_costs_nothing() -> None:
    bench = Bench()
    for number in range(1_600):  # Half of them, with two events each: more than one write holds.
        bench.send(start(f"w{number}"))
    bench.run()
    bench.crash()
    bench.slot.disk.images.clear()
    die_at(bench, "recovery-between-writes")
    partial = bench.slot.disk.images.values()  # Which partition was first is chance.
    assert any(key.startswith(b"r") for image in partial for key in image)
    bench.run()
    records = {kind: bench.broker.log(changelog(kind)).committed() for kind in CHANGELOGS}
    found = verdict_of(
        records, "default", PARTITION, bench.slot.disk.images[f"default/{PARTITION}"]
    )
    assert found.faults == []
    assert found.compared == f"equal to the disk, which is at transaction {found.seq}"
    assert found.runs > 700
