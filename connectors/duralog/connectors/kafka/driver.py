"""Performs a partition loop's effects on Apache Kafka. One thread: the one that calls `run`.

Two more threads watch from the side: a watchdog that ends the process when a transactional call
hangs (librdkafka#5456: it may ignore its timeout), and the one that creates topics.
"""

import os
import threading
import time
from collections.abc import Callable, Generator
from typing import Any, Final

from confluent_kafka import KafkaException, Producer

from duralog.connectors.broker import (
    Abort,
    AbortableError,
    Begin,
    Checkpoint,
    CloseReader,
    Commit,
    Effect,
    EnsureTopic,
    Extent,
    FatalError,
    Fence,
    Flush,
    IsLive,
    OpenReader,
    Poll,
    Polled,
    Produce,
    ReadAnchor,
    ReadExtents,
    ReadMore,
    ReadOffsets,
    ReadResult,
    Resume,
    Seek,
    Send,
    SendOffsets,
    TopicPartition,
)
from duralog.connectors.clock import now_ms
from duralog.connectors.crash import CrashPoint
from duralog.connectors.kafka.clients import LOG, open_client, plain_config
from duralog.connectors.kafka.consumer import Inputs
from duralog.connectors.kafka.ensure import TopicEnsurer
from duralog.connectors.kafka.producer import TransactionalProducer
from duralog.connectors.kafka.reader import GroupReader, Reader
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.schemas.topics import TopicNames

HANG_S: Final = 10.0  # The coordinator has aborted the transaction after six.
EXIT_HUNG: Final = 70  # EX_SOFTWARE: the supervisor restarts the slot.


class Watchdog:
    """Ends the process when a watched call takes longer than `hang_s`."""

    def __init__(self, *, hang_s: float = HANG_S) -> None:
        self._hang_s = hang_s
        self._until_s: float | None = None
        self._stopped = threading.Event()
        threading.Thread(target=self._run, name="duralog-watchdog", daemon=True).start()

    def __enter__(self) -> None:
        self._until_s = time.monotonic() + self._hang_s

    def __exit__(self, *_: object) -> None:
        self._until_s = None

    def close(self) -> None:
        """Watch no more."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(min(1.0, self._hang_s)):
            until_s = self._until_s
            if until_s is not None and time.monotonic() > until_s:
                LOG.critical("a transactional call hangs for %.0f s: exiting", self._hang_s)
                os._exit(EXIT_HUNG)


class KafkaDriver:
    """Runs one slot's loop on Kafka.

    names: of all namespaces the slot serves. slot: stable over restarts, unique among live slots:
    it makes the transactional id and the group instance id `{prefix}.engine.{slot}`.
    """

    def __init__(self, settings: KafkaSettings, *, names: list[TopicNames], slot: str) -> None:
        assert len({n.prefix for n in names}) == 1, "all namespaces of a slot have one prefix"
        self._names = names
        self._group = f"{names[0].prefix}.engine"
        self.transactional_id = f"{self._group}.{slot}"
        self._settings = settings
        self._stopping = threading.Event()
        self._is_over = False  # The loop has had its last Poll.
        self._crash = CrashPoint.of_environment()
        self._readers: dict[int, Reader] = {}
        self._handle_last = 0
        self._handlers: dict[type, Callable[[Any], object]] = {
            Poll: self._poll,
            Resume: lambda e: self._inputs.resume(e.offsets),
            Seek: lambda e: self._inputs.seek(e.offsets),
            EnsureTopic: self._ensure_topic,
            Begin: self._begin,
            Produce: lambda e: self._producer.produce(e.records),
            Flush: self._flush,
            SendOffsets: self._send_offsets,
            Commit: self._commit,
            Abort: self._abort,
            Send: self._send,
            ReadAnchor: self._read_anchor,
            ReadOffsets: self._read_offsets,
            ReadExtents: self._read_extents,
            IsLive: self._is_live,
            Fence: self._fence,
            OpenReader: self._open_reader,
            ReadMore: self._read_more,
            CloseReader: self._close_reader,
            Checkpoint: self._checkpoint,
        }

    def stop(self) -> None:
        """End the loop at its next Poll, between transactions. Any thread, or a signal handler."""
        self._stopping.set()

    def backlogs(self) -> dict[TopicPartition, int]:
        """Records that wait in each input that is being read. Only for the loop's thread."""
        return self._inputs.backlogs()

    def run(self, loop: Generator[Effect, Any, None]) -> None:
        """Perform effects until the loop ends or `stop` is called. Raises what the loop raises."""
        self._open()
        try:
            self._drive(loop)
        finally:
            loop.close()
            self._close()

    def _drive(self, loop: Generator[Effect, Any, None]) -> None:
        handlers = self._handlers
        result: object = None
        error: AbortableError | FatalError | None = None
        while True:
            try:
                effect = loop.send(result) if error is None else loop.throw(error)
            except StopIteration:
                return
            kind = type(effect)
            error, result = None, None
            if kind is Poll and self._stopping.is_set():
                if self._is_over:
                    return
                self._is_over, result = True, Polled(now_ms=now_ms(), is_last=True)
                continue
            try:
                result = handlers[kind](effect)
            except (AbortableError, FatalError) as failure:
                error = failure

    def _open(self) -> None:
        """Fence our own earlier process, then join the group."""
        self._watchdog = Watchdog()
        self._producer = TransactionalProducer(
            self._settings, transactional_id=self.transactional_id
        )
        with self._watchdog:
            self._producer.initialise()
        self._replies = open_client(
            Producer,
            plain_config(
                self._settings, client_id=f"{self.transactional_id}.replies", reliable=False
            ),
        )
        self._reader = GroupReader(self._settings, group=self._group)
        self._ensurer = TopicEnsurer(self._settings, leaders=self._producer.leaders)
        self._inputs = Inputs(
            self._settings, names=self._names, group=self._group, instance=self.transactional_id
        )
        self._inputs.subscribe()

    def _close(self) -> None:
        self._watchdog.close()
        self._ensurer.close()
        self._replies.flush(1.0)
        for reader in self._readers.values():
            reader.close()
        # Whoever is told to stop may not come back soon: what it served is handed over at once.
        # With nobody to take it, staying spares the next start the wait of an empty group (3 s).
        if self._stopping.is_set() and self._reader.has_others(self.transactional_id):
            self._inputs.leave()
        self._reader.close()
        self._inputs.close()

    def _poll(self, effect: Poll) -> Polled:
        self._replies.poll(0)
        polled = self._inputs.poll(
            wait_ms=effect.wait_ms,
            records_max=effect.records_max,
            bytes_max=effect.bytes_max,
            wake=self._is_woken,
        )
        polled.topics_ready = self._ensurer.ready()
        return polled

    def _is_woken(self) -> bool:
        return self._stopping.is_set() or self._ensurer.has_ready

    def _ensure_topic(self, effect: EnsureTopic) -> None:
        # Of `prefix.namespace.kind.queue`; a namespace and a queue may be named like a kind.
        anchors = [names.of("requests") for names in self._names]
        before = effect.topic.startswith
        anchor = next(a for a in anchors if before(f"{a.removesuffix('requests')}{effect.kind}."))
        self._ensurer.want(effect.topic, effect.kind, anchor)

    def _begin(self, _: Begin) -> int:
        with self._watchdog:
            return self._producer.begin()

    def _flush(self, _: Flush) -> None:
        with self._watchdog:
            self._producer.flush()

    def _send_offsets(self, effect: SendOffsets) -> None:
        with self._watchdog:
            self._producer.send_offsets(effect.offsets, self._inputs.group_metadata())

    def _commit(self, _: Commit) -> None:
        with self._watchdog:
            self._producer.commit()

    def _abort(self, _: Abort) -> None:
        with self._watchdog:
            self._producer.abort()

    def _send(self, effect: Send) -> None:
        produce = self._replies.produce
        for topic, partition, key, value, headers in effect.records:
            try:
                produce(topic, value, key, partition, headers=headers)  # type: ignore[arg-type]
            # Best effort: who asked asks again. A stranger may name a partition past 32 bits.
            except (KafkaException, BufferError, OverflowError) as error:
                LOG.warning("a reply could not be sent to %s[%d]: %s", topic, partition, error)
        self._replies.poll(0)

    def _read_anchor(self, effect: ReadAnchor) -> tuple[int, str]:
        return self._reader.anchor(effect.anchor)

    def _read_offsets(self, effect: ReadOffsets) -> dict[TopicPartition, int] | None:
        return self._reader.offsets(effect.partitions, wait_ms=effect.wait_ms)

    def _read_extents(self, effect: ReadExtents) -> dict[TopicPartition, Extent]:
        return self._reader.extents(effect.partitions)

    def _is_live(self, effect: IsLive) -> bool:
        return self._reader.is_live(effect.transactional_id)

    def _fence(self, effect: Fence) -> None:
        producer = self._producer  # Our own: another of this id would fence ourselves.
        if effect.transactional_id != self.transactional_id:
            producer = TransactionalProducer(
                self._settings, transactional_id=effect.transactional_id
            )
        with self._watchdog:
            if effect.settles:
                producer.settle(effect.anchor, effect.undecided, self._reader.group_metadata())
            else:
                producer.initialise()

    def _open_reader(self, effect: OpenReader) -> int:
        self._handle_last += 1
        self._readers[self._handle_last] = Reader(
            self._settings, group=self._group, offsets=effect.offsets
        )
        return self._handle_last

    def _read_more(self, effect: ReadMore) -> ReadResult:
        reader = self._readers[effect.handle]
        reader.hold(effect.held)
        return reader.read(records_max=effect.records_max, wait_ms=effect.wait_ms)

    def _close_reader(self, effect: CloseReader) -> None:
        self._readers.pop(effect.handle).close()

    def _checkpoint(self, effect: Checkpoint) -> None:
        self._crash.reached(effect.name)
