"""Where logs end: what was refused is refused again, who knows no end is not believed, what was
told once is kept.
"""

from dataclasses import replace

import pytest

from duralog.connectors.broker import (
    AbortableError,
    Checkpoint,
    Poll,
    Polled,
    ReadMore,
    ReadResult,
    TopicPartition,
)
from duralog.orchestrator import recovery
from duralog.schemas import requests as r
from duralog.schemas.changelog import history_key
from duralog.schemas.codec import decode, encode
from duralog.schemas.identifiers import partition_of
from sim.bench import NAMES, PARTITIONS, Bench
from unit.orchestrator.test_recovery import (
    PARTITION,
    cause,
    changelog,
    settled,
    signal,
    start,
)
from unit.orchestrator.test_torn import lose, signals

TRANSFERS = TopicPartition(NAMES.of("transfers"), PARTITION)
FORWARDED = next(f"v{n}" for n in range(9) if partition_of(f"v{n}", PARTITIONS) == PARTITION)


def with_a_hole() -> Bench:
    """A slot that was killed and has lost its Store; a run has no event 2."""
    bench = settled()
    for name in ("a", "b", "c"):
        assert bench.ask(signal(name)).code == "OK"
    bench.crash()
    bench.slot.disk.images.clear()
    entry = bench.broker.log(changelog("history")).entries[1]
    assert entry.record is not None
    event = decode(entry.record.value or b"")
    event.event_id = 3
    entry.record = entry.record._replace(key=history_key(event.run_id, 3), value=encode(event))
    return bench


def cut() -> Bench:
    """A slot that was killed, and whose newest transaction has vanished from the log."""
    bench = settled()
    bench.run()  # Notes where it has read up to.
    for name in ("a", "b", "c"):
        assert bench.ask(signal(name)).code == "OK"
    bench.crash()
    log = bench.broker.log(changelog("pending"))
    del log.entries[max(i for i, entry in enumerate(log.entries) if entry.record is not None) :]
    log._stable = 0
    return bench


def test_a_hole_is_told_again_at_the_next_start() -> None:
    bench = with_a_hole()
    for _ in range(2):
        assert cause(bench).startswith("log corrupt: ")
        bench.crash()


def test_a_lost_end_is_told_again_at_the_next_start() -> None:
    bench = cut()
    for _ in range(2):
        assert cause(bench).startswith("log lost: ")
        bench.crash()


def test_a_hole_is_told_also_after_a_death_between_two_writes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recovery, "_WRITE_RECORDS_MAX", 0)
    bench = with_a_hole()
    slot, deaths = bench.slot, list[str]()

    def dies() -> bool:
        effect = slot._pending
        if deaths or not isinstance(effect, Checkpoint):
            return False
        if effect.name == "recovery-between-writes":
            deaths.append(effect.name)
        return bool(deaths)

    slot._dies = dies  # type: ignore[method-assign]
    assert cause(bench).startswith("log corrupt: ")


def forget_end(bench: Bench, tp: TopicPartition, *, reads: int) -> None:
    """For so many reads of a second each, a new leader of `tp` says that nothing is there."""
    slot, real, left = bench.slot, bench.slot._performers[ReadMore], reads

    def read_more(effect: ReadMore) -> object:
        nonlocal left
        if tp not in slot._readers[effect.handle] or not left:
            return real(effect)
        left -= 1
        bench.broker.now_ms += 1_000
        result = real(replace(effect, held=effect.held | {tp}))
        assert isinstance(result, ReadResult)
        result.finished.add(tp)
        return result

    slot._performers[ReadMore] = read_more


@pytest.mark.parametrize("kind", ["history", "pending"])
def test_a_changelog_whose_leader_does_not_know_its_end_is_waited_for(kind: str) -> None:
    bench = settled()
    for name in ("a", "b"):
        assert bench.ask(signal(name)).code == "OK"
    lose(bench)
    forget_end(bench, changelog(kind), reads=20)
    assert cause(bench) == ""
    assert signals(bench) == ["a", "b"]
    assert bench.ask(signal("c")).code == "OK"


def test_a_changelog_whose_end_nobody_knows_is_refused_and_served_when_it_is_back() -> None:
    bench = settled()
    assert bench.ask(signal("a")).code == "OK"
    lose(bench)
    began_ms, end = bench.broker.now_ms, bench.broker.extent(changelog("pending")).stable
    forget_end(bench, changelog("pending"), reads=45)
    assert f"{NAMES.of('pending')}[{PARTITION}] ends at 0, and did at {end}" in cause(bench)
    assert 30_000 < bench.broker.now_ms - began_ms < 45_000
    bench.slot._performers = bench.slot._table()
    bench.crash()
    assert cause(bench) == ""
    assert signals(bench) == ["a"]


def fail_once(bench: Bench) -> None:
    """The next flush fails."""
    producer, flush = bench.slot._producer, bench.slot._producer.flush

    def failing() -> None:
        producer.flush = flush  # type: ignore[method-assign]
        raise AbortableError("the flush failed")

    producer.flush = failing  # type: ignore[method-assign]


def test_an_end_that_was_told_in_a_turn_that_aborts_is_kept() -> None:
    """A client tells the end of a partition once: behind the marker, which no read brings."""
    bench = settled()
    slot, fill, told = bench.slot, bench.slot._fill, list[int]()
    is_time = False

    def tells_once(polled: Polled, poll: Poll) -> None:
        fill(polled, poll)
        end = polled.ends.pop(TRANSFERS, 0)
        if is_time and polled.records and not told:
            fail_once(bench)
            polled.ends[TRANSFERS] = end
            told.append(end)

    slot._fill = tells_once  # type: ignore[method-assign]
    bench.send(start(FORWARDED), kind="ingress", partition=1 - PARTITION)
    bench.run()
    is_time = True
    assert bench.ask(signal("s")).code == "OK"
    assert told == [2]
    bench.advance(180_000)
    bench.crash()
    bench.broker.expired = {TRANSFERS}
    assert cause(bench) == ""


def test_an_end_is_not_kept_before_the_records_of_a_turn_that_aborts() -> None:
    bench = settled()
    bench.run()
    slot, fill, ends = bench.slot, bench.slot._fill, list[int]()

    def fails_at_the_record(polled: Polled, poll: Poll) -> None:
        fill(polled, poll)
        if not ends and any(record.topic == TRANSFERS.topic for record in polled.records):
            fail_once(bench)
            ends.append(polled.ends[TRANSFERS])

    slot._fill = fails_at_the_record  # type: ignore[method-assign]
    bench.send(start(FORWARDED), kind="ingress", partition=1 - PARTITION)
    bench.run()
    assert ends
    assert bench.ask(r.DescribeWorkflowExecution(workflow_id=FORWARDED)).code == "OK"
