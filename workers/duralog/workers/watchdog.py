"""Times the user code that runs on the workflow thread.

A workflow that blocks the thread for 2 s is reported, with its stack; at 10 s its task is answered
for it, and the thread given up.
"""

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Final

from duralog.connectors.clock import monotonic_ms
from duralog.exceptions import ApplicationError
from duralog.schemas.payloads import Failure
from duralog.schemas.tasks import QueryTask, WorkflowTask
from duralog.workers.processor import WorkflowTaskProcessor
from duralog.workers.workflow_activation import Activation, log_details

LOG: Final = logging.getLogger("duralog.worker")

BLOCKED_REPORT_MS: Final = (
    2_000  # Temporal's deadlock time: user code should yield in milliseconds.
)
BLOCKED_ABANDON_MS: Final = 10_000  # The default Workflow Task Timeout: nobody waits for it longer.
WATCH_SECONDS: Final = 0.25  # How exactly both are kept.


class Watchdog:
    """One per worker with Workflows.

    tick: Called every WATCH_SECONDS, on the watchdog's thread.
    abandoned: Called when a thread was given up: it may never end.
    reports: False: code may block as long as it likes, for instance in a debugger.
    """

    def __init__(
        self,
        processor: WorkflowTaskProcessor,
        *,
        tick: Callable[[], None],
        abandoned: Callable[[], None],
        reports: bool = True,
    ) -> None:
        self._reports = reports
        self._processor = processor
        self._tick = tick
        self._abandoned = abandoned
        self._current: Activation | None = None
        self._closed = threading.Event()
        self._thread = threading.Thread(
            target=self._watch, name="duralog-workflow-watchdog", daemon=True
        )

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End its thread."""
        self._closed.set()
        self._thread.join()

    # On the workflow thread.

    def begin(self, task: WorkflowTask | QueryTask, fail: Callable[[Failure], None]) -> Activation:
        """User code runs from now on, on the calling thread; `fail` answers for it if it blocks."""
        self._current = activation = Activation(
            task=task, fail=fail, since_ms=monotonic_ms(), thread_id=threading.get_ident()
        )
        return activation

    def over(self, activation: Activation) -> bool:
        """The code has come back. False: it was given up before, and answered for."""
        if self._current is activation:
            self._current = None
        return not activation.abandoned

    # On its own.

    def _watch(self) -> None:
        while not self._closed.wait(WATCH_SECONDS):
            self._tick()
            activation = self._current
            if activation is None or not self._reports:
                continue
            blocked_ms = monotonic_ms() - activation.since_ms
            if blocked_ms >= BLOCKED_REPORT_MS and not activation.reported:
                activation.reported = True
                LOG.warning(
                    "a workflow blocks its thread for %d ms: %s\n%s",
                    blocked_ms,
                    log_details(activation.task),
                    self._stack(activation),
                )
            if blocked_ms >= BLOCKED_ABANDON_MS:
                self._abandon(activation)

    def _stack(self, activation: Activation) -> str:
        thread_id = self._processor.blocked(activation.task.run_id) or activation.thread_id
        # The only way to the stack of another thread.
        frames = sys._current_frames()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        frame = frames.get(thread_id)
        return "".join(traceback.format_stack(frame)) if frame is not None else ""

    def _abandon(self, activation: Activation) -> None:
        activation.abandoned = True
        self._current = None
        self._processor.abandon(activation.task.run_id)
        failure = self._processor.converter.to_failure(
            ApplicationError(
                f"Potential deadlock: the workflow did not yield within {BLOCKED_ABANDON_MS} ms",
                type="DeadlockError",
            )
        )
        activation.fail(failure)
        self._abandoned()
