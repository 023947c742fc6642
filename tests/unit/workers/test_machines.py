"""The tables of the machines: every state is reached, every step that is not in them is refused."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from duralog.schemas import commands, events
from duralog.workers.history import ROLES
from duralog.workers.machines import activity, child, external, timer
from duralog.workers.machines.recorded import RECORDED_AS
from duralog.workflow import (
    ActivityCancellationType,
    ChildWorkflowCancellationType,
    NondeterminismError,
)

TIMES: dict[str, Any] = {
    "workflow_id": "w",
    "run_id": "r",
    "event_id": 5,
    "event_time_ms": 1,
}

ACTIVITY_EVENTS: dict[activity.Input, Callable[[activity.ActivityMachine], object]] = {
    activity.Input.RECORDED: lambda m: m.scheduled(
        events.ActivityTaskScheduled(activity_id="1", activity_type="a", task_queue="q", **TIMES)
    ),
    activity.Input.STARTED: lambda m: m.started(events.ActivityTaskStarted(**TIMES)),
    activity.Input.CANCEL_RECORDED: lambda m: m.cancel_recorded(
        events.ActivityTaskCancelRequested(scheduled_event_id=m.scheduled_event_id, **TIMES)
    ),
    activity.Input.CLOSE: lambda m: m.close(events.ActivityTaskCompleted(**TIMES)),
}

TIMER_EVENTS: dict[timer.Input, Callable[[timer.TimerMachine], object]] = {
    timer.Input.RECORDED: lambda m: m.started(
        events.TimerStarted(timer_id="1", start_to_fire_timeout_ms=1, **TIMES)
    ),
    timer.Input.FIRE: lambda m: m.fire(
        events.TimerFired(timer_id="1", started_event_id=5, **TIMES)
    ),
    timer.Input.CANCEL_RECORDED: lambda m: m.cancel_recorded(
        events.TimerCanceled(timer_id="1", started_event_id=5, **TIMES)
    ),
}


def activity_machine(
    state: activity.State,
    kind: ActivityCancellationType = ActivityCancellationType.TRY_CANCEL,
) -> activity.ActivityMachine:
    command = commands.ScheduleActivityTask(activity_id="1", activity_type="a")
    return activity.ActivityMachine(command=command, cancellation_type=kind, state=state)


@pytest.mark.parametrize(
    ("state", "what"), list(product(activity.State, ACTIVITY_EVENTS)), ids=lambda v: v.name
)
def test_an_activity_takes_the_events_of_its_table_only(
    state: activity.State, what: activity.Input
) -> None:
    machine = activity_machine(state)
    after = activity.TRANSITIONS.get((state, what))
    if after is None:
        with pytest.raises(NondeterminismError, match=f"Activity 1 is {state.name}"):
            ACTIVITY_EVENTS[what](machine)
    else:
        ACTIVITY_EVENTS[what](machine)
    assert machine.state is (after or state)


@pytest.mark.parametrize("state", list(activity.State), ids=lambda v: v.name)
@pytest.mark.parametrize("kind", list(ActivityCancellationType), ids=lambda v: v.name)
def test_an_activity_can_be_cancelled_in_every_state_it_can_be_in(
    state: activity.State, kind: ActivityCancellationType
) -> None:
    abandon = kind is ActivityCancellationType.ABANDON
    what = activity.Input.ABANDON if abandon else activity.Input.CANCEL
    impossible = activity.State.CANCELLING if abandon else activity.State.ABANDONED
    if state is impossible:
        return
    machine = activity_machine(state, kind)
    command = machine.cancel()
    assert machine.state is activity.TRANSITIONS[state, what]
    assert (command is not None) == (state is activity.State.SCHEDULED and not abandon)


@pytest.mark.parametrize(
    ("state", "what"), list(product(timer.State, TIMER_EVENTS)), ids=lambda v: v.name
)
def test_a_timer_takes_the_events_of_its_table_only(state: timer.State, what: timer.Input) -> None:
    command = commands.StartTimer(timer_id="1", start_to_fire_timeout_ms=1)
    machine = timer.TimerMachine(command=command, state=state)
    after = timer.TRANSITIONS.get((state, what))
    if after is None:
        with pytest.raises(NondeterminismError, match=f"timer 1 is {state.name}"):
            TIMER_EVENTS[what](machine)
    else:
        TIMER_EVENTS[what](machine)
    assert machine.state is (after or state)


@pytest.mark.parametrize("state", list(timer.State), ids=lambda v: v.name)
def test_a_timer_can_be_cancelled_in_every_state(state: timer.State) -> None:
    command = commands.StartTimer(timer_id="1", start_to_fire_timeout_ms=1)
    machine = timer.TimerMachine(command=command, state=state)
    made = machine.cancel()
    assert machine.state is timer.TRANSITIONS[state, timer.Input.CANCEL]
    assert (made is not None) == (state is timer.State.STARTED)


def test_every_state_is_the_start_or_the_end_of_a_step() -> None:
    for module in (activity, timer):
        reached = {module.State.CREATED, *module.TRANSITIONS.values()}
        assert reached == set(module.State)


def test_every_command_is_recorded_as_one_event_but_a_rejection_which_leaves_none() -> None:
    assert set(RECORDED_AS) == set(commands.CODECS) - {commands.RejectWorkflowExecutionUpdate}
    assert len(set(RECORDED_AS.values())) == len(RECORDED_AS)


def test_every_event_has_a_role() -> None:
    assert set(ROLES) == set(events.CODECS)


CHILD_EVENTS: dict[child.Input, Callable[[child.ChildMachine], object]] = {
    child.Input.RECORDED: lambda m: m.initiated(
        events.StartChildWorkflowExecutionInitiated(
            child_workflow_id="c", workflow_type="C", task_queue="q", **TIMES
        )
    ),
    child.Input.START: lambda m: m.started(
        events.ChildWorkflowExecutionStarted(child_workflow_id="c", child_run_id="r", **TIMES)
    ),
    child.Input.START_FAIL: lambda m: m.start_failed(
        events.StartChildWorkflowExecutionFailed(child_workflow_id="c", **TIMES)
    ),
    child.Input.CLOSE: lambda m: m.close(
        events.ChildWorkflowExecutionCompleted(child_workflow_id="c", **TIMES)
    ),
}

EXTERNAL_EVENTS: dict[external.Input, Callable[[external.ExternalMachine], object]] = {
    external.Input.RECORDED: lambda m: m.initiated(
        events.SignalExternalWorkflowExecutionInitiated(
            target_workflow_id="o", signal_name="s", **TIMES
        )
    ),
    external.Input.DONE: lambda m: m.done(
        events.ExternalWorkflowExecutionSignaled(target_workflow_id="o", **TIMES)
    ),
}
WAIT_COMPLETED = ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED


def child_machine(
    state: child.State, kind: ChildWorkflowCancellationType = WAIT_COMPLETED
) -> child.ChildMachine:
    command = commands.StartChildWorkflowExecution(workflow_id="c", workflow_type="C")
    return child.ChildMachine(
        command=command, cancellation_type=kind, namespace="default", state=state
    )


@pytest.mark.parametrize(
    ("state", "what"), list(product(child.State, CHILD_EVENTS)), ids=lambda v: v.name
)
def test_a_child_takes_the_events_of_its_table_only(state: child.State, what: child.Input) -> None:
    machine = child_machine(state)
    after = child.TRANSITIONS.get((state, what))
    if after is None:
        with pytest.raises(NondeterminismError):
            CHILD_EVENTS[what](machine)
    else:
        CHILD_EVENTS[what](machine)
        assert machine.state is after


@pytest.mark.parametrize("state", child.State)
@pytest.mark.parametrize("kind", ChildWorkflowCancellationType)
def test_a_child_is_asked_to_cancel_itself_once_while_it_may_run(
    state: child.State, kind: ChildWorkflowCancellationType
) -> None:
    machine = child_machine(state, kind)
    made = [machine.cancel("why"), machine.cancel("again")]
    runs = state in (child.State.INITIATED, child.State.STARTED)
    asked = runs and kind is not ChildWorkflowCancellationType.ABANDON
    expected = commands.RequestCancelExternalWorkflowExecution(
        workflow_id="c", reason="why", child_workflow_only=True
    )
    assert made == [expected if asked else None, None]


@pytest.mark.parametrize(
    ("state", "what"), list(product(external.State, EXTERNAL_EVENTS)), ids=lambda v: v.name
)
def test_what_is_sent_takes_the_events_of_its_table_only(
    state: external.State, what: external.Input
) -> None:
    command = commands.SignalExternalWorkflowExecution(workflow_id="o", signal_name="s")
    machine = external.ExternalMachine(command=command, state=state)
    after = external.TRANSITIONS.get((state, what))
    if after is None:
        with pytest.raises(NondeterminismError):
            EXTERNAL_EVENTS[what](machine)
    else:
        EXTERNAL_EVENTS[what](machine)
        assert machine.state is after


def test_another_child_in_the_history_is_nondeterminism() -> None:
    event = events.StartChildWorkflowExecutionInitiated(
        child_workflow_id="other", workflow_type="C", task_queue="q", **TIMES
    )
    with pytest.raises(NondeterminismError, match=r"child_workflow_id=other.*workflow_id=c"):
        child_machine(child.State.CREATED).initiated(event)
