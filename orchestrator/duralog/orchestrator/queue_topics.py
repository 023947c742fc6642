"""The topics of Task Queues: which are known to be there, and which somebody waits for."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from typing import Any

from duralog.connectors.broker import Effect, EnsureTopic
from duralog.orchestrator.doubt import Logger
from duralog.orchestrator.partitions import Unit
from duralog.state.limits import TASK_QUEUE_TOPICS_MAX

Named = tuple[str, str, str]  # Namespace, kind and queue.


@dataclass(slots=True, kw_only=True)
class QueueTopics:
    """Of a slot. known: kind and queue by namespace. ready: goes to who has waited for them."""

    known: dict[str, set[tuple[str, str]]]
    ready: list[Named]
    log: Logger
    _wanted: dict[str, Named] = field(default_factory=dict[str, Named])  # By topic.

    def want(self, unit: Unit, queues: Iterable[tuple[str, str]]) -> Generator[Effect, Any, None]:
        """Ask for those that are not known."""
        for kind, queue in sorted(queues):
            topic, named = unit.names.of(kind, queue), (unit.namespace, kind, queue)
            if (kind, queue) in self.known[unit.namespace]:
                self.ready.append(named)
            elif topic not in self._wanted and self._has_room(unit.namespace, topic):
                self._wanted[topic] = named
                yield EnsureTopic(topic, kind)

    def is_there(self, topic: str) -> None:
        """Its name was asked for, and now it is there."""
        if named := self._wanted.pop(topic, None):
            namespace, kind, queue = named
            self.known[namespace].add((kind, queue))
            self.ready.append(named)

    def is_gone(self, unit: Unit, kind: str, queue: str, topic: str) -> bool:
        """True when `topic` is that of a queue that was known, and from now on is not.

        What needs it will wait for it, and ask for it.
        """
        known = self.known[unit.namespace]
        if (kind, queue) not in known or unit.names.of(kind, queue) != topic:
            return False
        known.discard((kind, queue))
        return True

    def _has_room(self, namespace: str, topic: str) -> bool:
        """True while the namespace may have one more: names are anybody's."""
        wanted = sum(1 for name, _, _ in self._wanted.values() if name == namespace)
        if len(self.known[namespace]) + wanted < TASK_QUEUE_TOPICS_MAX:
            return True
        self.log.warning("too many task queues", topic=topic, limit=TASK_QUEUE_TOPICS_MAX)
        return False
