"""`Replayer`: tells, in a test, whether today's code still fits yesterday's histories."""

import asyncio
import copy
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Unpack

from duralog.client import WorkflowHistory
from duralog.common import HeaderCodecBehavior
from duralog.converter import DataConverter
from duralog.exceptions import TemporalError
from duralog.schemas.events import WorkflowExecutionStarted
from duralog.worker.config import ReplayerConfig, ReplayerOptions
from duralog.worker.plugin import Plugin, replay_through
from duralog.worker.workflow_runners import SandboxedWorkflowRunner, WorkflowRunner, prepare
from duralog.workers.interceptors import Interceptor
from duralog.workers.replay import replay_history
from duralog.workers.workflow_chain import interceptor_classes
from duralog.workflow import WorkflowDefinition


@dataclass(frozen=True)
class WorkflowReplayResult:
    """What one replay led to.

    replay_failure: A NondeterminismError, or what failed the Workflow Task; None: the code fits,
        also when the Workflow itself failed.
    """

    history: WorkflowHistory
    replay_failure: Exception | None


@dataclass(frozen=True)
class WorkflowReplayResults:
    """What several replays led to: failures by Run ID."""

    replay_failures: Mapping[str, Exception]


class Replayer:
    """Replays histories, which a client fetches or `WorkflowHistory.from_json` reads.

    workflow_runner, namespace, data_converter, interceptors, workflow_failure_exception_types: The
    same as the worker's. header_codec_behavior: The client's.
    options: See `ReplayerOptions`.

    Raises ValueError without a Workflow, or for a class that is none.
    """

    def __init__(
        self,
        *,
        workflows: Sequence[type],
        namespace: str = "ReplayNamespace",
        data_converter: DataConverter = DataConverter.default,
        workflow_runner: WorkflowRunner = SandboxedWorkflowRunner(),  # noqa: B008 # never changes
        interceptors: Sequence[Interceptor] = (),
        workflow_failure_exception_types: Sequence[type[BaseException]] = (),
        header_codec_behavior: HeaderCodecBehavior = HeaderCodecBehavior.NO_CODEC,
        plugins: Sequence[Plugin] = (),
        **options: Unpack[ReplayerOptions],
    ) -> None:
        config = ReplayerConfig(
            workflows=workflows,
            namespace=namespace,
            data_converter=data_converter,
            workflow_runner=workflow_runner,
            interceptors=interceptors,
            workflow_failure_exception_types=workflow_failure_exception_types,
            header_codec_behavior=header_codec_behavior,
            plugins=plugins,
            **options,
        )
        self._given = config.copy()
        for plugin in plugins:
            config = plugin.configure_replayer(config)
        self._config, self._plugins = config, plugins
        self._take()

    def _take(self) -> None:
        """Check all that was given. Raises ValueError or TypeError."""
        config = self._config
        unknown = sorted(config.keys() - ReplayerConfig.__annotations__.keys())
        if unknown:
            raise TypeError(f"Replayer() got an unexpected keyword argument {unknown[0]!r}")
        workflows = config["workflows"]
        if not workflows:
            raise ValueError("At least one workflow must be specified")
        definitions = [WorkflowDefinition.must_find(workflow) for workflow in workflows]
        self._definitions = {definition.name: definition for definition in definitions}
        self._namespace = config["namespace"]
        self._converter = config["data_converter"]
        self._restrictions = prepare(config["workflow_runner"], workflows)
        self._interceptors = interceptor_classes(config["interceptors"])
        self._failure_exception_types = config["workflow_failure_exception_types"]
        self._headers = config["header_codec_behavior"] is not HeaderCodecBehavior.NO_CODEC

    def config(self, *, active_config: bool = False) -> ReplayerConfig:
        """What this one was made of; a copy, to be changed and given to `Replayer(**config)`.

        active_config: as its plugins have left it.
        """
        return (self._config if active_config else self._given).copy()

    def workflow_replay_iterator(
        self, histories: AsyncIterator[WorkflowHistory]
    ) -> AbstractAsyncContextManager[AsyncIterator[WorkflowReplayResult]]:
        """Replay them one by one, as the iterator of the block asks; failures are results."""
        return replay_through(self._plugins, Replayer._iterator)(self, histories)

    @asynccontextmanager
    async def _iterator(
        self, histories: AsyncIterator[WorkflowHistory]
    ) -> AsyncGenerator[AsyncIterator[WorkflowReplayResult]]:
        async def results() -> AsyncGenerator[WorkflowReplayResult]:
            async for history in histories:
                yield await self._result(history)

        yield results()

    async def replay_workflow(
        self, history: WorkflowHistory, *, raise_on_replay_failure: bool = True
    ) -> WorkflowReplayResult:
        """Replay one history.

        Raises the failure, unless `raise_on_replay_failure` is False; ValueError for a history that
        does not begin with its start or whose Workflow Type is not among the Workflows.
        """
        async with self.workflow_replay_iterator(_one(history)) as results:
            result = await anext(results)
        if result.replay_failure is not None and raise_on_replay_failure:
            raise result.replay_failure
        return result

    async def replay_workflows(
        self, histories: AsyncIterator[WorkflowHistory], *, raise_on_replay_failure: bool = True
    ) -> WorkflowReplayResults:
        """Replay many, one after the other; as `replay_workflow`."""
        failures: dict[str, Exception] = {}
        async with self.workflow_replay_iterator(histories) as results:
            async for result in results:
                if result.replay_failure is not None and raise_on_replay_failure:
                    raise result.replay_failure
                if result.replay_failure is not None:
                    failures[result.history.run_id] = result.replay_failure
        return WorkflowReplayResults(failures)

    async def _result(self, history: WorkflowHistory) -> WorkflowReplayResult:
        definition = self._definition(history)
        failure: Exception | None = None
        try:
            history = await self._decoded(history)
            # On a thread without an event loop, as in a worker.
            await asyncio.to_thread(self._replay, definition, history)
        except Exception as error:  # noqa: BLE001 # whatever user code raises is the result
            failure = error
        return WorkflowReplayResult(history, failure)

    async def _decoded(self, history: WorkflowHistory) -> WorkflowHistory:
        """The history as Workflow code reads it: through the codec, if there is one."""
        if self._converter.payload_codec is None:
            return history
        events = copy.deepcopy(list(history.events))
        for event in events:
            await self._converter.decode_record(event, headers=self._headers)
        return WorkflowHistory(history.workflow_id, events)

    def _definition(self, history: WorkflowHistory) -> WorkflowDefinition:
        first = history.events[0] if history.events else None
        if not isinstance(first, WorkflowExecutionStarted):
            raise ValueError(  # noqa: TRY004 # the history is wrong, not its type
                "a history begins with WorkflowExecutionStarted"
            )
        definition = self._definitions.get(first.workflow_type) or self._definitions.get(None)
        if definition is None:
            known = ", ".join(sorted(name for name in self._definitions if name))
            raise ValueError(
                f"Workflow class {first.workflow_type} is not registered on this replayer, "
                f"available workflows: {known}"
            )
        return definition

    def _replay(self, definition: WorkflowDefinition, history: WorkflowHistory) -> None:
        try:
            replay_history(
                definition,
                history.events,
                converter=self._converter,
                namespace=self._namespace,
                failure_exception_types=self._failure_exception_types,
                interceptors=self._interceptors,
                restrictions=self._restrictions,
            )
        except TemporalError:
            raise
        except Exception as error:
            raise RuntimeError(f"the Workflow Task failed: {type(error).__name__}") from error


async def _one(history: WorkflowHistory) -> AsyncGenerator[WorkflowHistory]:
    yield history
