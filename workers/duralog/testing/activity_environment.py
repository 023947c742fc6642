"""`ActivityEnvironment`: runs the code of an activity alone, with the context it expects."""

import asyncio
import contextlib
import inspect
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from typing import Any, Final, ParamSpec, TypeVar

from duralog.activity import ActivityCancellationDetails, Info
from duralog.activity.context import CURRENT, ActivityContext, Signal
from duralog.activity.definition import ActivityDefinition
from duralog.client import Client
from duralog.common import MetricMeter
from duralog.converter import DataConverter, PayloadConverter
from duralog.workers.thread_interrupt import ThreadInterrupt

Params = ParamSpec("Params")
Result = TypeVar("Result")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class ActivityEnvironment:
    """Give it an activity to run; set these first, if they matter.

    info: What `activity.info()` answers.
    on_heartbeat: Called with the details of each heartbeat.
    payload_converter: What `activity.payload_converter()` answers.
    metric_meter: What `activity.metric_meter()` answers.
    client: What `activity.client()` answers, in async activities.
    """

    def __init__(self, client: Client | None = None) -> None:
        self.client = client
        self.info: Info = self.default_info()
        self.on_heartbeat: Callable[..., None] = _ignore
        self.payload_converter: PayloadConverter = DataConverter.default.payload_converter
        self.metric_meter: MetricMeter = MetricMeter.noop
        self._contexts: list[tuple[ActivityContext, Callable[[], None]]] = []
        self._cancelled: ActivityCancellationDetails | None = None
        self._is_shutdown = False

    @staticmethod
    def default_info() -> Info:
        """What `info` is at first; `dataclasses.replace` changes what matters."""
        return default_info()

    def cancel(
        self,
        cancellation_details: ActivityCancellationDetails = ActivityCancellationDetails(  # noqa: B008 # frozen
            cancel_requested=True
        ),
    ) -> None:
        """Cancel what runs; the first reason counts. Any thread."""
        if self._cancelled is not None:
            return
        self._cancelled = cancellation_details
        for context, interrupt in list(self._contexts):
            context.cancellation_details = cancellation_details
            context.cancelled.set()
            interrupt()

    def worker_shutdown(self) -> None:
        """Tell what runs that the worker stops. Any thread."""
        self._is_shutdown = True
        for context, _ in list(self._contexts):
            context.worker_shutdown.set()

    def run(
        self, fn: Callable[Params, Result], *args: Params.args, **kwargs: Params.kwargs
    ) -> Result:
        """Run `fn` here, decorated or not: the result, or the coroutine of an async one."""
        if inspect.iscoroutinefunction(fn) or inspect.iscoroutinefunction(
            getattr(fn, "__call__", None)  # noqa: B004 # an instance may have an async one
        ):
            coroutine: Any = fn(*args, **kwargs)
            result: Any = self._run_async(coroutine)
            return result  # type: ignore[no-any-return] # Result is the coroutine's type
        return self._run_sync(lambda: fn(*args, **kwargs), _is_interruptible(fn))

    async def _run_async(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        loop = asyncio.get_running_loop()
        context = self._context(loop, contextlib.nullcontext)
        variables = copy_context()
        variables.run(CURRENT.set, context)
        task = loop.create_task(coroutine, context=variables)
        entry = (context, lambda: _cancel(loop, task))
        self._begin(entry)
        try:
            return await task
        finally:
            self._contexts.remove(entry)

    def _run_sync(self, call: Callable[[], Result], interruptible: bool) -> Result:
        interrupt = ThreadInterrupt()
        context = self._context(None, interrupt.shield)
        entry = (context, interrupt.interrupt if interruptible else _ignore)
        self._begin(entry)
        token = CURRENT.set(context)
        try:
            with interrupt.running():
                return call()
        finally:
            CURRENT.reset(token)
            self._contexts.remove(entry)

    def _begin(self, entry: tuple[ActivityContext, Callable[[], None]]) -> None:
        self._contexts.append(entry)
        if self._cancelled is not None:
            entry[0].cancellation_details = self._cancelled
            entry[0].cancelled.set()
            entry[1]()
        if self._is_shutdown:
            entry[0].worker_shutdown.set()

    def _context(
        self,
        loop: asyncio.AbstractEventLoop | None,
        shield: Callable[[], contextlib.AbstractContextManager[None]],
    ) -> ActivityContext:
        return ActivityContext(
            info=lambda: self.info,
            heartbeat=lambda details: self.on_heartbeat(*details),
            cancelled=Signal(loop),
            worker_shutdown=Signal(loop),
            payload_converter=self.payload_converter,
            logger_details=dict[str, Any],
            shield=shield,
            metric_meter=self.metric_meter,
            client=self.client if loop is not None else None,
        )


def default_info() -> Info:
    """An attempt that never was; `dataclasses.replace` changes what matters."""
    return Info(
        activity_id="test",
        activity_type="unknown",
        attempt=1,
        current_attempt_scheduled_time=_EPOCH,
        heartbeat_details=[],
        heartbeat_timeout=None,
        is_local=False,
        namespace="default",
        retry_policy=None,
        schedule_to_close_timeout=timedelta(seconds=1),
        scheduled_time=_EPOCH,
        start_to_close_timeout=timedelta(seconds=1),
        started_time=_EPOCH,
        task_queue="test",
        task_token=b"test",
        workflow_id="test",
        workflow_run_id="test-run",
        workflow_type="test",
    )


def _is_interruptible(fn: Callable[..., Any]) -> bool:
    definition = ActivityDefinition.find(fn)
    return definition is None or not definition.no_thread_cancel_exception


def _cancel(loop: asyncio.AbstractEventLoop, task: "asyncio.Task[Any]") -> None:
    loop.call_soon_threadsafe(task.cancel)


def _ignore(*_: object) -> None:
    """Nothing."""
