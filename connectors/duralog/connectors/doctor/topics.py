"""What is wrong with a topic: one function for each thing, in the table CHECKS."""

from collections.abc import Callable, Iterator
from typing import Final

from duralog.connectors.doctor.facts import (
    OFFSETS,
    TRANSACTIONS,
    ClusterFacts,
    Finding,
    Severity,
    TopicFacts,
    number,
    set_topic,
)
from duralog.connectors.topic_plan import (
    ACTIVITY_PARTITIONS_PER_ENGINE_PARTITION,
    COMPACTION_LAG_MS,
    DELETE_RETENTION_MS,
)
from duralog.schemas.topics import DAY_MS, HOUR_MS, TOPIC_SIZE_BYTES_MAX, TOPICS

Check = Callable[[TopicFacts, ClusterFacts], Iterator[Finding]]

INPUTS: Final = frozenset({"ingress", "requests", "transfers"})
# A lost record of these is sent again: by the sweeper, or by whoever asked.
REPEATED: Final = frozenset({"workflow-tasks", "activities", "inbox"})
KAFKAS_OWN: Final = frozenset({OFFSETS, TRANSACTIONS})
INPUT_RETENTION_MS_MIN: Final = DAY_MS  # An outage over night must not cost a request.
# A slot's state is used again when it was away for up to half of what is planned; a tombstone that
# is gone earlier would bring back what was deleted.
TOMBSTONE_MS_MIN: Final = DELETE_RETENTION_MS // 2
COMPACTION_LAG_MS_MIN: Final = 3_600_000  # More than a restart of all engines takes.
REPLICAS_SAFE: Final = 3


def examine_topics(facts: ClusterFacts) -> Iterator[Finding]:
    """Findings of all topics."""
    for topic in facts.topics:
        if not topic.partitions:
            if topic.kind not in KAFKAS_OWN:
                yield _missing(topic, facts)
            continue
        for check in CHECKS:
            yield from check(topic, facts)


def _missing(topic: TopicFacts, facts: ClusterFacts) -> Finding:
    if topic.name in facts.refused:
        return Finding(
            severity="error",
            subject=topic.name,
            setting="topic",
            found="hidden",
            wanted="there",
            why=f"the brokers do not let us see it ({facts.refused[topic.name]})",
            fix=f"grant Read and DescribeConfigs to {facts.role}: duralog acl print",
        )
    return Finding(
        severity="error",
        subject=topic.name,
        setting="topic",
        found="missing",
        wanted="there",
        why="the engine creates none of them by itself",
        fix=f"no topic {topic.name!r}; create it: duralog topics apply",
    )


def _cleanup(topic: TopicFacts, facts: ClusterFacts) -> Iterator[Finding]:
    """Deleted history is lost state; compacted requests are lost requests."""
    found = topic.config.get("cleanup.policy")
    wanted = "compact" if topic.kind in KAFKAS_OWN else TOPICS[topic.kind].cleanup
    if found is None or {p.strip() for p in found.split(",")} == {wanted}:
        return
    yield _set(
        "error",
        topic,
        facts,
        setting="cleanup.policy",
        wanted=wanted,
        why="state is the fold of all of its keys, and old ones would be deleted"
        if wanted == "compact"
        else "only the last record of each key would be kept",
    )


def _retention(topic: TopicFacts, facts: ClusterFacts) -> Iterator[Finding]:
    """An input that is deleted before an engine has read it never happened."""
    if topic.kind in KAFKAS_OWN or TOPICS[topic.kind].cleanup != "delete":
        return
    planned_ms = TOPICS[topic.kind].retention_ms
    found_ms = number(topic.config, "retention.ms")
    if found_ms is not None and 0 <= found_ms < planned_ms:
        short = topic.kind in INPUTS and found_ms < INPUT_RETENTION_MS_MIN
        yield _set(
            "error" if short else "warning",
            topic,
            facts,
            setting="retention.ms",
            wanted=str(planned_ms),
            why=f"what no engine or worker has read for {_span(found_ms)} is deleted",
        )
    size = number(topic.config, "retention.bytes")
    if size is not None and size >= 0:
        yield _set(
            "error" if topic.kind in INPUTS else "warning",
            topic,
            facts,
            setting="retention.bytes",
            wanted="-1",
            why="a burst would delete what was not read yet, whatever its age",
        )


def _tombstones(topic: TopicFacts, facts: ClusterFacts) -> Iterator[Finding]:
    yield from _of_changelogs(
        topic,
        facts,
        setting="delete.retention.ms",
        least_ms=TOMBSTONE_MS_MIN,
        planned_ms=DELETE_RETENTION_MS,
        why="a slot that comes back later misses tombstones, and takes for open what is done",
    )


def _compaction(topic: TopicFacts, facts: ClusterFacts) -> Iterator[Finding]:
    yield from _of_changelogs(
        topic,
        facts,
        setting="min.compaction.lag.ms",
        least_ms=COMPACTION_LAG_MS_MIN,
        planned_ms=COMPACTION_LAG_MS,
        why="what a torn transaction has written over is gone before it is written again",
    )


def _of_changelogs(
    topic: TopicFacts,
    facts: ClusterFacts,
    *,
    setting: str,
    least_ms: int,
    planned_ms: int,
    why: str,
) -> Iterator[Finding]:
    """A time that is shorter than planned; an error when it is under `least_ms`."""
    found_ms = number(topic.config, setting)
    if topic.kind in KAFKAS_OWN or TOPICS[topic.kind].cleanup != "compact" or found_ms is None:
        return
    if found_ms < planned_ms:
        severity: Severity = "error" if found_ms < least_ms else "warning"
        yield _set(severity, topic, facts, setting=setting, wanted=str(planned_ms), why=why)


def _timestamps(topic: TopicFacts, facts: ClusterFacts) -> Iterator[Finding]:
    """The engine's time is the broker's, in all that others write."""
    if topic.kind in KAFKAS_OWN or not TOPICS[topic.kind].log_append_time:
        return
    if topic.config.get("message.timestamp.type", "LogAppendTime") != "LogAppendTime":
        yield _set(
            "error",
            topic,
            facts,
            setting="message.timestamp.type",
            wanted="LogAppendTime",
            why="a sender's wrong clock would fire timeouts and delete records before their time",
        )


def _sizes(topic: TopicFacts, facts: ClusterFacts) -> Iterator[Finding]:
    found = number(topic.config, "max.message.bytes")
    if topic.kind in KAFKAS_OWN or found is None or found >= TOPIC_SIZE_BYTES_MAX:
        return
    yield _set(
        "warning" if topic.kind == "ingress" else "error",
        topic,
        facts,
        setting="max.message.bytes",
        wanted=str(TOPIC_SIZE_BYTES_MAX),
        why="records within Duralog's own limits would be refused",
    )


def _replication(topic: TopicFacts, facts: ClusterFacts) -> Iterator[Finding]:
    wanted = min(REPLICAS_SAFE, facts.brokers)
    if topic.replication >= wanted:  # Also of a broker that is alone, which is told once.
        return
    loses = topic.replication == 1 and topic.kind not in REPEATED
    yield Finding(
        severity="error" if loses else "warning",
        subject=topic.name,
        setting="replication factor",
        found=str(topic.replication),
        wanted=str(wanted),
        why="the loss of one disk loses its records"
        if topic.replication == 1
        else "while one broker is down, the loss of another loses its records",
        fix=f"kafka-reassign-partitions.sh --bootstrap-server {facts.servers}, with {wanted}"
        " replicas for each of its partitions",
    )


def _in_sync(topic: TopicFacts, facts: ClusterFacts) -> Iterator[Finding]:
    """With one replica there is nothing to be in sync with."""
    found = number(topic.config, "min.insync.replicas")
    if found is None:
        return
    if found > topic.replication:
        yield _set(
            "error",
            topic,
            facts,
            setting="min.insync.replicas",
            wanted=str(max(1, topic.replication - 1)),
            why=f"with {topic.replication} replicas no write is ever acknowledged",
        )
    elif found == 1 and topic.replication > 1:
        loses = topic.kind not in REPEATED and topic.kind != OFFSETS
        yield _set(
            "error" if loses else "warning",
            topic,
            facts,
            setting="min.insync.replicas",
            wanted="2",
            why="what one broker alone has acknowledged is lost with it",
        )
    elif found == topic.replication > 2:
        yield _set(
            "warning",
            topic,
            facts,
            setting="min.insync.replicas",
            wanted=str(found - 1),
            why="while any broker is down nothing can be written",
        )


def _unclean(topic: TopicFacts, facts: ClusterFacts) -> Iterator[Finding]:
    if topic.config.get("unclean.leader.election.enable", "false") == "true":
        yield _set(
            "error" if topic.replication > 1 and topic.kind not in REPEATED else "warning",
            topic,
            facts,
            setting="unclean.leader.election.enable",
            wanted="false",
            why="a replica that lags may become leader, and what it lacks is gone",
        )


def _partitions(topic: TopicFacts, facts: ClusterFacts) -> Iterator[Finding]:
    """P is for ever, and what is co-partitioned has the same one."""
    anchor = facts.topic("requests")
    spec = TOPICS.get(topic.kind)
    if anchor is None or spec is None or spec.partitions not in ("engine", "activities"):
        return
    factor = ACTIVITY_PARTITIONS_PER_ENGINE_PARTITION if spec.partitions == "activities" else 1
    wanted = anchor.partitions * factor
    if topic.partitions == wanted:
        return
    can_grow = spec.per_queue and topic.partitions < wanted
    more = f"kafka-topics.sh --bootstrap-server {facts.servers} --alter --topic {topic.name}"
    yield Finding(
        severity="warning" if spec.per_queue and topic.partitions > wanted else "error",
        subject=topic.name,
        setting="partitions",
        found=str(topic.partitions),
        wanted=str(wanted),
        why=f"{anchor.name} has {anchor.partitions}, so records would go where nobody looks",
        fix=f"{more} --partitions {wanted}"
        if can_grow
        else "create the namespace anew, all its topics at once: duralog topics apply",
    )


def _leaders(topic: TopicFacts, _facts: ClusterFacts) -> Iterator[Finding]:
    if topic.leaderless:
        yield Finding(
            severity="warning",
            subject=topic.name,
            setting="partitions without leader",
            found=str(topic.leaderless),
            wanted="0",
            why="they can be neither read nor written",
            fix="bring back the brokers that hold them; elect no unclean leader",
        )


def _set(
    severity: Severity,
    topic: TopicFacts,
    facts: ClusterFacts,
    *,
    setting: str,
    wanted: str,
    why: str,
) -> Finding:
    """A finding that one command puts right."""
    return Finding(
        severity=severity,
        subject=topic.name,
        setting=setting,
        found=topic.config[setting],
        wanted=wanted,
        why=why,
        fix=set_topic(facts, topic.name, setting, wanted),
    )


def _span(ms: int) -> str:
    return f"{ms / DAY_MS:g} days" if ms >= DAY_MS else f"{ms / HOUR_MS:.2g} hours"


CHECKS: Final[tuple[Check, ...]] = (
    _cleanup,
    _retention,
    _tombstones,
    _compaction,
    _timestamps,
    _sizes,
    _replication,
    _in_sync,
    _unclean,
    _partitions,
    _leaders,
)
