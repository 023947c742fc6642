"""The tables of the machines: every state is reached, every step that is not in them is refused."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from duralog.schemas import commands, events
from duralog.workers.history import ROLES
from duralog.workers.machines import activity, timer
from duralog.workers.machines.recorded import RECORDED_AS
from duralog.workflow import ActivityCancellationType, NondeterminismError

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


def test_every_command_is_recorded_as_one_event() -> None:
    assert set(RECORDED_AS) == set(commands.CODECS)
    assert len(set(RECORDED_AS.values())) == len(RECORDED_AS)


def test_every_event_has_a_role() -> None:
    assert set(ROLES) == set(events.CODECS)
