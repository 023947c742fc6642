"""The classes that users extend to see, change and add to what workers do.

`duralog.worker` has them under the names of Temporal's SDK. A chain is a list of objects that each
call the next; the last does the work.
"""

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from duralog.workers.interceptors.activity import (
    ActivityInboundInterceptor,
    ActivityOutboundInterceptor,
    ExecuteActivityInput,
)
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
from duralog.workers.interceptors.workflow import (
    WorkflowInboundInterceptor,
    WorkflowOutboundInterceptor,
)

__all__ = [
    "ActivityInboundInterceptor",
    "ActivityOutboundInterceptor",
    "ContinueAsNewInput",
    "ExecuteActivityInput",
    "ExecuteWorkflowInput",
    "HandleQueryInput",
    "HandleSignalInput",
    "HandleUpdateInput",
    "Interceptor",
    "SignalChildWorkflowInput",
    "SignalExternalWorkflowInput",
    "StartActivityInput",
    "StartChildWorkflowInput",
    "StartLocalActivityInput",
    "WorkflowInboundInterceptor",
    "WorkflowInterceptorClassInput",
    "WorkflowOutboundInterceptor",
]


@dataclass(frozen=True)
class WorkflowInterceptorClassInput:
    """What `Interceptor.workflow_interceptor_class` is given.

    unsafe_extern_functions: Taken for programs that set it: Workflow code reaches what it imports.
    """

    unsafe_extern_functions: MutableMapping[str, Callable[..., Any]]


class Interceptor:
    """What a worker asks for its chains; extend it, and give it as `interceptors`."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """The link before `next`, made anew for every attempt of an Activity."""
        return next

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor] | None:
        """The class of the link in Workflows, made anew for every run; None: no link."""
        del input
        return None
