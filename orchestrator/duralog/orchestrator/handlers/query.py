"""QueryWorkflow and RespondQueryTaskCompleted: ask a worker, hand on its answer; no events."""

from typing import Final

from duralog.orchestrator import query as queries
from duralog.orchestrator.context import Context, Rejected
from duralog.orchestrator.runs import found, text_problem
from duralog.schemas.requests import QueryWorkflow, RespondQueryTaskCompleted
from duralog.state.execution import Execution
from duralog.state.partition import PartitionState

REJECT: Final = ("NONE", "NOT_OPEN", "NOT_COMPLETED_CLEANLY")


def query(partition: PartitionState, request: QueryWorkflow, context: Context) -> None:
    """Have a worker answer, or refuse at once."""
    execution = found(partition, request)
    _check(execution, request)
    request.run_id = execution.run_id
    if request.reply_partition >= 0 and not queries.ask(partition, execution, context, request):
        raise Rejected(
            "RESOURCE_EXHAUSTED",
            f"too many queries wait for a Workflow Task of {request.workflow_id!r}; try again",
        )


def _check(execution: Execution, request: QueryWorkflow) -> None:
    state = execution.state
    problem = text_problem("query_type", request.query_type)
    condition = request.query_reject_condition
    if not problem and condition not in REJECT:
        problem = f"unknown query_reject_condition {condition!r}; one of {', '.join(REJECT)}"
    if problem:
        raise Rejected("INVALID_ARGUMENT", f"query of {request.workflow_id!r}: {problem}")
    cleanly = state.status in ("RUNNING", "COMPLETED")
    if (condition == "NOT_OPEN" and not execution.open) or (
        condition == "NOT_COMPLETED_CLEANLY" and not cleanly
    ):
        raise Rejected("QUERY_REJECTED", state.status, run_id=state.run_id)
    if not execution.open and not state.previous_started_event_id:
        raise Rejected("FAILED_PRECONDITION", queries.never_ran(execution))
    check_ready(execution, "a query")


def check_ready(execution: Execution, what: str) -> None:
    """Raises Rejected while no worker gets the run's Workflow Task done."""
    state = execution.state
    if state.quarantine_cause:
        raise Rejected(
            "FAILED_PRECONDITION",
            f"the run is quarantined and takes no worker's answer to {what}: "
            f"{state.quarantine_cause}",
        )
    if execution.open and state.task_attempt >= queries.FAILING_ATTEMPTS:
        raise Rejected(
            "FAILED_PRECONDITION", f"unable to handle {what}: {queries.fails(execution)}"
        )


def answered(
    partition: PartitionState, request: RespondQueryTaskCompleted, context: Context
) -> None:
    """A worker's answer, to whoever asked."""
    queries.answer(partition, request, context)
