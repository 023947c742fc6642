"""The handle of a started Activity: waits for the outcome, turns cancels into requests."""

from collections.abc import Callable
from typing import Any

from duralog.workers.command_log import Emission
from duralog.workers.event_loop import WorkflowEventLoop
from duralog.workers.machines.activity import ActivityMachine
from duralog.workflow.activities import ActivityHandle


class RunActivityHandle(ActivityHandle[Any]):
    """One started Activity of a run.

    A future, not a task: a task that is cancelled while it waits for this calls `cancel` here, and
    goes on to wait until there is an outcome, as Temporal's SDKs have it.

    emission: Its Command, while it is in the answer that is being made.
    result_type: Type hint of its result.
    """

    def __init__(
        self,
        loop: WorkflowEventLoop,
        machine: ActivityMachine,
        result_type: Any,
        request_cancel: Callable[["RunActivityHandle"], None],
    ) -> None:
        super().__init__(loop=loop)
        self.machine = machine
        self.result_type = result_type
        self.emission: Emission | None = None
        self._request_cancel = request_cancel

    def cancel(self, msg: Any = None) -> bool:
        """Request the cancellation, as the Activity's cancellation type says."""
        if self.done():
            return False
        self._request_cancel(self)
        return True

    def settle_cancelled(self, error: BaseException) -> None:
        """Its cancellation is not waited for."""
        self.set_exception(error)
        self.exception()  # Whoever cancelled it need not fetch the error too.
