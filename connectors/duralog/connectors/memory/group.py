"""A consumer group: members, who should own what, and who still does (cooperative rebalancing).

A partition moves in two steps, as with Kafka's cooperative protocol: its owner gives it up at its
next `sync`, only then does the new owner get it. A static member that comes back takes over what
its instance had.
"""

from dataclasses import dataclass, field
from typing import Final

from duralog.connectors.broker import TopicPartition

SESSION_TIMEOUT_MS: Final = 6_000


@dataclass(slots=True, kw_only=True, eq=False)
class Member:
    """One consumer in a group.

    instance: empty for a dynamic member. silent_since_ms: None while it is alive.
    """

    instance: str
    topics: frozenset[str]
    owned: set[TopicPartition] = field(default_factory=set[TopicPartition])
    silent_since_ms: int | None = None
    is_out: bool = False  # Expelled, fenced or gone.


class Group:
    """Members in the order in which they joined, and committed offsets with metadata."""

    def __init__(self) -> None:
        self.offsets: dict[TopicPartition, tuple[int, str]] = {}
        self.members: list[Member] = []
        self._wanted: dict[TopicPartition, Member] = {}

    def join(self, *, instance: str, topics: frozenset[str], all_: list[TopicPartition]) -> Member:
        """A new member; an older one of its instance is fenced. all_: all topics' partitions."""
        member = Member(instance=instance, topics=topics)
        for i, old in enumerate(self.members):
            if instance and old.instance == instance:
                old.is_out = True
                self.members[i] = member
                for tp, wanted in self._wanted.items():
                    if wanted is old:
                        self._wanted[tp] = member
                return member
        self.members.append(member)
        self.balance(all_)
        return member

    def leave(self, member: Member, all_: list[TopicPartition]) -> None:
        """A member is gone; others get what it had at their next `sync`."""
        member.is_out = True
        if member in self.members:
            self.members.remove(member)
            self.balance(all_)

    def expire(self, now_ms: int, all_: list[TopicPartition]) -> None:
        """Expel members that have been silent for longer than a session."""
        for member in list(self.members):
            since_ms = member.silent_since_ms
            if since_ms is not None and now_ms - since_ms > SESSION_TIMEOUT_MS:
                self.leave(member, all_)

    def balance(self, all_: list[TopicPartition]) -> None:
        """Decide anew who should own what: as before where that is fair, else the least loaded."""
        wanted: dict[TopicPartition, Member] = {}
        for topic in sorted({tp.topic for tp in all_}):
            partitions = sorted(tp for tp in all_ if tp.topic == topic)
            members = [m for m in self.members if topic in m.topics]
            if not members:
                continue
            fair = -(-len(partitions) // len(members))
            load = dict.fromkeys(map(id, members), 0)
            homeless: list[TopicPartition] = []
            for tp in partitions:
                old = self._wanted.get(tp)
                if old is not None and old in members and load[id(old)] < fair:
                    wanted[tp] = old
                    load[id(old)] += 1
                else:
                    homeless.append(tp)
            for tp in homeless:
                chosen = min(members, key=lambda m: load[id(m)])
                wanted[tp] = chosen
                load[id(chosen)] += 1
        self._wanted = wanted

    def revoked(self, member: Member) -> list[TopicPartition]:
        """What this member owns and should give up; all of it when it is out."""
        return sorted(
            tp for tp in member.owned if member.is_out or self._wanted.get(tp) is not member
        )

    def assignable(self, member: Member) -> list[TopicPartition]:
        """What this member should own and nobody else still owns."""
        if member.is_out:
            return []
        taken = {tp for m in self.members if m is not member for tp in m.owned}
        return sorted(
            tp
            for tp, wanted in self._wanted.items()
            if wanted is member and tp not in member.owned and tp not in taken
        )
