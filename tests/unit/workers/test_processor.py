"""Which run a task meets: cached, replayed, or none; and how runs leave the cache."""

import gc
import threading
from typing import Any

import pytest

from duralog.schemas import events
from duralog.schemas.codec import encode
from duralog.workers.outcomes import Completed, Failed, NeedsFullHistory
from duralog.workers.processor import WorkflowTaskProcessor
from unit.workers import programs
from unit.workers.driver import names, processor_of
from unit.workers.histories import RUN_ID, HistoryBuilder


def first_task(processor: WorkflowTaskProcessor) -> tuple[HistoryBuilder, list[int]]:
    """A run of Greet whose Activity is scheduled; the answer's id is `a`."""
    builder = HistoryBuilder(workflow_type="Greet").start("Bob")
    outcome = processor.process(builder.task())
    assert isinstance(outcome, Completed)
    processor.accepted(RUN_ID, "a")
    return builder, builder.complete_task(outcome.commands, "a")


def second_task(builder: HistoryBuilder, ids: list[int]) -> None:
    builder.complete_activity(ids[0], "Hello")
    builder.schedule_task()


def test_a_task_with_new_events_only_meets_the_run_that_answered_last() -> None:
    processor = processor_of(programs.Greet)
    builder, ids = first_task(processor)
    second_task(builder, ids)
    outcome = processor.process(builder.task(full=False))
    assert isinstance(outcome, Completed)
    assert not outcome.replayed
    assert processor.counters.cache_hits == 1


def test_a_whole_history_is_not_read_again_by_the_run_that_has_seen_it() -> None:
    processor = processor_of(programs.Greet)
    builder, ids = first_task(processor)
    second_task(builder, ids)
    outcome = processor.process(builder.task(full=True))
    assert isinstance(outcome, Completed)
    assert not outcome.replayed


@pytest.mark.parametrize("first", ["started", "completed"])
def test_new_events_may_begin_with_or_behind_the_start_of_the_last_task(first: str) -> None:
    processor = processor_of(programs.Greet)
    builder, ids = first_task(processor)
    second_task(builder, ids)
    task = builder.task(full=False)
    if first == "completed":
        task.events = task.events[1:]
    assert isinstance(processor.process(task), Completed)
    assert processor.counters.cache_hits == 1


def test_another_completion_id_means_a_replay() -> None:
    processor = processor_of(programs.Greet)
    builder, ids = first_task(processor)
    second_task(builder, ids)
    builder.completion_id = "of another worker"
    outcome = processor.process(builder.task(full=True))
    assert isinstance(outcome, Completed)
    assert outcome.replayed
    assert processor.counters.cache_misses == 1


def test_without_a_run_and_a_whole_history_it_is_asked_for() -> None:
    processor = processor_of(programs.Greet)
    builder, ids = first_task(processor)
    second_task(builder, ids)
    processor.evict(RUN_ID)
    task = builder.task(full=False)
    assert isinstance(processor.process(task), NeedsFullHistory)
    whole = [encode(event) for event in builder.events]
    outcome = processor.process(task, whole)
    assert isinstance(outcome, Completed)
    assert outcome.replayed


def test_the_events_of_a_claim_follow_the_tasks() -> None:
    processor = processor_of(programs.Counter)
    builder = HistoryBuilder(workflow_type="Counter").start()
    task = builder.task()
    builder.signal("end")
    task.started_event_id += 1
    outcome = processor.process(task, [encode(builder.events[-1])])
    assert isinstance(outcome, Completed)
    assert names(outcome.commands) == ["CompleteWorkflowExecution"]


def test_a_gap_in_new_events_asks_for_the_whole_history() -> None:
    processor = processor_of(programs.Greet)
    builder, ids = first_task(processor)
    second_task(builder, ids)
    task = builder.task(full=False)
    task.events = task.events[3:]
    assert isinstance(processor.process(task), NeedsFullHistory)


def test_a_gap_in_the_whole_history_fails_the_task() -> None:
    processor = processor_of(programs.Greet)
    builder, ids = first_task(processor)
    second_task(builder, ids)
    processor.evict(RUN_ID)
    task = builder.task()
    del task.events[3]
    assert isinstance(processor.process(task), Failed)


def test_an_answer_that_was_not_accepted_leads_to_a_replay() -> None:
    """UnhandledCommand: the engine rolled the answer back, and the task is run again with more."""
    processor = processor_of(programs.Counter)
    builder = HistoryBuilder(workflow_type="Counter").start()
    builder.signal("end")
    assert isinstance(processor.process(builder.task()), Completed)
    processor.accepted(RUN_ID, "refused")
    scheduled = len(builder.events)
    started = builder.add(events.WorkflowTaskStarted, scheduled_event_id=scheduled)
    builder.add(
        events.WorkflowTaskFailed,
        scheduled_event_id=scheduled,
        started_event_id=started,
        cause="UNHANDLED_COMMAND",
    )
    builder.signal("add", "late")
    builder.schedule_task()
    outcome = processor.process(builder.task())
    assert isinstance(outcome, Completed)
    assert not outcome.replayed  # Its code has run once: with all of it.
    result = processor.converter.from_payloads(outcome.commands[0].result)  # type: ignore[union-attr]
    assert result == [["late", "run"]]


def test_a_failed_task_evicts_its_run() -> None:
    processor = processor_of(programs.Raises)
    builder = HistoryBuilder(workflow_type="Raises").start("bug")
    assert isinstance(processor.process(builder.task()), Failed)
    assert processor.counters.failures == processor.counters.evictions == 1


def test_a_closed_run_is_not_kept() -> None:
    processor = processor_of(programs.Greet)
    builder, ids = first_task(processor)
    second_task(builder, ids)
    processor.process(builder.task(full=False))
    assert processor.counters.evictions == 1


def test_the_run_that_was_used_longest_ago_leaves_a_full_cache() -> None:
    processor = processor_of(programs.Greet, cache_size=2)
    for run_id in ("a", "b", "c"):
        task = HistoryBuilder(workflow_type="Greet").start("Bob").task()
        task.run_id = run_id
        processor.process(task)
    assert processor.counters.evictions == 1
    task.run_id = "a"
    task.full = False
    assert isinstance(processor.process(task), NeedsFullHistory)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("workflow", "arguments"),
    [
        (programs.Greet, ["Bob"]),
        (programs.Many, []),
        (programs.Primitives, []),
        (programs.Shielded, []),
        (programs.Counter, []),
        (programs.Stubborn, []),
    ],
    ids=lambda v: getattr(v, "__name__", ""),
)
def test_eviction_leaves_nothing_behind(
    workflow: type[Any], arguments: list[Any], capfd: pytest.CaptureFixture[str]
) -> None:
    processor = processor_of(workflow)
    definition = next(iter(processor.definitions.values()))
    task = HistoryBuilder(workflow_type=definition.name or "").start(*arguments).task()
    assert isinstance(processor.process(task), Completed)
    processor.close()
    gc.collect()
    assert capfd.readouterr().err == ""


def test_what_an_abandoned_thread_returns_is_not_kept() -> None:
    processor = processor_of(programs.Blocks)
    programs.BLOCKED.clear()
    programs.GO_ON.clear()
    task = HistoryBuilder(workflow_type="Blocks").start().task()
    thread = threading.Thread(target=processor.process, args=(task,))
    thread.start()
    assert programs.BLOCKED.wait(10)
    assert processor.blocked(RUN_ID) == thread.ident
    processor.abandon(RUN_ID)
    assert processor.blocked(RUN_ID) is None
    programs.GO_ON.set()
    thread.join()
    task.full = False
    assert isinstance(processor.process(task), NeedsFullHistory)
