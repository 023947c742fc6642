"""The chain of interceptors before the code of one run, and its last link: the run itself."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from duralog.workers.interceptors import (
    ExecuteWorkflowInput,
    HandleQueryInput,
    HandleSignalInput,
    HandleUpdateInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

InterceptorClasses = Sequence[type[WorkflowInboundInterceptor]]


def interceptor_classes(interceptors: Sequence[Interceptor]) -> InterceptorClasses:
    """The classes of the links in Workflows; the first is the outermost."""
    input = WorkflowInterceptorClassInput(unsafe_extern_functions={})
    classes = [interceptor.workflow_interceptor_class(input) for interceptor in interceptors]
    return [found for found in classes if found is not None]


class LastInbound(WorkflowInboundInterceptor):
    """Calls the Workflow's code.

    signal: Calls a Signal's handler with its arguments.
    query, validate, update: Call a Query's handler, an Update's validator, an Update's handler.
    intercept: Takes the first outbound link.
    """

    query: Callable[[str, Sequence[Any]], Awaitable[Any]]
    validate: Callable[[str, Sequence[Any]], None]
    update: Callable[[str, Sequence[Any]], Awaitable[Any]]

    def __init__(
        self,
        instance: Callable[[], Any],
        signal: Callable[[str, Sequence[Any]], Awaitable[None]],
    ) -> None:
        self._instance = instance
        self._signal = signal
        self.intercept: Callable[[WorkflowOutboundInterceptor], None]

    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        """What the code asks for goes through `outbound` from now on."""
        self.intercept(outbound)

    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:
        """Run the Workflow."""
        return await input.run_fn(self._instance(), *input.args)

    async def handle_signal(self, input: HandleSignalInput) -> None:
        """Call the handler."""
        await self._signal(input.signal, input.args)

    async def handle_query(self, input: HandleQueryInput) -> Any:
        """Call the handler."""
        return await self.query(input.query, input.args)

    def handle_update_validator(self, input: HandleUpdateInput) -> None:
        """Call the validator."""
        self.validate(input.update, input.args)

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:
        """Call the handler."""
        return await self.update(input.update, input.args)


def workflow_chain(
    classes: InterceptorClasses,
    last: WorkflowInboundInterceptor,
    outbound: WorkflowOutboundInterceptor,
) -> WorkflowInboundInterceptor:
    """The first inbound link; its `init` has built the outbound ones."""
    first = last
    for link in reversed(classes):
        first = link(first)
    first.init(outbound)
    return first
