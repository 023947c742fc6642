"""The deterministic event loop of one run: ready code runs in order; time is the Workflow Task's.

A subset of asyncio: callbacks, tasks, futures and timers, so that `gather`, `wait_for`, `timeout`,
TaskGroup, Queue, Event and Lock work. No threads, no network, no subprocesses: those raise
NotImplementedError, as asyncio's base class does.

A timer becomes a Command: `timers` gets it when it is started and when it is cancelled.
"""

import asyncio
import logging
import traceback
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from typing import Any, Final, Protocol, TypeVar, TypeVarTuple, Unpack

from duralog.workflow.errors import ReadOnlyContextError, RunEvictedError
from duralog.workflow.runtime import Runtime

_LOGGER: Final = logging.getLogger("duralog.workflow")
CLOSES_MAX: Final = 1000  # Deeper than a stack goes; what is still open then never ends.

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Timers(Protocol):
    """Who turns timers into Commands."""

    def start_timer(self, handle: "TimerHandle", delay_seconds: float) -> None:
        """A timer was set."""
        ...

    def cancel_timer(self, handle: "TimerHandle") -> None:
        """A timer was cancelled, maybe after it fired."""
        ...


class Handle(asyncio.Handle):
    """A callback that is ready."""

    def run(self) -> None:
        """Call it, unless it was cancelled."""
        if not self.cancelled():
            self._run()


class TimerHandle(asyncio.TimerHandle):
    """A callback that waits for its timer."""

    def run(self) -> None:
        """Call it, unless it was cancelled."""
        if not self.cancelled():
            self._run()


class WorkflowEventLoop(asyncio.AbstractEventLoop):
    """One run's loop; runs only while its run is activated.

    time_ms: Start of the current Workflow Task.
    evicting: True: nothing may be started any more.
    read_only: True while a Query handler or an Update validator runs: nothing may be changed.
    tasks: All that are not done: strong, because a task that is collected runs its `finally` blocks
        at a moment nobody chose.
    """

    def __init__(self, runtime: Runtime, timers: Timers) -> None:
        self.runtime = runtime
        self.time_ms = 0
        self.evicting = False
        self.read_only = False
        self.tasks: dict[asyncio.Task[Any], None] = {}
        self._timers = timers
        self._ready: deque[Handle | TimerHandle] = deque()
        self._conditions: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []
        self._exception_handler: Callable[[asyncio.AbstractEventLoop, Any], object] | None = None

    # What the run does with it.

    def run_ready(self) -> None:
        """Run until nothing is ready and no condition has become true."""
        ready = self._ready
        while ready:
            while ready:
                ready.popleft().run()
            if self._conditions:
                self._check_conditions()

    def add_condition(self, fn: Callable[[], bool]) -> asyncio.Future[None]:
        """A future that is done once `fn` is true."""
        self.check_writable("wait condition")
        future: asyncio.Future[None] = self.create_future()
        self._conditions.append((fn, future))
        return future

    def fire(self, handle: TimerHandle) -> None:
        """A timer has fired: its callback is ready."""
        self._ready.append(handle)

    def close_tasks(self) -> None:
        """End all coroutines where they stand: `finally` blocks run, what follows them does not."""
        self.evicting = True
        self._ready.clear()
        self._conditions.clear()
        for task in list(self.tasks):
            _close(task.get_coro())
        self.tasks.clear()
        self._ready.clear()

    def _check_conditions(self) -> None:
        waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []
        for fn, future in self._conditions:
            if future.done():
                continue  # Timed out or cancelled.
            if fn():
                future.set_result(None)
            else:
                waiting.append((fn, future))
        self._conditions = waiting

    def check_writable(self, action: str) -> None:
        """Raises ReadOnlyContextError, or RunEvictedError: nothing may be changed now."""
        if self.evicting:
            raise RunEvictedError("this run is being evicted from the worker's cache")
        if self.read_only:
            raise ReadOnlyContextError(f"While in read-only function, action attempted: {action}")

    def stacks(self) -> list[tuple[str, str]]:
        """Of every task that waits: its name and where it stands, as a traceback tells it."""
        return [(task.get_name(), _stack_of(task)) for task in self.tasks]

    # What asyncio does with it.

    def call_soon(
        self,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.Handle:
        """Run it in this Workflow Task."""
        handle = Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(
        self,
        delay: float,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Run it when a timer of `delay` seconds fires. Raises RuntimeError for less than 0."""
        self.check_writable("schedule timer")
        if delay < 0:
            raise RuntimeError("Attempting to schedule timer with negative delay")
        handle = TimerHandle(self.time() + delay, callback, args, self, context)
        self._timers.start_timer(handle, delay)
        return handle

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """As `call_later`, from a moment computed with `time()`."""
        # Adding to and subtracting from the time loses what floats cannot hold: back to whole ms.
        return self.call_later(round(when - self.time(), 3), callback, *args, context=context)

    def time(self) -> float:
        """The workflow's time in seconds."""
        return self.time_ms / 1000

    def create_future(self) -> asyncio.Future[Any]:
        """A future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(
        self,
        coro: Generator[Any, None, T] | Coroutine[Any, Any, T],
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> asyncio.Task[T]:
        """A task of this loop."""
        if self.evicting or self.read_only:
            coro.close()
            self.check_writable("create task")
        task = asyncio.Task(coro, loop=self, name=name, context=context)
        self.adopt(task)
        return task

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Keep a task until it is done."""
        self.tasks[task] = None
        task.add_done_callback(self._forget)
        # A run that is evicted leaves its tasks pending, on purpose.
        setattr(task, "_log_destroy_pending", False)  # noqa: B010 # unknown to type checkers

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self.tasks.pop(task, None)

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        if isinstance(handle, TimerHandle) and not self.evicting:
            self._timers.cancel_timer(handle)

    def get_debug(self) -> bool:
        """Never: debug mode reads clocks."""
        return False

    def is_running(self) -> bool:
        """Whether it runs: whoever can ask runs in it."""
        return True

    def is_closed(self) -> bool:
        """Whether its run was evicted."""
        return self.evicting

    def get_task_factory(self) -> None:
        """None: tasks are the loop's own."""

    def get_exception_handler(self) -> Callable[[asyncio.AbstractEventLoop, Any], object] | None:
        """What the user set."""
        return self._exception_handler

    def set_exception_handler(
        self, handler: Callable[[asyncio.AbstractEventLoop, Any], object] | None
    ) -> None:
        """Set what is called for errors nobody awaits."""
        self._exception_handler = handler

    def default_exception_handler(self, context: Any) -> None:
        """Log an error nobody awaits."""
        error = context.get("exception")
        message = context.get("message") or "Unhandled exception in event loop"
        _LOGGER.error("%s: %r", message, error, exc_info=error)

    def call_exception_handler(self, context: Any) -> None:
        """Report an error nobody awaits; silent when evicting and in replay."""
        if self.evicting or self.runtime.is_replaying:
            return
        if self._exception_handler is None:
            self.default_exception_handler(context)
        else:
            self._exception_handler(self, context)


def _stack_of(task: asyncio.Task[Any]) -> str:
    """The task's coroutine and what it awaits, outermost first."""
    lines = [f"Stack for task {task.get_name()} (most recent call last)\n"]
    coroutine: Any = task.get_coro()
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None)
        if frame is not None:
            lines += traceback.format_stack(frame, limit=1)
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "gi_yieldfrom", None)
    return "".join(lines)


def _close(coroutine: Any) -> None:
    """Close a coroutine and all it awaits, also one that awaits in its `finally` blocks.

    From the innermost outwards: closed from the outside, one that awaits on would be left behind,
    to go on when it is collected.
    """
    for _ in range(CLOSES_MAX):
        innermost = _innermost_open(coroutine)
        if innermost is None:
            return
        try:
            innermost.close()
        except BaseException as error:  # noqa: BLE001 # whatever a user's `finally` raises
            _LOGGER.debug("a coroutine raised while its run was evicted: %r", error)
    _LOGGER.error("a coroutine does not end while its run is evicted: %r", coroutine)


def _innermost_open(coroutine: Any) -> Any:
    """The last that is not closed, of a coroutine and what it awaits; None when all are closed."""
    found = None
    while coroutine is not None:
        if getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None):
            found = coroutine
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "gi_yieldfrom", None)
    return found
