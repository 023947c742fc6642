"""Cancelling Workflows, Activities and timers."""

import pytest

from duralog.schemas import commands, events
from duralog.workflow import ActivityCancellationType
from unit.workers import programs
from unit.workers.driver import Driver, names
from unit.workers.histories import RUN_ID

TRY = ActivityCancellationType.TRY_CANCEL
WAIT = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED
ABANDON = ActivityCancellationType.ABANDON


def started(kind: ActivityCancellationType) -> tuple[Driver, int]:
    """A Workflow whose Activity is scheduled and whose timer has just fired."""
    driver = Driver(programs.CancelActivity, int(kind))
    _, ids = driver.step()
    driver.history.fire_timer("1")
    return driver, ids[0]


def test_try_cancel_requests_and_raises_in_the_same_task() -> None:
    driver, scheduled = started(TRY)
    made, _ = driver.next()
    assert made[0] == commands.RequestCancelActivityTask(scheduled_event_id=scheduled)
    assert driver.result_of(made[1]) == "CancelledError True"


def test_abandon_requests_nothing_and_raises() -> None:
    driver, _ = started(ABANDON)
    made, _ = driver.next()
    assert names(made) == ["CompleteWorkflowExecution"]
    assert driver.result_of(made[0]) == "CancelledError True"


def test_wait_requests_and_takes_what_the_activity_says() -> None:
    driver, scheduled = started(WAIT)
    made, _ = driver.next()
    assert made == [commands.RequestCancelActivityTask(scheduled_event_id=scheduled)]
    driver.history.add(
        events.ActivityTaskCanceled, scheduled_event_id=scheduled, started_event_id=0
    )
    made, _ = driver.next()
    assert driver.result_of(made[0]) == "CancelledError True"


def test_wait_takes_a_result_that_came_after_all() -> None:
    driver, scheduled = started(WAIT)
    driver.next()
    driver.history.complete_activity(scheduled, "late")
    made, _ = driver.next()
    assert driver.result_of(made[0]) == "late"


def test_what_is_cancelled_before_it_was_sent_is_never_sent() -> None:
    made, _ = Driver(programs.CancelAtOnce).step()
    assert names(made) == ["CompleteWorkflowExecution"]


def test_a_cancel_request_ends_the_workflow_as_cancelled() -> None:
    driver = Driver(programs.Sleep, 10)
    driver.step()
    driver.history.request_cancel("why")
    made, _ = driver.next()
    assert made == [commands.CancelTimer(timer_id="1"), commands.CancelWorkflowExecution()]


def test_a_cancel_request_cancels_the_activity_the_workflow_waits_for() -> None:
    driver = Driver(programs.Greet, "Bob")
    _, ids = driver.step()
    driver.history.request_cancel()
    made, _ = driver.next()
    assert made == [
        commands.RequestCancelActivityTask(scheduled_event_id=ids[0]),
        commands.CancelWorkflowExecution(),
    ]


def test_a_workflow_may_clean_up_when_it_is_cancelled() -> None:
    driver = Driver(programs.Shielded)
    driver.step()
    driver.history.request_cancel()
    made, ids = driver.next()
    assert names(made) == ["CancelTimer", "ScheduleActivityTask"]
    driver.history.complete_activity(ids[1], "done")
    assert names(driver.next()[0]) == ["CancelWorkflowExecution"]


def test_a_workflow_that_is_cancelled_before_it_ran_sees_the_cancellation() -> None:
    driver = Driver(programs.Shielded)
    driver.history.events.pop()
    driver.history.request_cancel()
    driver.history.schedule_task()
    made, _ = driver.step()
    assert names(made) == ["ScheduleActivityTask"]


@pytest.mark.parametrize("kind", [TRY, ABANDON])
def test_the_end_of_an_activity_nobody_waits_for_is_ignored(kind: ActivityCancellationType) -> None:
    driver = Driver(programs.Abandons, int(kind))
    _, ids = driver.step()
    driver.history.fire_timer("1")
    driver.next()
    driver.history.complete_activity(ids[0], "late")
    assert driver.next()[0] == []
    driver.history.fire_timer("2")
    assert names(driver.next()[0]) == ["CompleteWorkflowExecution"]


def test_evicted_code_runs_its_finally_blocks_and_nothing_else() -> None:
    driver = Driver(programs.Shielded)
    programs.SEEN.clear()
    driver.step()
    programs.SEEN.clear()
    driver.cached.evict(RUN_ID)
    assert programs.SEEN == ["finally"]


def test_what_has_ended_in_the_same_task_is_not_cancelled() -> None:
    driver = Driver(programs.Races)
    _, ids = driver.step()
    driver.history.fire_timer("1")
    driver.history.complete_activity(ids[0], "done")
    driver.history.signal("stop")
    made, _ = driver.next()
    assert names(made) == ["CompleteWorkflowExecution"]
    assert driver.result_of(made[0]) == "done"
