"""`Replayer`: histories from elsewhere against the code that is here."""

from collections.abc import AsyncIterator

import pytest

from duralog.client import WorkflowHistory
from duralog.schemas import events
from duralog.worker import Replayer
from duralog.workers.outcomes import Completed
from duralog.workflow import NondeterminismError
from unit.workers import changed, programs
from unit.workers.driver import processor_of
from unit.workers.histories import RUN_ID, WORKFLOW_ID, HistoryBuilder


def history_of(workflow: type) -> WorkflowHistory:
    """One completed Workflow Task, and one that is under way."""
    processor = processor_of(workflow)
    builder = HistoryBuilder(workflow_type=next(iter(processor.definitions)) or "").start()
    outcome = processor.process(builder.task())
    assert isinstance(outcome, Completed)
    builder.complete_task(outcome.commands)
    return WorkflowHistory(WORKFLOW_ID, builder.events)


async def test_a_history_that_fits_is_no_failure() -> None:
    result = await Replayer(workflows=[changed.Activity]).replay_workflow(
        history_of(changed.Activity)
    )
    assert result.replay_failure is None


async def test_a_history_comes_through_json() -> None:
    text = history_of(changed.ActivityThenTimer).to_json()
    history = WorkflowHistory.from_json(WORKFLOW_ID, text)
    await Replayer(workflows=[changed.ActivityThenTimer]).replay_workflow(history)


async def test_changed_code_raises() -> None:
    with pytest.raises(NondeterminismError, match="event 5 ActivityTaskScheduled"):
        await Replayer(workflows=[changed.Timer]).replay_workflow(history_of(changed.Activity))


async def test_a_command_the_history_lacks_at_its_end_raises() -> None:
    replayer = Replayer(workflows=[changed.ActivityThenTimer])
    with pytest.raises(NondeterminismError, match="no event for it before its end"):
        await replayer.replay_workflow(history_of(changed.Activity))


async def test_code_that_fails_its_task_is_a_failure() -> None:
    history = history_of(changed.Activity)
    started = history.events[0]
    assert isinstance(started, events.WorkflowExecutionStarted)
    started.workflow_type = "Raises"  # Its parameter is missing.
    result = await Replayer(workflows=[programs.Raises]).replay_workflow(
        history, raise_on_replay_failure=False
    )
    assert isinstance(result.replay_failure, RuntimeError)
    assert isinstance(result.replay_failure.__cause__, TypeError)


async def test_many_histories_tell_which_do_not_fit() -> None:
    async def histories() -> AsyncIterator[WorkflowHistory]:
        yield history_of(changed.Timer)
        yield history_of(changed.Activity)

    results = await Replayer(workflows=[changed.Timer]).replay_workflows(
        histories(), raise_on_replay_failure=False
    )
    assert list(results.replay_failures) == [RUN_ID]


async def test_what_is_no_history_is_refused() -> None:
    replayer = Replayer(workflows=[changed.Timer])
    with pytest.raises(ValueError, match="begins with WorkflowExecutionStarted"):
        await replayer.replay_workflow(WorkflowHistory(WORKFLOW_ID, []))
    with pytest.raises(ValueError, match=r"Order is not registered.*available workflows: Greet"):
        await Replayer(workflows=[programs.Greet]).replay_workflow(history_of(changed.Timer))
    with pytest.raises(ValueError, match="At least one workflow"):
        Replayer(workflows=[])


def test_its_config_makes_another_one() -> None:
    config = Replayer(workflows=[programs.Greet], namespace="mine").config()
    assert config["namespace"] == "mine"
    assert Replayer(**config).config() == config
