"""`Replayer`: tells, in a test, whether today's code still fits yesterday's histories."""

import asyncio
import copy
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from duralog.client import WorkflowHistory
from duralog.converter import DataConverter
from duralog.exceptions import TemporalError
from duralog.schemas.events import WorkflowExecutionStarted
from duralog.worker.config import ReplayerConfig
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
    same as the worker's.

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
    ) -> None:
        if not workflows:
            raise ValueError("At least one workflow must be specified")
        self._config = ReplayerConfig(
            workflows=workflows,
            namespace=namespace,
            data_converter=data_converter,
            workflow_runner=workflow_runner,
            interceptors=interceptors,
            workflow_failure_exception_types=workflow_failure_exception_types,
        )
        definitions = [WorkflowDefinition.must_find(workflow) for workflow in workflows]
        self._definitions = {definition.name: definition for definition in definitions}
        self._namespace = namespace
        self._converter = data_converter
        self._restrictions = prepare(workflow_runner, workflows)
        self._interceptors = interceptor_classes(interceptors)
        self._failure_exception_types = workflow_failure_exception_types

    def config(self) -> ReplayerConfig:
        """What this one was made of; a copy, to be changed and given to `Replayer(**config)`."""
        return self._config.copy()

    async def replay_workflow(
        self, history: WorkflowHistory, *, raise_on_replay_failure: bool = True
    ) -> WorkflowReplayResult:
        """Replay one history.

        Raises the failure, unless `raise_on_replay_failure` is False; ValueError for a history that
        does not begin with its start or whose Workflow Type is not among the Workflows.
        """
        definition = self._definition(history)
        failure: Exception | None = None
        try:
            history = await self._decoded(history)
            # On a thread without an event loop, as in a worker.
            await asyncio.to_thread(self._replay, definition, history)
        except Exception as error:  # noqa: BLE001 # whatever user code raises is the result
            failure = error
        if failure is not None and raise_on_replay_failure:
            raise failure
        return WorkflowReplayResult(history, failure)

    async def replay_workflows(
        self, histories: AsyncIterator[WorkflowHistory], *, raise_on_replay_failure: bool = True
    ) -> WorkflowReplayResults:
        """Replay many, one after the other; as `replay_workflow`."""
        failures: dict[str, Exception] = {}
        async for history in histories:
            result = await self.replay_workflow(
                history, raise_on_replay_failure=raise_on_replay_failure
            )
            if result.replay_failure is not None:
                failures[history.run_id] = result.replay_failure
        return WorkflowReplayResults(failures)

    async def _decoded(self, history: WorkflowHistory) -> WorkflowHistory:
        """The history as Workflow code reads it: through the codec, if there is one."""
        if self._converter.payload_codec is None:
            return history
        events = copy.deepcopy(list(history.events))
        for event in events:
            await self._converter.decode_record(event)
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
