"""The handle of a started Activity: waits for the outcome, turns cancels into requests."""

import asyncio
from collections.abc import Callable
from typing import Any

from duralog.workers.command_log import Emission
from duralog.workers.event_loop import WorkflowEventLoop
from duralog.workers.machines.activity import ActivityMachine
from duralog.workflow.activities import ActivityHandle


class RunActivityHandle(ActivityHandle[Any]):
    """One started Activity of a run.

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
        self.machine = machine
        self.result_type = result_type
        self.emission: Emission | None = None
        self._outcome: asyncio.Future[Any] = loop.create_future()
        self._request_cancel = request_cancel
        self._entered = False
        super().__init__(self._wait(), loop=loop)
        loop.adopt(self)

    def resolve(self, value: Any) -> None:
        """The Activity returned this."""
        self.machine.settled = True
        self._outcome.set_result(value)

    def fail(self, error: BaseException) -> None:
        """The Activity did not return."""
        self.machine.settled = True
        if self._entered:  # Else nobody will ever fetch the error, and asyncio would complain.
            self._outcome.set_exception(error)

    def cancel(self, msg: Any = None) -> bool:
        """Request the cancellation, as the Activity's cancellation type says."""
        # A task that has not run yet never runs: `_wait` could not do this.
        if not self._entered and not self.done():
            self._request_cancel(self)
        return super().cancel(msg)

    async def _wait(self) -> Any:
        self._entered = True
        while True:
            try:
                # Shielded, because the outcome is the history's and not this task's to cancel.
                return await asyncio.shield(self._outcome)
            except asyncio.CancelledError:
                if self._outcome.done():
                    raise  # It was cancelled in the moment it ended.
                self._request_cancel(self)
