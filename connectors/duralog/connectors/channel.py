"""Request and reply over Kafka: what clients and workers ask the engine.

A channel has two threads: one receives, one waits for acknowledgements, asks again and measures
clocks. `call` and `send` may be called from any thread and from a running event loop: they never
block, and return `concurrent.futures.Future`s (`asyncio.wrap_future` awaits one).

Order at `start`: the inbox partition's end is queried and read from, before the first request goes
out: an OFFSET_END that is resolved later misses the reply.
"""

import logging
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, Protocol

from duralog.connectors.broker import OutRecord, Record, TopicPartition
from duralog.connectors.calls import ASK, Call, Calls, Clocks, EngineClock, Repeat
from duralog.connectors.clock import monotonic_ms, now_ms
from duralog.connectors.dead_letter import dead_letter, dead_letter_record
from duralog.connectors.kafka.line import KafkaLine
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.connectors.transport import Delivery, Line, QueueFullError, TransportError
from duralog.schemas.codec import DecodeError, decode, encode
from duralog.schemas.identifiers import murmur2, partition_of
from duralog.schemas.replies import ActivityCancelNotice, Reply
from duralog.schemas.requests import Ping
from duralog.schemas.topics import REQUEST_SIZE_BYTES_MAX, TopicNames

LOG: Final = logging.getLogger("duralog.channel")
TICK_MS: Final = 50  # Between two looks at deadlines, and at whether we were closed.
CLOSE_MAX_MS: Final = 10_000
PING_TIMEOUT_MS: Final = 30_000
PING: Final = Repeat(first_ms=1_000, max_ms=10_000, factor=2.0)

Message = ActivityCancelNotice | Reply


class ChannelError(Exception):
    """A request could not be delivered; the text says what is known and what to do."""


class RequestTooLargeError(ChannelError):
    """The encoded request exceeds REQUEST_SIZE_BYTES_MAX."""


class OverloadedError(ChannelError):
    """More is asked than is answered: nothing was sent. Slow down, and ask again."""


class ReplyTimeoutError(ChannelError):
    """No reply in time. The request may have had its effect or not; the text tells where it is."""


class Request(Protocol):
    """What all records of duralog.schemas.requests have in common."""

    workflow_id: str
    identity: str
    reply_partition: int
    recipient: str
    correlation_id: str


class Channel:
    """One process's line to the engine: a producer for `requests`, a partition of `inbox`.

    Every reply is returned as it is, also one with an error code: `Reply.code` is the caller's
    business.
    """

    def __init__(
        self, connection: KafkaSettings | Line, *, names: TopicNames, identity: str
    ) -> None:
        if isinstance(connection, KafkaSettings):
            connection = KafkaLine(connection, client_id=identity)
        self.line: Line = connection
        self.names = names
        self.identity = identity  # Put into requests that have none.
        self.recipient = uuid.uuid4().hex  # Our key in the inbox.
        self.reply_partition = -1  # Of the inbox.
        self.partitions = 0  # Of the engine.
        self._letters = 0  # Partitions of `dead-letters`; 0: nobody has asked yet.
        self._key = self.recipient.encode()
        self._requests = names.of("requests")
        self._lock = threading.Lock()
        self._calls = Calls()
        self._clocks = Clocks()
        self._clocks_wanted: set[int] = set()
        self._pings: set[int] = set()  # Under way.
        self._handlers: list[Callable[[Message], None]] = []
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Connect and find the inbox partition's end. Blocks. Raises ChannelError with one line."""
        try:
            self.line.connect()
            self.partitions = self._existing(self._requests)
            inbox = self.names.of("inbox")
            self.reply_partition = (murmur2(self._key) & 0x7FFFFFFF) % self._existing(inbox)
            self.line.listen(TopicPartition(inbox, self.reply_partition))
        except TransportError as error:
            raise ChannelError(str(error)) from None
        for name, run in (("receive", self._receive), ("send", self._serve)):
            thread = threading.Thread(target=run, name=f"duralog-{name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def close(self) -> None:
        """Send what was handed over (10 s at most), fail open calls, end the threads."""
        if self._stopped.is_set():
            return
        if self._threads:
            self.line.flush(CLOSE_MAX_MS)
        self._stopped.set()
        for thread in self._threads:
            thread.join()
        self.line.close()
        with self._lock:
            left = list(self._calls.clear())
        for call in left:
            _fail(call.future, ChannelError(f"the channel was closed, the {call.noun} is open"))

    def call(
        self, request: Request, *, timeout_ms: int, partition: int = -1, repeat: Repeat = ASK
    ) -> Future[Reply]:
        """Send `request` and return its reply, parts merged (`body` in order).

        Fills identity, reply_partition, recipient and correlation_id in `request`, sends it to
        `partition` (-1: that of its workflow_id), and sends the same again after 5 s, doubling to
        60 s. timeout_ms 0: as long as it takes. The future raises ChannelError; cancel it to stop
        asking.
        """
        correlation_id = uuid.uuid4().hex
        request.reply_partition = self.reply_partition
        request.recipient = self.recipient
        request.correlation_id = correlation_id
        now = monotonic_ms()
        call = Call(
            record=self._record(request, partition),
            noun=noun_of(request),
            repeat=repeat,
            sent_ms=now,
            next_ms=now + repeat.first_ms,
            wait_ms=repeat.first_ms,
            deadline_ms=now + timeout_ms if timeout_ms else None,
            timeout_ms=timeout_ms,
        )
        with self._lock:
            refusal = self._calls.refusal(call)
            if refusal:
                raise OverloadedError(refusal)
            self._calls.add(correlation_id, call)
        try:
            self._produce(correlation_id, call)
        except ChannelError as error:
            with self._lock:
                self._calls.drop(correlation_id)
            _fail(call.future, error)
        return call.future

    def send(self, request: Request, *, partition: int = -1) -> Future[None]:
        """Send without a reply; the future is done when the brokers have it (acks=all).

        Fills identity. Handed over again when the brokers were away for long; the future raises
        ChannelError when they refuse it.
        """
        return self._deliver(self._record(request, partition))

    def put_aside(self, record: Record, *, code: str, cause: str) -> Future[None]:
        """Put a record that cannot be handled into `dead-letters`, as `send` does. Logs it, too."""
        LOG.error("%s[%d]@%d is put aside: %s: %s", *record[:3], code, cause)
        topic = self.names.of("dead-letters")
        try:
            self._letters = self._letters or self._existing(topic)
        except (TransportError, ChannelError) as error:
            future: Future[None] = Future()
            _fail(future, ChannelError(str(error)))
        else:
            letter = dead_letter(record, code=code, cause=cause, now_ms=now_ms())
            out = dead_letter_record(letter, topic=topic, partitions=self._letters)
            future = self._deliver(out)
        future.add_done_callback(_log_failure)
        return future

    def _deliver(self, record: OutRecord) -> Future[None]:
        future: Future[None] = Future()

        def on_delivery(delivery: Delivery) -> None:
            if not delivery.error:
                _finish(future, None)
            elif delivery.is_permanent or self._stopped.is_set():
                _fail(future, ChannelError(delivery.error))
            else:
                LOG.warning("%s; sending again", delivery.error)
                produce()

        def produce() -> None:
            try:
                self.line.produce(record, on_delivery)
            except QueueFullError as error:
                _fail(future, OverloadedError(str(error)))
            except TransportError as error:
                _fail(future, ChannelError(str(error)))

        produce()
        return future

    def subscribe(self, handler: Callable[[Message], None]) -> Callable[[], None]:
        """Have `handler` called, on the channel's thread, for messages that answer no open call.

        It must be quick and must not raise. Returns the function that ends the subscription.
        """
        with self._lock:
            self._handlers = [*self._handlers, handler]

        def unsubscribe() -> None:
            with self._lock:
                self._handlers = [h for h in self._handlers if h is not handler]

        return unsubscribe

    def clock(self, partition: int) -> EngineClock | None:
        """The clock of an engine partition; None when it is not known to ± 250 ms.

        Asking makes the channel measure it, now and again later.
        """
        with self._lock:
            self._clocks_wanted.add(partition)
            return self._clocks.get(partition, monotonic_ms())

    def engine_time_ms(self, partition: int) -> int | None:
        """Now, by the clock of an engine partition; None when it is not known to ± 250 ms."""
        clock = self.clock(partition)
        return None if clock is None else monotonic_ms() + clock.offset_ms

    def _existing(self, topic: str) -> int:
        partitions = self.line.partitions(topic)
        if not partitions:
            raise ChannelError(f"topic {topic} is missing: run 'duralog topics apply'")
        return partitions

    def _record(self, request: Request, partition: int) -> OutRecord:
        if not request.identity:
            request.identity = self.identity
        data = encode(request)
        if len(data) > REQUEST_SIZE_BYTES_MAX:
            raise RequestTooLargeError(
                f"the {noun_of(request)} has {len(data)} bytes, the limit is "
                f"{REQUEST_SIZE_BYTES_MAX}: keep large values elsewhere and pass references"
            )
        if partition < 0:
            partition = partition_of(request.workflow_id, self.partitions)
        return OutRecord(self._requests, partition, request.workflow_id.encode(), data)

    def _produce(self, correlation_id: str, call: Call) -> None:
        def on_delivery(delivery: Delivery) -> None:
            if not delivery.error:
                call.delivered = f"{call.record.topic}[{delivery.partition}]@{delivery.offset}"
            elif delivery.is_permanent:
                with self._lock:
                    self._calls.drop(correlation_id)
                _fail(call.future, ChannelError(delivery.error))

        try:
            self.line.produce(call.record, on_delivery)
        except QueueFullError as error:
            raise OverloadedError(str(error)) from None
        except TransportError as error:
            raise ChannelError(str(error)) from None

    def _serve(self) -> None:
        """The sending thread: acknowledgements, repeats, deadlines, clocks."""
        while not self._stopped.is_set():
            self.line.serve(TICK_MS)
            now = monotonic_ms()
            with self._lock:
                again, expired = self._calls.due(now)
                pings = [p for p in self._clocks_wanted if self._clocks.is_due(p, now)]
                self._clocks_wanted.clear()
            for correlation_id, call in again:
                try:
                    self._produce(correlation_id, call)
                except ChannelError as error:
                    LOG.warning("cannot ask again: %s", error)
            for call in expired:
                _fail(call.future, ReplyTimeoutError(call.timeout_text()))
            for partition in pings:
                self._ping(partition)

    def _ping(self, partition: int) -> None:
        """Measure a clock, unless that is under way."""
        if partition in self._pings:
            return
        self._pings.add(partition)
        request = Ping(workflow_id=_workflow_id_in(partition, self.partitions))
        try:
            future = self.call(
                request, timeout_ms=PING_TIMEOUT_MS, partition=partition, repeat=PING
            )
        except ChannelError as error:  # Who wants the clock asks again.
            self._pings.discard(partition)
            LOG.debug("cannot ask for the engine's clock: %s", error)
            return
        future.add_done_callback(lambda _: self._pings.discard(partition))

    def _receive(self) -> None:
        """The receiving thread."""
        while not self._stopped.is_set():
            for record in self.line.receive(TICK_MS):
                if record.key == self._key:
                    self._accept(record)

    def _accept(self, record: Record) -> None:
        received_ms = monotonic_ms()
        try:
            message = decode(record.value or b"")
        except DecodeError as error:
            self.put_aside(record, code="UNDECODABLE", cause=str(error))
            return
        if isinstance(message, Reply):
            with self._lock:
                call = self._calls.get(message.correlation_id)
                if call is not None:
                    self._clocks.observe(
                        call.record.partition,
                        engine_time_ms=message.engine_time_ms,
                        sent_ms=call.sent_ms,
                        received_ms=received_ms,
                    )
                whole = self._calls.accept(message)
            if whole is not None:
                _finish(whole[0].future, whole[1])
            if call is not None:
                return
        elif not isinstance(message, ActivityCancelNotice):
            return
        for handler in self._handlers:
            handler(message)


def noun_of(request: object) -> str:
    """What a request is, for people: StartWorkflowExecution -> start."""
    return _NOUNS.get(type(request).__name__, type(request).__name__)


_NOUNS: Final = {
    "StartWorkflowExecution": "start",
    "SignalWorkflowExecution": "signal",
    "SignalWithStartWorkflowExecution": "signal with start",
    "RequestCancelWorkflowExecution": "cancel request",
    "TerminateWorkflowExecution": "termination",
    "DescribeWorkflowExecution": "question for the status",
    "GetWorkflowExecutionHistory": "question for the history",
    "ResumeWorkflowExecution": "resume request",
    "RecordActivityTaskHeartbeat": "heartbeat",
    "QueryWorkflow": "query",
    "UpdateWorkflowExecution": "update",
    "UpdateWithStartWorkflowExecution": "update",
    "PollWorkflowExecutionUpdate": "question for the update",
    "Ping": "ping",
}


def _workflow_id_in(partition: int, partitions: int) -> str:
    """Some workflow id that `partition` owns."""
    number = 0
    while partition_of(f"ping-{number}", partitions) != partition:
        number += 1
    return f"ping-{number}"


def _finish(future: Future[Any], result: object) -> None:
    if future.set_running_or_notify_cancel():
        future.set_result(result)


def _log_failure(future: Future[None]) -> None:
    """A letter that cannot be written is told: what it was about is in the line before."""
    error = None if future.cancelled() else future.exception()
    if error is not None:
        LOG.error("it cannot be written: %s", error)


def _fail(future: Future[Any], error: ChannelError) -> None:
    if not future.done() and future.set_running_or_notify_cancel():
        future.set_exception(error)
