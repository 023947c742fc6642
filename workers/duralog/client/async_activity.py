"""`AsyncActivityHandle`: answers for an Activity from outside of its worker."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from duralog.client.calls import Connection, call, check
from duralog.client.errors import AsyncActivityCancelledError
from duralog.common.hints import UNSET
from duralog.schemas.requests import (
    RecordActivityTaskHeartbeat,
    RespondActivityTaskCanceled,
    RespondActivityTaskCompleted,
    RespondActivityTaskFailed,
)
from duralog.workers.answers import read_task_token


@dataclass(frozen=True)
class AsyncActivityIDReference:
    """A pending Activity by its ids. run_id: None: of the current run."""

    workflow_id: str
    run_id: str | None
    activity_id: str


class AsyncActivityHandle:
    """Ends an Activity whose code called `activity.raise_complete_async`, or any pending one.

    Every method raises RPCError: NOT_FOUND when the Activity, or the attempt of the token, is over.
    """

    def __init__(self, client: Connection, id_or_token: AsyncActivityIDReference | bytes) -> None:
        self._client = client
        self._id_or_token = id_or_token

    async def heartbeat(self, *details: Any, rpc_timeout: timedelta | None = None) -> None:
        """Say that it is alive. Raises AsyncActivityCancelledError when it should stop."""
        payloads = self._client.data_converter.to_payloads(details)
        request = RecordActivityTaskHeartbeat(**self._target(), details=payloads)
        reply = check(await call(self._client, request, rpc_timeout))
        if reply.cancel_requested:
            raise AsyncActivityCancelledError

    async def complete(self, result: Any = UNSET, *, rpc_timeout: timedelta | None = None) -> None:
        """It has returned `result`."""
        values = [None if result is UNSET else result]
        payloads = self._client.data_converter.to_payloads(values)
        request = RespondActivityTaskCompleted(**self._target(), result=payloads)
        check(await call(self._client, request, rpc_timeout))

    async def fail(
        self,
        error: Exception,
        *,
        last_heartbeat_details: Sequence[Any] = (),
        rpc_timeout: timedelta | None = None,
    ) -> None:
        """The attempt has failed; its retry policy decides what follows."""
        converter = self._client.data_converter
        request = RespondActivityTaskFailed(
            **self._target(),
            failure=converter.to_failure(error),
            last_heartbeat_details=converter.to_payloads(last_heartbeat_details),
        )
        check(await call(self._client, request, rpc_timeout))

    async def report_cancellation(
        self, *details: Any, rpc_timeout: timedelta | None = None
    ) -> None:
        """It has obeyed its cancellation. INVALID_ARGUMENT when nobody asked for one."""
        payloads = self._client.data_converter.to_payloads(details)
        request = RespondActivityTaskCanceled(**self._target(), details=payloads)
        check(await call(self._client, request, rpc_timeout))

    def _target(self) -> dict[str, Any]:
        """The fields that say which Activity. Raises ValueError for what is no task token."""
        if isinstance(self._id_or_token, bytes):
            return read_task_token(self._id_or_token)
        target = self._id_or_token
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
