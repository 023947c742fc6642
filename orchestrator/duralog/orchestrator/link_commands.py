"""Commands that concern other Workflows: start a child, signal another, ask it to cancel itself."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from duralog.orchestrator import sizes
from duralog.orchestrator.bad_command import BadCommand, check_text, policy_problem
from duralog.orchestrator.plan import Plan
from duralog.orchestrator.properties import refuse_blob
from duralog.schemas import commands as c
from duralog.schemas import events
from duralog.state.limits import (
    DURATION_MS_MAX,
    PENDING_CANCELS_MAX,
    PENDING_CHILDREN_MAX,
    PENDING_SIGNALS_MAX,
    WORKFLOW_TASK_TIMEOUT_MS,
)

PARENT_CLOSE: Final = ("TERMINATE", "ABANDON", "REQUEST_CANCEL")
REUSE: Final = (
    "ALLOW_DUPLICATE",
    "ALLOW_DUPLICATE_FAILED_ONLY",
    "REJECT_DUPLICATE",
    "TERMINATE_IF_RUNNING",
)


def _check_child(plan: Plan, command: c.StartChildWorkflowExecution) -> None:
    cause = "BAD_START_CHILD_EXECUTION_ATTRIBUTES"
    check_text("workflow_id", command.workflow_id, cause)
    check_text("workflow_type", command.workflow_type, cause)
    if command.task_queue:
        check_text("task_queue", command.task_queue, cause)
    durations = (
        command.workflow_execution_timeout_ms,
        command.workflow_run_timeout_ms,
        command.workflow_task_timeout_ms,
    )
    if min(durations) < 0 or max(durations) > DURATION_MS_MAX:
        raise BadCommand(
            cause, f"a timeout of child {command.workflow_id!r} is negative or past a century"
        )
    if command.parent_close_policy not in PARENT_CLOSE:
        raise BadCommand(cause, f"unknown parent_close_policy {command.parent_close_policy!r}")
    if command.workflow_id_reuse_policy not in REUSE:
        policy = command.workflow_id_reuse_policy
        raise BadCommand(cause, f"unknown workflow_id_reuse_policy {policy!r}")
    problem = policy_problem(command.retry_policy)
    if problem:
        raise BadCommand(cause, f"retry policy of child {command.workflow_id!r}: {problem}")
    refuse_blob(f"the input of child {command.workflow_id!r}", sizes.payloads_bytes(command.input))
    problem = sizes.memo_problem(command.memo)
    problem = problem or sizes.search_attributes_problem(command.search_attributes)
    if problem:
        raise BadCommand(cause, f"child {command.workflow_id!r}: {problem}")
    plan.children.add(command.workflow_id)
    plan.children_more += 1
    if plan.step.state.children_count + plan.children_more > PENDING_CHILDREN_MAX:
        raise BadCommand(
            "PENDING_CHILD_WORKFLOWS_LIMIT_EXCEEDED",
            f"more than {PENDING_CHILDREN_MAX} children would be pending",
        )


def _start_child(plan: Plan, command: c.StartChildWorkflowExecution, completed_id: int) -> None:
    step = plan.step
    step.add(
        events.StartChildWorkflowExecutionInitiated(
            **step.head(),
            child_workflow_id=command.workflow_id,
            workflow_type=command.workflow_type,
            task_queue=command.task_queue or step.state.task_queue,
            input=command.input,
            workflow_execution_timeout_ms=command.workflow_execution_timeout_ms,
            workflow_run_timeout_ms=command.workflow_run_timeout_ms,
            workflow_task_timeout_ms=command.workflow_task_timeout_ms or WORKFLOW_TASK_TIMEOUT_MS,
            parent_close_policy=command.parent_close_policy,
            workflow_task_completed_event_id=completed_id,
            workflow_id_reuse_policy=command.workflow_id_reuse_policy,
            retry_policy=command.retry_policy,
            header=command.header,
            memo=command.memo,
            search_attributes=command.search_attributes,
            user_metadata_summary=command.user_metadata_summary,
            user_metadata_details=command.user_metadata_details,
            priority_key=command.priority_key,
            fairness_key=command.fairness_key,
            fairness_weight=command.fairness_weight,
        )
    )


def _check_target(
    command: c.SignalExternalWorkflowExecution | c.RequestCancelExternalWorkflowExecution,
    cause: str,
) -> None:
    check_text("workflow_id", command.workflow_id, cause)
    if command.run_id:
        check_text("run_id", command.run_id, cause)


def _check_signal(plan: Plan, command: c.SignalExternalWorkflowExecution) -> None:
    cause = "BAD_SIGNAL_WORKFLOW_EXECUTION_ATTRIBUTES"
    check_text("signal_name", command.signal_name, cause)
    refuse_blob(f"the input of signal {command.signal_name!r}", sizes.payloads_bytes(command.input))
    _check_target(command, cause)
    plan.signals_more += 1
    if plan.step.state.signals_pending + plan.signals_more > PENDING_SIGNALS_MAX:
        raise BadCommand(
            "PENDING_SIGNALS_LIMIT_EXCEEDED",
            f"more than {PENDING_SIGNALS_MAX} signals would be pending",
        )


def _signal(plan: Plan, command: c.SignalExternalWorkflowExecution, completed_id: int) -> None:
    plan.step.add(
        events.SignalExternalWorkflowExecutionInitiated(
            **plan.step.head(),
            target_workflow_id=command.workflow_id,
            target_run_id=command.run_id,
            signal_name=command.signal_name,
            input=command.input,
            header=command.header,
            child_workflow_only=command.child_workflow_only,
            workflow_task_completed_event_id=completed_id,
        )
    )


def _check_cancel(plan: Plan, command: c.RequestCancelExternalWorkflowExecution) -> None:
    cause = "BAD_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_ATTRIBUTES"
    if command.workflow_id in plan.children:
        raise BadCommand(
            cause, f"child {command.workflow_id!r} is started and cancelled by one Workflow Task"
        )
    _check_target(command, cause)
    plan.cancels_more += 1
    if plan.step.state.cancels_pending + plan.cancels_more > PENDING_CANCELS_MAX:
        raise BadCommand(
            "PENDING_REQUEST_CANCEL_LIMIT_EXCEEDED",
            f"more than {PENDING_CANCELS_MAX} cancel requests would be pending",
        )


def _cancel(
    plan: Plan, command: c.RequestCancelExternalWorkflowExecution, completed_id: int
) -> None:
    plan.step.add(
        events.RequestCancelExternalWorkflowExecutionInitiated(
            **plan.step.head(),
            target_workflow_id=command.workflow_id,
            target_run_id=command.run_id,
            reason=command.reason,
            child_workflow_only=command.child_workflow_only,
            workflow_task_completed_event_id=completed_id,
        )
    )


CHECKS: Mapping[type[c.Command], Callable[[Plan, Any], None]] = {
    c.StartChildWorkflowExecution: _check_child,
    c.SignalExternalWorkflowExecution: _check_signal,
    c.RequestCancelExternalWorkflowExecution: _check_cancel,
}

ACTIONS: Mapping[type[c.Command], Callable[[Plan, Any, int], None]] = {
    c.StartChildWorkflowExecution: _start_child,
    c.SignalExternalWorkflowExecution: _signal,
    c.RequestCancelExternalWorkflowExecution: _cancel,
}
