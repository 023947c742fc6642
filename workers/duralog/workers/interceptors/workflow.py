"""Interceptors of Workflows: they run inside of them, and must do the same at every replay.

Links are made for each run, when its code first runs in a worker: a replay makes new ones.
"""

from typing import Any, NoReturn

from duralog.workers.interceptors.inputs import (
    ContinueAsNewInput,
    ExecuteWorkflowInput,
    HandleQueryInput,
    HandleSignalInput,
    HandleUpdateInput,
    SignalChildWorkflowInput,
    SignalExternalWorkflowInput,
    StartActivityInput,
    StartChildWorkflowInput,
    StartLocalActivityInput,
)
from duralog.workflow.activities import ActivityHandle
from duralog.workflow.children import ChildWorkflowHandle
from duralog.workflow.info import Info


class WorkflowInboundInterceptor:
    """A link before a Workflow's code; every method calls the next link."""

    def __init__(self, next: "WorkflowInboundInterceptor") -> None:
        self.next = next

    def init(self, outbound: "WorkflowOutboundInterceptor") -> None:
        """Called once; pass on an interceptor of your own to see what the code asks for."""
        self.next.init(outbound)

    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:
        """Run the Workflow."""
        return await self.next.execute_workflow(input)

    async def handle_signal(self, input: HandleSignalInput) -> None:
        """Handle a Signal."""
        await self.next.handle_signal(input)

    async def handle_query(self, input: HandleQueryInput) -> Any:
        """Answer a Query; it may not wait for anything."""
        return await self.next.handle_query(input)

    def handle_update_validator(self, input: HandleUpdateInput) -> None:
        """Check an Update that has a validator, when it is new; what it raises rejects it."""
        self.next.handle_update_validator(input)

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:
        """Handle an accepted Update."""
        return await self.next.handle_update_handler(input)


class WorkflowOutboundInterceptor:
    """A link before what a Workflow's code asks for; every method calls the next link."""

    next: "WorkflowOutboundInterceptor"

    def __init__(self, next: "WorkflowOutboundInterceptor") -> None:
        self.next = next

    def continue_as_new(self, input: ContinueAsNewInput) -> NoReturn:
        """`workflow.continue_as_new()`."""
        self.next.continue_as_new(input)

    def info(self) -> Info:
        """`workflow.info()`."""
        return self.next.info()

    async def signal_child_workflow(self, input: SignalChildWorkflowInput) -> None:
        """`ChildWorkflowHandle.signal()`."""
        await self.next.signal_child_workflow(input)

    async def signal_external_workflow(self, input: SignalExternalWorkflowInput) -> None:
        """`ExternalWorkflowHandle.signal()`."""
        await self.next.signal_external_workflow(input)

    def start_activity(self, input: StartActivityInput) -> ActivityHandle[Any]:
        """`workflow.start_activity()` and its kin."""
        return self.next.start_activity(input)

    async def start_child_workflow(
        self, input: StartChildWorkflowInput
    ) -> ChildWorkflowHandle[Any, Any]:
        """`workflow.start_child_workflow()` and `execute_child_workflow()`."""
        return await self.next.start_child_workflow(input)

    def start_local_activity(self, input: StartLocalActivityInput) -> ActivityHandle[Any]:
        """`workflow.start_local_activity()` and its kin."""
        return self.next.start_local_activity(input)
