"""`AsyncActivityHandle`: answers for an Activity from outside of its worker."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from duralog.client.calls import call, check
from duralog.client.connection import HandleClient
from duralog.client.errors import AsyncActivityCancelledError
from duralog.client.interceptor import (
    AsyncActivityIDReference,
    CompleteAsyncActivityInput,
    FailAsyncActivityInput,
    HeartbeatAsyncActivityInput,
    OutboundInterceptor,
    ReportCancellationAsyncActivityInput,
)
from duralog.common.hints import UNSET
from duralog.schemas.requests import (
    RecordActivityTaskHeartbeat,
    RespondActivityTaskCanceled,
    RespondActivityTaskCompleted,
    RespondActivityTaskFailed,
)
from duralog.workers.answers import read_task_token


class AsyncActivityHandle:
    """Ends an Activity whose code called `activity.raise_complete_async`, or any pending one.

    Every method raises RPCError: NOT_FOUND when the Activity, or the attempt of the token, is over.
    """

    def __init__(self, client: HandleClient, id_or_token: AsyncActivityIDReference | bytes) -> None:
        self._client = client
        self._id_or_token = id_or_token

    async def heartbeat(self, *details: Any, rpc_timeout: timedelta | None = None) -> None:
        """Say that it is alive. Raises AsyncActivityCancelledError when it should stop."""
        await self._client.outbound.heartbeat_async_activity(
            HeartbeatAsyncActivityInput(self._id_or_token, details, rpc_timeout)
        )

    async def complete(self, result: Any = UNSET, *, rpc_timeout: timedelta | None = None) -> None:
        """It has returned `result`."""
        value = None if result is UNSET else result
        await self._client.outbound.complete_async_activity(
            CompleteAsyncActivityInput(self._id_or_token, value, rpc_timeout)
        )

    async def fail(
        self,
        error: Exception,
        *,
        last_heartbeat_details: Sequence[Any] = (),
        rpc_timeout: timedelta | None = None,
    ) -> None:
        """The attempt has failed; its retry policy decides what follows."""
        await self._client.outbound.fail_async_activity(
            FailAsyncActivityInput(self._id_or_token, error, last_heartbeat_details, rpc_timeout)
        )

    async def report_cancellation(
        self, *details: Any, rpc_timeout: timedelta | None = None
    ) -> None:
        """It has obeyed its cancellation. INVALID_ARGUMENT when nobody asked for one."""
        await self._client.outbound.report_cancellation_async_activity(
            ReportCancellationAsyncActivityInput(self._id_or_token, details, rpc_timeout)
        )


class AsyncActivityRequests(OutboundInterceptor):
    """The part of the last link that answers for Activities; a base, for its size alone."""

    _client: HandleClient

    async def heartbeat_async_activity(self, input: HeartbeatAsyncActivityInput) -> None:
        """Send it, and see whether the Activity should stop."""
        payloads = self._client.data_converter.to_payloads(input.details)
        request = RecordActivityTaskHeartbeat(**_target(input.id_or_token), details=payloads)
        reply = check(await call(self._client, request, input.rpc_timeout))
        if reply.cancel_requested:
            raise AsyncActivityCancelledError

    async def complete_async_activity(self, input: CompleteAsyncActivityInput) -> None:
        """Send the result."""
        payloads = self._client.data_converter.to_payloads([input.result])
        request = RespondActivityTaskCompleted(**_target(input.id_or_token), result=payloads)
        check(await call(self._client, request, input.rpc_timeout))

    async def fail_async_activity(self, input: FailAsyncActivityInput) -> None:
        """Send the failure."""
        converter = self._client.data_converter
        request = RespondActivityTaskFailed(
            **_target(input.id_or_token),
            failure=converter.to_failure(input.error),
            last_heartbeat_details=converter.to_payloads(input.last_heartbeat_details),
        )
        check(await call(self._client, request, input.rpc_timeout))

    async def report_cancellation_async_activity(
        self, input: ReportCancellationAsyncActivityInput
    ) -> None:
        """Send what there is to say about it."""
        payloads = self._client.data_converter.to_payloads(input.details)
        request = RespondActivityTaskCanceled(**_target(input.id_or_token), details=payloads)
        check(await call(self._client, request, input.rpc_timeout))


def _target(target: AsyncActivityIDReference | bytes) -> dict[str, Any]:
    """The fields that say which Activity. Raises ValueError for what is no task token."""
    if isinstance(target, bytes):
        return read_task_token(target)
    return {
        "workflow_id": target.workflow_id,
        "run_id": target.run_id or "",
        "activity_id": target.activity_id,
        "scheduled_event_id": 0,
        "attempt": 0,
        "dispatch_time_ms": 0,
    }


def reference_of(
    workflow_id: str | None, run_id: str | None, activity_id: str | None, task_token: bytes | None
) -> AsyncActivityIDReference | bytes:
    """What names an Activity: ids, or its token. Raises ValueError for both or neither."""
    if task_token is not None:
        if workflow_id is not None or run_id is not None or activity_id is not None:
            raise ValueError("Task token cannot be present with other IDs")
        return task_token
    if workflow_id is None:
        raise ValueError("Task token or workflow/run/activity ID must be present")
    if activity_id is None:
        raise ValueError("Workflow ID, run ID, and activity ID must all be given together")
    return AsyncActivityIDReference(workflow_id, run_id, activity_id)
