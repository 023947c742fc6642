"""Changed code: the replay must name the Event and the Command, and fail the Workflow Task only."""

from typing import Any

import pytest

from duralog import workflow
from duralog.workers.outcomes import Completed, Failed
from unit.workers import changed
from unit.workers.driver import processor_of
from unit.workers.histories import HistoryBuilder


def history_of(old: type[Any]) -> HistoryBuilder:
    """What the old code left: its first task's Commands, and a second task to run."""
    builder = HistoryBuilder(workflow_type="Order").start()
    outcome = processor_of(old).process(builder.task())
    assert isinstance(outcome, Completed)
    ids = builder.complete_task(outcome.commands)
    for event in [e for e in builder.events if e.event_id in ids]:
        if hasattr(event, "activity_id"):
            builder.complete_activity(event.event_id, "done")
    builder.schedule_task()
    return builder


def replay(old: type[Any], new: type[Any]) -> Failed:
    outcome = processor_of(new).process(history_of(old).task())
    assert isinstance(outcome, Failed), outcome
    assert outcome.cause == "NON_DETERMINISTIC_ERROR"
    assert outcome.failure.type == "NondeterminismError"
    return outcome


@pytest.mark.parametrize(
    ("old", "new", "event", "command"),
    [
        pytest.param(
            changed.Activity,
            changed.Nothing,
            "event 5 ActivityTaskScheduled activity_id=1 activity_type=pay",
            "makes Command CompleteWorkflowExecution there",
            id="removed",
        ),
        pytest.param(
            changed.Nothing,
            changed.Activity,
            "event 5 WorkflowExecutionCompleted",
            "makes Command ScheduleActivityTask activity_id=1 activity_type=pay there",
            id="added",
        ),
        pytest.param(
            changed.Activity,
            changed.RenamedActivity,
            "event 5 ActivityTaskScheduled activity_id=1 activity_type=pay",
            "makes Command ScheduleActivityTask activity_id=1 activity_type=charge there",
            id="renamed",
        ),
        pytest.param(
            changed.Activity,
            changed.Timer,
            "event 5 ActivityTaskScheduled activity_id=1 activity_type=pay",
            "makes Command StartTimer timer_id=1 there",
            id="activity to timer",
        ),
        pytest.param(
            changed.ActivityThenTimer,
            changed.TimerThenActivity,
            "event 5 ActivityTaskScheduled activity_id=1 activity_type=pay",
            "makes Command StartTimer timer_id=1 there",
            id="reordered",
        ),
        pytest.param(
            changed.Activity,
            changed.ActivityThenTimer,
            "before event 9 WorkflowTaskStarted",
            "makes Command StartTimer timer_id=1",
            id="one more",
        ),
        pytest.param(
            changed.ActivityThenTimer,
            changed.Activity,
            "event 6 TimerStarted timer_id=1",
            "makes no Command there",
            id="one less",
        ),
    ],
)
def test_changed_code_is_named(old: type[Any], new: type[Any], event: str, command: str) -> None:
    message = replay(old, new).failure.message
    assert event in message
    assert command in message
    assert "was the code changed" in message


def test_a_changed_duration_is_not_an_error() -> None:
    outcome = processor_of(changed.LongerTimer).process(history_of(changed.Timer).task())
    assert isinstance(outcome, Completed)


def test_a_workflow_may_ask_to_fail_instead() -> None:
    processor = processor_of(
        changed.Nothing, failure_exception_types=(workflow.NondeterminismError,)
    )
    outcome = processor.process(history_of(changed.Activity).task())
    assert isinstance(outcome, Completed)
    assert [type(c).__name__ for c in outcome.commands] == ["FailWorkflowExecution"]


def test_an_end_of_an_activity_that_was_never_started_is_an_error() -> None:
    builder = HistoryBuilder(workflow_type="Order").start()
    outcome = processor_of(changed.Timer).process(builder.task())
    assert isinstance(outcome, Completed)
    ids = builder.complete_task(outcome.commands)
    builder.complete_activity(ids[0], "what?")
    builder.schedule_task()
    failed = processor_of(changed.Timer).process(builder.task())
    assert isinstance(failed, Failed)
    assert "event 5 scheduled no Activity" in failed.failure.message
