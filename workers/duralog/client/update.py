"""Updates: their options, requests and handles."""

import asyncio
import uuid
from collections.abc import Callable
from datetime import timedelta
from enum import IntEnum
from typing import Any, Generic, TypedDict, TypeVar, cast

from duralog.client.calls import FOREVER, Connection, call, check, decoded
from duralog.client.errors import (
    RPCError,
    RPCStatusCode,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from duralog.converter import DataConverter
from duralog.schemas.commands import RejectWorkflowExecutionUpdate
from duralog.schemas.events import WorkflowExecutionUpdateCompleted
from duralog.schemas.replies import Reply
from duralog.schemas.requests import (
    PollWorkflowExecutionUpdate,
    UpdateWithStartWorkflowExecution,
    UpdateWorkflowExecution,
)
from duralog.workflow.updates import UpdateDefinition

ReturnType = TypeVar("ReturnType")
Outcome = WorkflowExecutionUpdateCompleted | RejectWorkflowExecutionUpdate


class WorkflowUpdateStage(IntEnum):
    """How far an update has come. Numbers as Temporal's."""

    ADMITTED = 1
    ACCEPTED = 2
    COMPLETED = 3


class UpdateOptions(TypedDict, total=False):
    """Options of an update, with Temporal's names and defaults.

    id: The update id: two updates with the same one are one; random when left out.
    rpc_timeout: How long to wait; as long as it takes by default.
    """

    id: str | None
    rpc_timeout: timedelta | None


def update_name_and_result_type(update: str | Callable[..., Any]) -> tuple[str, Any]:
    """Name and result type hint of an Update handler. Raises RuntimeError for another method."""
    if isinstance(update, str):
        return update, None
    definition = UpdateDefinition.must_find(update)
    return definition.name or "", definition.result_type


def check_options(options: UpdateOptions) -> None:
    """Raises TypeError for an option that is none: only type checkers check a TypedDict."""
    unknown = sorted(options.keys() - UpdateOptions.__annotations__.keys())
    if unknown:
        raise TypeError(f"unexpected option {unknown[0]!r} of an update")


def new_update_id() -> str:
    """For an update that was given none."""
    return str(uuid.uuid4())


def stage_name(stage: WorkflowUpdateStage) -> str:
    """What a request says. Raises ValueError for ADMITTED."""
    if stage is WorkflowUpdateStage.ADMITTED:
        raise ValueError("ADMITTED wait stage not supported")
    return stage.name


async def ask_update(
    client: Connection,
    request: UpdateWorkflowExecution
    | UpdateWithStartWorkflowExecution
    | PollWorkflowExecutionUpdate,
    rpc_timeout: timedelta | None,
) -> Reply:
    """Send it and wait.

    Raises WorkflowUpdateRPCTimeoutOrCancelledError, which says nothing about the update.
    """
    try:
        return await call(client, request, rpc_timeout or FOREVER)
    except asyncio.CancelledError as error:
        raise WorkflowUpdateRPCTimeoutOrCancelledError from error
    except RPCError as error:
        if error.status is RPCStatusCode.DEADLINE_EXCEEDED:
            raise WorkflowUpdateRPCTimeoutOrCancelledError from error
        raise


class WorkflowUpdateHandle(Generic[ReturnType]):
    """One update of one workflow; `WorkflowHandle.start_update` and `get_update_handle` make it."""

    def __init__(
        self,
        client: Connection,
        id: str,  # as in Temporal's SDK
        workflow_id: str,
        *,
        workflow_run_id: str | None = None,
        result_type: type | None = None,
        known: Outcome | None = None,
    ) -> None:
        self._client = client
        self._id = id
        self._workflow_id = workflow_id
        self._workflow_run_id = workflow_run_id
        self._result_type = result_type
        self._outcome = known

    @property
    def id(self) -> str:
        """The update id."""
        return self._id

    @property
    def workflow_id(self) -> str:
        """The Workflow ID."""
        return self._workflow_id

    @property
    def workflow_run_id(self) -> str | None:
        """The run; None: the current one."""
        return self._workflow_run_id

    async def result(self, *, rpc_timeout: timedelta | None = None) -> ReturnType:
        """Wait for the result; once known, it is not asked for again.

        Raises WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError, or RPCError.
        """
        while self._outcome is None:
            request = PollWorkflowExecutionUpdate(
                workflow_id=self._workflow_id,
                run_id=self._workflow_run_id or "",
                update_id=self._id,
                wait_stage=WorkflowUpdateStage.COMPLETED.name,
            )
            reply = check(await ask_update(self._client, request, rpc_timeout))
            self._outcome = await outcome_of(self._client, reply)
        return cast(
            ReturnType, _result(self._outcome, self._client.data_converter, self._result_type)
        )


async def outcome_of(client: Connection, reply: Reply) -> Outcome | None:
    """How an update ended; None: it has not yet."""
    record: object = await decoded(client, reply.body[-1]) if reply.body else None
    return record if isinstance(record, Outcome) else None


def _result(outcome: Outcome, converter: DataConverter, result_type: type | None) -> Any:
    if outcome.failure is not None:
        raise WorkflowUpdateFailedError(converter.from_failure(outcome.failure))
    if isinstance(outcome, RejectWorkflowExecutionUpdate):
        raise WorkflowUpdateFailedError(RuntimeError("the update was rejected without a reason"))
    hints = None if result_type is None else [result_type]
    values = converter.from_payloads(outcome.result, hints)
    return values[0] if values else None
