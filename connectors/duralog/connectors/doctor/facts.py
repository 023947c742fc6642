"""What the doctor is told, and what it says: plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Severity = Literal["error", "warning"]

# Kafka's own topics, without which there are neither transactions nor positions.
OFFSETS: Final = "__consumer_offsets"
TRANSACTIONS: Final = "__transaction_state"


@dataclass(slots=True, frozen=True, kw_only=True)
class TopicFacts:
    """A topic as it is described.

    kind: of TOPICS, or the name of one of Kafka's own. partitions: 0 when it is missing.
    replication: the fewest replicas that a partition has. leaderless: partitions without leader.
    config: effective settings, by Kafka's names; empty when they were not told.
    """

    name: str
    kind: str
    partitions: int
    replication: int = 1
    leaderless: int = 0
    config: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True, frozen=True, kw_only=True)
class ClusterFacts:
    """A cluster and the topics of one namespace.

    brokers: how many there are. settings: of each broker, by its id; empty when they were not told.
    refused: what the brokers did not let us read, and why. role: who asks, of `duralog acl print`.
    """

    servers: str
    role: str
    brokers: int
    topics: tuple[TopicFacts, ...]
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, dict[str, str]])
    refused: Mapping[str, str] = field(default_factory=dict[str, str])

    def topic(self, kind: str) -> TopicFacts | None:
        """The first topic of `kind` that is there."""
        return next((t for t in self.topics if t.kind == kind and t.partitions), None)


@dataclass(slots=True, frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong.

    subject: the topic, broker or partition. setting: by Kafka's name, or in a word. found, wanted:
    its values. why: what would be lost. fix: a command, or what to do.
    """

    severity: Severity
    subject: str
    setting: str
    found: str
    wanted: str
    why: str
    fix: str

    @property
    def is_error(self) -> bool:
        """An engine must not start."""
        return self.severity == "error"

    def __str__(self) -> str:
        return (
            f"{self.subject}: {self.setting} is {self.found}, not {self.wanted}: {self.why};"
            f" {self.fix}"
        )


def set_topic(facts: ClusterFacts, topic: str, setting: str, value: str) -> str:
    """The command that sets one setting of a topic."""
    return (
        f"kafka-configs.sh --bootstrap-server {facts.servers} --alter --topic {topic}"
        f" --add-config {setting}={value}"
    )


def number(config: Mapping[str, str], setting: str) -> int | None:
    """The value of a setting as a number; None when it was not told."""
    value = config.get(setting)
    try:
        return None if value is None else int(value)
    except ValueError:
        return None
