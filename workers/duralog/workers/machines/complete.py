"""Complete-, Fail-, Cancel- and ContinueAsNewWorkflowExecution: the last Command.

The first of them wins, and it is the last of its answer whatever was called after it: what a
closing run still starts is written before it closes. Source: Temporal's SDKs order an answer so.
"""

from dataclasses import dataclass

from duralog.schemas.commands import (
    CancelWorkflowExecution,
    CompleteWorkflowExecution,
    ContinueAsNewWorkflowExecution,
    FailWorkflowExecution,
)

CloseCommand = (
    CompleteWorkflowExecution
    | FailWorkflowExecution
    | CancelWorkflowExecution
    | ContinueAsNewWorkflowExecution
)


@dataclass(slots=True, kw_only=True)
class CompleteMachine:
    """The end of a run; None until there is one."""

    command: CloseCommand | None = None

    def close(self, command: CloseCommand) -> None:
        """The Workflow has ended so; a second end changes nothing."""
        if self.command is None:
            self.command = command

    @property
    def closed(self) -> bool:
        """Whether the Workflow has ended."""
        return self.command is not None
