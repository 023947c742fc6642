"""The chain of interceptors around one attempt of an Activity, and its last link: the code."""

import asyncio
import inspect
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from contextvars import copy_context
from typing import Any

from duralog.activity.context import ActivityContext
from duralog.activity.info import Info
from duralog.workers.activity_process import Processes
from duralog.workers.interceptors import (
    ActivityInboundInterceptor,
    ActivityOutboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
)


class LastInbound(ActivityInboundInterceptor):
    """Runs the Activity: an async one here, a sync one on its executor.

    running: The block in which the thread of a sync Activity may be interrupted.
    processes: Given: the executor has processes, not threads.
    """

    def __init__(
        self,
        context: ActivityContext,
        running: Callable[[], AbstractContextManager[None]],
        processes: Processes | None,
    ) -> None:
        self._context = context
        self._processes = processes
        self._running = running

    def init(self, outbound: ActivityOutboundInterceptor) -> None:
        """What the code asks for goes through `outbound` from now on."""
        self._context.info = outbound.info
        self._context.heartbeat = lambda details: outbound.heartbeat(*details)

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        """Run the code."""
        call = getattr(input.fn, "__call__", None)  # noqa: B004 # an instance may have an async one
        if inspect.iscoroutinefunction(input.fn) or inspect.iscoroutinefunction(call):
            return await input.fn(*input.args)
        if self._processes is not None and input.executor is not None:
            return await self._processes.run(input.executor, input.fn, input.args, self._context)
        context = copy_context()
        # Shielded: a thread cannot be cancelled, and the attempt lasts as long as its code.
        return await asyncio.shield(
            asyncio.get_running_loop().run_in_executor(
                input.executor, lambda: context.run(self._run, input)
            )
        )

    def _run(self, input: ExecuteActivityInput) -> Any:
        with self._running():
            return input.fn(*input.args)


class LastOutbound(ActivityOutboundInterceptor):
    """Answers as the attempt would without interceptors."""

    def __init__(self, context: ActivityContext) -> None:
        self._info = context.info
        self._heartbeat = context.heartbeat

    def info(self) -> Info:
        """The running attempt."""
        return self._info()

    def heartbeat(self, *details: Any) -> None:
        """Tell the engine."""
        self._heartbeat(details)


def activity_chain(
    interceptors: Sequence[Interceptor],
    context: ActivityContext,
    running: Callable[[], AbstractContextManager[None]],
    processes: Processes | None = None,
) -> ActivityInboundInterceptor:
    """The first link; the first of `interceptors` is the outermost."""
    outbound = LastOutbound(context)
    first: ActivityInboundInterceptor = LastInbound(context, running, processes)
    for interceptor in reversed(interceptors):
        first = interceptor.intercept_activity(first)
    first.init(outbound)
    return first
