"""Updates of a run, with a start if need be, and questions what became of them."""

from dataclasses import fields
from typing import Final

from duralog.orchestrator import sizes
from duralog.orchestrator import update as updates
from duralog.orchestrator.context import Context, Rejected
from duralog.orchestrator.handlers import start
from duralog.orchestrator.handlers.query import check_ready
from duralog.orchestrator.handlers.terminate import check_chain
from duralog.orchestrator.runs import found, run_of, text_problem
from duralog.orchestrator.step import Step
from duralog.schemas.payloads import Payload
from duralog.schemas.requests import (
    PollWorkflowExecutionUpdate,
    StartWorkflowExecution,
    UpdateWithStartWorkflowExecution,
    UpdateWorkflowExecution,
)
from duralog.state.appliers.update import entry_of
from duralog.state.execution import Execution
from duralog.state.limits import UPDATES_IN_FLIGHT_MAX, UPDATES_TOTAL_MAX
from duralog.state.partition import PartitionState

STAGES: Final = (updates.ACCEPTED, updates.COMPLETED)
_START_FIELDS: Final = tuple(f.name for f in fields(StartWorkflowExecution))
Update = UpdateWorkflowExecution | UpdateWithStartWorkflowExecution


def update(partition: PartitionState, request: UpdateWorkflowExecution, context: Context) -> None:
    """Admit it, once per update id; answer when it has come as far as was asked."""
    _check(request)
    execution = found(partition, request)
    step = Step(partition, execution, context)
    check_chain(step, request)
    if entry_of(partition, execution.run_id, request.update_id) is None:
        _check_room(execution, request)
        _admit(step, request)
        updates.want_task(step)
        step.finish()
    updates.report(
        partition,
        execution,
        context,
        request,
        update_id=request.update_id,
        stage=request.wait_stage,
    )


def update_with_start(
    partition: PartitionState, request: UpdateWithStartWorkflowExecution, context: Context
) -> None:
    """Update the open run; without one, open a run whose first Workflow Task brings the update."""
    wanted = StartWorkflowExecution(**{name: getattr(request, name) for name in _START_FIELDS})
    start.check(wanted, context.now_ms)
    _check(request)
    if request.cron_schedule:
        text = "a cron schedule makes no sense with an update: its first task comes later"
        raise Rejected("INVALID_ARGUMENT", f"update of {request.workflow_id!r}: {text}")
    current, again = run_of(partition, request), _opened_before(partition, request)
    known = [run for run in (current, again) if run is not None and _has(partition, run, request)]
    run = known[0] if known else _run_for(partition, request, wanted, context)
    updates.report(
        partition,
        run,
        context,
        request,
        update_id=request.update_id,
        stage=request.wait_stage,
        started=run is again or run is not current,
    )


def _opened_before(
    partition: PartitionState, request: UpdateWithStartWorkflowExecution
) -> Execution | None:
    """The run that the same request has opened; its chain may have gone on, or be closed."""
    if not request.request_id:
        return None
    run_id = partition.run_of_request(request.workflow_id, request.request_id)
    return None if run_id is None else partition.run(run_id)


def _has(partition: PartitionState, run: Execution, request: Update) -> bool:
    return entry_of(partition, run.run_id, request.update_id) is not None


def _run_for(
    partition: PartitionState,
    request: UpdateWithStartWorkflowExecution,
    wanted: StartWorkflowExecution,
    context: Context,
) -> Execution:
    """The run that has the update now; one that was opened before is not opened again."""
    current = run_of(partition, request)
    if current is None or _opened_before(partition, request) is None:
        current = start.make_room(partition, wanted, context)
    if current is None:
        run_id = start.open_run(partition, wanted, context, lambda step: _admit(step, request))
        opened = partition.run(run_id)
        assert opened is not None
        return opened
    _check_room(current, request)
    step = Step(partition, current, context)
    _admit(step, request)
    updates.want_task(step)
    step.finish()
    return current


def poll(partition: PartitionState, request: PollWorkflowExecutionUpdate, context: Context) -> None:
    """What became of an update; waits for it."""
    _check_stage(request)
    execution = found(partition, request)
    if entry_of(partition, execution.run_id, request.update_id) is None:
        raise Rejected(
            "NOT_FOUND",
            f"update {request.update_id!r} of {request.workflow_id!r} not found: it was rejected, "
            "aborted, or never sent to this run",
        )
    updates.report(
        partition,
        execution,
        context,
        request,
        update_id=request.update_id,
        stage=request.wait_stage,
    )


def _check_stage(request: Update | PollWorkflowExecutionUpdate) -> None:
    problem = text_problem("update_id", request.update_id)
    if not problem and request.wait_stage not in STAGES:
        problem = f"unknown wait_stage {request.wait_stage!r}; one of {', '.join(STAGES)}"
    if problem:
        raise Rejected("INVALID_ARGUMENT", f"update of {request.workflow_id!r}: {problem}")


def _check(request: Update) -> None:
    _check_stage(request)
    problem = text_problem("update_name", request.update_name)
    size_bytes = sizes.payloads_bytes(_input_of(request))
    problem = problem or sizes.blob_problem("the input", size_bytes)
    if problem:
        raise Rejected("INVALID_ARGUMENT", f"update of {request.workflow_id!r}: {problem}")


def _check_room(execution: Execution, request: Update) -> None:
    """Raises Rejected when the run takes no further update."""
    state = execution.state
    if not execution.open:
        raise Rejected(
            "NOT_FOUND", f"Workflow Execution {request.workflow_id!r} is closed: {state.status}"
        )
    check_ready(execution, "an update")
    if state.updates_admitted + state.updates_accepted >= UPDATES_IN_FLIGHT_MAX:
        raise Rejected(
            "RESOURCE_EXHAUSTED",
            f"limit on number of concurrent in-flight updates has been reached "
            f"({UPDATES_IN_FLIGHT_MAX})",
        )
    if state.updates_total + state.updates_admitted >= UPDATES_TOTAL_MAX:
        raise Rejected(
            "FAILED_PRECONDITION",
            f"limit on the total number of distinct updates in this workflow has been reached "
            f"({UPDATES_TOTAL_MAX}); continue as new",
        )


def _admit(step: Step, request: Update) -> None:
    header = request.header
    if isinstance(request, UpdateWithStartWorkflowExecution):  # That is the start's.
        header = request.update_header
    updates.admit(
        step,
        update_id=request.update_id,
        name=request.update_name,
        input=_input_of(request),
        header=header,
        identity=request.identity,
    )


def _input_of(request: Update) -> list[Payload]:
    if isinstance(request, UpdateWithStartWorkflowExecution):
        return request.update_input
    return request.input
