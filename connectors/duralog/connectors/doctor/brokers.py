"""What is wrong with a broker's own settings, and with topics that Kafka will make of them."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from duralog.connectors.doctor.facts import (
    OFFSETS,
    TRANSACTIONS,
    ClusterFacts,
    Finding,
    Severity,
    number,
)
from duralog.connectors.kafka.clients import SESSION_TIMEOUT_MS, TRANSACTION_TIMEOUT_MS
from duralog.schemas.topics import DAY_MS, TOPIC_SIZE_BYTES_MAX


class Least(NamedTuple):
    """A number that a broker's setting must reach."""

    setting: str
    least: int
    severity: Severity
    why: str


class OwnTopic(NamedTuple):
    """A setting of which Kafka makes a topic of its own, when that is first needed."""

    setting: str
    topic: str
    least: int
    severity: Severity
    why: str


LEAST: Final = (
    Least(
        "transaction.max.timeout.ms",
        TRANSACTION_TIMEOUT_MS,
        "error",
        "the engine's transactions are refused",
    ),
    Least(
        "group.max.session.timeout.ms",
        SESSION_TIMEOUT_MS,
        "error",
        "engines and workers may not join their groups",
    ),
    Least(
        "socket.request.max.bytes",
        2 * TOPIC_SIZE_BYTES_MAX,
        "error",
        "a large transaction's connection is cut",
    ),
    Least(
        "transactional.id.expiration.ms",
        DAY_MS,
        "warning",
        "a slot that rested for longer no longer fences its own past",
    ),
    Least(
        "offsets.retention.minutes",
        7 * DAY_MS // 60_000,
        "warning",
        "a cluster that rested for longer forgets which transaction of the engine was the last",
    ),
)

OWN_TOPICS: Final = (
    OwnTopic(
        "transaction.state.log.replication.factor",
        TRANSACTIONS,
        3,
        "error",
        "with one disk the outcome of every open transaction is lost",
    ),
    OwnTopic(
        "transaction.state.log.min.isr",
        TRANSACTIONS,
        2,
        "error",
        "a commit that one broker alone knows of is lost with it",
    ),
    OwnTopic(
        "offsets.topic.replication.factor",
        OFFSETS,
        3,
        "error",
        "with one disk all positions and their owners' names are lost",
    ),
)


_ALONE: Final = Finding(
    severity="warning",
    subject="cluster",
    setting="brokers",
    found="1",
    wanted="3",
    why="the loss of one disk loses everything; one broker is for development",
    fix="add brokers, and replicas of all topics on them",
)


def examine_brokers(facts: ClusterFacts) -> Iterator[Finding]:
    """Findings of the brokers; what is the same on all of them is told once."""
    hidden = {topic.name for topic in facts.topics if not topic.partitions}
    for what, why in facts.refused.items():
        if what not in hidden:
            yield _unread(what, why, facts)
    if facts.brokers == 1:
        yield _ALONE
    told = set[tuple[str, str]]()
    for broker, settings in facts.settings.items():
        for finding in _of_broker(f"broker {broker}", settings, facts):
            if (finding.setting, finding.found) not in told:
                told.add((finding.setting, finding.found))
                yield finding


def _of_broker(name: str, settings: Mapping[str, str], facts: ClusterFacts) -> Iterator[Finding]:
    for rule in LEAST:
        found = number(settings, rule.setting)
        if found is not None and 0 <= found < rule.least:
            yield _least(rule.severity, name, rule.setting, found, rule.least, rule.why)
    shortest = number(settings, "group.min.session.timeout.ms")
    if shortest is not None and shortest > SESSION_TIMEOUT_MS:
        yield Finding(
            severity="error",
            subject=name,
            setting="group.min.session.timeout.ms",
            found=str(shortest),
            wanted=f"at most {SESSION_TIMEOUT_MS}",
            why="engines and workers may not join their groups",
            fix=_everywhere("group.min.session.timeout.ms", str(SESSION_TIMEOUT_MS)),
        )
    for own in OWN_TOPICS:
        found = number(settings, own.setting)
        # Of a topic that is there, its own settings count; a broker alone has nothing to copy to.
        if found is None or facts.brokers == 1 or facts.topic(own.topic) is not None:
            continue
        least = min(own.least, facts.brokers)
        if found < least:
            severity = own.severity if found == 1 else "warning"
            yield _least(severity, name, own.setting, found, least, own.why)
    yield from _creation(name, settings)


def _creation(name: str, settings: Mapping[str, str]) -> Iterator[Finding]:
    if settings.get("auto.create.topics.enable", "false") == "true":
        yield Finding(
            severity="warning",
            subject=name,
            setting="auto.create.topics.enable",
            found="true",
            wanted="false",
            why="a sender's or reader's misspelt topic is made as it is written, with settings that"
            " lose records, and nobody learns of it",
            fix=_everywhere("auto.create.topics.enable", "false"),
        )


def _least(
    severity: Severity, name: str, setting: str, found: int, least: int, why: str
) -> Finding:
    return Finding(
        severity=severity,
        subject=name,
        setting=setting,
        found=str(found),
        wanted=f"at least {least}",
        why=why,
        fix=_everywhere(setting, str(least)),
    )


def _everywhere(setting: str, value: str) -> str:
    return f"set {setting}={value} in every broker's server.properties and restart it"


def _unread(what: str, why: str, facts: ClusterFacts) -> Finding:
    return Finding(
        severity="warning",
        subject=what,
        setting="settings",
        found="unknown",
        wanted="readable",
        why=f"the brokers do not tell them ({why}), so nothing is known of what they would lose",
        fix=f"grant DescribeConfigs to {facts.role}: duralog acl print",
    )
