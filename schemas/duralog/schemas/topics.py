"""Every topic: its name, key, partitions, cleanup, who writes and who reads."""

import hashlib
import re
from dataclasses import dataclass
from typing import Final, Literal

DAY_MS: Final = 24 * 60 * 60 * 1000
HOUR_MS: Final = 60 * 60 * 1000
TOPIC_SIZE_BYTES_MAX: Final = 5 * 1024 * 1024  # max.message.bytes of every topic of ours.
REQUEST_SIZE_BYTES_MAX: Final = 4 * 1024 * 1024  # Leaves room for what the engine adds to it.
WORKFLOW_TASK_PART_BYTES_MAX: Final = (
    900_000  # A part of a history on its way to a worker or client.
)

Partitions = Literal["engine", "ingress", "activities", "inbox", "dead_letters"]


@dataclass(slots=True, frozen=True, kw_only=True)
class TopicKind:
    """One kind of topic.

    partitions: `engine`: as many as engine partitions (P), co-partitioned; else by the setting of
    that name.
    cleanup: Kafka's cleanup.policy. retention_ms: for `delete`.
    per_queue: one topic for each Task Queue.
    """

    name: str
    key: str
    partitions: Partitions
    cleanup: Literal["delete", "compact"]
    retention_ms: int
    writers: str
    readers: str
    transactional: bool
    per_queue: bool = False
    log_append_time: bool = False


def _delete(
    name: str,
    key: str,
    partitions: Partitions,
    retention_ms: int,
    writers: str,
    readers: str,
    *,
    transactional: bool,
    per_queue: bool = False,
    log_append_time: bool = False,
) -> TopicKind:
    return TopicKind(
        name=name,
        key=key,
        partitions=partitions,
        cleanup="delete",
        retention_ms=retention_ms,
        writers=writers,
        readers=readers,
        transactional=transactional,
        per_queue=per_queue,
        log_append_time=log_append_time,
    )


def _compact(name: str, key: str, readers: str) -> TopicKind:
    return TopicKind(
        name=name,
        key=key,
        partitions="engine",
        cleanup="compact",
        retention_ms=-1,
        writers="engine",
        readers=readers,
        transactional=True,
    )


TOPICS: Final[dict[str, TopicKind]] = {
    t.name: t
    for t in (
        _delete(
            "ingress",
            "workflow id",
            "ingress",
            14 * DAY_MS,
            "services",
            "engine",
            transactional=True,
            log_append_time=True,
        ),
        _delete(
            "requests",
            "workflow id",
            "engine",
            14 * DAY_MS,
            "clients, workers",
            "engine",
            transactional=False,
            log_append_time=True,
        ),
        _delete(
            "transfers",
            "target workflow id",
            "engine",
            14 * DAY_MS,
            "engine",
            "engine",
            transactional=True,
            log_append_time=True,
        ),
        _compact("history", "run id / event id", "data teams, recovery"),
        _compact("pending", "run id / kind / number", "recovery, operators"),
        _compact("retries", "run id / scheduled event id", "operators, recovery"),
        _compact("timers", "run id / event id / kind", "operators, recovery"),
        _delete(
            "workflow-tasks",
            "workflow id",
            "engine",
            3 * DAY_MS,
            "engine",
            "workflow workers",
            transactional=True,
            per_queue=True,
        ),
        _delete(
            "activities",
            "none",
            "activities",
            3 * DAY_MS,
            "engine",
            "activity workers",
            transactional=True,
            per_queue=True,
        ),
        _delete(
            "inbox",
            "recipient",
            "inbox",
            HOUR_MS,
            "engine",
            "clients, workers",
            transactional=False,
        ),
        _delete(
            "dead-letters",
            "source key",
            "dead_letters",
            30 * DAY_MS,
            "all",
            "operators",
            transactional=True,
        ),
    )
}

CHANGELOGS: Final = ("history", "pending", "retries", "timers")  # State is their fold.

_PLAIN: Final = re.compile(r"[a-z0-9-]{1,80}")


def slug(name: str) -> str:
    """`name` itself when it is safe in a topic name, else a readable form of it and a hash.

    `my.queue` and `my_queue` collide in Kafka's metric names, and a broker refuses the second.
    """
    if _PLAIN.fullmatch(name):
        return name
    readable = re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-")[:40] or "x"
    return f"{readable}-{hashlib.sha256(name.encode()).hexdigest()[:10]}"


@dataclass(slots=True, frozen=True, kw_only=True)
class TopicNames:
    """Names of all topics of one namespace: `{prefix}.{namespace}.{kind}[.{queue}]`."""

    prefix: str
    namespace: str

    def of(self, kind: str, queue: str = "") -> str:
        """The topic of `kind`; `queue` for the kinds that have one per Task Queue."""
        spec = TOPICS[kind]
        assert spec.per_queue == bool(queue), f"{kind} and queue {queue!r}"
        base = f"{self.prefix}.{slug(self.namespace)}.{kind}"
        return f"{base}.{slug(queue)}" if queue else base
