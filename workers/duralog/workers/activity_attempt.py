"""One attempt of one Activity: runs the user's code and answers for it, exactly once."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from duralog.activity.context import CURRENT, ActivityContext, CompleteAsyncError, Signal
from duralog.activity.definition import ActivityDefinition
from duralog.activity.info import ActivityCancellationDetails, Info
from duralog.common import RawValue
from duralog.common.hints import hints_for
from duralog.connectors.channel import ChannelError, RequestTooLargeError
from duralog.connectors.clock import monotonic_ms
from duralog.connectors.task_source import Start
from duralog.converter import DataConverter
from duralog.exceptions import ApplicationError, CancelledError
from duralog.schemas.payloads import Failure, Payload
from duralog.schemas.replies import Reply
from duralog.schemas.tasks import ActivityTask
from duralog.schemas.topics import REQUEST_SIZE_BYTES_MAX
from duralog.workers.activity_chain import activity_chain
from duralog.workers.activity_facts import failure_level, info_of, log_details
from duralog.workers.activity_process import Processes
from duralog.workers.answers import (
    activity_canceled,
    activity_completed,
    activity_failed,
    task_token,
)
from duralog.workers.heartbeats import Heartbeat, HeartbeatThread, Throttle
from duralog.workers.interceptors import ExecuteActivityInput, Interceptor
from duralog.workers.meters import ActivityMeters
from duralog.workers.payload_gate import PayloadGate
from duralog.workers.thread_interrupt import ThreadInterrupt

if TYPE_CHECKING:
    from duralog.client import Client

LOG: Final = logging.getLogger("duralog.worker")


@dataclass(slots=True, kw_only=True)
class ActivitySetup:
    """What all attempts of a worker share.

    definitions: By Activity Type. dynamic: for every other type.
    executor: Runs sync Activities.
    interceptors: The first is the outermost.
    gate: Where the codec runs; None: there is none.
    processes: What the executor needs, if it has processes.
    """

    namespace: str
    converter: DataConverter
    definitions: dict[str, ActivityDefinition]
    dynamic: ActivityDefinition | None
    executor: Executor | None
    loop: asyncio.AbstractEventLoop
    heartbeats: HeartbeatThread
    worker_shutdown: Signal
    interceptors: Sequence[Interceptor] = ()
    gate: PayloadGate | None = None
    meters: ActivityMeters | None = None
    processes: Processes | None = None
    identity: str = ""
    client: "Client | None" = None
    throttle: Throttle = Throttle()  # noqa: RUF009 # never changes
    _types: dict[str | None, list[Any] | None] = field(
        default_factory=dict[str | None, list[Any] | None]
    )

    @property
    def is_plain(self) -> bool:
        """Whether nothing async stands before or after the code of a sync Activity."""
        return self.gate is None and not self.interceptors and self.processes is None

    def find(self, activity_type: str) -> ActivityDefinition | None:
        """The definition that runs `activity_type`."""
        return self.definitions.get(activity_type) or self.dynamic

    def argument_types(self, definition: ActivityDefinition) -> list[Any] | None:
        """Type hints of the arguments; kept, since reading them is slow."""
        if definition.name not in self._types:
            self._types[definition.name] = definition.types()[0]
        return self._types[definition.name]


class AttemptHandle(Protocol):
    """What an attempt needs of its task: that of TaskHandle."""

    task: ActivityTask
    delivery_id: str

    def answer(self, request: Any) -> Future[None]:
        """Answer with a Respond request; done when the brokers have it."""
        ...

    def heartbeat(self, details: list[Payload]) -> Future[Reply]:
        """Send a heartbeat."""
        ...

    def release(self) -> None:
        """Give the task back."""
        ...

    def leave(self) -> None:
        """Somebody else will answer."""
        ...


class ActivityAttempt:
    """From the leave to run to the answer. `cancel` and `abandon` may come from any thread."""

    def __init__(
        self,
        setup: ActivitySetup,
        handle: AttemptHandle,
        *,
        ended: Callable[["ActivityAttempt"], None],
        answering: Callable[[Future[None]], None],
        is_local: bool = False,
    ) -> None:
        self.task: Final = handle.task
        self._setup = setup
        self._is_local = is_local
        self._handle = handle
        self._ended = ended
        self._answering = answering
        self._definition = setup.find(self.task.activity_type)
        self._is_async = self._definition is None or self._definition.is_async
        self._interrupt = ThreadInterrupt()
        self._heartbeat = Heartbeat(
            self._send_heartbeat,
            later=setup.heartbeats.at,
            interval_ms=setup.throttle.interval_ms(self.task.heartbeat_timeout_ms),
        )
        self._context = ActivityContext(
            info=self._info,
            heartbeat=self._record_heartbeat,
            cancelled=Signal(setup.loop if self._is_async else None),
            worker_shutdown=setup.worker_shutdown,
            logger_details=self._log_details,
            shield=self._interrupt.shield,
            payload_converter=setup.converter.payload_converter,
            client=setup.client if self._is_async else None,
        )
        self._lock = threading.Lock()
        self._open = True
        self._started_time_ms = self._began_ms = 0
        self._running: asyncio.Task[None] | None = None

    def run(self, start: Start) -> None:
        """Run the user's code. On the event loop."""
        self._started_time_ms, self._began_ms = start.started_time_ms, monotonic_ms()
        if self._setup.meters is not None:
            self._setup.meters.begun(self.task, start.started_time_ms)
        context = copy_context()
        context.run(CURRENT.set, self._context)
        if self._is_async or not self._setup.is_plain:
            self._running = self._setup.loop.create_task(self._run_async(), context=context)
            return
        assert self._setup.executor is not None, "a worker with sync Activities has an executor"
        try:
            self._setup.executor.submit(context.run, self._run_sync)
        except RuntimeError:  # The executor was shut down: another worker may take it.
            self.abandon()

    def cancel(self, details: ActivityCancellationDetails) -> None:
        """Ask the user's code to stop; the first reason counts."""
        with self._lock:
            if self._context.cancellation_details is not None or not self._open:
                return
            self._context.cancellation_details = details
        self._context.cancelled.set()
        definition = self._definition
        if self._is_async and self._running is not None:
            with contextlib.suppress(RuntimeError):  # The loop is closed: nothing runs any more.
                self._setup.loop.call_soon_threadsafe(self._running.cancel)
        elif definition is not None and not definition.no_thread_cancel_exception:
            self._interrupt.interrupt()

    def abandon(self) -> None:
        """Give the task back, whatever the user's code still does: another worker takes it."""
        if self._close():
            self._heartbeat.close()
            self._handle.release()

    async def _run_async(self) -> None:
        try:
            if self._setup.gate is not None:
                await self._setup.gate.decode_activity_task(self.task)
            definition, values = self._prepare()
            result = self._encode(await self._execute(definition, values))
        except (Exception, asyncio.CancelledError, CompleteAsyncError) as error:  # noqa: BLE001 # users' code: any error is its answer
            self._failed(error)
        else:
            self._completed(result)

    async def _execute(self, definition: ActivityDefinition, values: list[Any]) -> Any:
        if self._is_async and not self._setup.interceptors:
            return await definition.fn(*values)
        chain = activity_chain(
            self._setup.interceptors,
            self._context,
            self._interrupt.running,
            self._setup.processes,
        )
        return await chain.execute_activity(
            ExecuteActivityInput(
                fn=definition.fn,
                args=values,
                executor=self._setup.executor if not definition.is_async else None,
                headers=self.task.header,
            )
        )

    def _run_sync(self) -> None:
        try:
            definition, values = self._prepare()
            with self._interrupt.running():
                value = definition.fn(*values)
            result = self._encode(value)
        except BaseException as error:  # noqa: BLE001 # users' code: any error is its answer
            self._failed(error)
        else:
            self._completed(result)

    def _prepare(self) -> tuple[ActivityDefinition, list[Any]]:
        task, definition = self.task, self._definition
        if definition is None:
            if self._setup.meters is not None:
                self._setup.meters.unregistered(task.activity_type)
            known = ", ".join(sorted(self._setup.definitions)) or "none"
            raise ApplicationError(
                f"Activity function {task.activity_type} for workflow {task.workflow_id} is not "
                f"registered on this worker, available activities: {known}",
                type="NotFoundError",
            )
        if definition.name is None:
            return definition, [[RawValue(payload) for payload in task.input]]
        try:
            hints = hints_for(len(task.input), self._setup.argument_types(definition))
            return definition, self._setup.converter.from_payloads(task.input, hints)
        except Exception as error:
            raise ApplicationError("Failed decoding arguments") from error

    def _encode(self, value: Any) -> list[Payload]:  # the user's type
        return self._setup.converter.to_payloads([value])

    def _completed(self, result: list[Payload]) -> None:
        self._answer(activity_completed(self.task, result))

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, CompleteAsyncError):
            self._ended(self)
            self._heartbeat.close()
            if self._close():
                self._handle.leave()
            return
        details = self._context.cancellation_details
        is_cancelled = isinstance(error, asyncio.CancelledError | CancelledError)
        if is_cancelled and details is not None and details.worker_shutdown:
            self._ended(self)
            self.abandon()
            return
        try:
            if is_cancelled and details is not None:
                values = error.details if isinstance(error, CancelledError) else ()
                payloads = self._setup.converter.to_payloads(values)
                self._answer(activity_canceled(self.task, payloads))
                return
            LOG.log(
                failure_level(error), "activity failed: %s", self._log_details(), exc_info=error
            )
            failure = self._setup.converter.to_failure(error)
        except Exception as broken:  # noqa: BLE001 # users' converter: the attempt must still be answered
            text = f"Failed building exception result: {type(broken).__name__}"
            failure = self._setup.converter.to_failure(ApplicationError(text))
        self._answer(activity_failed(self.task, failure, self._heartbeat.close()))

    def _answer(self, request: Any) -> None:  # any Respond request
        if self._setup.meters is not None:
            times = (self._started_time_ms, self._began_ms)
            self._setup.meters.answered(self.task, request, times)
        self._ended(self)
        self._heartbeat.close()
        if self._close():
            self._send(request, self._refused)

    def _send(self, request: Any, refused: Callable[[BaseException], None]) -> None:
        gate = self._setup.gate
        if gate is None:
            self._post(request, refused)
            return
        encoded: Future[None] = Future()  # The worker waits for what is on its way to the brokers.
        self._answering(encoded)

        def done(future: Future[Any]) -> None:
            error = RuntimeError("cancelled") if future.cancelled() else future.exception()
            if error is None:
                self._post(future.result(), refused)
            else:
                LOG.error("payload codec failed: %s", self._log_details(), exc_info=error)
                self._post(activity_failed(self.task, self._codec_failure(error), []), self._lost)
            encoded.set_result(None)

        gate.start(gate.encoded_answer(request), done)

    def _post(self, request: Any, refused: Callable[[BaseException], None]) -> None:
        future = self._handle.answer(request)
        self._answering(future)
        future.add_done_callback(lambda f: refused(e) if (e := f.exception()) else None)

    def _codec_failure(self, error: BaseException) -> Failure:
        """Without the error's text, in which a codec may show what it should hide."""
        text = f"the payload codec raised {type(error).__name__} while encoding the answer"
        return Failure(message=text, type="PayloadCodecError", source="PythonSDK")

    def _refused(self, error: BaseException) -> None:
        """The broker did not take the answer: say why in a smaller one."""
        if not isinstance(error, RequestTooLargeError):
            self._lost(error)
            return
        failure = self._setup.converter.to_failure(
            ApplicationError(
                f"the answer of {self.task.activity_type} exceeds {REQUEST_SIZE_BYTES_MAX} bytes; "
                "return a reference to the data instead",
                type="PayloadsTooLarge",
                non_retryable=True,
            )
        )
        self._send(activity_failed(self.task, failure, []), self._lost)

    def _lost(self, error: BaseException) -> None:
        LOG.error("no answer could be sent: %s: %s", self._log_details(), error)
        self._handle.release()

    def _close(self) -> bool:
        """True for the one who may answer."""
        with self._lock:
            was_open, self._open = self._open, False
            return was_open

    def _record_heartbeat(self, details: tuple[Any, ...]) -> None:
        self._heartbeat.record(self._setup.converter.to_payloads(details))

    def _send_heartbeat(self, details: list[Payload]) -> None:
        gate = self._setup.gate
        if gate is None:
            self._post_heartbeat(details)
            return

        def done(future: Future[list[Payload]]) -> None:
            error = RuntimeError("cancelled") if future.cancelled() else future.exception()
            if error is None:
                self._post_heartbeat(future.result())
            else:
                LOG.warning("heartbeat not sent: %s", self._log_details(), exc_info=error)

        gate.start(gate.encoded(details), done)

    def _post_heartbeat(self, details: list[Payload]) -> None:
        try:
            future = self._handle.heartbeat(details)
        except ChannelError as error:
            LOG.warning("heartbeat not sent: %s: %s", self._log_details(), error)
            return
        future.add_done_callback(self._heard)

    def _heard(self, future: Future[Reply]) -> None:
        error = future.exception()
        if error is not None:
            LOG.warning("heartbeat not answered: %s: %s", self._log_details(), error)
        elif future.result().cancel_requested:
            self.cancel(ActivityCancellationDetails(cancel_requested=True))
        elif future.result().code in ("NOT_FOUND", "REFUSED"):  # Closed, or another worker's.
            self.cancel(ActivityCancellationDetails(not_found=True))

    def _log_details(self) -> dict[str, Any]:
        return log_details(self.task)

    def _info(self) -> Info:
        return info_of(
            self.task,
            self._setup.converter,
            namespace=self._setup.namespace,
            started_time_ms=self._started_time_ms,
            is_local=self._is_local,
            token=task_token(self.task, self._handle.delivery_id),
        )
