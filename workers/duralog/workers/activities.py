"""The Activities of one run: their handles, machines and outcomes."""

from collections.abc import Callable
from functools import partial
from typing import Any

from duralog.common import Priority
from duralog.common.durations import milliseconds
from duralog.converter import DataConverter
from duralog.schemas import events
from duralog.schemas.commands import ScheduleActivityTask
from duralog.workers.activity_handle import RunActivityHandle
from duralog.workers.command_log import CommandLog
from duralog.workers.event_loop import WorkflowEventLoop
from duralog.workers.machines.activity import ActivityClosed, ActivityMachine, State
from duralog.workers.machines.recorded import unexpected
from duralog.workflow.activities import ActivityCancellationType, ActivityConfig
from duralog.workflow.runtime import ActivityStart


class Activities:
    """Starts Activities, and finds each again by its scheduled Event.

    settle_later: Takes what is to be done once nothing is ready any more: a cancelled Activity that
        is not waited for fails then, in the same Workflow Task. Source: Temporal's SDKs.
    """

    def __init__(
        self,
        log: CommandLog,
        loop: WorkflowEventLoop,
        converter: DataConverter,
        settle_later: Callable[[Callable[[], None]], None],
    ) -> None:
        self._log = log
        self._loop = loop
        self._converter = converter
        self._settle_later = settle_later
        self._count = 0
        self._handles: dict[int, RunActivityHandle] = {}

    def start(self, start: ActivityStart) -> RunActivityHandle:
        """Schedule an Activity. Raises ValueError when it has no timeout."""
        number = self.next_number()
        config = start.config
        machine = ActivityMachine(
            command=self._command(start, config, number),
            cancellation_type=config.get("cancellation_type", ActivityCancellationType.TRY_CANCEL),
        )
        handle = RunActivityHandle(self._loop, machine, start.result_type, self._request_cancel)

        def recorded(event: events.ActivityTaskScheduled) -> None:
            machine.scheduled(event)
            handle.emission = None
            self._handles[event.event_id] = handle

        handle.emission = self._log.emit(machine.command, recorded)
        return handle

    def next_number(self) -> int:
        """Activities and local Activities are numbered together."""
        self._count += 1
        return self._count

    def _command(
        self, start: ActivityStart, config: ActivityConfig, number: int
    ) -> ScheduleActivityTask:
        start_to_close = config.get("start_to_close_timeout")
        schedule_to_close = config.get("schedule_to_close_timeout")
        if not start_to_close and not schedule_to_close:
            raise ValueError(
                "Activity must have start_to_close_timeout or schedule_to_close_timeout"
            )
        retry_policy = config.get("retry_policy")
        summary = config.get("summary")
        command = ScheduleActivityTask(
            activity_id=config.get("activity_id") or str(number),
            activity_type=start.activity_type,
            task_queue=config.get("task_queue") or "",
            input=self._converter.to_payloads(start.arguments),
            schedule_to_close_timeout_ms=milliseconds(schedule_to_close),
            schedule_to_start_timeout_ms=milliseconds(config.get("schedule_to_start_timeout")),
            start_to_close_timeout_ms=milliseconds(start_to_close),
            heartbeat_timeout_ms=milliseconds(config.get("heartbeat_timeout")),
            retry_policy=None if retry_policy is None else retry_policy.to_record(),
            user_metadata_summary=self._converter.to_payloads([summary])[0] if summary else None,
            header=dict(start.headers),
        )
        config.get("priority", Priority.default).write_to(command)
        return command

    def _request_cancel(self, handle: RunActivityHandle) -> None:
        if self._loop.evicting:
            return
        self._loop.check_writable("cancel activity handle")
        machine = handle.machine
        command = machine.cancel()
        if command is not None:
            self._log.emit(command, machine.cancel_recorded)
        if machine.state is State.DROPPED and handle.emission is not None:
            self._log.drop(handle.emission)
            handle.emission = None
        if machine.waits_for_end or machine.state is State.CLOSED:
            return  # The outcome is, or will be, the history's.
        if not machine.settled:
            machine.settled = True
            error = self._converter.from_failure(machine.failure(None))
            self._settle_later(lambda: handle.settle_cancelled(error))

    def started(self, event: events.ActivityTaskStarted) -> None:
        """ActivityTaskStarted."""
        self._find(event).machine.started(event)

    def closed(self, event: ActivityClosed) -> Callable[[], None]:
        """ActivityTaskCompleted, -Failed, -TimedOut or -Canceled; what tells the code of it."""
        handle = self._find(event)
        machine = handle.machine
        machine.close(event)
        del self._handles[event.scheduled_event_id]
        return partial(self._tell, handle, event)

    def _tell(self, handle: RunActivityHandle, event: ActivityClosed) -> None:
        machine = handle.machine
        if machine.settled:
            return
        machine.settled = True
        if isinstance(event, events.ActivityTaskCompleted):
            handle.set_result(self._result(event, handle.result_type))
        else:
            handle.set_exception(self._converter.from_failure(machine.failure(event)))

    def _result(self, event: events.ActivityTaskCompleted, result_type: Any) -> Any:
        hints = None if result_type is None else [result_type]
        values = self._converter.from_payloads(event.result, hints)
        return values[0] if values else None

    def _find(self, event: Any) -> RunActivityHandle:
        handle = self._handles.get(event.scheduled_event_id)
        if handle is None:
            raise unexpected(event, f"event {event.scheduled_event_id} scheduled no Activity")
        return handle
