"""The Activity that runs here: a context variable, its cancellation, and what reads them."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Generator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final, NoReturn

from duralog.activity.info import ActivityCancellationDetails, Info
from duralog.common import MetricMeter
from duralog.converter import PayloadConverter

if TYPE_CHECKING:
    from duralog.client import Client


class Signal:
    """An event that a thread and the user's event loop can wait for; set from any thread.

    What is waited on is made by the first who waits: most Activities never do.
    """

    __slots__ = ("_is_set", "_loop", "_loop_event", "_mirror", "_thread_event")
    _new: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self._is_set = False
        self._loop = loop
        self._loop_event: asyncio.Event | None = None
        self._thread_event: threading.Event | None = None
        self._mirror: threading.Event | None = None

    def mirror(self, event: threading.Event) -> None:
        """Set this one of another process too."""
        with Signal._new:
            self._mirror, is_set = event, self._is_set
        if is_set:
            event.set()

    def set(self) -> None:
        """Wake all who wait."""
        with Signal._new:
            self._is_set = True
            loop_event, thread_event = self._loop_event, self._thread_event
        if self._mirror is not None:
            with contextlib.suppress(OSError, EOFError):  # The manager's process is gone.
                self._mirror.set()
        if thread_event is not None:
            thread_event.set()
        if self._loop is not None and loop_event is not None:
            with contextlib.suppress(RuntimeError):  # The loop is closed: nobody waits on it.
                self._loop.call_soon_threadsafe(loop_event.set)

    def is_set(self) -> bool:
        """Whether `set` was called."""
        return self._is_set

    async def wait(self) -> None:
        """Wait on the event loop. Raises RuntimeError in a sync Activity."""
        if self._loop is None:
            raise RuntimeError(
                "cannot await in a sync Activity; use the function that ends in _sync"
            )
        with Signal._new:
            self._loop_event = self._loop_event or asyncio.Event()
            event, is_set = self._loop_event, self._is_set
        if not is_set:
            await event.wait()

    def wait_sync(self, timeout_seconds: float | None) -> None:
        """Block the thread until set, or until the timeout."""
        with Signal._new:
            self._thread_event = self._thread_event or threading.Event()
            event, is_set = self._thread_event, self._is_set
        if not is_set:
            event.wait(timeout_seconds)


@dataclass(slots=True, kw_only=True, eq=False)
class ActivityContext:
    """What the runner gives to one attempt.

    heartbeat: called in the Activity's own thread with the details as given; must not block.
    metric_meter: another one than OpenTelemetry's.
    client: the worker's; None for sync Activities.
    shield: makes a block safe from the exception that cancels the thread of a sync Activity.
    """

    info: Callable[[], Info]
    heartbeat: Callable[[tuple[Any, ...]], None]
    cancelled: Signal
    worker_shutdown: Signal
    payload_converter: PayloadConverter
    shield: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext
    cancellation_details: ActivityCancellationDetails | None = None
    logger_details: Callable[[], dict[str, Any]]
    metric_meter: MetricMeter | None = None
    client: "Client | None" = None


CURRENT: Final[ContextVar[ActivityContext]] = ContextVar("duralog_activity")


def current() -> ActivityContext:
    """The context of the running Activity. Raises RuntimeError outside of one."""
    context = CURRENT.get(None)
    if context is None:
        raise RuntimeError("Not in activity context")
    return context


def in_activity() -> bool:
    """Whether this code runs in an Activity."""
    return CURRENT.get(None) is not None


def info() -> Info:
    """The running attempt. Raises RuntimeError outside of an Activity."""
    return current().info()


def client() -> "Client":
    """The worker's client; in async Activities only. Raises RuntimeError elsewhere."""
    found = current().client
    if found is None:
        raise RuntimeError(
            "No client available. The client is only available in `async def` activities; not in "
            "`def` activities. In tests you can pass a client when creating ActivityEnvironment."
        )
    return found


def heartbeat(*details: Any) -> None:
    """Tell the engine that this attempt is alive; the next attempt finds the latest `details`.

    Cheap to call often: sent at most every 0.8 of the heartbeat timeout (60 s at most; 30 s when
    none is set).
    Raises RuntimeError outside of an Activity.
    """
    current().heartbeat(details)


class CompleteAsyncError(BaseException):
    """The attempt returns, but does not end: it will be completed from elsewhere.

    Passes through users' `except Exception`.
    """


def raise_complete_async() -> NoReturn:
    """Return from the Activity without ending it: `client.get_async_activity_handle` ends it.

    With `info().task_token`, or with the ids of Workflow and Activity. Never returns.
    """
    current()
    raise CompleteAsyncError("the activity will be completed asynchronously")


def payload_converter() -> PayloadConverter:
    """What converts this worker's values."""
    return current().payload_converter


def metric_meter() -> MetricMeter:
    """What makes metrics of this Activity. Raises RuntimeError outside of an Activity."""
    context = current()
    if context.metric_meter is not None:
        return context.metric_meter
    known = context.info()
    return MetricMeter(
        {
            "namespace": known.namespace,
            "task_queue": known.task_queue,
            "activity_type": known.activity_type,
        }
    )


def cancellation_details() -> ActivityCancellationDetails | None:
    """Why this attempt is cancelled; None when it is not."""
    return current().cancellation_details


def is_cancelled() -> bool:
    """Whether this attempt should stop."""
    return current().cancelled.is_set()


async def wait_for_cancelled() -> None:
    """Wait until this attempt should stop. Async Activities only."""
    await current().cancelled.wait()


def wait_for_cancelled_sync(timeout: timedelta | float | None = None) -> None:
    """Block until this attempt should stop, or until the timeout (seconds or timedelta)."""
    current().cancelled.wait_sync(_seconds(timeout))


def is_worker_shutdown() -> bool:
    """Whether the worker was asked to stop."""
    return current().worker_shutdown.is_set()


async def wait_for_worker_shutdown() -> None:
    """Wait until the worker is asked to stop. Async Activities only."""
    await current().worker_shutdown.wait()


def wait_for_worker_shutdown_sync(timeout: timedelta | float | None = None) -> None:
    """Block until the worker is asked to stop, or until the timeout (seconds or timedelta)."""
    current().worker_shutdown.wait_sync(_seconds(timeout))


@contextlib.contextmanager
def shield_thread_cancel_exception() -> Generator[None, None, None]:
    """While inside, the thread of a sync Activity is not interrupted by its cancellation.

    An interruption that came meanwhile is raised at the end of the block.
    """
    with current().shield():
        yield


def _seconds(timeout: timedelta | float | None) -> float | None:
    return timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
