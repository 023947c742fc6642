"""What a worker and a replayer were made of, as dicts: `Worker(**config)` makes another one."""

from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Required, TypedDict

from duralog.client import Client
from duralog.common import HeaderCodecBehavior
from duralog.converter import DataConverter
from duralog.worker.options import WorkerOptions
from duralog.worker.plugin import Plugin
from duralog.worker.workflow_runners import WorkflowRunner
from duralog.workers.interceptors import Interceptor


class WorkerConfig(WorkerOptions):
    """The arguments of `Worker`, which explains them."""

    client: Required[Client]
    task_queue: Required[str]
    activities: Required[Sequence[Callable[..., Any]]]
    workflows: Required[Sequence[type]]
    activity_executor: Required[Executor | None]
    workflow_runner: Required[WorkflowRunner]
    interceptors: Required[Sequence[Interceptor]]
    max_cached_workflows: Required[int]
    max_concurrent_workflow_tasks: Required[int | None]
    max_concurrent_activities: Required[int | None]
    max_concurrent_local_activities: Required[int | None]
    no_remote_activities: Required[bool]
    graceful_shutdown_timeout: Required[timedelta]
    workflow_failure_exception_types: Required[Sequence[type[BaseException]]]
    on_fatal_error: Required[Callable[[BaseException], Awaitable[None]] | None]


def check_options(config: WorkerConfig) -> None:
    """Raises TypeError for an argument that a worker does not have."""
    unknown = sorted(config.keys() - WorkerConfig.__annotations__.keys())
    if unknown:
        raise TypeError(f"Worker() got an unexpected keyword argument {unknown[0]!r}")


class ReplayerOptions(TypedDict, total=False):
    """What Temporal's replayer is told, and this one need not know."""

    workflow_task_executor: ThreadPoolExecutor | None
    unsandboxed_workflow_runner: WorkflowRunner
    build_id: str | None
    identity: str | None
    debug_mode: bool
    disable_safe_workflow_eviction: bool


class ReplayerConfig(ReplayerOptions):
    """The arguments of `Replayer`, which explains them."""

    workflows: Required[Sequence[type]]
    namespace: Required[str]
    data_converter: Required[DataConverter]
    workflow_runner: Required[WorkflowRunner]
    interceptors: Required[Sequence[Interceptor]]
    workflow_failure_exception_types: Required[Sequence[type[BaseException]]]
    header_codec_behavior: Required[HeaderCodecBehavior]
    plugins: Required[Sequence[Plugin]]
