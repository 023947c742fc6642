"""Signals and cancel requests of one run to other Workflows: futures, machines, answers."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from duralog.converter import DataConverter
from duralog.exceptions import CancelledError
from duralog.schemas.commands import (
    RequestCancelExternalWorkflowExecution,
    SignalExternalWorkflowExecution,
)
from duralog.workers.command_log import CommandLog, Emission
from duralog.workers.event_loop import WorkflowEventLoop
from duralog.workers.interceptors import (
    SignalChildWorkflowInput,
    SignalExternalWorkflowInput,
    WorkflowOutboundInterceptor,
)
from duralog.workers.machines.external import (
    ExternalCommand,
    ExternalDone,
    ExternalInitiated,
    ExternalMachine,
)
from duralog.workers.machines.recorded import unexpected
from duralog.workflow.errors import RunEvictedError
from duralog.workflow.external import ExternalWorkflowHandle
from duralog.workflow.signals import SignalDefinition


class Sent(asyncio.Future[None]):
    """The answer to one signal or cancel request.

    A signal that is not sent yet can be taken back; anything else is waited for.
    """

    def __init__(
        self, loop: WorkflowEventLoop, machine: ExternalMachine, drop: Callable[["Sent"], None]
    ) -> None:
        super().__init__(loop=loop)
        self.machine = machine
        self.emission: Emission | None = None
        self._drop = drop

    def cancel(self, msg: Any = None) -> bool:
        """Take it back, if it is not sent."""
        if self.done():
            return False
        self._drop(self)
        return True


class Externals:
    """Sends to other Workflows, and finds each again by its initiated Event.

    outbound: The first link before what the code asks for; None without interceptors.
    """

    outbound: WorkflowOutboundInterceptor | None = None

    def __init__(
        self, log: CommandLog, loop: WorkflowEventLoop, converter: DataConverter, namespace: str
    ) -> None:
        self._log = log
        self._loop = loop
        self._converter = converter
        self._namespace = namespace
        self._sent: dict[int, Sent] = {}

    async def signal_child(self, workflow_id: str, name: str, arguments: Sequence[Any]) -> None:
        """Signal a child of this run, and wait until it has the Signal."""
        input = SignalChildWorkflowInput(
            signal=name, args=arguments, child_workflow_id=workflow_id, headers={}
        )
        if self.outbound is None:
            await self.send_to_child(input)
        else:
            await self.outbound.signal_child_workflow(input)

    async def signal_external(
        self, workflow_id: str, run_id: str | None, name: str, arguments: Sequence[Any]
    ) -> None:
        """Signal another Workflow, and wait until it has the Signal."""
        input = SignalExternalWorkflowInput(
            signal=name,
            args=arguments,
            namespace=self._namespace,
            workflow_id=workflow_id,
            workflow_run_id=run_id,
            headers={},
        )
        if self.outbound is None:
            await self.send_to_external(input)
        else:
            await self.outbound.signal_external_workflow(input)

    def send_to_child(self, input: SignalChildWorkflowInput) -> Sent:
        """Send the Signal."""
        return self._signal(input, input.child_workflow_id, "", child=True)

    def send_to_external(self, input: SignalExternalWorkflowInput) -> Sent:
        """Send the Signal."""
        return self._signal(input, input.workflow_id, input.workflow_run_id or "", child=False)

    def _signal(
        self,
        input: SignalChildWorkflowInput | SignalExternalWorkflowInput,
        workflow_id: str,
        run_id: str,
        *,
        child: bool,
    ) -> Sent:
        self._loop.check_writable("signal another workflow")
        return self.send(
            SignalExternalWorkflowExecution(
                workflow_id=workflow_id,
                run_id=run_id,
                signal_name=input.signal,
                input=self._converter.to_payloads(input.args),
                header=dict(input.headers),
                child_workflow_only=child,
            )
        )

    def cancel(self, workflow_id: str, run_id: str, reason: str) -> Sent:
        """Send a cancel request."""
        return self.send(
            RequestCancelExternalWorkflowExecution(
                workflow_id=workflow_id, run_id=run_id, reason=reason
            )
        )

    def send(self, command: ExternalCommand) -> Sent:
        """Make the Command; the answer comes later."""
        if self._loop.evicting:
            raise RunEvictedError("this run is being evicted from the worker's cache")
        machine = ExternalMachine(command=command)
        sent = Sent(self._loop, machine, self._take_back)

        def recorded(event: ExternalInitiated) -> None:
            machine.initiated(event)
            sent.emission = None
            self._sent[event.event_id] = sent

        sent.emission = self._log.emit(command, recorded)
        return sent

    def done(self, event: ExternalDone) -> Callable[[], None]:
        """The answer; what tells the code of it."""
        sent = self._sent.pop(event.initiated_event_id, None)
        if sent is None:
            raise unexpected(event, f"event {event.initiated_event_id} sent nothing")
        failure = sent.machine.done(event)
        if failure is None:
            return partial(sent.set_result, None)

        def fail() -> None:
            sent.set_exception(self._converter.from_failure(failure))
            sent.exception()  # Of a child's cancellation nobody waits for the answer.

        return fail

    def _take_back(self, sent: Sent) -> None:
        signals = isinstance(sent.machine.command, SignalExternalWorkflowExecution)
        if signals and sent.machine.cancel() and sent.emission is not None:
            self._log.drop(sent.emission)
            sent.emission = None
            sent.set_exception(CancelledError("Signal was cancelled before being sent"))


class RunExternalHandle(ExternalWorkflowHandle[Any]):
    """Another Workflow, as a run sees it."""

    def __init__(
        self, externals: Externals, workflow_id: str, run_id: str | None, *, own_run_id: str
    ) -> None:
        self._own_run_id = own_run_id
        self._externals = externals
        self._id = workflow_id
        self._run_id = run_id

    @property
    def id(self) -> str:
        """The Workflow ID."""
        return self._id

    @property
    def run_id(self) -> str | None:
        """The Run ID; None: the current run."""
        return self._run_id

    async def send_signal(self, signal: Any, arguments: Sequence[Any]) -> None:
        """Send a signal and wait until it stands in the other's history."""
        name = SignalDefinition.must_name(signal)
        await self._externals.signal_external(self._id, self._run_id, name, arguments)

    async def cancel(self, *, reason: str = "") -> None:
        """Request its cancellation and wait until the request stands in its history.

        Source: the reason is worded as by Temporal's SDKs.
        """
        text = f"Cancel requested by workflow with run id {self._own_run_id} with reason: {reason}"
        await self._externals.cancel(self._id, self._run_id or "", text)
