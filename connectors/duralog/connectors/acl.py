"""Which rights each role needs in Kafka, and no more: ACLs, nearly all prefixed. Pure.

Kafka lets who may read or write a topic describe it, too, so Describe stands only where it is all.
"""

import json
import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Final, Literal

from duralog.schemas.topics import TOPICS, TopicNames

Resource = Literal["topic", "group", "transactional-id", "cluster"]
Pattern = Literal["literal", "prefixed"]


@dataclass(slots=True, frozen=True, kw_only=True)
class Acl:
    """One right of one role. why: what stops without it."""

    role: str
    resource: Resource
    name: str
    pattern: Pattern
    operation: str
    why: str


def acls(names: TopicNames, role: str) -> list[Acl]:
    """The rights of a role (of ROLES) in one namespace, each once."""
    return list(dict.fromkeys(ROLES[role](names)))


def _engine(names: TopicNames) -> Iterator[Acl]:
    mine = _Role("engine", names)
    yield mine.topics("Read", "reads inputs and changelogs")
    yield mine.topics("Write", "writes changelogs, tasks and replies")
    yield mine.topics("Create", "creates topics of Task Queues that nobody serves yet")
    yield mine.topics("DescribeConfigs", "refuses settings that lose data")
    yield mine.group(f"{names.prefix}.engine", "shares partitions with other slots")
    yield mine.transactions(f"{names.prefix}.engine.")
    yield mine.cluster("DescribeConfigs", "looks at the brokers' settings")


def _client(names: TopicNames) -> Iterator[Acl]:
    mine = _Role("client", names)
    yield mine.topic("requests", "Write", "sends requests")
    yield mine.topic("inbox", "Read", "gets replies")
    yield mine.topic("history", "Read", "lists and counts runs")


def _worker(names: TopicNames) -> Iterator[Acl]:
    mine = _Role("worker", names)
    yield mine.topic("requests", "Write", "answers tasks")
    yield mine.topic("inbox", "Read", "gets replies to its claims")
    yield mine.topic("dead-letters", "Write", "puts tasks aside that it cannot read")
    for spec in TOPICS.values():
        if spec.per_queue:
            yield mine.queues(spec.name, "Read", "takes tasks")
            yield mine.queues(spec.name, "Create", "creates the topic of a new Task Queue")
    base = names.of("requests").removesuffix("requests")
    yield mine.group(f"{base}workers.", "shares a Task Queue with other workers")


def _publisher(names: TopicNames) -> Iterator[Acl]:
    yield _Role("publisher", names).topic("ingress", "Write", "starts and signals workflows")


def _data_team(names: TopicNames) -> Iterator[Acl]:
    mine = _Role("data-team", names)
    yield mine.topic("history", "Read", "reads what happened")
    yield mine.group(f"{names.prefix}.data.", "remembers where it was; name your groups so")


def _operator(names: TopicNames) -> Iterator[Acl]:
    mine = _Role("operator", names)
    yield mine.topics("Create", "duralog topics apply")
    yield mine.topics("Read", "reads dead letters and looks for open transactions")
    yield mine.topic("requests", "Write", "ends and repairs workflows")
    for kind in ("dead-letters", "ingress", "transfers"):
        yield mine.topic(kind, "Write", "decides about dead letters, and replays them")
    for spec in TOPICS.values():
        if spec.per_queue:
            yield mine.queues(spec.name, "Write", "replays tasks among dead letters")
    yield mine.transactions(names.of("dead-letters"), "literal")
    # Who may alter settings may read them.
    yield mine.topics("AlterConfigs", "duralog doctor, and what it finds put right")
    yield mine.group(f"{names.prefix}.engine", "sees backlogs and partitions without engine")
    yield mine.cluster("DescribeConfigs", "looks at the brokers' settings")


ROLES: Final[dict[str, Callable[[TopicNames], Iterator[Acl]]]] = {
    "engine": _engine,
    "worker": _worker,
    "client": _client,
    "publisher": _publisher,
    "data-team": _data_team,
    "operator": _operator,
}


@dataclass(slots=True, frozen=True)
class _Role:
    """Makes the ACLs of one role in one namespace."""

    name: str
    names: TopicNames

    def topics(self, operation: str, why: str) -> Acl:
        """On all topics of the namespace."""
        base = self.names.of("requests").removesuffix("requests")
        return self._acl("topic", base, "prefixed", operation, why)

    def topic(self, kind: str, operation: str, why: str) -> Acl:
        """On one topic."""
        return self._acl("topic", self.names.of(kind), "literal", operation, why)

    def queues(self, kind: str, operation: str, why: str) -> Acl:
        """On the topics of all Task Queues."""
        base = self.names.of("requests").removesuffix("requests")
        return self._acl("topic", f"{base}{kind}.", "prefixed", operation, why)

    def group(self, prefix: str, why: str) -> Acl:
        """On consumer groups."""
        return self._acl("group", prefix, "prefixed", "Read", why)

    def transactions(self, name: str, pattern: Pattern = "prefixed") -> Acl:
        """On transactional ids."""
        return self._acl("transactional-id", name, pattern, "Write", "commits transactions")

    def cluster(self, operation: str, why: str) -> Acl:
        """On the cluster."""
        return self._acl("cluster", "kafka-cluster", "literal", operation, why)

    def _acl(
        self, resource: Resource, name: str, pattern: Pattern, operation: str, why: str
    ) -> Acl:
        return Acl(
            role=self.name,
            resource=resource,
            name=name,
            pattern=pattern,
            operation=operation,
            why=why,
        )


def as_command(acl: Acl, *, servers: str, principal: str) -> str:
    """The command of Kafka's own tool that grants it."""
    where = ["--cluster"] if acl.resource == "cluster" else [f"--{acl.resource}", acl.name]
    pattern = ["--resource-pattern-type", "prefixed"] if acl.pattern == "prefixed" else []
    words = ["kafka-acls.sh", "--bootstrap-server", servers, "--add"]
    words += ["--allow-principal", principal, "--operation", acl.operation, *where, *pattern]
    return shlex.join(words)


def as_lines(found: Iterable[Acl], *, servers: str, principal: str) -> Iterator[str]:
    """A command for each, with a comment that says what it is for."""
    for acl in found:
        yield f"# {acl.role}: {acl.why}"
        yield as_command(acl, servers=servers, principal=principal)


def as_json(acl: Acl, *, principal: str) -> str:
    """One object a line."""
    return json.dumps({"principal": principal, **asdict(acl)})
