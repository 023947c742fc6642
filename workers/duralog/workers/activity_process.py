"""Runs sync Activities in other processes.

Order: events and heartbeater (worker) -> call, pickled (executor) -> the code, in a context of its
own (the other process) -> result or exception, pickled -> last heartbeats passed on (worker).
"""

import asyncio
import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor
from dataclasses import dataclass
from typing import Any

from duralog.activity.context import CURRENT, ActivityContext, Signal
from duralog.activity.info import Info
from duralog.converter import PayloadConverter
from duralog.workers.shared_state import SharedHeartbeatSender, SharedStateManager


@dataclass(slots=True, kw_only=True)
class ProcessCall:
    """One attempt, as it crosses over to the other process.

    heartbeat_key: Names it among all heartbeats; task tokens of local Activities are not unique.
    """

    fn: Callable[..., Any]
    args: Sequence[Any]
    info: Info
    logger_details: dict[str, Any]
    cancelled: threading.Event
    worker_shutdown: threading.Event
    heartbeat: SharedHeartbeatSender
    heartbeat_key: bytes
    payload_converter_class: type[PayloadConverter]


class SharedSignal(Signal):
    """A signal that another process gives."""

    __slots__ = ("_event",)

    def __init__(self, event: threading.Event) -> None:
        super().__init__()
        self._event = event

    def set(self) -> None:
        """Wake all who wait, in all processes."""
        self._event.set()

    def is_set(self) -> bool:
        """Whether anybody has set it."""
        return self._event.is_set()

    def wait_sync(self, timeout_seconds: float | None) -> None:
        """Block the thread until set, or until the timeout."""
        self._event.wait(timeout_seconds)


def run_call(call: ProcessCall) -> Any:
    """Run the code, with what it may ask for. In the other process."""
    key = call.heartbeat_key
    context = ActivityContext(
        info=lambda: call.info,
        heartbeat=lambda details: call.heartbeat.send_heartbeat(key, *details),
        cancelled=SharedSignal(call.cancelled),
        worker_shutdown=SharedSignal(call.worker_shutdown),
        payload_converter=call.payload_converter_class(),
        logger_details=lambda: call.logger_details,
    )
    reset = CURRENT.set(context)
    try:
        return call.fn(*call.args)
    finally:
        CURRENT.reset(reset)


class Processes:
    """One per worker. broken: Told once the executor can run nothing more."""

    def __init__(
        self,
        manager: SharedStateManager,
        *,
        payload_converter_class: type[PayloadConverter],
        worker_shutdown: Signal,
        broken: Callable[[BaseException], None],
    ) -> None:
        self._manager = manager
        self._payload_converter_class = payload_converter_class
        self._worker_shutdown = worker_shutdown
        self._broken = broken
        self._shutdown_event: threading.Event | None = None

    async def run(
        self,
        executor: Executor,
        fn: Callable[..., Any],
        args: Sequence[Any],
        context: ActivityContext,
    ) -> Any:
        """Run one attempt; shielded: it lasts as long as its code, whatever becomes of us."""
        cancelled = await asyncio.to_thread(self._manager.new_event)
        context.cancelled.mirror(cancelled)
        shutdown = await self._shutdown()
        key = uuid.uuid4().bytes
        sender = await self._manager.register_heartbeater(
            key, lambda *details: context.heartbeat(details)
        )
        call = ProcessCall(
            fn=fn,
            args=args,
            info=context.info(),
            logger_details=context.logger_details(),
            cancelled=cancelled,
            worker_shutdown=shutdown,
            heartbeat=sender,
            heartbeat_key=key,
            payload_converter_class=self._payload_converter_class,
        )
        loop = asyncio.get_running_loop()
        try:
            return await asyncio.shield(loop.run_in_executor(executor, run_call, call))
        except BrokenExecutor as error:
            self._broken(error)
            raise
        finally:
            await self._manager.unregister_heartbeater(key)

    async def _shutdown(self) -> threading.Event:
        """The same for all attempts; made by the first."""
        if self._shutdown_event is None:
            event = await asyncio.to_thread(self._manager.new_event)
            if self._shutdown_event is None:
                self._shutdown_event = event
                self._worker_shutdown.mirror(event)
        return self._shutdown_event
