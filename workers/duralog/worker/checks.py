"""What a Worker is given, checked at once, with the texts of Temporal's SDK."""

import pickle
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

from duralog.activity.definition import ActivityDefinition
from duralog.schemas.identifiers import IDENTIFIER_LENGTH_MAX
from duralog.workers.shared_state import SharedStateManager
from duralog.workflow.definition import WorkflowDefinition


def activity_table(
    activities: Sequence[Callable[..., Any]],
    executor: Executor | None,
    concurrent_max: int,
    shared_state_manager: SharedStateManager | None = None,
) -> dict[str | None, ActivityDefinition]:
    """Definitions by Activity Type; None for the dynamic one. Raises ValueError or TypeError."""
    found: dict[str | None, ActivityDefinition] = {}
    for activity in activities:
        definition = ActivityDefinition.must_find(activity)
        if definition.name in found:
            raise ValueError(
                "More than one dynamic activity"
                if definition.name is None
                else f"More than one activity named {definition.name}"
            )
        if not definition.is_async:
            name = definition.name or "<dynamic>"
            _check_executor(name, executor, concurrent_max)
            if not isinstance(executor, ThreadPoolExecutor):
                _check_shared(name, activity, executor, shared_state_manager)
        found[definition.name] = definition
    return found


def _check_executor(name: str, executor: Executor | None, concurrent_max: int) -> None:
    if executor is None:
        raise ValueError(f"Activity {name} is not async so an activity_executor must be present")
    if isinstance(executor, ThreadPoolExecutor):
        threads = getattr(executor, "_max_workers", concurrent_max)
        if threads < concurrent_max:
            warnings.warn(
                f"Worker max_concurrent_activities is {concurrent_max} but activity_executor's "
                f"max_workers is only {threads}",
                stacklevel=4,
            )


def _check_shared(
    name: str,
    activity: Callable[..., Any],
    executor: Executor | None,
    shared_state_manager: SharedStateManager | None,
) -> None:
    if shared_state_manager is None:
        raise ValueError(
            f"Activity {name} is not async and executor is not thread-pool executor, "
            "so a shared_state_manager must be present"
        )
    if isinstance(executor, ProcessPoolExecutor):
        try:
            pickle.dumps(activity)
        except Exception as error:
            raise TypeError(
                f"Activity {name} must be picklable when using a process executor"
            ) from error


def workflow_table(workflows: Sequence[type]) -> dict[str | None, WorkflowDefinition]:
    """Definitions by Workflow Type; None for the dynamic one. Raises ValueError."""
    found: dict[str | None, WorkflowDefinition] = {}
    for workflow in workflows:
        definition = WorkflowDefinition.must_find(workflow)
        if definition.name in found:
            raise ValueError(
                "More than one dynamic workflow"
                if definition.name is None
                else f"More than one workflow named {definition.name}"
            )
        found[definition.name] = definition
    return found


def check_limits(*, task_queue: str, **limits: int) -> None:
    """Raises ValueError for an empty Task Queue or a limit below what can work."""
    if not task_queue or len(task_queue) > IDENTIFIER_LENGTH_MAX:
        raise ValueError(f"task_queue must have 1 to {IDENTIFIER_LENGTH_MAX} characters")
    for name, value in limits.items():
        least = 0 if name == "max_cached_workflows" else 1
        if value < least:
            raise ValueError(f"{name} must be at least {least}, not {value}")
