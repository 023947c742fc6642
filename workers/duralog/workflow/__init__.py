"""What users call inside Workflow code.

@workflow.defn
class Greet:
    @workflow.run
    async def run(self, name: str) -> str:
        return await workflow.execute_activity(
            greet, name, start_to_close_timeout=timedelta(seconds=10)
        )
"""

from duralog.workflow import unsafe
from duralog.workflow.activities import (
    ActivityCancellationType,
    ActivityConfig,
    ActivityHandle,
    execute_activity,
    start_activity,
)
from duralog.workflow.activity_methods import (
    execute_activity_class,
    execute_activity_method,
    start_activity_class,
    start_activity_method,
)
from duralog.workflow.children import (
    ChildWorkflowCancellationType,
    ChildWorkflowConfig,
    ChildWorkflowHandle,
    ParentClosePolicy,
    execute_child_workflow,
    start_child_workflow,
)
from duralog.workflow.context import (
    all_handlers_finished,
    deprecate_patch,
    get_current_details,
    get_dynamic_query_handler,
    get_dynamic_signal_handler,
    get_dynamic_update_handler,
    get_query_handler,
    get_signal_handler,
    get_update_handler,
    in_workflow,
    info,
    instance,
    is_failure_exception,
    memo,
    memo_value,
    metric_meter,
    now,
    patched,
    payload_converter,
    random,
    set_current_details,
    set_dynamic_query_handler,
    set_dynamic_signal_handler,
    set_dynamic_update_handler,
    set_query_handler,
    set_signal_handler,
    set_update_handler,
    sleep,
    time,
    time_ns,
    upsert_memo,
    upsert_search_attributes,
    uuid4,
    wait_condition,
)
from duralog.workflow.continuing import continue_as_new
from duralog.workflow.definition import (
    DynamicWorkflowConfig,
    WorkflowDefinition,
    defn,
    dynamic_config,
    init,
    run,
)
from duralog.workflow.errors import (
    ContinueAsNewError,
    NondeterminismError,
    NotInWorkflowEventLoopError,
    ReadOnlyContextError,
)
from duralog.workflow.external import (
    ExternalWorkflowHandle,
    get_external_workflow_handle,
    get_external_workflow_handle_for,
)
from duralog.workflow.info import Info, ParentInfo, RootInfo
from duralog.workflow.local_activities import (
    LocalActivityConfig,
    execute_local_activity,
    start_local_activity,
)
from duralog.workflow.local_activity_methods import (
    execute_local_activity_class,
    execute_local_activity_method,
    start_local_activity_class,
    start_local_activity_method,
)
from duralog.workflow.log import LoggerAdapter, logger
from duralog.workflow.past import (
    cancellation_reason,
    get_last_completion_result,
    get_last_failure,
    has_last_completion_result,
)
from duralog.workflow.queries import QueryDefinition, query
from duralog.workflow.randomness import (
    new_random,
    random_seed,
    register_random_seed_callback,
    uuid7,
)
from duralog.workflow.signals import (
    HandlerUnfinishedPolicy,
    SignalDefinition,
    UnfinishedSignalHandlersWarning,
    signal,
)
from duralog.workflow.updates import (
    UnfinishedUpdateHandlersWarning,
    UpdateDefinition,
    UpdateInfo,
    UpdateMethodMultiParam,
    current_update_info,
    update,
)
from duralog.workflow.waiting import as_completed, wait

__all__ = [
    "ActivityCancellationType",
    "ActivityConfig",
    "ActivityHandle",
    "ChildWorkflowCancellationType",
    "ChildWorkflowConfig",
    "ChildWorkflowHandle",
    "ContinueAsNewError",
    "DynamicWorkflowConfig",
    "ExternalWorkflowHandle",
    "HandlerUnfinishedPolicy",
    "Info",
    "LocalActivityConfig",
    "LoggerAdapter",
    "NondeterminismError",
    "NotInWorkflowEventLoopError",
    "ParentClosePolicy",
    "ParentInfo",
    "QueryDefinition",
    "ReadOnlyContextError",
    "RootInfo",
    "SignalDefinition",
    "UnfinishedSignalHandlersWarning",
    "UnfinishedUpdateHandlersWarning",
    "UpdateDefinition",
    "UpdateInfo",
    "UpdateMethodMultiParam",
    "WorkflowDefinition",
    "all_handlers_finished",
    "as_completed",
    "cancellation_reason",
    "continue_as_new",
    "current_update_info",
    "defn",
    "deprecate_patch",
    "dynamic_config",
    "execute_activity",
    "execute_activity_class",
    "execute_activity_method",
    "execute_child_workflow",
    "execute_local_activity",
    "execute_local_activity_class",
    "execute_local_activity_method",
    "get_current_details",
    "get_dynamic_query_handler",
    "get_dynamic_signal_handler",
    "get_dynamic_update_handler",
    "get_external_workflow_handle",
    "get_external_workflow_handle_for",
    "get_last_completion_result",
    "get_last_failure",
    "get_query_handler",
    "get_signal_handler",
    "get_update_handler",
    "has_last_completion_result",
    "in_workflow",
    "info",
    "init",
    "instance",
    "is_failure_exception",
    "logger",
    "memo",
    "memo_value",
    "metric_meter",
    "new_random",
    "now",
    "patched",
    "payload_converter",
    "query",
    "random",
    "random_seed",
    "register_random_seed_callback",
    "run",
    "set_current_details",
    "set_dynamic_query_handler",
    "set_dynamic_signal_handler",
    "set_dynamic_update_handler",
    "set_query_handler",
    "set_signal_handler",
    "set_update_handler",
    "signal",
    "sleep",
    "start_activity",
    "start_activity_class",
    "start_activity_method",
    "start_child_workflow",
    "start_local_activity",
    "start_local_activity_class",
    "start_local_activity_method",
    "time",
    "time_ns",
    "unsafe",
    "update",
    "upsert_memo",
    "upsert_search_attributes",
    "uuid4",
    "uuid7",
    "wait",
    "wait_condition",
]
