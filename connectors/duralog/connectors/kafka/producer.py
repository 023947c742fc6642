"""The slot's transactional producer: stable id, rebuilt when dirty, outcomes as three errors.

Order of a transaction: begin, produce, flush, send_offsets, commit. Flushing first makes the
offsets wait for nothing. Dirty producer rule: librdkafka has no KIP-890, so that a request delayed
on a lost connection would hit the *next* transaction. After any sign of trouble since the last
clean commit the producer is built anew (25 ms) before `begin`.
"""

import secrets
import time
from collections.abc import Callable
from typing import Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer
from confluent_kafka import TopicPartition as KafkaPartition

from duralog.connectors.broker import (
    AbortableError,
    FatalError,
    OutRecord,
    RecordError,
    RightsError,
    TopicPartition,
    settling_records,
)
from duralog.connectors.clock import now_ms
from duralog.connectors.kafka.clients import (
    LOG,
    LogHook,
    error_of,
    lacking,
    lacks_right,
    open_client,
    transactional_config,
)
from duralog.connectors.kafka.ensure import count_leaders
from duralog.connectors.kafka.settings import KafkaSettings

COMMIT_SLOW_S: Final = 1.0  # A hundred times the usual: something was sent twice.
CALL_MAX_S: Final = 8.0  # A message times out before, and the watchdog bites after.
RETRIES_MAX: Final = 5  # Of a call that librdkafka itself calls retriable.

# Of a topic, or of a partition, that is not there.
_MISSING: Final = frozenset(
    {
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._UNKNOWN_TOPIC,  # noqa: SLF001 (librdkafka's own codes begin with an underscore)
        KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001
    }
)
# Errors that one record has by itself: the same batch would fail again.
_OF_ONE_RECORD: Final = _MISSING | {
    KafkaError.MSG_SIZE_TOO_LARGE,
    KafkaError.RECORD_LIST_TOO_LARGE,
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.TOPIC_EXCEPTION,
    KafkaError.INVALID_RECORD,
    KafkaError.POLICY_VIOLATION,
}


class TransactionalProducer:
    """One transaction at a time. Not for use by several threads, except `leaders`."""

    def __init__(
        self, settings: KafkaSettings, *, transactional_id: str, own: str | None = None
    ) -> None:
        """own: how all topics begin that are ours to write; else told by a slot's id."""
        self._settings = settings
        self._config = transactional_config(settings, transactional_id=transactional_id)
        self._config["on_delivery"] = self._on_delivery
        self._own = f"{transactional_id.partition('.engine.')[0]}." if own is None else own
        # A slot's id is the group's and a number.
        self._group = transactional_id.rpartition(".")[0]
        self._hook = LogHook()
        self._failed: list[tuple[KafkaError, str]] = []  # Of the open transaction.
        self._dirty = True
        self._open = False
        self._incarnation = 0
        self._producer: Producer | None = None

    def initialise(self) -> None:
        """Open it: aborts what an earlier process of this id left open. Raises FatalError."""
        self._producer = None  # The old one first: its connections must not outlive it.
        self._hook.trouble = False
        producer = open_client(Producer, self._config, hook=self._hook)
        try:
            self._retried(lambda: producer.init_transactions(CALL_MAX_S))
        except AbortableError as error:
            raise FatalError(f"cannot initialise transactions: {error}") from error
        # Milliseconds and chance: it never repeats, also not on another machine.
        self._incarnation = max(self._incarnation + 1, (now_ms() << 20) | secrets.randbits(20))
        # What the log says of the opening itself is over: a broker that was still loading, mostly.
        self._served(lambda: producer.poll(0))
        self._producer, self._dirty = producer, False
        self._hook.trouble = False

    @property
    def incarnation(self) -> int:
        """Of the producer as it was initialised last."""
        return self._incarnation

    def begin(self) -> int:
        """Open a transaction; returns the producer's incarnation."""
        assert not self._open, "a transaction is open"
        if self._producer is not None:
            producer = self._producer
            self._served(lambda: producer.poll(0))  # Serves the log.
        if self._dirty or self._hook.trouble or self._producer is None:
            LOG.info("rebuilding the transactional producer")
            self.initialise()
        assert self._producer is not None
        self._failed.clear()
        self._retried(self._producer.begin_transaction)
        self._open = True
        return self._incarnation

    def produce(self, records: list[OutRecord]) -> None:
        """Hand over records. Raises RecordError, AbortableError."""
        produce = self._opened().produce
        for topic, partition, key, value, headers in records:
            try:
                produce(topic, value, key, partition, headers=headers)  # type: ignore[arg-type]
            except KafkaException as error:
                self._dirty = True
                raise self._translated(error_of(error), topic=topic) from None
            except BufferError:
                self._dirty = True
                raise AbortableError("the producer's queue is full") from None

    def flush(self) -> None:
        """Wait until the brokers have all records. Raises RecordError, AbortableError."""
        producer = self._opened()
        left = self._served(lambda: producer.flush(CALL_MAX_S))
        self._raise_failed()
        if left:
            self._dirty = True
            raise AbortableError(f"{left} records were not acknowledged in {CALL_MAX_S:.0f} s")

    def send_offsets(
        self, offsets: dict[TopicPartition, tuple[int, str]], group_metadata: object
    ) -> None:
        """Add input offsets to the transaction."""
        producer = self._opened()
        positions = [
            KafkaPartition(topic, partition, offset, metadata)
            for (topic, partition), (offset, metadata) in offsets.items()
        ]
        self._retried(
            lambda: producer.send_offsets_to_transaction(positions, group_metadata, CALL_MAX_S)
        )

    def commit(self) -> None:
        """Commit. AbortableError: surely not committed. FatalError: unknown, or fenced."""
        producer, began_s = self._opened(), time.monotonic()
        try:
            self._retried(lambda: producer.commit_transaction(-1))
        except AbortableError:
            self._raise_failed()
            raise
        self._open = False
        if time.monotonic() - began_s > COMMIT_SLOW_S:
            LOG.warning("a commit took %.1f s", time.monotonic() - began_s)
            self._dirty = True

    def abort(self) -> None:
        """Abort the open transaction, if there is one. Raises FatalError."""
        if not self._open:
            return
        producer = self._opened()
        self._open, self._dirty = False, True
        try:
            self._retried(lambda: producer.abort_transaction(-1))
        except AbortableError:
            LOG.warning("abort failed; the next initialisation aborts")
        self._failed.clear()

    def settle(
        self, anchor: TopicPartition, undecided: list[TopicPartition], group_metadata: object
    ) -> None:
        """End what is in doubt of this id: see `broker.Fence`."""
        if undecided:
            self.begin()
            try:
                self.produce(settling_records(undecided))
                self.flush()
                self.commit()
            except AbortableError as error:
                LOG.warning("records in doubt stay so for now: %s", error)
                self.abort()
        self.begin()
        try:
            self.send_offsets({anchor: (0, "")}, group_metadata)
        except AbortableError as error:
            LOG.warning("offsets in doubt stay so for now: %s", error)
        self.abort()

    def leaders(self, topic: str) -> int:
        """Partitions of `topic` when this producer sees leaders for all; else 0. Any thread."""
        producer = self._producer
        return 0 if producer is None else count_leaders(producer, topic)

    def _opened(self) -> Producer:
        """The producer of the open transaction."""
        assert self._open, "no transaction is open"
        assert self._producer is not None
        return self._producer

    def _retried(self, call: Callable[[], object]) -> None:
        """Make a transactional call; the retriable failures again."""
        for attempt in range(RETRIES_MAX):
            try:
                call()
            except KafkaException as error:
                self._dirty = True
                found = error_of(error)
                if not found.retriable() or found.txn_requires_abort() or found.fatal():
                    raise self._translated(found) from None
                LOG.warning("%s; try %d of %d", found.str(), attempt + 1, RETRIES_MAX)
            else:
                return
        raise FatalError(f"no outcome after {RETRIES_MAX} tries; recovery decides")

    def _translated(self, error: KafkaError, *, topic: str = "") -> AbortableError | FatalError:
        text = f"{error.name()}: {error.str()}"
        if lacks_right(error) and (not topic or topic.startswith(self._own)):
            # No run's fault: who may not write what is ours may write for nobody.
            if error.code() == KafkaError.GROUP_AUTHORIZATION_FAILED:  # Of the offsets.
                return RightsError(lacking(self._settings, error, name=self._group))
            name = topic or str(self._config["transactional.id"])
            return RightsError(lacking(self._settings, error, name=name, operation="Write"))
        if error.fatal():
            return FatalError(text)
        if topic and error.code() in _OF_ONE_RECORD:
            is_missing = error.code() in _MISSING
            return RecordError(f"{topic}: {text}", topic=topic, is_missing=is_missing)
        if topic or error.txn_requires_abort():
            return AbortableError(text)
        return FatalError(text)

    def _on_delivery(self, error: KafkaError | None, message: "Message[bytes, bytes]") -> None:
        if error is not None:
            self._failed.append((error, message.topic() or ""))

    def _served(self, call: Callable[[], int]) -> int:
        """Make a call that serves callbacks; raises FatalError.

        confluent-kafka raises a fatal error from there, and goes on with the callbacks: the first
        that calls anything turns it into a SystemError, or loses it.
        """
        try:
            return call()
        except KafkaException as error:
            self._dirty = True
            raise self._translated(error_of(error)) from None
        except SystemError as error:
            self._dirty = True
            raise FatalError(f"a fatal error of the producer: {error.__cause__ or error}") from None

    def _raise_failed(self) -> None:
        if not self._failed:
            return
        self._dirty = True
        # The record's own error explains best: its neighbours are failed along with it.
        own = [(e, t) for e, t in self._failed if e.code() in _OF_ONE_RECORD]
        error, topic = (own or self._failed)[0]
        if self._hook.refused:  # They are only told that their transaction has failed.
            error, topic = KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED), self._hook.refused
            self._hook.refused = ""
        raise self._translated(error, topic=topic or "?")
