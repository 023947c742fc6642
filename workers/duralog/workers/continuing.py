"""What `continue_as_new` raises in a run: the Command, on its way out of the code."""

from duralog.common.durations import milliseconds
from duralog.converter import PayloadConverter, encode_search_attributes
from duralog.schemas.commands import ContinueAsNewWorkflowExecution
from duralog.workflow.errors import ContinueAsNewError
from duralog.workflow.runtime import ContinueAsNew


class RunContinueAsNewError(ContinueAsNewError):
    """Ends the run that lets it out. command: How it goes on."""

    def __init__(self, command: ContinueAsNewWorkflowExecution) -> None:
        super().__init__("Workflow continues as new")
        self.command = command


def continue_command(
    call: ContinueAsNew, converter: PayloadConverter
) -> ContinueAsNewWorkflowExecution:
    """The Command of a call. Raises what the conversion of the arguments raises."""
    config = call.config
    memo = config.get("memo") or {}
    policy = config.get("retry_policy")
    return ContinueAsNewWorkflowExecution(
        workflow_type=call.workflow_type,
        task_queue=config.get("task_queue") or "",
        input=converter.to_payloads(call.arguments),
        workflow_run_timeout_ms=milliseconds(config.get("run_timeout")),
        workflow_task_timeout_ms=milliseconds(config.get("task_timeout")),
        backoff_start_interval_ms=milliseconds(config.get("backoff_start_interval")),
        retry_policy=None if policy is None else policy.to_record(),
        header=dict(call.headers),
        memo=dict(zip(memo, converter.to_payloads(list(memo.values())), strict=True)),
        search_attributes=encode_search_attributes(config.get("search_attributes")),
    )
