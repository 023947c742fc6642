"""`WorkflowHandle`: everything one can ask of one Workflow Execution."""

from datetime import timedelta
from typing import Any, Generic, ParamSpec, TypeVar, cast

from duralog.client.calls import FOREVER, call, check, decoded
from duralog.client.connection import HandleClient
from duralog.client.description import WorkflowExecutionDescription
from duralog.client.events import (
    ALL_EVENT,
    WorkflowHistoryEventAsyncIterator,
    WorkflowHistoryEventFilterType,
)
from duralog.client.history import WorkflowHistory
from duralog.client.interceptor import (
    CancelWorkflowInput,
    DescribeWorkflowInput,
    FetchWorkflowHistoryEventsInput,
    TerminateWorkflowInput,
)
from duralog.client.messages import Messages
from duralog.client.outcome import result_of
from duralog.schemas.requests import GetWorkflowExecutionHistory

SelfType = TypeVar("SelfType")
ReturnType = TypeVar("ReturnType")
LocalReturnType = TypeVar("LocalReturnType")
ParamType = TypeVar("ParamType")
Params = ParamSpec("Params")


class WorkflowHandle(Messages[SelfType], Generic[SelfType, ReturnType]):
    """A handle is cheap and checks nothing; `Client.get_workflow_handle` makes one of any id."""

    def __init__(
        self,
        client: HandleClient,
        id: str,  # as in Temporal's SDK
        *,
        run_id: str | None = None,
        result_run_id: str | None = None,
        first_execution_run_id: str | None = None,
        result_type: type | None = None,
    ) -> None:
        self._client = client
        self._id = id
        self._run_id = run_id
        self._result_run_id = result_run_id
        self._first_execution_run_id = first_execution_run_id
        self._result_type = result_type

    @property
    def id(self) -> str:
        """The Workflow ID."""
        return self._id

    @property
    def run_id(self) -> str | None:
        """The run that signals, cancels and reads go to; None: the current one."""
        return self._run_id

    @property
    def result_run_id(self) -> str | None:
        """The run whose result is waited for; None: the current one."""
        return self._result_run_id

    @property
    def first_execution_run_id(self) -> str | None:
        """Cancel and terminate reach only a run of the chain that began so; None: any."""
        return self._first_execution_run_id

    async def result(
        self, *, follow_runs: bool = True, rpc_timeout: timedelta | None = None
    ) -> ReturnType:
        """Wait for the end and return what the workflow returned.

        follow_runs: Also wait for the runs that it continues as, or that its retry policy adds.
        rpc_timeout: For each run.
        Raises WorkflowFailureError when it ended otherwise, RPCError (DEADLINE_EXCEEDED) when
        `rpc_timeout` passed, and without `follow_runs` WorkflowContinuedAsNewError.
        """
        wait = FOREVER if rpc_timeout is None else rpc_timeout
        converter = self._client.data_converter
        run_id = self._result_run_id or ""
        while True:
            request = GetWorkflowExecutionHistory(
                workflow_id=self._id, run_id=run_id, wait_close=True
            )
            reply = check(await call(self._client, request, wait))
            close_event = await decoded(self._client, reply.body[-1])
            run_id = getattr(close_event, "new_execution_run_id", "")
            if not (follow_runs and run_id):
                break
        return cast(ReturnType, result_of(close_event, converter, self._result_type))

    async def cancel(self, *, reason: str = "", rpc_timeout: timedelta | None = None) -> None:
        """Ask the workflow to cancel itself; returns when the request is recorded."""
        await self._client.outbound.cancel_workflow(
            CancelWorkflowInput(
                id=self._id,
                run_id=self._run_id,
                first_execution_run_id=self._first_execution_run_id,
                reason=reason,
                rpc_timeout=rpc_timeout,
            )
        )

    async def terminate(
        self,
        *args: Any,  # the user's types
        reason: str | None = None,
        rpc_timeout: timedelta | None = None,
    ) -> None:
        """End the workflow at once; its code does not notice. `args` become the event's details."""
        await self._client.outbound.terminate_workflow(
            TerminateWorkflowInput(
                id=self._id,
                run_id=self._run_id,
                first_execution_run_id=self._first_execution_run_id,
                args=args,
                reason=reason,
                rpc_timeout=rpc_timeout,
            )
        )

    async def describe(
        self, *, rpc_timeout: timedelta | None = None
    ) -> WorkflowExecutionDescription:
        """Status, times and pending work, as the engine sees them now."""
        return await self._client.outbound.describe_workflow(
            DescribeWorkflowInput(id=self._id, run_id=self._run_id, rpc_timeout=rpc_timeout)
        )

    async def fetch_history(
        self,
        *,
        event_filter_type: WorkflowHistoryEventFilterType = ALL_EVENT,
        skip_archival: bool = False,
        rpc_timeout: timedelta | None = None,
    ) -> WorkflowHistory:
        """All events so far, with Payloads as the codec left them."""
        events = self.fetch_history_events(
            event_filter_type=event_filter_type,
            skip_archival=skip_archival,
            rpc_timeout=rpc_timeout,
        )
        return WorkflowHistory(self._id, [event async for event in events])

    def fetch_history_events(
        self,
        *,
        page_size: int | None = None,
        next_page_token: bytes | None = None,
        wait_new_event: bool = False,
        event_filter_type: WorkflowHistoryEventFilterType = ALL_EVENT,
        skip_archival: bool = False,
        rpc_timeout: timedelta | None = None,
    ) -> WorkflowHistoryEventAsyncIterator:
        """The same events one by one; nothing is asked before the first is wanted.

        wait_new_event: Go on with what comes until the run is closed, once it is.
        page_size, skip_archival: Taken and not needed: a page is all there is, nothing is archived.
        """
        return self._client.outbound.fetch_workflow_history_events(
            FetchWorkflowHistoryEventsInput(
                id=self._id,
                run_id=self._run_id,
                page_size=page_size,
                next_page_token=next_page_token,
                wait_new_event=wait_new_event,
                event_filter_type=event_filter_type,
                skip_archival=skip_archival,
                rpc_timeout=rpc_timeout,
            )
        )
