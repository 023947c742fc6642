"""`SimplePlugin`: a plugin of what is to be added, for those who need no class of their own."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, TypeAlias, TypeVar

import duralog.client
import duralog.worker
from duralog.client import ClientConfig, ConnectConfig, WorkflowHistory
from duralog.client.plugin import Connect
from duralog.connectors.channel import Channel
from duralog.converter import DataConverter
from duralog.worker import (
    Replayer,
    ReplayerConfig,
    Worker,
    WorkerConfig,
    WorkflowReplayResult,
    WorkflowRunner,
)
from duralog.worker.plugin import RunReplayer, RunWorker

T = TypeVar("T")
PluginParameter: TypeAlias = T | Callable[[T | None], T] | None
AnyInterceptor: TypeAlias = duralog.client.Interceptor | duralog.worker.Interceptor


class SimplePlugin(duralog.client.Plugin, duralog.worker.Plugin):
    """For client, worker and replayer at once. Lists are appended, other values replace.

    A function in place of a value is given what is there, and returns what shall be.
    interceptors: Each goes where it belongs, once.
    run_context: Makes a block that stands around every run of a worker and every replay.
    """

    def __init__(
        self,
        name: str,
        *,
        data_converter: PluginParameter[DataConverter] = None,
        interceptors: Sequence[AnyInterceptor] | None = None,
        activities: PluginParameter[Sequence[Callable[..., Any]]] = None,
        workflows: PluginParameter[Sequence[type]] = None,
        workflow_runner: PluginParameter[WorkflowRunner] = None,
        workflow_failure_exception_types: PluginParameter[Sequence[type[BaseException]]] = None,
        run_context: Callable[[], AbstractAsyncContextManager[None]] | None = None,
    ) -> None:
        self._name = name
        self.data_converter = data_converter
        self.interceptors = interceptors
        self.activities = activities
        self.workflows = workflows
        self.workflow_runner = workflow_runner
        self.workflow_failure_exception_types = workflow_failure_exception_types
        self.run_context = run_context or nullcontext

    def name(self) -> str:
        """As given."""
        return self._name

    def configure_client(self, config: ClientConfig) -> ClientConfig:
        """Its converter, and what intercepts clients."""
        config["data_converter"] = _replaced(config["data_converter"], self.data_converter)
        ours = [i for i in self.interceptors or () if isinstance(i, duralog.client.Interceptor)]
        config["interceptors"] = [*config["interceptors"], *ours]
        return config

    async def connect_service_client(self, config: ConnectConfig, next: Connect) -> Channel:
        """As without it."""
        return await next(config)

    def configure_worker(self, config: WorkerConfig) -> WorkerConfig:
        """What is for workers; of interceptors, those that the client does not give it already."""
        known: Sequence[object] = config["client"].interceptors
        ours = [i for i in self._for_workers() if i not in known]
        config["activities"] = _appended(config["activities"], self.activities)
        config["interceptors"] = [*config["interceptors"], *ours]
        config["workflows"] = _appended(config["workflows"], self.workflows)
        config["workflow_runner"] = _replaced(config["workflow_runner"], self.workflow_runner)
        config["workflow_failure_exception_types"] = _appended(
            config["workflow_failure_exception_types"], self.workflow_failure_exception_types
        )
        return config

    async def run_worker(self, worker: Worker, next: RunWorker) -> None:
        """In a block of `run_context`."""
        async with self.run_context():
            await next(worker)

    def configure_replayer(self, config: ReplayerConfig) -> ReplayerConfig:
        """What a replay needs to match client and worker."""
        config["data_converter"] = _replaced(config["data_converter"], self.data_converter)
        config["interceptors"] = [*config["interceptors"], *self._for_workers()]
        config["workflows"] = _appended(config["workflows"], self.workflows)
        config["workflow_runner"] = _replaced(config["workflow_runner"], self.workflow_runner)
        config["workflow_failure_exception_types"] = _appended(
            config["workflow_failure_exception_types"], self.workflow_failure_exception_types
        )
        return config

    @asynccontextmanager
    async def run_replayer(
        self, replayer: Replayer, histories: AsyncIterator[WorkflowHistory], next: RunReplayer
    ) -> AsyncGenerator[AsyncIterator[WorkflowReplayResult]]:
        """In a block of `run_context`."""
        async with self.run_context(), next(replayer, histories) as results:
            yield results

    def _for_workers(self) -> list[duralog.worker.Interceptor]:
        return [i for i in self.interceptors or () if isinstance(i, duralog.worker.Interceptor)]


def _replaced(existing: T, parameter: PluginParameter[T]) -> T:
    if parameter is None:
        return existing
    if callable(parameter):
        return parameter(existing)
    return parameter


def _appended(existing: Sequence[T], parameter: PluginParameter[Sequence[T]]) -> Sequence[T]:
    if parameter is None:
        return existing
    if callable(parameter):
        return parameter(existing)
    return [*existing, *parameter]
