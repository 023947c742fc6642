"""The chains of interceptors around the code of one run, and their last links: the run itself."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from duralog.common import Priority
from duralog.workers.interceptors import (
    ExecuteWorkflowInput,
    HandleQueryInput,
    HandleSignalInput,
    HandleUpdateInput,
    Interceptor,
    StartActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from duralog.workflow.activities import ActivityCancellationType, ActivityConfig, ActivityHandle
from duralog.workflow.info import Info
from duralog.workflow.runtime import ActivityStart

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


class LastOutbound(WorkflowOutboundInterceptor):
    """Does what the code asks for."""

    def __init__(
        self,
        info: Callable[[], Info],
        start_activity: Callable[[ActivityStart], ActivityHandle[Any]],
    ) -> None:
        self._info = info
        self._start_activity = start_activity

    def info(self) -> Info:
        """What the Workflow can know about itself."""
        return self._info()

    def start_activity(self, input: StartActivityInput) -> ActivityHandle[Any]:
        """Schedule the Activity."""
        return self._start_activity(
            ActivityStart(
                activity_type=input.activity,
                arguments=input.args,
                result_type=input.ret_type,
                config=ActivityConfig(
                    task_queue=input.task_queue,
                    schedule_to_close_timeout=input.schedule_to_close_timeout,
                    schedule_to_start_timeout=input.schedule_to_start_timeout,
                    start_to_close_timeout=input.start_to_close_timeout,
                    heartbeat_timeout=input.heartbeat_timeout,
                    retry_policy=input.retry_policy,
                    cancellation_type=input.cancellation_type,
                    activity_id=input.activity_id,
                    summary=input.summary,
                    priority=input.priority,
                ),
                headers=input.headers,
            )
        )


def activity_input(start: ActivityStart) -> StartActivityInput:
    """What interceptors are given for a call of `start_activity`."""
    config = start.config
    return StartActivityInput(
        activity=start.activity_type,
        args=start.arguments,
        activity_id=config.get("activity_id"),
        task_queue=config.get("task_queue"),
        schedule_to_close_timeout=config.get("schedule_to_close_timeout"),
        schedule_to_start_timeout=config.get("schedule_to_start_timeout"),
        start_to_close_timeout=config.get("start_to_close_timeout"),
        heartbeat_timeout=config.get("heartbeat_timeout"),
        retry_policy=config.get("retry_policy"),
        cancellation_type=config.get("cancellation_type", ActivityCancellationType.TRY_CANCEL),
        headers=start.headers,
        disable_eager_execution=False,
        summary=config.get("summary"),
        priority=config.get("priority", Priority.default),
        arg_types=None,
        ret_type=start.result_type,
    )


def workflow_chain(
    classes: InterceptorClasses, last: WorkflowInboundInterceptor, outbound: LastOutbound
) -> WorkflowInboundInterceptor:
    """The first inbound link; its `init` has built the outbound ones."""
    first = last
    for link in reversed(classes):
        first = link(first)
    first.init(outbound)
    return first
