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
    """Sends to other Workflows, and finds each again by its initiated Event."""

    def __init__(self, log: CommandLog, loop: WorkflowEventLoop, converter: DataConverter) -> None:
        self._log = log
        self._loop = loop
        self._converter = converter
        self._sent: dict[int, Sent] = {}

    def signal(
        self, workflow_id: str, run_id: str, name: str, arguments: Sequence[Any], *, child: bool
    ) -> Sent:
        """Send a signal."""
        return self.send(
            SignalExternalWorkflowExecution(
                workflow_id=workflow_id,
                run_id=run_id,
                signal_name=name,
                input=self._converter.to_payloads(arguments),
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
        await self._externals.signal(self._id, self._run_id or "", name, arguments, child=False)

    async def cancel(self, *, reason: str = "") -> None:
        """Request its cancellation and wait until the request stands in its history.

        Source: the reason is worded as by Temporal's SDKs.
        """
        text = f"Cancel requested by workflow with run id {self._own_run_id} with reason: {reason}"
        await self._externals.cancel(self._id, self._run_id or "", text)
