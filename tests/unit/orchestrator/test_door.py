"""Overload is told at the door: who waits for a start is sent away, and nothing else is."""

from collections.abc import Callable
from typing import Any

from duralog.connectors.broker import TopicPartition
from duralog.orchestrator.door import Door
from duralog.orchestrator.queues import Queues
from duralog.schemas import requests as r
from duralog.schemas.identifiers import partition_of
from duralog.state.limits import CALM_MS, EASY_MS, LATE_LEAVERS_MIN, LATE_MS, ROOM_MS, SPELL_MS
from sim.bench import NAMES, PARTITIONS, Bench

LATE = LATE_MS


def start(name: str = "w") -> r.StartWorkflowExecution:
    return r.StartWorkflowExecution(
        workflow_id=name, workflow_type="T", task_queue="q", request_id=f"{name}-1"
    )


def waits(door: Door, wait_of: Callable[[int], int], begin_ms: int, end_ms: int) -> None:
    """One leaves each 10 ms, and has waited so long."""
    for now_ms in range(begin_ms, end_ms, 10):
        door.note(waited_ms=wait_of(now_ms), now_ms=now_ms)


def test_it_shuts_when_all_were_late_for_two_spells() -> None:
    door = Door()
    waits(door, lambda _: LATE, 10_000, 10_000 + 2 * SPELL_MS)
    assert not door.is_shut
    assert door.note(waited_ms=LATE, now_ms=10_000 + 2 * SPELL_MS)
    assert door.is_shut


def test_one_in_a_spell_that_was_in_time_keeps_it_open() -> None:
    door = Door()
    waits(door, lambda now_ms: LATE if now_ms % 400 else LATE - 1, 10_000, 60_000)
    assert not door.is_shut


def test_a_backlog_that_is_worked_off_is_no_overload() -> None:
    door = Door()
    waits(door, lambda now_ms: 60_000 - now_ms // 2, 1_000, 60_000)
    assert not door.is_shut


def test_it_opens_when_nobody_has_waited_long_for_a_while() -> None:
    door = Door()
    waits(door, lambda now_ms: now_ms, 1_000, 9_000)
    waits(door, lambda now_ms: EASY_MS + 1 if now_ms % 1_000 == 0 else 0, 9_000, 20_000)
    assert door.is_shut, "overload that comes and goes is one"
    waits(door, lambda _: EASY_MS, 20_000, 20_000 + CALM_MS)
    assert not door.is_shut


def test_a_few_that_were_held_up_are_no_overload() -> None:
    door = Door()
    for now_ms in range(1_000, 60_000, SPELL_MS // 5):
        door.note(waited_ms=LATE * 2, now_ms=now_ms)
        assert not door.is_shut


def test_a_queue_that_nobody_leaves_refuses_nothing() -> None:
    door = Door()
    waits(door, lambda now_ms: now_ms, 1_000, 9_000)
    assert door.refuses(9_000)
    assert not door.refuses(9_000 + 4 * SPELL_MS)


def worked(kind: str, *, until_ms: int, lag_ms: int, each_ms: int = 10) -> Queues:
    """A queue whose tasks are taken so long after they went out, for some seconds."""
    queues = Queues(partition=0, partitions=1, activity_copies=4, known={(kind, "q")})
    queues.check(kind, "q", waits=False)
    for now_ms in range(0, until_ms, each_ms):
        queues.dispatched(kind, "q", "run", now_ms, now_ms)
        queues.taken(kind, "q", "run", now_ms - lag_ms, now_ms)
    return queues


def test_workers_that_are_asked_for_too_much_are_a_reason_and_those_that_are_away_are_none() -> (
    None
):
    queues = worked("workflow-tasks", until_ms=9_000, lag_ms=LATE + 100)
    assert queues.refuses("q", 9_000, late=False)
    assert not queues.refuses("other", 9_000, late=False)
    assert not queues.refuses("q", 60_000, late=False), "nobody takes any"


def test_as_many_starts_are_let_in_as_workers_make_room_for() -> None:
    queues = worked("workflow-tasks", until_ms=9_000, lag_ms=LATE)
    assert queues.refuses("q", 9_000, late=False)
    for now_ms in range(9_000 - LATE, 9_000 - LATE // 2 + 100, 10):
        queues.taken("workflow-tasks", "q", "run", now_ms, 9_000)
    assert not queues.refuses("q", 9_000, late=False), "fewer are out than that"
    queues.check("workflow-tasks", "q", waits=True)
    assert queues.refuses("q", 9_000, late=False), "and more wait for a place"


def test_of_a_late_engine_that_is_true_as_well_and_a_queue_that_nobody_knows_gets_none() -> None:
    queues = worked("workflow-tasks", until_ms=9_000, lag_ms=ROOM_MS - 100)
    assert not queues.refuses("q", 9_000, late=True)
    assert not queues.refuses("other", 9_000, late=False)
    assert queues.refuses("other", 9_000, late=True)


def test_activities_that_wait_are_no_reason() -> None:
    queues = worked("activities", until_ms=9_000, lag_ms=LATE * 2)
    assert not queues.refuses("q", 9_000, late=False)


def late(bench: Bench) -> None:
    """Have every request of the owner of "w" wait too long, for too long."""
    bench.send(r.DescribeWorkflowExecution(workflow_id="w"))
    for _ in range(4):
        bench.broker.now_ms += SPELL_MS
        bench.slot.wake_ms = bench.broker.now_ms
        for _ in range(LATE_LEAVERS_MIN):
            _backdated(bench, r.DescribeWorkflowExecution(workflow_id="w"))
        bench.run()


def _backdated(bench: Bench, request: Any) -> None:
    """As if it had waited so long."""
    now_ms = bench.broker.now_ms
    bench.broker.now_ms -= LATE
    bench.send(request)
    bench.broker.now_ms = now_ms


def ask_late(bench: Bench, request: Any) -> str:
    """The code of its reply, or none when nobody is told."""
    before = len(bench.records("inbox"))
    if request.reply_partition == -1 and request.recipient:
        request.reply_partition = 0
    _backdated(bench, request)
    bench.run()
    replies = bench.records("inbox")[before:]
    return replies[-1].code if replies else ""


def started(bench: Bench) -> list[str]:
    events = bench.records("history")
    return [e.workflow_id for e in events if type(e).__name__ == "WorkflowExecutionStarted"]


def other() -> str:
    """A Workflow ID of the same partition."""
    owner = partition_of("w", PARTITIONS)
    return next(f"o{i}" for i in range(99) if partition_of(f"o{i}", PARTITIONS) == owner)


def test_a_start_that_somebody_waits_for_is_refused_and_leaves_nothing() -> None:
    bench = Bench()
    bench.ask(start())
    late(bench)
    asked = start(other())
    asked.recipient = "me"
    assert ask_late(bench, asked) == "RESOURCE_EXHAUSTED"
    assert started(bench) == ["w"]
    tp = TopicPartition(NAMES.of("requests"), partition_of("w", PARTITIONS))
    assert bench.broker.offsets[tp][0] == len(bench.broker.log(tp).entries), "it is consumed"
    assert bench.ask(start(other())).code == "OK", "in time again"


def test_a_start_that_was_taken_before_and_one_that_nobody_waits_for_are_as_ever() -> None:
    bench = Bench()
    bench.ask(start())
    late(bench)
    again = start()
    again.recipient = "me"
    assert ask_late(bench, again) == "OK"
    assert ask_late(bench, start(other())) == ""
    assert started(bench) == ["w", other()]


def test_nothing_but_starts_is_refused() -> None:
    bench = Bench()
    bench.ask(start())
    late(bench)
    signal = r.SignalWorkflowExecution(workflow_id="w", signal_name="s", recipient="me")
    assert ask_late(bench, signal) == "OK"


def test_what_comes_by_ingress_waits_its_turn() -> None:
    bench = Bench()
    bench.ask(start())
    late(bench)
    asked = start(other())
    asked.recipient, asked.reply_partition = "me", 0
    now_ms = bench.broker.now_ms
    bench.broker.now_ms -= LATE
    bench.send(asked, kind="ingress", partition=partition_of("w", PARTITIONS))
    bench.broker.now_ms = now_ms
    bench.run()
    assert started(bench) == ["w", other()]
