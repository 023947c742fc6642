"""The children of one run: their handles, machines and outcomes."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from duralog.common import Priority, WorkflowIDReusePolicy
from duralog.common.durations import milliseconds
from duralog.converter import DataConverter, encode_search_attributes
from duralog.exceptions import WorkflowAlreadyStartedError
from duralog.schemas import events
from duralog.schemas.commands import StartChildWorkflowExecution
from duralog.schemas.payloads import Payload
from duralog.workers.command_log import CommandLog, Emission
from duralog.workers.event_loop import WorkflowEventLoop
from duralog.workers.externals import Externals
from duralog.workers.machines.child import ChildClosed, ChildMachine, State
from duralog.workers.machines.recorded import unexpected
from duralog.workflow.children import (
    ChildWorkflowCancellationType,
    ChildWorkflowHandle,
    ParentClosePolicy,
)
from duralog.workflow.errors import RunEvictedError
from duralog.workflow.runtime import ChildStart
from duralog.workflow.signals import SignalDefinition

_WAIT: Final = ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED


class Start(asyncio.Future[None]):
    """The child's start. Whoever waits for it and is cancelled cancels the child."""

    def __init__(self, loop: WorkflowEventLoop, handle: "RunChildHandle") -> None:
        super().__init__(loop=loop)
        self._handle = handle

    def cancel(self, msg: Any = None) -> bool:
        """Request the child's cancellation, as its cancellation type says.

        In a Workflow that is cancelled itself nobody waits for the start any longer.
        """
        if self.done():
            return False
        self._handle.cancel(msg)
        return super().cancel(msg) if self._handle.workflow_cancelled else True


class RunChildHandle(ChildWorkflowHandle[Any, Any]):
    """One child of a run; a future, as a RunActivityHandle, and for the same reason.

    emission: Its Command, while it is in the answer that is being made.
    """

    def __init__(
        self, loop: WorkflowEventLoop, machine: ChildMachine, result_type: Any, children: "Children"
    ) -> None:
        super().__init__(loop=loop)
        self.machine = machine
        self.result_type = result_type
        self.emission: Emission | None = None
        self.start = Start(loop, self)
        self._children = children

    @property
    def id(self) -> str:
        """The Workflow ID."""
        return self.machine.command.workflow_id

    @property
    def first_execution_run_id(self) -> str | None:
        """The Run ID of its first run."""
        return self.machine.run_id or None

    async def send_signal(self, signal: Any, arguments: Sequence[Any]) -> None:
        """Send a signal and wait until it stands in the child's history."""
        name = SignalDefinition.must_name(signal)
        await self._children.externals.signal_child(self.id, name, arguments)

    def cancel(self, msg: Any = None) -> bool:
        """Request the cancellation, as the cancellation type says; a text is its reason."""
        if self.done():
            return False
        self._children.request_cancel(self, msg if isinstance(msg, str) else "")
        return True

    @property
    def workflow_cancelled(self) -> bool:
        """Whether the parent is asked to cancel itself."""
        return self._children.is_cancelled()

    def fail(self, error: BaseException) -> None:
        """It has no result: whoever waits for its start learns that there."""
        if not self.start.done():
            self.start.set_exception(error)
            self.start.exception()
        self.set_exception(error)
        self.exception()  # Whoever cancelled it, or waited for its start, need not fetch it.


class Children:
    """Starts children, and finds each again by its initiated Event.

    settle_later: as of Activities. is_cancelled: whether the run is asked to cancel itself.
    """

    def __init__(
        self,
        log: CommandLog,
        loop: WorkflowEventLoop,
        converter: DataConverter,
        externals: Externals,
        settle_later: Callable[[Callable[[], None]], None],
        namespace: str,
        is_cancelled: Callable[[], bool],
    ) -> None:
        self.is_cancelled = is_cancelled
        self.externals = externals
        self._log = log
        self._loop = loop
        self._converter = converter
        self._settle_later = settle_later
        self._namespace = namespace
        self._handles: dict[int, RunChildHandle] = {}

    async def start(self, start: ChildStart) -> RunChildHandle:
        """Start a child and wait until it is. Raises what keeps it from starting."""
        if self._loop.evicting:
            raise RunEvictedError("this run is being evicted from the worker's cache")
        machine = ChildMachine(
            command=self._command(start),
            cancellation_type=start.config.get("cancellation_type", _WAIT),
            namespace=self._namespace,
        )
        handle = RunChildHandle(self._loop, machine, start.result_type, self)

        def recorded(event: events.StartChildWorkflowExecutionInitiated) -> None:
            machine.initiated(event)
            handle.emission = None
            self._handles[event.event_id] = handle

        handle.emission = self._log.emit(machine.command, recorded)
        await handle.start
        return handle

    def _command(self, start: ChildStart) -> StartChildWorkflowExecution:
        config = start.config
        memo = config.get("memo") or {}
        policy = config.get("retry_policy")
        close = config.get("parent_close_policy", ParentClosePolicy.TERMINATE)
        reuse = config.get("id_reuse_policy", WorkflowIDReusePolicy.ALLOW_DUPLICATE)
        command = StartChildWorkflowExecution(
            workflow_id=start.workflow_id,
            workflow_type=start.workflow_type,
            task_queue=config.get("task_queue") or "",
            input=self._converter.to_payloads(start.arguments),
            workflow_execution_timeout_ms=milliseconds(config.get("execution_timeout")),
            workflow_run_timeout_ms=milliseconds(config.get("run_timeout")),
            workflow_task_timeout_ms=milliseconds(config.get("task_timeout")),
            parent_close_policy=(close or ParentClosePolicy.TERMINATE).name,
            workflow_id_reuse_policy=reuse.name,
            retry_policy=None if policy is None else policy.to_record(),
            header=dict(start.headers),
            memo=dict(zip(memo, self._converter.to_payloads(list(memo.values())), strict=True)),
            search_attributes=encode_search_attributes(config.get("search_attributes")),
            user_metadata_summary=self._text(config.get("static_summary")),
            user_metadata_details=self._text(config.get("static_details")),
        )
        config.get("priority", Priority.default).write_to(command)
        return command

    def _text(self, text: str | None) -> Payload | None:
        return None if text is None else self._converter.to_payloads([text])[0]

    def request_cancel(self, handle: RunChildHandle, reason: str) -> None:
        """Cancel a child, as its cancellation type says."""
        if self._loop.evicting:
            return
        machine = handle.machine
        command = machine.cancel(reason)
        if command is not None:
            sent = self.externals.send(command)
            if machine.waits_for_request:
                sent.add_done_callback(partial(self._request_arrived, handle))
        if machine.state is State.DROPPED and handle.emission is not None:
            self._log.drop(handle.emission)
            handle.emission = None
        if not machine.waits_for_history:
            self._settle_later(lambda: self._settle(handle))

    def _request_arrived(self, handle: RunChildHandle, sent: asyncio.Future[None]) -> None:
        """The child has the request; or it is gone, and the history will say how it ended."""
        if sent.exception() is None:
            self._settle(handle)

    def _settle(self, handle: RunChildHandle) -> None:
        """Its cancellation is not waited for any longer."""
        machine = handle.machine
        if not machine.settled:
            machine.settled = True
            handle.fail(self._converter.from_failure(machine.failure(None)))

    def started(self, event: events.ChildWorkflowExecutionStarted) -> Callable[[], None]:
        """ChildWorkflowExecutionStarted; what tells the code of it."""
        handle = self._find(event)
        handle.machine.started(event)

        def tell() -> None:
            if not handle.start.done():
                handle.start.set_result(None)

        return tell

    def start_failed(self, event: events.StartChildWorkflowExecutionFailed) -> Callable[[], None]:
        """StartChildWorkflowExecutionFailed; what tells the code of it."""
        handle = self._find(event)
        handle.machine.start_failed(event)
        del self._handles[event.initiated_event_id]
        command = handle.machine.command
        error: Exception = RuntimeError(f"Unknown child start fail cause: {event.cause}")
        if event.cause == "WORKFLOW_ALREADY_EXISTS":
            error = WorkflowAlreadyStartedError(command.workflow_id, command.workflow_type)
        return partial(self._tell, handle, partial(handle.fail, error))

    def closed(self, event: ChildClosed) -> Callable[[], None]:
        """The child ended; what tells the code of it."""
        handle = self._find(event)
        handle.machine.close(event)
        del self._handles[event.initiated_event_id]
        return partial(self._tell, handle, partial(self._deliver, handle, event))

    @staticmethod
    def _tell(handle: RunChildHandle, deliver: Callable[[], None]) -> None:
        if not handle.machine.settled:
            handle.machine.settled = True
            deliver()

    def _deliver(self, handle: RunChildHandle, event: ChildClosed) -> None:
        if not isinstance(event, events.ChildWorkflowExecutionCompleted):
            handle.fail(self._converter.from_failure(handle.machine.failure(event)))
            return
        hints = None if handle.result_type is None else [handle.result_type]
        values = self._converter.from_payloads(event.result, hints)
        handle.set_result(values[0] if values else None)

    def _find(self, event: Any) -> RunChildHandle:
        handle = self._handles.get(event.initiated_event_id)
        if handle is None:
            raise unexpected(event, f"event {event.initiated_event_id} started no child")
        return handle
