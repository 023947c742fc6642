"""User code of one run: the Workflow's instance, its main coroutine and its Signal handlers."""

import asyncio
import logging
import warnings
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from duralog.common import RawValue
from duralog.common.hints import hints_for
from duralog.converter import DataConverter
from duralog.exceptions import CancelledError, FailureError, is_cancelled_exception
from duralog.schemas import events
from duralog.schemas.commands import (
    CancelWorkflowExecution,
    CompleteWorkflowExecution,
    FailWorkflowExecution,
)
from duralog.schemas.payloads import Payload
from duralog.workers.continuing import RunContinueAsNewError
from duralog.workers.event_loop import WorkflowEventLoop
from duralog.workers.interceptors import (
    ExecuteWorkflowInput,
    HandleSignalInput,
    WorkflowInboundInterceptor,
)
from duralog.workers.machines.complete import CompleteMachine
from duralog.workers.workflow_chain import LastInbound
from duralog.workflow.definition import WorkflowDefinition
from duralog.workflow.signals import (
    HandlerUnfinishedPolicy,
    SignalDefinition,
    UnfinishedSignalHandlersWarning,
)

_LOGGER: Final = logging.getLogger("duralog.workflow")


class Execution:
    """Starts user code and takes its end.

    error: What user code raised that fails the Workflow Task; set once.
    signals: Handlers by Signal name; None: the dynamic one.
    inbound: The first link before user code; None without interceptors.
    """

    def __init__(
        self,
        definition: WorkflowDefinition,
        converter: DataConverter,
        failure_exception_types: Sequence[type[BaseException]],
        loop: WorkflowEventLoop,
        complete: CompleteMachine,
        chain: Callable[[LastInbound], WorkflowInboundInterceptor] | None = None,
    ) -> None:
        self.instance: Any = None
        self.error: BaseException | None = None
        self.cancel_reason: str | None = None
        self.definition = definition
        self._converter = converter
        self._failure_types_of_worker = failure_exception_types
        self._failure_exception_types: tuple[type[BaseException], ...] = ()
        self._take_failure_types(definition.failure_exception_types)
        self._loop = loop
        self._complete = complete
        self._chain = chain
        self.inbound: WorkflowInboundInterceptor | None = None
        self._headers: Mapping[str, Payload] = {}
        self._arguments: list[Any] = []
        self._main: asyncio.Task[None] | None = None
        self.signals: dict[str | None, SignalDefinition] = dict(definition.signals)
        self._buffered: list[events.WorkflowExecutionSignaled] = []
        self._running_signals: dict[asyncio.Task[None], SignalDefinition] = {}

    def instantiate(self, input: list[Payload], headers: Mapping[str, Payload]) -> None:
        """Make the Workflow's instance. Raises what its `__init__` or the conversion raises."""
        definition = self.definition
        self._headers = headers
        self._arguments = (
            [[RawValue(payload) for payload in input]]
            if definition.name is None
            else self._decode(input, definition.argument_types)
        )
        if self._chain is not None:
            self.inbound = self._chain(LastInbound(lambda: self.instance, self._call_signal))
        takes_input = definition.takes_input_on_init
        self.instance = definition.cls(*(self._arguments if takes_input else ()))
        if definition.dynamic_config_fn is not None:
            config = definition.dynamic_config_fn(self.instance)
            self._take_failure_types(config.failure_exception_types)

    def _take_failure_types(self, types: Sequence[type[BaseException]] | None) -> None:
        """The Workflow's own; None: leave them as they are."""
        if types is not None:
            worker = self._failure_types_of_worker
            self._failure_exception_types = (FailureError, asyncio.TimeoutError, *types, *worker)

    def start(self) -> None:
        """Start the main coroutine."""
        self._main = self._loop.create_task(self._guard(self._run), name="run")

    def request_cancel(self, reason: str) -> None:
        """Cancel the main coroutine; it may not have run yet, and shall see the cancellation."""
        self.cancel_reason = reason
        if self._main is not None:
            self._loop.call_soon(self._main.cancel)

    def is_failure_exception(self, error: BaseException) -> bool:
        """Whether this error fails the Workflow Execution; others fail the Workflow Task."""
        return isinstance(error, self._failure_exception_types)

    def failed_by(self, error: BaseException) -> FailWorkflowExecution:
        """End the Workflow with this error. Raises it when it fails the Workflow Task instead."""
        if not self.is_failure_exception(error):
            raise error
        try:
            command = FailWorkflowExecution(failure=self._converter.to_failure(error))
        except (TypeError, ValueError, RuntimeError) as misfit:
            raise ValueError("Failed converting workflow exception") from misfit
        self._complete.close(command)
        return command

    async def _run(self) -> None:
        run_fn = self.definition.run_fn
        if self.inbound is None:
            result = await run_fn(self.instance, *self._arguments)
        else:
            result = await self.inbound.execute_workflow(
                ExecuteWorkflowInput(
                    type=self.definition.cls,
                    run_fn=run_fn,
                    args=self._arguments,
                    headers=self._headers,
                )
            )
        self._complete.close(
            CompleteWorkflowExecution(result=self._converter.to_payloads([result]))
        )

    async def _guard(self, code: Callable[[], Awaitable[None]]) -> None:
        """Run user code to its end: an error ends the Workflow or fails the Workflow Task."""
        try:
            await code()
        except RunContinueAsNewError as error:
            if not self._loop.evicting:
                self._complete.close(error.command)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 # user code's shell
            self._ended(error)

    def _ended(self, error: BaseException) -> None:
        if self._loop.evicting:
            return
        if isinstance(error, asyncio.CancelledError):
            error = _as_failure(error)
        if self.cancel_reason is not None and is_cancelled_exception(error):
            self._complete.close(CancelWorkflowExecution())
            return
        try:
            self.failed_by(error)
        except Exception as fatal:  # noqa: BLE001 # the same error, or that it cannot be recorded
            self.error = self.error or fatal

    # Signals.

    def signal(self, event: events.WorkflowExecutionSignaled) -> None:
        """Handle a Signal, or keep it until its handler is set."""
        handler = self.signals.get(event.signal_name) or self.signals.get(None)
        if handler is None:
            self._buffered.append(event)
        else:
            self._handle(handler, event)

    def get_handler(self, name: str | None) -> Callable[..., Any] | None:
        """The handler of a Signal, bound."""
        handler = self.signals.get(name)
        return None if handler is None else self._bind(handler)

    def set_handler(self, name: str | None, handler: Callable[..., Any] | None) -> None:
        """Set or remove a handler; Signals that waited for it are handled now."""
        if handler is None:
            self.signals.pop(name, None)
            return
        self.signals[name] = SignalDefinition.make(name, handler, is_method=False)
        waiting, self._buffered = self._buffered, []
        for event in waiting:
            self.signal(event)

    @property
    def handlers_finished(self) -> bool:
        """Whether no Signal handler runs."""
        return not self._running_signals

    def warn_of_unfinished_handlers(self) -> None:
        """Warn, once the Workflow has ended, of handlers it has cut off."""
        names = Counter(
            handler.name or "<dynamic>"
            for handler in self._running_signals.values()
            if handler.unfinished_policy is HandlerUnfinishedPolicy.WARN_AND_ABANDON
        )
        if names:
            warnings.warn(
                "Workflow finished while signal handlers are still running: "
                f"{dict(names)}. Wait for them with `await workflow.wait_condition("
                "workflow.all_handlers_finished)`, or give them "
                "`unfinished_policy=workflow.HandlerUnfinishedPolicy.ABANDON`.",
                UnfinishedSignalHandlersWarning,
                stacklevel=2,
            )

    def _handle(self, handler: SignalDefinition, event: events.WorkflowExecutionSignaled) -> None:
        try:
            arguments = self._signal_arguments(handler, event)
        except (RuntimeError, LookupError, TypeError, ValueError):
            _LOGGER.exception(
                "Signal %s of Workflow %s dropped: its input does not fit its handler",
                event.signal_name,
                event.workflow_id,
            )
            return
        if self.inbound is None:
            code = partial(self._call, self._bind(handler), arguments)
        else:
            code = partial(
                self.inbound.handle_signal,
                HandleSignalInput(signal=event.signal_name, args=arguments, headers=event.header),
            )
        task = self._loop.create_task(self._guard(code), name=f"signal: {event.signal_name}")
        self._running_signals[task] = handler
        task.add_done_callback(self._running_signals.pop)

    async def _call_signal(self, name: str, arguments: Sequence[Any]) -> None:
        """The last link of an interceptor chain."""
        handler = self.signals.get(name) or self.signals.get(None)
        if handler is None:
            raise RuntimeError(f"No handler of Signal {name}, to which an interceptor sent it")
        await self._call(self._bind(handler), arguments)

    def _signal_arguments(
        self, handler: SignalDefinition, event: events.WorkflowExecutionSignaled
    ) -> list[Any]:
        if handler.name is None:
            return [event.signal_name, [RawValue(payload) for payload in event.input]]
        return self._decode(event.input, handler.argument_types)

    def _bind(self, handler: SignalDefinition) -> Callable[..., Any]:
        return handler.fn.__get__(self.instance) if handler.is_method else handler.fn

    @staticmethod
    async def _call(handler: Callable[..., Any], arguments: Sequence[Any]) -> None:
        result = handler(*arguments)
        if isinstance(result, Awaitable):
            await result

    def _decode(self, payloads: list[Payload], hints: Sequence[Any] | None) -> list[Any]:
        return self._converter.from_payloads(payloads, hints_for(len(payloads), hints))


def _as_failure(error: asyncio.CancelledError) -> CancelledError:
    """All of asyncio's cancellations become ours: only failures can be recorded."""
    failure = CancelledError(str(error) or "Cancelled").with_traceback(error.__traceback__)
    failure.__cause__ = error.__cause__
    return failure
