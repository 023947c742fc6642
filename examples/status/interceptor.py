"""`StatusInterceptor`: tells a status service what every workflow of a worker is doing.

    worker = Worker(client, task_queue="orders", workflows=[Order],
                    interceptors=[StatusInterceptor()])

The workflows know nothing of it. When a workflow begins and when it ends, and with what it has
done, is reported by a short activity: so each report is in the history once, is tried again while
the service is down, and is not repeated by a replay.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from duralog import workflow
from duralog.common import RetryPolicy
from duralog.worker import (
    ExecuteWorkflowInput,
    Interceptor,
    StartActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

REPORT = "report_status"
"""The activity that every worker with this interceptor must have; it takes a `Status`."""


@dataclass(frozen=True)
class Status:
    """How a workflow stands. number: counts up within a run; the highest is the latest."""

    workflow_id: str
    run_id: str
    workflow_type: str
    number: int
    status: str


class StatusInterceptor(Interceptor):
    """Give it to a worker, with an activity named `report_status`."""

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor]:
        """The link in each run."""
        return _Inbound


class _Inbound(WorkflowInboundInterceptor):
    def __init__(self, next: WorkflowInboundInterceptor) -> None:
        super().__init__(next)
        self._started: list[str] = []
        self._number = 0

    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound, self._started))

    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:
        await self._report("running")
        try:
            result = await super().execute_workflow(input)
        except (Exception, asyncio.CancelledError) as error:
            await self._report(f"{type(error).__name__} after {self._done()}")
            raise
        await self._report(f"completed after {self._done()}")
        return result

    def _done(self) -> str:
        return ", ".join(self._started) or "no activity"

    async def _report(self, status: str) -> None:
        """Report, and wait until the service knows."""
        info = workflow.info()
        self._number += 1
        await workflow.execute_activity(
            REPORT,
            Status(info.workflow_id, info.run_id, info.workflow_type, self._number, status),
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
        )


class _Outbound(WorkflowOutboundInterceptor):
    """Notes which activities the workflow itself starts."""

    def __init__(self, next: WorkflowOutboundInterceptor, started: list[str]) -> None:
        super().__init__(next)
        self._started = started

    def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:
        if input.activity != REPORT:
            self._started.append(input.activity)
        return super().start_activity(input)
