"""Logs that were damaged, cut or lengthened: served when that is safe, else refused by name."""

import pytest

from duralog.connectors.broker import Extent, OutRecord, TopicPartition
from duralog.schemas import requests as r
from duralog.schemas.codec import encode
from duralog.schemas.identifiers import partition_of
from duralog.schemas.topics import DAY_MS
from sim.bench import NAMES, PARTITIONS, Bench
from unit.orchestrator.test_recovery import (
    ANCHOR,
    PARTITION,
    cause,
    changelog,
    settled,
    signal,
    start,
)


def test_a_record_that_cannot_be_folded_refuses_the_partition() -> None:
    bench = settled()
    bench.slot.disk.images.clear()
    entry = bench.broker.log(changelog("history")).entries[0]
    assert entry.record is not None
    entry.record = entry.record._replace(value=b"no record of ours")
    assert cause(bench).startswith("fold failed: history ")


def test_a_record_of_somebody_else_counts_for_nothing() -> None:
    bench = settled()
    bench.slot.disk.images.clear()
    bench.broker.append(OutRecord(*changelog("history"), b"key", b"value"))
    assert cause(bench) == ""
    assert bench.ask(r.DescribeWorkflowExecution(workflow_id="w")).code == "OK"


@pytest.mark.parametrize("store", ["kept", "lost"])
def test_an_input_that_ends_before_its_position_is_refused(store: str) -> None:
    bench = settled()
    bench.ask(signal("s"))
    bench.crash()
    if store == "lost":
        bench.slot.disk.images.clear()
    log = bench.broker.log(ANCHOR)
    del log.entries[1:]
    log._stable = 0
    assert "ends at 1, before the position" in cause(bench)


def test_partitions_added_to_ingress_are_read_from_their_beginning() -> None:
    bench = settled()
    bench.run()
    bench.crash()
    grown = bench.another(ingress_partitions={"default": 6})
    grown.disk = bench.slot.disk
    bench.slot = grown
    added = next(q for q in range(3, 6) if q % PARTITIONS == PARTITION)
    name = next(f"v{n}" for n in range(9) if partition_of(f"v{n}", PARTITIONS) == PARTITION)
    place = TopicPartition(NAMES.of("ingress"), added)
    bench.broker.append(OutRecord(*place, name.encode(), encode(start(name))))
    assert cause(bench) == ""
    assert bench.ask(r.DescribeWorkflowExecution(workflow_id=name)).code == "OK"


def test_a_group_that_forgot_an_input_nobody_used_is_served_with_its_store() -> None:
    """A broker forgets the offsets of topics that a live group does not subscribe to in 7 days."""
    bench = settled()
    bench.advance(120_000)  # Past a Positions record that the Store has seen.
    assert bench.ask(signal("s")).code == "OK"
    bench.advance(120_000)
    bench.crash()
    for tp in [tp for tp in bench.broker.offsets if tp.topic == NAMES.of("ingress")]:
        del bench.broker.offsets[tp]
    assert cause(bench) == ""
    assert bench.ask(r.DescribeWorkflowExecution(workflow_id="w")).code == "OK"


def test_an_engine_that_was_away_for_longer_than_its_group_remembers_goes_on() -> None:
    bench = settled()
    assert bench.ask(signal("s")).code == "OK"
    bench.crash()
    bench.broker.now_ms += 8 * DAY_MS
    bench.broker.offsets.clear()
    bench.broker.members.clear()
    bench.slot.wake_ms = bench.broker.now_ms
    assert cause(bench) == ""
    assert "days" in bench.slot.disk.set_aside_causes[0]
    assert bench.ask(r.DescribeWorkflowExecution(workflow_id="w")).code == "OK"
    names = [type(event).__name__ for event in bench.records("history")]
    assert names.count("WorkflowExecutionStarted") == 1


def pass_days(bench: Bench, days: int) -> None:
    """Let a slot that lives be idle for so long."""
    for _ in range(days):
        bench.broker.now_ms += DAY_MS
        bench.slot.wake_ms, bench.slot.idle = bench.broker.now_ms, False
        bench.run()


def test_an_idle_engine_is_not_taken_for_one_that_was_away() -> None:
    bench = settled()
    bench.run()
    pass_days(bench, 5)
    bench.crash()
    assert cause(bench) == ""
    assert bench.slot.disk.set_aside_causes == []


def test_an_idle_engine_reminds_its_group_of_all_inputs() -> None:
    bench = settled()
    bench.run()
    inputs = {tp for tp in bench.broker.offsets if tp.topic == NAMES.of("ingress")}
    assert len(inputs) == 3
    for tp in inputs:
        del bench.broker.offsets[tp]
    pass_days(bench, 1)
    assert inputs <= bench.broker.offsets.keys()


@pytest.mark.parametrize("store", ["kept", "lost"])
def test_an_input_that_has_expired_behind_what_was_consumed_is_served(store: str) -> None:
    """A transaction's marker takes an offset that no consumer sees: 2 of 2 are gone, not 1 of 1."""
    bench = settled()
    name = next(f"v{n}" for n in range(9) if partition_of(f"v{n}", PARTITIONS) == PARTITION)
    bench.send(start(name), kind="ingress", partition=1 - PARTITION)  # Is forwarded to its owner.
    bench.run()
    transfers = TopicPartition(NAMES.of("transfers"), PARTITION)
    assert bench.broker.extent(transfers) == Extent(0, 2, 2)
    bench.advance(2 * 60_000)
    bench.crash()
    bench.broker.expired = {transfers}
    if store == "lost":
        bench.slot.disk.images.clear()
    assert cause(bench) == ""
    assert bench.ask(r.DescribeWorkflowExecution(workflow_id=name)).code == "OK"


def test_an_input_that_has_expired_before_it_was_consumed_is_refused() -> None:
    bench = settled()
    place = TopicPartition(NAMES.of("ingress"), PARTITION)
    bench.run()
    bench.crash()
    bench.broker.append(OutRecord(*place, b"w", encode(signal("s"))))
    bench.broker.expired = {place}
    assert "begins at 1, behind the position 0" in cause(bench)
