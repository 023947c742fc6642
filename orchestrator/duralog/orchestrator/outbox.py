"""What one transaction of one engine partition will write, in order."""

from dataclasses import dataclass, field

from duralog.schemas.changelog import Source


@dataclass(slots=True)
class Change:
    """One record of a changelog topic (`kind`), at this engine partition; None: a tombstone."""

    kind: str
    key: bytes
    value: bytes | None
    source: Source


@dataclass(slots=True)
class Message:
    """One transactional record that is no state: a task. `queue` for kinds per queue."""

    kind: str
    queue: str
    partition: int
    key: bytes | None
    value: bytes


@dataclass(slots=True)
class Answer:
    """One record of the inbox, sent after the commit: a Reply or an ActivityCancelNotice."""

    partition: int
    key: bytes
    value: bytes


@dataclass(slots=True)
class Outbox:
    """Outputs of one transaction of one engine partition.

    ensure_topics: (kind, queue) of topics that tasks wait for; ask for them, and process QueueReady
    when they are there. activity_partitions: which partition of a queue's activities topic this
    transaction writes to, and how many tasks it got: few partitions make a transaction cheap.
    """

    changelog: list[Change] = field(default_factory=list[Change])
    messages: list[Message] = field(default_factory=list[Message])
    replies: list[Answer] = field(default_factory=list[Answer])
    ensure_topics: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    activity_partitions: dict[str, tuple[int, int]] = field(
        default_factory=dict[str, tuple[int, int]]
    )

    def task(self, kind: str, queue: str, partition: int, key: bytes | None, value: bytes) -> None:
        """Append a task."""
        self.messages.append(Message(kind, queue, partition, key, value))

    def mark(self) -> tuple[int, int, int]:
        """The place to `cut` back to."""
        return len(self.changelog), len(self.messages), len(self.replies)

    def cut(self, mark: tuple[int, int, int]) -> None:
        """Drop everything that came after `mark`."""
        del self.changelog[mark[0] :]
        del self.messages[mark[1] :]
        del self.replies[mark[2] :]
