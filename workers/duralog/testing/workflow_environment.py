"""`WorkflowEnvironment`: an engine, and a client of it, for one test."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from duralog.client import Client, Interceptor
from duralog.client.calls import milliseconds
from duralog.connectors.calls import ASK, Repeat
from duralog.connectors.channel import Channel, Request
from duralog.connectors.memory import MemoryLine
from duralog.converter import DataConverter
from duralog.schemas.replies import Reply
from duralog.schemas.requests import GetWorkflowExecutionHistory
from duralog.schemas.topics import TopicNames
from duralog.testing.engine import LocalEngine

PREFIX = "duralog"


class SkippingChannel(Channel):
    """Lets time skip while a result is waited for."""

    def __init__(self, engine: LocalEngine, names: TopicNames, identity: str) -> None:
        super().__init__(MemoryLine(engine.broker), names=names, identity=identity)
        self._engine = engine
        self.skips = True

    def call(
        self, request: Request, *, timeout_ms: int, partition: int = -1, repeat: Repeat = ASK
    ) -> Future[Reply]:
        """As Channel's."""
        waits = isinstance(request, GetWorkflowExecutionHistory) and request.wait_close
        future = super().call(request, timeout_ms=timeout_ms, partition=partition, repeat=repeat)
        if waits and self.skips:
            self._engine.begin_waiting()
            future.add_done_callback(lambda _: self._engine.end_waiting())
        return future


class WorkflowEnvironment:
    """The real engine in this process, on a broker in memory; no Kafka, no files.

    async with await WorkflowEnvironment.start_time_skipping() as environment:
        async with Worker(environment.client, task_queue="q", workflows=[Remind]):
            await environment.client.execute_workflow(Remind.run, id="r", task_queue="q")
    """

    def __init__(self, engine: LocalEngine, client: Client, channel: SkippingChannel) -> None:
        self._engine = engine
        self._client = client
        self._channel = channel
        self._time_skips = engine.time_skips

    @staticmethod
    async def start_local(
        *,
        namespace: str = "default",
        data_converter: DataConverter = DataConverter.default,
        interceptors: Sequence[Interceptor] = (),
        identity: str = "test",
    ) -> "WorkflowEnvironment":
        """Start an engine whose time is this machine's."""
        return await _start(namespace, data_converter, interceptors, identity, time_skips=False)

    @staticmethod
    async def start_time_skipping(
        *,
        data_converter: DataConverter = DataConverter.default,
        interceptors: Sequence[Interceptor] = (),
        identity: str = "test",
    ) -> "WorkflowEnvironment":
        """Start an engine whose time skips to what is due next, while a result is waited for.

        Time does not skip while an activity or a Workflow Task runs.
        """
        return await _start("default", data_converter, interceptors, identity, time_skips=True)

    @property
    def client(self) -> Client:
        """A client of this engine; for workers too."""
        return self._client

    @property
    def supports_time_skipping(self) -> bool:
        """Whether time skips."""
        return self._time_skips

    async def sleep(self, duration: timedelta | float) -> None:
        """Let time pass by the engine's clock, a timedelta or seconds: skipped, if it skips."""
        span = duration if isinstance(duration, timedelta) else timedelta(seconds=duration)
        if self._time_skips:
            await asyncio.to_thread(self._engine.sleep, milliseconds(span))
        else:
            await asyncio.sleep(span.total_seconds())

    async def get_current_time(self) -> datetime:
        """The engine's time; aware and UTC."""
        return datetime.fromtimestamp(self._engine.clock.now_ms() / 1000, UTC)

    @asynccontextmanager
    async def auto_time_skipping_disabled(self) -> AsyncGenerator[None, None]:
        """In this block results are waited for in real time."""
        before, self._channel.skips = self._channel.skips, False
        try:
            yield
        finally:
            self._channel.skips = before

    async def shutdown(self) -> None:
        """End client and engine. Raises RuntimeError when the engine has failed meanwhile."""
        await self._client.close()
        await asyncio.to_thread(self._engine.stop)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.shutdown()


async def _start(
    namespace: str,
    converter: DataConverter,
    interceptors: Sequence[Interceptor],
    identity: str,
    *,
    time_skips: bool,
) -> WorkflowEnvironment:
    names = TopicNames(prefix=PREFIX, namespace=namespace)
    engine = LocalEngine(names, time_skips=time_skips)
    await asyncio.to_thread(engine.start)
    channel = SkippingChannel(engine, names, identity)
    await asyncio.to_thread(channel.start)
    client = Client(
        channel, namespace=namespace, data_converter=converter, interceptors=interceptors
    )
    return WorkflowEnvironment(engine, client, channel)
