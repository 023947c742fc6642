"""What a worker and a replayer were made of, as dicts: `Worker(**config)` makes another one."""

from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from datetime import timedelta
from typing import Any, TypedDict

from duralog.client import Client
from duralog.converter import DataConverter
from duralog.worker.workflow_runners import WorkflowRunner
from duralog.workers.interceptors import Interceptor
from duralog.workers.shared_state import SharedStateManager


class WorkerConfig(TypedDict):
    """The arguments of `Worker`, which explains them."""

    client: Client
    task_queue: str
    activities: Sequence[Callable[..., Any]]
    workflows: Sequence[type]
    activity_executor: Executor | None
    workflow_runner: WorkflowRunner
    interceptors: Sequence[Interceptor]
    max_cached_workflows: int
    max_concurrent_workflow_tasks: int | None
    max_concurrent_activities: int | None
    max_concurrent_local_activities: int | None
    no_remote_activities: bool
    graceful_shutdown_timeout: timedelta
    workflow_failure_exception_types: Sequence[type[BaseException]]
    on_fatal_error: Callable[[BaseException], Awaitable[None]] | None
    shared_state_manager: SharedStateManager | None


class ReplayerConfig(TypedDict):
    """The arguments of `Replayer`, which explains them."""

    workflows: Sequence[type]
    namespace: str
    data_converter: DataConverter
    workflow_runner: WorkflowRunner
    interceptors: Sequence[Interceptor]
    workflow_failure_exception_types: Sequence[type[BaseException]]
