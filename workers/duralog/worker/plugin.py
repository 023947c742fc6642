"""`worker.Plugin`: changes what workers and replayers are made of, and stands around their runs."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from duralog.client import Client, WorkflowHistory

if TYPE_CHECKING:
    from duralog.worker.config import ReplayerConfig, WorkerConfig
    from duralog.worker.replayer import Replayer, WorkflowReplayResult
    from duralog.worker.worker import Worker

RunWorker = Callable[["Worker"], Awaitable[None]]
RunReplayer = Callable[
    ["Replayer", AsyncIterator[WorkflowHistory]],
    AbstractAsyncContextManager[AsyncIterator["WorkflowReplayResult"]],
]


class Plugin(ABC):
    """Extend it, and give it to `Worker` or `Replayer`. The first of several is the outermost."""

    def name(self) -> str:
        """For people; the class's name, if it is not overridden."""
        return f"{type(self).__module__}.{type(self).__qualname__}"

    @abstractmethod
    def configure_worker(self, config: "WorkerConfig") -> "WorkerConfig":
        """What the worker is made of, changed or not."""

    @abstractmethod
    async def run_worker(self, worker: "Worker", next: RunWorker) -> None:
        """Run it: `await next(worker)`."""

    @abstractmethod
    def configure_replayer(self, config: "ReplayerConfig") -> "ReplayerConfig":
        """What the replayer is made of, changed or not."""

    @abstractmethod
    def run_replayer(
        self, replayer: "Replayer", histories: AsyncIterator[WorkflowHistory], next: RunReplayer
    ) -> AbstractAsyncContextManager[AsyncIterator["WorkflowReplayResult"]]:
        """Replay them: `return next(replayer, histories)`."""


def worker_plugins(client: Client, plugins: Sequence[Plugin]) -> list[Plugin]:
    """Those of the client that are for workers too, then the worker's own."""
    of_client = client.config().get("plugins", ())
    return [*(plugin for plugin in of_client if isinstance(plugin, Plugin)), *plugins]


def run_through(plugins: Sequence[Plugin], run: RunWorker) -> RunWorker:
    """The chain of all plugins before `run`."""
    for plugin in reversed(plugins):
        run = _around_worker(plugin, run)
    return run


def replay_through(plugins: Sequence[Plugin], replay: RunReplayer) -> RunReplayer:
    """The chain of all plugins before `replay`."""
    for plugin in reversed(plugins):
        replay = _around_replayer(plugin, replay)
    return replay


def _around_worker(plugin: Plugin, next: RunWorker) -> RunWorker:
    return lambda worker: plugin.run_worker(worker, next)


def _around_replayer(plugin: Plugin, next: RunReplayer) -> RunReplayer:
    return lambda replayer, histories: plugin.run_replayer(replayer, histories, next)
