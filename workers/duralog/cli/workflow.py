"""`duralog workflow …`: Temporal's verbs and flags."""

from duralog.cli.lazy import Lazy, LazyGroup

workflow = LazyGroup(
    lazy={
        "start": Lazy("duralog.cli.workflow_start:start", "Start a Workflow Execution"),
        "execute": Lazy("duralog.cli.workflow_start:execute", "Start one and wait for its result"),
        "describe": Lazy("duralog.cli.workflow_read:describe", "Show status and pending work"),
        "list": Lazy("duralog.cli.workflow_list:list_runs", "List Workflow Executions"),
        "count": Lazy("duralog.cli.workflow_list:count", "Count Workflow Executions"),
        "show": Lazy("duralog.cli.workflow_read:show", "Show the Event History"),
        "result": Lazy("duralog.cli.workflow_read:result", "Wait for the result"),
        "trace": Lazy("duralog.cli.workflow_trace:trace", "Follow what it runs, as a tree"),
        "query": Lazy("duralog.cli.workflow_ask:query", "Ask it something"),
        "stack": Lazy("duralog.cli.workflow_ask:stack", "Show where its code stands"),
        "signal-with-start": Lazy(
            "duralog.cli.workflow_start:signal_with_start", "Send a signal; start it if need be"
        ),
        "update": Lazy("duralog.cli.workflow_update:update", "Ask it to change, get its answer"),
        "signal": Lazy("duralog.cli.workflow_steer:signal", "Send a signal"),
        "cancel": Lazy("duralog.cli.workflow_steer:cancel", "Ask it to cancel itself"),
        "terminate": Lazy("duralog.cli.workflow_steer:terminate", "End it at once"),
    },
    name="workflow",
    help="Start, watch and end Workflow Executions.",
)
