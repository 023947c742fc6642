"""What recovery reads: group offsets, extents, changelogs to their end, who is alive."""

import time
from typing import Any, Final

from confluent_kafka import Consumer, IsolationLevel, KafkaError, KafkaException
from confluent_kafka import TopicPartition as KafkaPartition
from confluent_kafka.admin._listoffsets import OffsetSpec

from duralog.connectors.broker import Extent, FatalError, ReadResult, TopicPartition
from duralog.connectors.kafka.clients import (
    CALL_TIMEOUT_S,
    answer_of,
    close_client,
    consumer_config,
    error_of,
    lacking,
    open_admin,
    open_client,
    unreachable,
)
from duralog.connectors.kafka.consumer import bare, placed, to_record
from duralog.connectors.kafka.settings import KafkaSettings

_SPECS: Final[Any] = OffsetSpec  # Untyped there.
EOF: Final[int] = KafkaError._PARTITION_EOF  # noqa: SLF001 (librdkafka's own codes begin with an underscore)
_AGAIN_S: Final = 0.1
LISTED_S: Final = 3.0  # For one try: a leader that has died does not answer, another one will.
OTHERS_S: Final = 2.0  # Asked on the way out, which must not take long.
# What a broker answers that has just come back, or that knows of a new leader before we do; and
# what comes of asking one that is gone.
_LEADER_MOVES: Final = frozenset(
    {
        KafkaError.FENCED_LEADER_EPOCH,
        KafkaError.UNKNOWN_LEADER_EPOCH,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.OFFSET_NOT_AVAILABLE,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._TIMED_OUT,  # noqa: SLF001
        KafkaError._NOENT,  # noqa: SLF001 (none of the partitions has a leader now)
    }
)

_COORDINATOR_MOVES: Final = frozenset(
    {
        KafkaError.NOT_COORDINATOR,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    }
)


def offset_in(answer: Any) -> int:  # noqa: ANN401 (untyped there)
    """The offset that was listed. Raises KafkaException when there is none.

    librdkafka tells -1001 and no error of what a leader has not answered: a log that ends there
    would be a lost one.
    """
    offset: int = answer.offset
    if offset < 0:
        raise KafkaException(KafkaError(KafkaError._NOENT))  # noqa: SLF001
    return offset


class Reader:
    """A read_committed reader over changelog partitions, from given offsets to their end."""

    def __init__(
        self, settings: KafkaSettings, *, group: str, offsets: dict[TopicPartition, int]
    ) -> None:
        config = consumer_config(
            settings,
            group=f"{group}.reader",
            read_committed=True,
            owned={"enable.partition.eof": True},
        )
        self._settings = settings
        self._consumer = open_client(Consumer, config)
        self._positions = dict(offsets)
        self._finished: set[TopicPartition] = set()
        self._held: frozenset[TopicPartition] = frozenset()
        self._consumer.assign(placed(offsets))

    def hold(self, partitions: frozenset[TopicPartition]) -> None:
        """Read nothing of these for now, and of all others."""
        if partitions == self._held:
            return
        self._consumer.pause(bare(partitions - self._held))
        self._consumer.resume(bare(self._held - partitions))
        self._held = partitions

    def read(self, *, records_max: int, wait_ms: int) -> ReadResult:
        """What is there, after waiting for a first record. `finished` grows."""
        records: list[Any] = []
        first = self._consumer.poll(wait_ms / 1000)
        messages = [] if first is None else [first]
        if first is not None and records_max > 1:
            messages += self._consumer.consume(records_max - 1, 0)
        for m in messages:
            error = m.error()
            if error is None:
                record = to_record(m)
                tp = TopicPartition(record.topic, record.partition)
                if record.offset < self._positions[tp]:
                    continue  # Fetched anew after a pause.
                self._positions[tp] = record.offset + 1
                records.append(record)
            elif error.code() == EOF:
                tp = TopicPartition(m.topic() or "", m.partition() or 0)
                self._finished.add(tp)
                # Behind control records and aborted ones, which are never delivered.
                self._positions[tp] = max(self._positions[tp], m.offset() or 0)
            elif error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
                raise FatalError(lacking(self._settings, error, name=m.topic() or ""))
            elif error.fatal() or error.code() == KafkaError._AUTO_OFFSET_RESET:  # noqa: SLF001
                raise FatalError(f"cannot read {m.topic()}[{m.partition()}]: {error.str()}")
        return ReadResult(
            records=records, finished=set(self._finished), positions=dict(self._positions)
        )

    def close(self) -> None:
        """Give the connections back."""
        close_client(self._consumer.close)


class GroupReader:
    """Questions about our group and our topics."""

    def __init__(self, settings: KafkaSettings, *, group: str) -> None:
        self._settings = settings
        self._group = group
        self._admin: Any = open_admin(settings)
        self._handles = {
            committed: open_client(
                Consumer,
                consumer_config(settings, group=group, read_committed=committed, owned={}),
            )
            for committed in (False, True)
        }

    def anchor(self, tp: TopicPartition) -> tuple[int, str]:
        """Group offset, -1 for none, and metadata; never waits for a dead owner."""
        (found,) = self._committed([tp], CALL_TIMEOUT_S, in_doubt=True)
        return (found.offset, found.metadata or "") if found.offset >= 0 else (-1, "")

    def offsets(
        self, partitions: list[TopicPartition], *, wait_ms: int
    ) -> dict[TopicPartition, int] | None:
        """Group offsets, -1 for none; None while a transaction leaves one in doubt."""
        try:
            found = self._committed(partitions, max(wait_ms, 10) / 1000, in_doubt=False)
        except TimeoutError:
            return None
        return {TopicPartition(p.topic, p.partition): max(-1, p.offset) for p in found}

    def group_metadata(self) -> object:
        """Of the group, by a consumer that is no member: offsets that are to be aborted."""
        return self._handles[True].consumer_group_metadata()

    def extents(self, partitions: list[TopicPartition]) -> dict[TopicPartition, Extent]:
        """First kept, last stable and end offset of each."""
        earliest, latest = _SPECS.earliest(), _SPECS.latest()
        low = self._listed(partitions, earliest, IsolationLevel.READ_UNCOMMITTED)
        # The end last: it is never below what is stable.
        stable = self._listed(partitions, latest, IsolationLevel.READ_COMMITTED)
        end = self._listed(partitions, latest, IsolationLevel.READ_UNCOMMITTED)
        return {tp: Extent(low=low[tp], stable=stable[tp], end=end[tp]) for tp in partitions}

    def is_live(self, transactional_id: str) -> bool:
        """True if a member of the group has this id as its instance id or client id."""
        try:
            future: Any = self._admin.describe_consumer_groups(
                [self._group], request_timeout=CALL_TIMEOUT_S
            )[self._group]
            members: Any = answer_of(future).members
        except KafkaException as error:
            if error_of(error).code() == KafkaError.GROUP_ID_NOT_FOUND:
                return False
            text = unreachable(self._settings, error_of(error), name=self._group)
            raise FatalError(text) from None
        return any(transactional_id in (m.group_instance_id, m.client_id) for m in members)

    def has_others(self, instance: str) -> bool:
        """True if the group has another member than `instance`, as far as it can be told soon."""
        try:
            future: Any = self._admin.describe_consumer_groups(
                [self._group], request_timeout=OTHERS_S
            )[self._group]
            members: Any = future.result(OTHERS_S).members
        except (KafkaException, TimeoutError):  # A broker that is gone answers nothing in time.
            return False
        return any(m.group_instance_id != instance for m in members)

    def close(self) -> None:
        """Give the connections back."""
        for handle in self._handles.values():
            close_client(handle.close)

    def _committed(
        self, partitions: list[TopicPartition], timeout_s: float, *, in_doubt: bool
    ) -> list[KafkaPartition]:
        """The group's offsets; in_doubt: also those that an open transaction may yet change.

        Asked again while the group's coordinator moves, or has just begun. Raises TimeoutError.
        """
        until_s = time.monotonic() + CALL_TIMEOUT_S
        while True:
            try:
                return self._handles[not in_doubt].committed(bare(partitions), timeout_s)
            except KafkaException as error:
                found = error_of(error)
                if found.code() == KafkaError._TIMED_OUT and not in_doubt:  # noqa: SLF001
                    raise TimeoutError from None
                if found.code() not in _COORDINATOR_MOVES or time.monotonic() > until_s:
                    of_group = found.code() == KafkaError.GROUP_AUTHORIZATION_FAILED
                    name = self._group if of_group else partitions[0].topic
                    raise FatalError(unreachable(self._settings, found, name=name)) from None
                time.sleep(_AGAIN_S)

    def _listed(
        self, partitions: list[TopicPartition], spec: object, isolation: IsolationLevel
    ) -> dict[TopicPartition, int]:
        """Offsets of all; while a broker goes or comes back, the leaders are asked again.

        By a new client: the old one would name the leader's old epoch for ever, and wait for one
        that is gone.
        """
        until_s = time.monotonic() + CALL_TIMEOUT_S
        while True:
            try:
                return self._listed_once(partitions, spec, isolation)
            except KafkaException as error:
                found = error_of(error)
                if found.code() not in _LEADER_MOVES or time.monotonic() > until_s:
                    name = partitions[0].topic
                    raise FatalError(unreachable(self._settings, found, name=name)) from None
                time.sleep(_AGAIN_S)
                self._admin = open_admin(self._settings)

    def _listed_once(
        self, partitions: list[TopicPartition], spec: object, isolation: IsolationLevel
    ) -> dict[TopicPartition, int]:
        futures: dict[KafkaPartition, Any] = self._admin.list_offsets(
            dict.fromkeys(bare(partitions), spec),
            isolation_level=isolation,
            request_timeout=LISTED_S,
        )
        return {
            TopicPartition(p.topic, p.partition): offset_in(answer_of(future, LISTED_S))
            for p, future in futures.items()
        }
