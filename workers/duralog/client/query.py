"""A query: its name, and what its answer says."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from duralog.client.calls import Connection, call, check, decoded
from duralog.client.description import WorkflowExecutionStatus
from duralog.client.errors import WorkflowQueryFailedError, WorkflowQueryRejectedError
from duralog.exceptions import FailureError
from duralog.schemas.requests import QueryWorkflow, RespondQueryTaskCompleted
from duralog.workflow.queries import QueryDefinition


def query_name_and_result_type(query: str | Callable[..., Any]) -> tuple[str, Any]:
    """Name and result type hint of a Query handler. Raises RuntimeError for another method."""
    if isinstance(query, str):
        return query, None
    definition = QueryDefinition.must_find(query)
    return definition.name or "", definition.result_type


async def ask_query(
    client: Connection,
    request: QueryWorkflow,
    result_type: type | None,
    rpc_timeout: timedelta | None,
) -> Any:  # the user's type
    """Send it and wait. Raises WorkflowQueryFailedError, WorkflowQueryRejectedError, RPCError."""
    reply = await call(client, request, rpc_timeout)
    if reply.code == "QUERY_REJECTED":
        raise WorkflowQueryRejectedError(WorkflowExecutionStatus.__members__.get(reply.text))
    answer: RespondQueryTaskCompleted = await decoded(client, check(reply).body[0])
    if answer.failure is not None:
        error = client.data_converter.from_failure(answer.failure)
        text = error.message if isinstance(error, FailureError) else str(error)
        raise WorkflowQueryFailedError(text)
    hints = [result_type] if result_type is not None else None
    values = client.data_converter.from_payloads(answer.answer, hints)
    return values[0] if values else None
