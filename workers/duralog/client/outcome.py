"""The close event of a run -> its result, or the error that says how it ended."""

from collections.abc import Callable
from typing import Any, Final

from duralog.client.errors import WorkflowContinuedAsNewError, WorkflowFailureError
from duralog.converter import DataConverter
from duralog.exceptions import ApplicationError, CancelledError, TerminatedError, TimeoutType
from duralog.exceptions import TimeoutError as WorkflowTimeoutError
from duralog.schemas.events import (
    WorkflowExecutionCanceled,
    WorkflowExecutionCompleted,
    WorkflowExecutionContinuedAsNew,
    WorkflowExecutionFailed,
    WorkflowExecutionTerminated,
    WorkflowExecutionTimedOut,
)


def result_of(
    close_event: Any, converter: DataConverter, result_type: type | None
) -> Any:  # the user's type
    """The workflow's result.

    Raises WorkflowFailureError when it has none, WorkflowContinuedAsNewError when it goes on.
    """
    if isinstance(close_event, WorkflowExecutionContinuedAsNew):
        raise WorkflowContinuedAsNewError(close_event.new_execution_run_id)
    if isinstance(close_event, WorkflowExecutionCompleted):
        hints = [result_type] if result_type is not None else None
        values = converter.from_payloads(close_event.result, hints)
        return values[0] if values else None
    cause = _CAUSES[type(close_event)](close_event, converter)
    raise WorkflowFailureError(cause=cause)


def _failed(event: WorkflowExecutionFailed, converter: DataConverter) -> BaseException:
    if event.failure is None:
        return ApplicationError("the workflow failed without a reason")
    return converter.from_failure(event.failure)


def _canceled(event: WorkflowExecutionCanceled, converter: DataConverter) -> BaseException:
    return CancelledError("Workflow cancelled", *converter.from_payloads(event.details))


def _terminated(event: WorkflowExecutionTerminated, converter: DataConverter) -> BaseException:
    details = converter.from_payloads(event.details)
    return TerminatedError(event.reason or "Workflow terminated", *details)


def _timed_out(event: WorkflowExecutionTimedOut, converter: DataConverter) -> BaseException:
    del event, converter
    return WorkflowTimeoutError(
        "Workflow timed out", type=TimeoutType.START_TO_CLOSE, last_heartbeat_details=[]
    )


_CAUSES: Final[dict[type, Callable[[Any, DataConverter], BaseException]]] = {
    WorkflowExecutionFailed: _failed,
    WorkflowExecutionCanceled: _canceled,
    WorkflowExecutionTerminated: _terminated,
    WorkflowExecutionTimedOut: _timed_out,
}
