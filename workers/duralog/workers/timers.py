"""The timers of one run: each handle of the event loop, with its machine."""

from duralog.common.durations import milliseconds
from duralog.converter import PayloadConverter
from duralog.schemas import events
from duralog.schemas.commands import StartTimer
from duralog.workers.command_log import CommandLog, Emission
from duralog.workers.event_loop import TimerHandle
from duralog.workers.machines.recorded import unexpected
from duralog.workers.machines.timer import State, TimerMachine


class RunTimers:
    """Turns the loop's timers into Commands, and fired timers into the loop's.

    next_summary: What the timer that is started next is for.
    """

    def __init__(self, log: CommandLog, converter: PayloadConverter) -> None:
        self._log = log
        self._converter = converter
        self.next_summary = ""
        self._count = 0
        self._machines: dict[TimerHandle, tuple[TimerMachine, Emission]] = {}
        self._handles: dict[str, TimerHandle] = {}

    def start_timer(self, handle: TimerHandle, delay_seconds: float) -> None:
        """A timer was set; it takes at least 1 ms, for the engine knows nothing shorter."""
        self._count += 1
        summary, self.next_summary = self.next_summary, ""
        command = StartTimer(
            timer_id=str(self._count),
            start_to_fire_timeout_ms=max(milliseconds(delay_seconds), 1),
            user_metadata_summary=self._converter.to_payload(summary) if summary else None,
        )
        machine = TimerMachine(command=command)
        self._machines[handle] = (machine, self._log.emit(command, machine.started))
        self._handles[command.timer_id] = handle

    def cancel_timer(self, handle: TimerHandle) -> None:
        """A timer was cancelled, maybe after it fired."""
        found = self._machines.pop(handle, None)
        if found is None:
            return
        machine, emission = found
        del self._handles[machine.command.timer_id]
        command = machine.cancel()
        if machine.state is State.DROPPED:
            self._log.drop(emission)
        if command is not None:
            self._log.emit(command, machine.cancel_recorded)

    def fired(self, event: events.TimerFired) -> TimerHandle:
        """TimerFired: the handle whose callback is due."""
        handle = self._handles.pop(event.timer_id, None)
        if handle is None:
            raise unexpected(event, f"no timer {event.timer_id} runs")
        machine, _ = self._machines.pop(handle)
        machine.fire(event)
        return handle
