"""The Updates of one run: validated, accepted or rejected, and their handlers run to an end.

Order as in Temporal's SDKs: an Update's task is created when it is delivered, behind the Signals
of the same Workflow Task; what it is looked up by is looked up when the task runs, so that code at
the top of the Workflow may still set a handler.
"""

import asyncio
import inspect
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from duralog.common import RawValue
from duralog.common.hints import hints_for
from duralog.converter import DataConverter
from duralog.exceptions import CancelledError
from duralog.schemas.codec import decode
from duralog.schemas.commands import (
    AcceptWorkflowExecutionUpdate,
    CompleteWorkflowExecutionUpdate,
    RejectWorkflowExecutionUpdate,
)
from duralog.schemas.events import (
    WorkflowExecutionUpdateAccepted,
    WorkflowExecutionUpdateCompleted,
    WorkflowTaskCompleted,
    WorkflowTaskScheduled,
)
from duralog.schemas.payloads import Payload
from duralog.schemas.transitions import AdmittedUpdate
from duralog.workers.command_log import CommandLog
from duralog.workers.continuing import RunContinueAsNewError
from duralog.workers.event_loop import WorkflowEventLoop
from duralog.workers.execution import Execution
from duralog.workers.interceptors import HandleUpdateInput
from duralog.workers.machines.recorded import mismatch
from duralog.workflow.errors import ReadOnlyContextError
from duralog.workflow.signals import HandlerUnfinishedPolicy
from duralog.workflow.updates import (
    CURRENT,
    UnfinishedUpdateHandlersWarning,
    UpdateDefinition,
    UpdateInfo,
)


@dataclass(slots=True, frozen=True, kw_only=True)
class Delivery:
    """An Update as it comes: new, or accepted in a history. validates: it is new."""

    id: str
    name: str
    input: list[Payload]
    headers: Mapping[str, Payload]
    validates: bool


def new_update(data: bytes) -> Delivery:
    """Of a framed AdmittedUpdate."""
    update: AdmittedUpdate = decode(data)
    return Delivery(
        id=update.update_id,
        name=update.update_name,
        input=update.input,
        headers=update.header,
        validates=True,
    )


def accepted_updates(decoded: Sequence[Any], index: int) -> list[Delivery]:
    """What the Workflow Task that `decoded[index]` completes has accepted: its events follow."""
    found: list[Delivery] = []
    for at in range(index + 1, len(decoded)):
        event = decoded[at]
        if isinstance(event, WorkflowTaskScheduled | WorkflowTaskCompleted):
            break
        if isinstance(event, WorkflowExecutionUpdateAccepted):
            found.append(
                Delivery(
                    id=event.protocol_instance_id,
                    name=event.update_name,
                    input=event.input,
                    headers=event.header,
                    validates=False,
                )
            )
    return found


class Updates:
    """The Update handlers of one run.

    rejections: Of the current Workflow Task; they leave no event, and no Command to be matched.
    """

    def __init__(
        self,
        handlers: dict[str | None, UpdateDefinition],
        converter: DataConverter,
        loop: WorkflowEventLoop,
        execution: Execution,
        log: CommandLog,
    ) -> None:
        self.handlers = handlers
        self.rejections: list[RejectWorkflowExecutionUpdate] = []
        self._converter = converter
        self._loop = loop
        self._execution = execution
        self._log = log
        self._running: dict[str, UpdateDefinition] = {}

    def get_handler(self, name: str | None) -> Callable[..., Any] | None:
        """The handler of an Update, bound."""
        handler = self.handlers.get(name)
        return None if handler is None else self._bind(handler, handler.fn)

    def set_handler(
        self,
        name: str | None,
        handler: Callable[..., Any] | None,
        validator: Callable[..., None] | None,
    ) -> None:
        """Set or remove a handler, with its validator."""
        if handler is None:
            self.handlers.pop(name, None)
            return
        definition = UpdateDefinition.make(name, handler, is_method=False)
        if validator is not None:
            definition.set_validator(validator)
        self.handlers[name] = definition

    def deliver(self, update: Delivery) -> None:
        """Start its task."""
        self._loop.create_task(self._run(update), name=f"update: {update.name}")

    @property
    def finished(self) -> bool:
        """Whether no handler runs."""
        return not self._running

    def warn_of_unfinished(self) -> None:
        """Warn, once the Workflow has ended, of handlers it has cut off."""
        names = Counter(
            handler.name or "<dynamic>"
            for handler in self._running.values()
            if handler.unfinished_policy is HandlerUnfinishedPolicy.WARN_AND_ABANDON
        )
        if names:
            warnings.warn(
                "Workflow finished while update handlers are still running: "
                f"{dict(names)}. Their clients get an error. Wait for them with `await "
                "workflow.wait_condition(workflow.all_handlers_finished)`, or give them "
                "`unfinished_policy=workflow.HandlerUnfinishedPolicy.ABANDON`.",
                UnfinishedUpdateHandlersWarning,
                stacklevel=2,
            )

    async def _run(self, update: Delivery) -> None:
        CURRENT.set(UpdateInfo(id=update.id, name=update.name))
        try:
            handler = self._validated(update)
            if handler is not None:
                await self._handle(handler, update)
        finally:
            self._running.pop(update.id, None)

    def _validated(self, update: Delivery) -> UpdateDefinition | None:
        """Accept it; or reject it, for whatever reason, with None."""
        try:
            handler = self.handlers.get(update.name) or self.handlers.get(None)
            if handler is None:
                known = " ".join(sorted(name for name in self.handlers if name))
                raise RuntimeError(
                    f"Update handler for '{update.name}' expected but not found, "
                    f"and there is no dynamic handler. known updates: [{known}]"
                )
            self._running[update.id] = handler
            arguments = self._arguments(handler, update)
            if update.validates and handler.validator is not None:
                self._validate(update, arguments)
        except ReadOnlyContextError as error:
            self._fail(error)
            return None
        except Exception as error:  # noqa: BLE001 # user code's shell: any error rejects
            self._reject(update, error)
            return None
        command = AcceptWorkflowExecutionUpdate(update_id=update.id)

        def recorded(event: WorkflowExecutionUpdateAccepted) -> None:
            if event.protocol_instance_id != update.id:
                raise mismatch(event, command)

        self._log.emit(command, recorded)
        return handler

    def _validate(self, update: Delivery, arguments: Sequence[Any]) -> None:
        before, self._loop.read_only = self._loop.read_only, True
        try:
            if self._execution.inbound is None:
                self.validate(update.name, arguments)
            else:
                self._execution.inbound.handle_update_validator(_input(update, arguments))
        finally:
            self._loop.read_only = before

    def validate(self, name: str, arguments: Sequence[Any]) -> None:
        """Call the validator; the last link of an interceptor chain."""
        handler = self._known(name)
        if handler.validator is not None:
            self._bind(handler, handler.validator)(*arguments)

    async def call(self, name: str, arguments: Sequence[Any]) -> Any:
        """The handler's result; the last link of an interceptor chain."""
        handler = self._known(name)
        found: Any = self._bind(handler, handler.fn)(*arguments)
        return await found if inspect.isawaitable(found) else found

    def _known(self, name: str) -> UpdateDefinition:
        handler = self.handlers.get(name) or self.handlers.get(None)
        if handler is None:
            raise RuntimeError(f"No handler of Update {name}, to which an interceptor sent it")
        return handler

    async def _handle(self, handler: UpdateDefinition, update: Delivery) -> None:
        """Run an accepted Update to its end."""
        command = CompleteWorkflowExecutionUpdate(update_id=update.id)
        try:
            # Anew: a validator may have changed what it was given.
            arguments, inbound = self._arguments(handler, update), self._execution.inbound
            result: Any = await (
                self.call(update.name, arguments)
                if inbound is None
                else inbound.handle_update_handler(_input(update, arguments))
            )
            command.result = self._converter.to_payloads([result])
        except RunContinueAsNewError:
            self._fail(RuntimeError("Cannot continue as new from an update handler"))
            return
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 # user code's shell
            if self._loop.evicting:
                return
            if isinstance(error, asyncio.CancelledError):
                error = CancelledError(f"Cancellation raised within update {error}")
            if not self._execution.is_failure_exception(error):
                self._fail(error)
                return
            command.failure = self._converter.to_failure(error)

        def recorded(event: WorkflowExecutionUpdateCompleted) -> None:
            if event.update_id != update.id:
                raise mismatch(event, command)

        self._log.emit(command, recorded)

    def _reject(self, update: Delivery, error: Exception) -> None:
        if update.validates:
            failure = self._converter.to_failure(error)
            rejection = RejectWorkflowExecutionUpdate(update_id=update.id, failure=failure)
            self.rejections.append(rejection)
        # Else the history says that it was accepted: what follows in it finds no Command.

    def _fail(self, error: BaseException) -> None:
        """Have this error fail the Workflow Task."""
        self._execution.error = self._execution.error or error

    def _arguments(self, handler: UpdateDefinition, update: Delivery) -> Sequence[Any]:
        if handler.name is None:
            return [update.name, [RawValue(payload) for payload in update.input]]
        hints = hints_for(len(update.input), handler.argument_types)
        return self._converter.from_payloads(update.input, hints)

    def _bind(self, handler: UpdateDefinition, fn: Callable[..., Any]) -> Callable[..., Any]:
        bound: Callable[..., Any] = fn
        if handler.is_method:
            bound = fn.__get__(self._execution.instance)
        return bound


def _input(update: Delivery, arguments: Sequence[Any]) -> HandleUpdateInput:
    return HandleUpdateInput(
        id=update.id, update=update.name, args=arguments, headers=update.headers
    )
