"""Chains of runs: the run that follows one which continued as new, failed or timed out.

The new run opens in the transaction that closes the old one, on the same partition: nobody ever
sees the Workflow ID without a run that goes on. Its Run ID follows from the old run's and the
input, so that a repeated input opens the same one.
"""

from typing import Final

from duralog.orchestrator import workflow_task
from duralog.orchestrator.cron import backoff_ms
from duralog.orchestrator.retry import Decision, decide_run
from duralog.orchestrator.runs import run_id_of
from duralog.orchestrator.step import Step
from duralog.schemas.codec import decode
from duralog.schemas.commands import ContinueAsNewWorkflowExecution
from duralog.schemas.events import WorkflowExecutionContinuedAsNew, WorkflowExecutionStarted
from duralog.schemas.payloads import Failure, Payload
from duralog.schemas.states import RunState
from duralog.state.appliers.properties import current
from duralog.state.limits import CONTINUE_AS_NEW_MS_MIN

TIMEOUT: Final = Failure(
    kind="timeout", message="workflow timeout", source="Server", timeout_type="START_TO_CLOSE"
)


def first_event(step: Step) -> WorkflowExecutionStarted:
    """WorkflowExecutionStarted of the run."""
    started = decode(step.partition.event(step.execution, 1))
    assert isinstance(started, WorkflowExecutionStarted)
    return started


def successor_id(step: Step) -> str:
    """The Run ID that the next run of the chain gets."""
    return run_id_of(step.partition.namespace, step.context.source, step.state.run_id)


def decide(step: Step, failure: Failure) -> Decision:
    """Whether the run's retry policy gives it another run after `failure`."""
    return decide_run(first_event(step), failure, step.now_ms)


def retry(step: Step, *, run_id: str, due_ms: int, failure: Failure) -> None:
    """Open the next attempt behind the closed run; it begins at `due_ms`."""
    before = first_event(step)
    started = _next(step, before, run_id)
    started.attempt, started.initiator = before.attempt + 1, "RETRY"
    started.input, started.header, started.memo = before.input, before.header, before.memo
    started.retry_policy = before.retry_policy
    started.continued_failure = failure
    started.first_workflow_task_backoff_ms = max(due_ms - step.now_ms, 0)
    _open(step, started)


def cron(step: Step, *, run_id: str, result: list[Payload], failure: Failure | None) -> None:
    """Open the run that the cron schedule has next; missed times are skipped."""
    before = first_event(step)
    started = _next(step, before, run_id)
    started.initiator = "CRON"
    started.input, started.header, started.memo = before.input, before.header, before.memo
    started.retry_policy = before.retry_policy
    started.continued_failure = failure
    started.last_completion_result = result or before.last_completion_result
    started.first_workflow_task_backoff_ms = backoff_ms(
        before.cron_schedule, begun_ms=step.state.execution_time_ms, now_ms=step.now_ms
    )
    _open(step, started)


def has_cron(step: Step) -> bool:
    """Another run follows this one by its cron schedule, unless the whole chain's time is over."""
    if not step.state.has_cron:
        return False
    expires_ms = first_event(step).workflow_execution_expiration_time_ms
    return not expires_ms or step.now_ms < expires_ms


def continue_as_new(step: Step, command: ContinueAsNewWorkflowExecution, completed_id: int) -> None:
    """Close the run and open the one it goes on as."""
    before, run_id = first_event(step), successor_id(step)
    lived_ms = step.now_ms - step.state.execution_time_ms
    backoff_ms = max(command.backoff_start_interval_ms, CONTINUE_AS_NEW_MS_MIN - lived_ms, 0)
    started = _next(step, before, run_id)
    started.initiator = "WORKFLOW"
    started.workflow_type = command.workflow_type or before.workflow_type
    started.task_queue = command.task_queue or before.task_queue
    run_ms = command.workflow_run_timeout_ms or before.workflow_run_timeout_ms
    started.workflow_run_timeout_ms = run_ms
    task_ms = command.workflow_task_timeout_ms or before.workflow_task_timeout_ms
    started.workflow_task_timeout_ms = min(task_ms, run_ms or task_ms)
    started.input, started.header = command.input, command.header
    properties = current(step.partition, step.execution)
    started.memo = command.memo or properties.memo
    started.search_attributes = command.search_attributes or properties.search_attributes
    started.retry_policy = command.retry_policy or before.retry_policy
    started.first_workflow_task_backoff_ms = backoff_ms
    step.add(
        WorkflowExecutionContinuedAsNew(
            **step.head(),
            new_execution_run_id=run_id,
            workflow_type=started.workflow_type,
            task_queue=started.task_queue,
            input=started.input,
            workflow_run_timeout_ms=started.workflow_run_timeout_ms,
            workflow_task_timeout_ms=started.workflow_task_timeout_ms,
            workflow_task_completed_event_id=completed_id,
            backoff_start_interval_ms=backoff_ms,
            last_completion_result=started.last_completion_result,
            header=started.header,
            memo=started.memo,
            search_attributes=started.search_attributes,
        )
    )
    _open(step, started)


def _next(step: Step, before: WorkflowExecutionStarted, run_id: str) -> WorkflowExecutionStarted:
    """What every run of a chain has in common with the one before."""
    return WorkflowExecutionStarted(
        workflow_id=before.workflow_id,
        run_id=run_id,
        event_id=0,
        event_time_ms=step.now_ms,
        workflow_type=before.workflow_type,
        task_queue=before.task_queue,
        workflow_execution_timeout_ms=before.workflow_execution_timeout_ms,
        workflow_run_timeout_ms=before.workflow_run_timeout_ms,
        workflow_task_timeout_ms=before.workflow_task_timeout_ms,
        workflow_execution_expiration_time_ms=before.workflow_execution_expiration_time_ms,
        original_execution_run_id=run_id,
        first_execution_run_id=before.first_execution_run_id,
        continued_execution_run_id=before.run_id,
        identity=before.identity,
        traceparent=before.traceparent,
        last_completion_result=before.last_completion_result,
        cron_schedule=before.cron_schedule,
        parent_workflow_namespace=before.parent_workflow_namespace,
        parent_workflow_id=before.parent_workflow_id,
        parent_run_id=before.parent_run_id,
        parent_initiated_event_id=before.parent_initiated_event_id,
        root_workflow_id=before.root_workflow_id,
        root_run_id=before.root_run_id,
        search_attributes=before.search_attributes,
        user_metadata_summary=before.user_metadata_summary,
        user_metadata_details=before.user_metadata_details,
        priority_key=before.priority_key,
        fairness_key=before.fairness_key,
        fairness_weight=before.fairness_weight,
    )


def _open(step: Step, started: WorkflowExecutionStarted) -> None:
    partition = step.partition
    state = RunState(workflow_id=started.workflow_id, run_id=started.run_id)
    following = Step(partition, partition.create(state), step.context)
    following.add(started)
    workflow_task.want(following)
    following.finish()
