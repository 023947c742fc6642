"""`WorkflowEnvironment`: an engine, and a client of it, for one test."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, Unpack

from duralog.client import Client, Interceptor, Plugin
from duralog.client.calls import milliseconds
from duralog.common import HeaderCodecBehavior, QueryRejectCondition
from duralog.connectors.calls import ASK, Repeat
from duralog.connectors.channel import Channel, Request
from duralog.connectors.clock import now_ms
from duralog.connectors.memory import MemoryLine
from duralog.converter import DataConverter
from duralog.schemas.replies import Reply
from duralog.schemas.requests import GetWorkflowExecutionHistory
from duralog.schemas.topics import TopicNames
from duralog.testing.engine import LocalEngine
from duralog.testing.options import ServerOptions, check_options

if TYPE_CHECKING:
    from duralog.testing.local_kafka import LocalKafka

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

    Or the real Kafka on this machine (`start_local`), or one that is there (`from_client`).
    """

    def __init__(
        self,
        client: Client,
        *,
        skipping: tuple[LocalEngine, SkippingChannel] | None = None,
        local: "LocalKafka | None" = None,
    ) -> None:
        self._client = client
        self._skipping = skipping
        self._local = local

    @staticmethod
    def from_client(client: Client) -> "WorkflowEnvironment":
        """An environment of an engine that runs already; `shutdown` leaves both as they are."""
        return WorkflowEnvironment(client)

    @staticmethod
    async def start_local(
        *,
        namespace: str = "default",
        data_converter: DataConverter = DataConverter.default,
        interceptors: Sequence[Interceptor] = (),
        header_codec_behavior: HeaderCodecBehavior = HeaderCodecBehavior.NO_CODEC,
        default_workflow_query_reject_condition: QueryRejectCondition | None = None,
        plugins: Sequence[Plugin] = (),
        identity: str = "test",
        port: int | None = None,
        data_dir: Path | None = None,
        **options: Unpack[ServerOptions],
    ) -> "WorkflowEnvironment":
        """Start a real Kafka and an engine on this machine; time is this machine's.

        Takes about ten seconds, and needs the extras `duralog[broker,server]`.
        port: Of Kafka; None for a free one.
        data_dir: Kept over restarts; None for a temporary one.
        options: See `ServerOptions`.
        Raises RuntimeError, or EmbeddedKafkaError with what is missing.
        """
        check_options(options)
        from duralog.testing.local_kafka import LocalKafka  # noqa: PLC0415 (it needs the extras)

        local = LocalKafka(_names(namespace), port=port or 0, data_dir=data_dir)
        await asyncio.to_thread(local.start)
        try:
            client = await Client.connect(
                local.bootstrap_servers,
                namespace=namespace,
                data_converter=data_converter,
                interceptors=interceptors,
                header_codec_behavior=header_codec_behavior,
                default_workflow_query_reject_condition=default_workflow_query_reject_condition,
                plugins=plugins,
                identity=identity,
                prefix=PREFIX,
            )
        except BaseException:
            await asyncio.to_thread(local.stop)
            raise
        return WorkflowEnvironment(client, local=local)

    @staticmethod
    async def start_time_skipping(
        *,
        data_converter: DataConverter = DataConverter.default,
        interceptors: Sequence[Interceptor] = (),
        header_codec_behavior: HeaderCodecBehavior = HeaderCodecBehavior.NO_CODEC,
        default_workflow_query_reject_condition: QueryRejectCondition | None = None,
        plugins: Sequence[Plugin] = (),
        identity: str = "test",
        port: int | None = None,
        **options: Unpack[ServerOptions],
    ) -> "WorkflowEnvironment":
        """Start an engine whose time skips to what is due next, while a result is waited for.

        Time does not skip while an activity or a Workflow Task runs.
        port: Taken and not needed, as are `options`, which `ServerOptions` lists.
        """
        del port
        check_options(options)
        names = _names("default")
        engine = LocalEngine(names)
        await asyncio.to_thread(engine.start)
        channel = SkippingChannel(engine, names, identity)
        await asyncio.to_thread(channel.start)
        client = Client(
            channel,
            data_converter=data_converter,
            interceptors=interceptors,
            header_codec_behavior=header_codec_behavior,
            default_workflow_query_reject_condition=default_workflow_query_reject_condition,
            plugins=plugins,
        )
        return WorkflowEnvironment(client, skipping=(engine, channel))

    @property
    def client(self) -> Client:
        """A client of this engine; for workers too."""
        return self._client

    @property
    def supports_time_skipping(self) -> bool:
        """Whether time skips."""
        return self._skipping is not None

    async def sleep(self, duration: timedelta | float) -> None:
        """Let time pass by the engine's clock, a timedelta or seconds: skipped, if it skips."""
        span = duration if isinstance(duration, timedelta) else timedelta(seconds=duration)
        if self._skipping is not None:
            await asyncio.to_thread(self._skipping[0].sleep, milliseconds(span))
        else:
            await asyncio.sleep(span.total_seconds())

    async def get_current_time(self) -> datetime:
        """The engine's time, or this machine's; aware and UTC."""
        time_ms = now_ms() if self._skipping is None else self._skipping[0].clock.now_ms()
        return datetime.fromtimestamp(time_ms / 1000, UTC)

    @asynccontextmanager
    async def auto_time_skipping_disabled(self) -> AsyncGenerator[None, None]:
        """In this block results are waited for in real time."""
        if self._skipping is None:
            yield
            return
        channel = self._skipping[1]
        before, channel.skips = channel.skips, False
        try:
            yield
        finally:
            channel.skips = before

    async def shutdown(self) -> None:
        """End client and engine. Raises RuntimeError when the engine has failed meanwhile."""
        if self._skipping is None and self._local is None:
            return
        await self._client.close()
        if self._skipping is not None:
            await asyncio.to_thread(self._skipping[0].stop)
        if self._local is not None:
            await asyncio.to_thread(self._local.stop)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.shutdown()


def _names(namespace: str) -> TopicNames:
    return TopicNames(prefix=PREFIX, namespace=namespace)
