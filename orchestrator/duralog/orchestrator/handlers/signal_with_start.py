"""SignalWithStartWorkflowExecution: signal the open run, or open one that has the signal first."""

from dataclasses import fields
from typing import Final

from duralog.orchestrator import sizes, workflow_task
from duralog.orchestrator.context import Context, Rejected
from duralog.orchestrator.handlers import start
from duralog.orchestrator.handlers.signal import check_room, run_that_saw
from duralog.orchestrator.runs import run_of, text_problem
from duralog.orchestrator.step import Step
from duralog.schemas.events import WorkflowExecutionSignaled
from duralog.schemas.requests import SignalWithStartWorkflowExecution, StartWorkflowExecution
from duralog.state.partition import PartitionState

_START_FIELDS: Final = tuple(f.name for f in fields(StartWorkflowExecution))


def signal_with_start(
    partition: PartitionState, request: SignalWithStartWorkflowExecution, context: Context
) -> None:
    """Signal or start, once per request id."""
    wanted = _start_of(request)
    start.check(wanted, context.now_ms)
    problem = text_problem("signal_name", request.signal_name)
    size_bytes = sizes.payloads_bytes(request.signal_input)
    problem = problem or sizes.blob_problem("the signal's input", size_bytes)
    if not problem and wanted.workflow_id_conflict_policy == "FAIL":
        problem = "workflow_id_conflict_policy FAIL makes no sense with a signal"
    if problem:
        raise Rejected(
            "INVALID_ARGUMENT", f"signal-with-start of {request.workflow_id!r}: {problem}"
        )
    if _was_done(partition, request, wanted, context):
        return
    current = run_of(partition, request)
    terminates = start.conflict_policy(wanted, context) == "TERMINATE_EXISTING"
    if current is not None and current.open and not terminates:
        check_room(current)
        step = Step(partition, current, context)
        workflow_task.happen(step, [_signal(step, request)])
        step.finish()
        start.answer(partition, wanted, context, current.run_id, started=False)
        return
    start.make_room(partition, wanted, context)
    run_id = start.open_run(
        partition, wanted, context, lambda step: step.add(_signal(step, request))
    )
    start.answer(partition, wanted, context, run_id, started=True)


def _was_done(
    partition: PartitionState,
    request: SignalWithStartWorkflowExecution,
    wanted: StartWorkflowExecution,
    context: Context,
) -> bool:
    """The request had its effect before; it is answered as then."""
    if not request.request_id:
        return False
    opened = partition.run_of_request(request.workflow_id, request.request_id)
    found = run_that_saw(partition, request)
    run_id = found.run_id if found is not None else opened
    if run_id is None:
        return False
    start.answer(partition, wanted, context, run_id, started=run_id == opened)
    return True


def _start_of(request: SignalWithStartWorkflowExecution) -> StartWorkflowExecution:
    return StartWorkflowExecution(**{name: getattr(request, name) for name in _START_FIELDS})


def _signal(step: Step, request: SignalWithStartWorkflowExecution) -> WorkflowExecutionSignaled:
    return WorkflowExecutionSignaled(
        **step.head(),
        signal_name=request.signal_name,
        input=request.signal_input,
        identity=request.identity,
        header=request.header,
        request_id=request.request_id,
    )
