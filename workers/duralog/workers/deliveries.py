"""What each input Event is to the machines of a run, and what its code is to see of it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from duralog.schemas import events
from duralog.workers.activities import Activities
from duralog.workers.children import Children
from duralog.workers.event_loop import WorkflowEventLoop
from duralog.workers.execution import Execution
from duralog.workers.externals import Externals
from duralog.workers.machines.activity import ActivityClosed
from duralog.workers.machines.child import ChildClosed
from duralog.workers.machines.external import ExternalDone
from duralog.workers.timers import RunTimers


class Deliveries:
    """The table of input Events of one run; those that are not in it the code does not see."""

    def __init__(
        self,
        loop: WorkflowEventLoop,
        execution: Execution,
        timers: RunTimers,
        activities: Activities,
        children: Children,
        externals: Externals,
    ) -> None:
        self._loop = loop
        self._execution = execution
        self._timers = timers
        self._activities = activities
        self._children = children
        self._externals = externals

    def of(self, batch: Sequence[Any]) -> list[Callable[[], None]]:
        """The step of each Event's machine is done here; what is returned shows it to the code."""
        return [self._APPLY[type(e)](self, e) for e in batch if type(e) in self._APPLY]

    def _apply_started(self, event: events.WorkflowExecutionStarted) -> Callable[[], None]:
        return self._execution.start

    def _apply_cancel_requested(
        self, event: events.WorkflowExecutionCancelRequested
    ) -> Callable[[], None]:
        return partial(self._execution.request_cancel, event.cause)

    def _apply_timer_fired(self, event: events.TimerFired) -> Callable[[], None]:
        return partial(self._loop.fire, self._timers.fired(event))

    def _apply_activity_started(self, event: events.ActivityTaskStarted) -> Callable[[], None]:
        self._activities.started(event)
        return _nothing

    def _apply_activity_closed(self, event: ActivityClosed) -> Callable[[], None]:
        return self._activities.closed(event)

    def _apply_child_started(
        self, event: events.ChildWorkflowExecutionStarted
    ) -> Callable[[], None]:
        return self._children.started(event)

    def _apply_child_start_failed(
        self, event: events.StartChildWorkflowExecutionFailed
    ) -> Callable[[], None]:
        return self._children.start_failed(event)

    def _apply_child_closed(self, event: ChildClosed) -> Callable[[], None]:
        return self._children.closed(event)

    def _apply_external_done(self, event: ExternalDone) -> Callable[[], None]:
        return self._externals.done(event)

    _APPLY: ClassVar[Mapping[type[Any], Callable[[Any, Any], Callable[[], None]]]] = {
        events.WorkflowExecutionStarted: _apply_started,
        events.WorkflowExecutionCancelRequested: _apply_cancel_requested,
        events.TimerFired: _apply_timer_fired,
        events.ActivityTaskStarted: _apply_activity_started,
        events.ActivityTaskCompleted: _apply_activity_closed,
        events.ActivityTaskFailed: _apply_activity_closed,
        events.ActivityTaskTimedOut: _apply_activity_closed,
        events.ActivityTaskCanceled: _apply_activity_closed,
        events.ChildWorkflowExecutionStarted: _apply_child_started,
        events.StartChildWorkflowExecutionFailed: _apply_child_start_failed,
        events.ChildWorkflowExecutionCompleted: _apply_child_closed,
        events.ChildWorkflowExecutionFailed: _apply_child_closed,
        events.ChildWorkflowExecutionCanceled: _apply_child_closed,
        events.ChildWorkflowExecutionTimedOut: _apply_child_closed,
        events.ChildWorkflowExecutionTerminated: _apply_child_closed,
        events.ExternalWorkflowExecutionSignaled: _apply_external_done,
        events.SignalExternalWorkflowExecutionFailed: _apply_external_done,
        events.ExternalWorkflowExecutionCancelRequested: _apply_external_done,
        events.RequestCancelExternalWorkflowExecutionFailed: _apply_external_done,
    }


def _nothing() -> None:
    """The code does not see when an Activity started."""
