"""Workflows run: Activities, timers, Signals, asyncio, ends; cached and replayed alike."""

import asyncio
import logging

import pytest

from duralog import workflow
from duralog.schemas import commands
from duralog.schemas.payloads import Failure, RetryPolicy
from duralog.workers.outcomes import Completed, Failed
from unit.workers import programs
from unit.workers.driver import Driver, application_failure, names


def test_an_activity_is_scheduled_and_its_result_ends_the_workflow() -> None:
    driver = Driver(programs.Greet, "Bob")
    made, ids = driver.step()
    assert made == [
        commands.ScheduleActivityTask(
            activity_id="1",
            activity_type="greet",
            input=driver.history.converter.to_payloads(["Bob"]),
            start_to_close_timeout_ms=10_000,
            retry_policy=RetryPolicy(maximum_attempts=3, maximum_interval_ms=100_000),
        )
    ]
    driver.history.complete_activity(ids[0], "Hello")
    made, _ = driver.next()
    assert driver.result_of(made[0]) == "Hello"


def test_commands_stand_in_the_order_of_the_calls() -> None:
    driver = Driver(programs.Many)
    made, ids = driver.step()
    activities = [c for c in made if isinstance(c, commands.ScheduleActivityTask)]
    assert [c.activity_type for c in activities] == ["greet", "other", "ship", "charge-card"]
    assert [c.activity_id for c in activities] == ["1", "2", "3", "4"]
    assert [c.task_queue for c in activities] == ["", "", "shop", ""]
    results = ["a", "b", 2, {"amount": 3}]
    for number in (3, 1):
        driver.history.complete_activity(ids[number], results[number])
    assert driver.next()[0] == []
    for number in (0, 2):
        driver.history.complete_activity(ids[number], results[number])
    made, _ = driver.next()
    assert driver.result_of(made[0]) == results


def test_a_failed_activity_fails_the_workflow_with_its_causes() -> None:
    driver = Driver(programs.Greet, "Bob")
    _, ids = driver.step()
    driver.history.fail_activity(ids[0], application_failure())
    made, _ = driver.next()
    assert isinstance(made[0], commands.FailWorkflowExecution)
    failure = made[0].failure
    assert failure is not None
    assert (failure.kind, failure.activity_type, failure.scheduled_event_id) == (
        "activity",
        "greet",
        ids[0],
    )
    assert failure.retry_state == "MAXIMUM_ATTEMPTS_REACHED"
    assert failure.cause == application_failure()


def test_a_sleep_takes_its_time_in_the_workflow() -> None:
    driver = Driver(programs.Sleep, 1.5)
    made, _ = driver.step()
    assert made == [commands.StartTimer(timer_id="1", start_to_fire_timeout_ms=1500)]
    driver.history.now_ms += 60_000
    driver.history.fire_timer("1")
    made, _ = driver.next()
    assert float(driver.result_of(made[0])) >= 60


def test_signals_come_before_the_main_coroutine_goes_on() -> None:
    driver = Driver(programs.Counter)
    driver.history.events.pop()  # The first task is scheduled after the Signal.
    driver.history.signal("add", "before the start")
    driver.history.schedule_task()
    assert driver.step()[0] == []
    driver.history.signal("add-slowly", "slow")
    driver.history.signal("add", "fast")
    made, _ = driver.next()
    assert names(made) == ["StartTimer"]
    driver.history.signal("end")
    assert driver.next()[0] == []
    driver.history.fire_timer("1")
    made, _ = driver.next()
    assert driver.result_of(made[0]) == ["before the start", "run", "fast", "slow"]


def test_a_signal_whose_input_does_not_fit_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    driver = Driver(programs.Counter)
    driver.history.signal("add", 1)
    driver.history.signal("end")
    with caplog.at_level(logging.ERROR):
        made, _ = driver.step()
    assert driver.result_of(made[0]) == ["run"]
    assert "dropped" in caplog.text


def test_asyncio_works() -> None:
    driver = Driver(programs.Primitives)
    made, _ = driver.step()
    assert names(made) == ["StartTimer"]
    driver.history.fire_timer("1")
    assert names(driver.next()[0]) == ["StartTimer"]
    driver.history.fire_timer("2")
    made, _ = driver.next()
    assert [c.start_to_fire_timeout_ms for c in made if isinstance(c, commands.StartTimer)] == [
        2000,
        1000,
    ]
    driver.history.fire_timer("4")
    made, _ = driver.next()
    assert names(made) == ["CancelTimer", "CompleteWorkflowExecution"]
    assert driver.result_of(made[1]) == [0, 1, 2, "timeout", "wait_for", [1], "x"]


def test_a_failure_error_fails_the_workflow() -> None:
    made, _ = Driver(programs.Raises, "application").step()
    assert isinstance(made[0], commands.FailWorkflowExecution)
    failure = made[0].failure
    assert failure is not None
    assert (failure.message, failure.type, failure.non_retryable) == ("no", "Refused", True)
    assert "programs.py" in failure.stack_trace


def test_a_named_exception_type_fails_the_workflow() -> None:
    made, _ = Driver(programs.Raises, "value").step()
    assert names(made) == ["FailWorkflowExecution"]


def test_a_timeout_fails_the_workflow() -> None:
    driver = Driver(programs.Raises, "timeout")
    driver.step()
    driver.history.fire_timer("1")
    made, _ = driver.next()
    assert isinstance(made[0], commands.FailWorkflowExecution)
    assert made[0].failure is not None
    assert made[0].failure.type == "TimeoutError"


def test_any_other_exception_fails_the_workflow_task() -> None:
    outcome = Driver(programs.Raises, "bug").outcome()
    assert isinstance(outcome, Failed)
    assert outcome.cause == "WORKFLOW_WORKER_UNHANDLED_FAILURE"
    assert (outcome.failure.type, outcome.failure.message) == ("RuntimeError", "a bug")


def test_the_workers_exception_types_fail_the_workflow_too() -> None:
    made, _ = Driver(programs.Raises, "bug", failure_exception_types=(RuntimeError,)).step()
    assert names(made) == ["FailWorkflowExecution"]


def test_a_workflow_knows_its_facts() -> None:
    driver = Driver(programs.Facts, 7)
    driver.step()
    driver.history.fire_timer("1")
    made, _ = driver.next()
    facts = driver.result_of(made[0])
    assert facts["first"] == 7
    assert (facts["type"], facts["id"], facts["length"]) == ("Facts", "order-7", 8)
    assert facts["instance"]
    assert not facts["suggested"]
    assert len(set(facts["ids"])) == 4


def test_an_unknown_workflow_type_fails_the_task_and_names_the_known_ones() -> None:
    driver = Driver(programs.Greet, "Bob")
    driver.cached.definitions = {}
    outcome = driver.cached.process(driver.history.task())
    assert isinstance(outcome, Failed)
    assert "Greet is not registered on this worker, available workflows: none" in (
        outcome.failure.message
    )


def test_input_that_does_not_fit_fails_the_task() -> None:
    outcome = Driver(programs.Greet, 1).outcome()
    assert isinstance(outcome, Failed)
    assert outcome.failure.type == "RuntimeError"


def test_outside_of_a_workflow_the_functions_say_so() -> None:
    with pytest.raises(workflow.NotInWorkflowEventLoopError, match="Not in workflow event loop"):
        workflow.now()
    assert not workflow.in_workflow()

    async def outside() -> None:
        await workflow.sleep(0)

    with pytest.raises(workflow.NotInWorkflowEventLoopError):
        asyncio.run(outside())


def test_a_timed_out_activity_says_which_timeout_passed() -> None:
    driver = Driver(programs.Greet, "Bob")
    _, ids = driver.step()
    failure = Failure(
        kind="timeout", message="activity StartToClose timeout", timeout_type="START_TO_CLOSE"
    )
    driver.history.fail_activity(ids[0], failure)
    driver.history.schedule_task()
    outcome = driver.outcome()
    assert isinstance(outcome, Completed)
    command = outcome.commands[0]
    assert isinstance(command, commands.FailWorkflowExecution)
    assert command.failure is not None
    assert command.failure.cause == failure


def test_a_workflow_that_cuts_off_a_handler_is_warned() -> None:
    driver = Driver(programs.CutsOff)
    driver.history.signal("slow")
    driver.history.schedule_task()
    with pytest.warns(workflow.UnfinishedSignalHandlersWarning, match="'slow': 1"):
        driver.outcome()


def test_a_signal_waits_for_the_handler_that_is_set_later() -> None:
    driver = Driver(programs.Dynamic)
    driver.step()
    driver.history.signal("other", 1, "two")
    driver.next()
    driver.history.signal("late", "kept")
    assert driver.next()[0] == []
    driver.history.fire_timer("1")
    made, _ = driver.next()
    assert driver.result_of(made[0]) == [["other", 1, "two"], "kept"]


def test_the_logger_knows_the_workflow_and_is_silent_in_replay(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO):
        driver = Driver(programs.Logs)
        driver.step()
        driver.history.fire_timer("1")
        driver.next()
    texts = [r.getMessage() for r in caplog.records if r.name == "duralog.workflow"]
    # Each task is run by the cached run and by a replay; the first line is not said again.
    assert [text.split(" (")[0] for text in texts] == ["before", "before", "after", "after"]
    assert "'workflow_id': 'order-7'" in texts[0]
    assert vars(caplog.records[0])["temporal_workflow"]["workflow_type"] == "Logs"
