"""Answers Query Tasks on the workflow thread, from a cached run or a replayed history."""

import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final

from duralog.connectors.channel import Channel, RequestTooLargeError
from duralog.connectors.query_handle import QueryHandle
from duralog.schemas.codec import decode
from duralog.schemas.payloads import Failure
from duralog.schemas.replies import Reply
from duralog.schemas.requests import (
    GetWorkflowExecutionHistory,
    QueryWorkflow,
    RespondQueryTaskCompleted,
)
from duralog.schemas.tasks import QueryTask
from duralog.workers.outcomes import NeedsFullHistory
from duralog.workers.payload_gate import PayloadGate
from duralog.workers.processor import WorkflowTaskProcessor
from duralog.workers.queries import failed
from duralog.workers.watchdog import Watchdog
from duralog.workers.workflow_activation import codec_failure, log_details

LOG: Final = logging.getLogger("duralog.worker")
FORGET_MS: Final = 60_000  # Older queries are their clients' past: they asked again, or gave up.
HISTORY_TIMEOUT_MS: Final = 10_000  # A client waits as long; then it asks again.


class QueryRunner:
    """One per worker with Workflows. put: Has a job run on the workflow thread."""

    def __init__(
        self,
        channel: Channel,
        processor: WorkflowTaskProcessor,
        gate: PayloadGate | None,
        *,
        put: Callable[[Callable[[], None]], None],
        watchdog: Watchdog,
    ) -> None:
        self._channel = channel
        self._processor = processor
        self._gate = gate
        self._put = put
        self._watchdog = watchdog

    def deliver(self, handle: QueryHandle) -> None:
        """A Query Task arrived; on the source's thread."""
        now_ms = self._channel.engine_time_ms(handle.task.partition)
        if now_ms is not None and now_ms - handle.task.dispatch_time_ms > FORGET_MS:
            handle.drop()
        elif self._gate is None:
            self._put(lambda: self._begin(handle, handle.task, []))
        else:
            work = self._gate.decoded_query_task(handle.task)
            self._gate.start(work, lambda done: self._decoded(handle, done))

    def _decoded(self, handle: QueryHandle, done: Future[QueryTask]) -> None:
        error = _error_of(done)
        if error is None:
            self._put(lambda: self._begin(handle, done.result(), []))
        else:
            self._undecoded(handle, error)

    def _undecoded(self, handle: QueryHandle, error: BaseException) -> None:
        """The codec is broken: say so, without what it may have shown."""
        LOG.error("payload codec failed: %s", log_details(handle.task), exc_info=error)
        query: QueryWorkflow = decode(handle.task.query)
        self._send(handle, failed(query, codec_failure(error, "decoding a query or its history")))

    def _begin(self, handle: QueryHandle, task: QueryTask, history: list[bytes]) -> None:
        query: QueryWorkflow = decode(task.query)
        activation = self._watchdog.begin(
            task, lambda failure: self._answer(handle, failed(query, failure))
        )
        outcome = self._processor.query(task, query, history)
        if not self._watchdog.over(activation):
            return
        if not isinstance(outcome, NeedsFullHistory):
            self._answer(handle, outcome)
        elif history:
            LOG.error("no history to answer a query: %s", log_details(task))
            handle.drop()
        else:
            self._fetch(handle, task)

    def _fetch(self, handle: QueryHandle, task: QueryTask) -> None:
        request = GetWorkflowExecutionHistory(workflow_id=task.workflow_id, run_id=task.run_id)
        future = self._channel.call(
            request, timeout_ms=HISTORY_TIMEOUT_MS, partition=task.partition
        )
        future.add_done_callback(lambda done: self._fetched(handle, task, done))

    def _fetched(self, handle: QueryHandle, task: QueryTask, done: Future[Reply]) -> None:
        error = done.exception()
        if error is not None or done.result().code != "OK":
            LOG.warning("no history to answer a query: %s: %s", log_details(task), error)
            handle.drop()
            return
        history = done.result().body
        if self._gate is None:
            self._put(lambda: self._begin(handle, task, history))
            return
        self._gate.start(
            self._gate.decoded_frames(history),
            lambda decoded: self._history_decoded(handle, task, decoded),
        )

    def _history_decoded(
        self, handle: QueryHandle, task: QueryTask, done: Future[list[bytes]]
    ) -> None:
        error = _error_of(done)
        if error is None:
            self._put(lambda: self._begin(handle, task, done.result()))
        else:
            self._undecoded(handle, error)

    def _answer(self, handle: QueryHandle, result: RespondQueryTaskCompleted) -> None:
        if self._gate is None:
            self._send(handle, result)
            return
        self._gate.start(
            self._gate.encoded_answer(result),
            lambda done: self._encoded(handle, result, done),
        )

    def _encoded(
        self, handle: QueryHandle, result: RespondQueryTaskCompleted, done: Future[Any]
    ) -> None:
        error = _error_of(done)
        if error is None:
            self._send(handle, done.result())
            return
        LOG.error("payload codec failed: %s", log_details(handle.task), exc_info=error)
        query: QueryWorkflow = decode(handle.task.query)
        self._send(handle, failed(query, codec_failure(error, "encoding a query's answer")))

    def _send(self, handle: QueryHandle, result: RespondQueryTaskCompleted) -> None:
        handle.answer(result).add_done_callback(lambda done: self._sent(handle, done))

    def _sent(self, handle: QueryHandle, done: Future[None]) -> None:
        error = done.exception()
        if isinstance(error, RequestTooLargeError):
            query: QueryWorkflow = decode(handle.task.query)
            failure = Failure(message=f"the answer to query {query.query_type!r} is too large")
            handle.answer(failed(query, failure))
        elif error is not None:
            LOG.error("no answer to a query could be sent: %s: %s", log_details(handle.task), error)
            handle.drop()


def _error_of(done: Future[Any]) -> BaseException | None:
    return RuntimeError("cancelled") if done.cancelled() else done.exception()
