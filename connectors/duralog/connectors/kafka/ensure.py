"""Creates topics: one by one, and missing ones of Task Queues on a side thread."""

import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.cimpl import NewTopic

from duralog.connectors.kafka.clients import (
    CALL_TIMEOUT_S,
    LOG,
    answer_of,
    error_of,
    lacking,
    lacks_right,
    open_admin,
)
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.connectors.topic_plan import TopicPlan, TopicSizes, plan_topic

Admin = Any  # An AdminClient: the futures it returns are untyped.

RETRY_S: Final = 2.0
LEADERS_S: Final = (
    0.05  # Between two looks at a topic just created; its leaders appear in milliseconds.
)


def create_topic(admin: Admin, plan: TopicPlan) -> bool:
    """Create one topic, wait for its leaders. True if it was missing. Raises KafkaException."""
    topic = NewTopic(
        plan.name,
        num_partitions=plan.partitions,
        replication_factor=plan.replication or -1,
        config=dict(plan.config),
    )
    future: Any = admin.create_topics([topic], operation_timeout=CALL_TIMEOUT_S)[plan.name]
    try:
        answer_of(future, 2 * CALL_TIMEOUT_S)
    except KafkaException as error:
        if error_of(error).code() == KafkaError.TOPIC_ALREADY_EXISTS:
            return False
        raise
    for _ in range(int(CALL_TIMEOUT_S / LEADERS_S)):
        if count_leaders(admin, plan.name):
            break
        time.sleep(LEADERS_S)  # The brokers learn of it from the controller within milliseconds.
    return True


def count_leaders(client: Admin, topic: str) -> int:
    """How many partitions `topic` has, when `client` sees leaders for all; else 0."""
    try:
        found = client.list_topics(topic, timeout=CALL_TIMEOUT_S).topics.get(topic)
    except KafkaException:
        return 0
    if found is None or found.error is not None:
        return 0
    ready = all(p.error is None and p.leader >= 0 for p in found.partitions.values())
    return len(found.partitions) if ready else 0


def too_small(topic: str, count: int, needed: int) -> str:
    """One line for a queue's topic that somebody else made; tasks of every partition go there."""
    return (
        f"topic {topic} has {count} of the {needed} partitions that it needs, as many as the "
        "engine's: its queue waits until they are added"
    )


def sizes_like(admin: Admin, anchor: str) -> TopicSizes:
    """The sizes `anchor` and its namespace were created with. Raises KafkaException, KeyError."""
    found: Any = admin.list_topics(anchor, timeout=CALL_TIMEOUT_S).topics[anchor]
    if found.error is not None:
        raise KafkaException(found.error)
    partitions = found.partitions
    return TopicSizes(partitions=len(partitions), replication=len(partitions[0].replicas))


class TopicEnsurer:
    """Wanted topics go in, ready ones come out; what cannot be created is tried again.

    leaders: how many partitions the loop's own producer sees leaders for, 0 for not all.
    """

    def __init__(self, settings: KafkaSettings, *, leaders: Callable[[str], int]) -> None:
        self._settings = settings
        self._leaders = leaders
        self._wanted: queue.SimpleQueue[tuple[str, str, str] | None] = queue.SimpleQueue()
        self._ready: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._small: set[str] = set()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="duralog-topics", daemon=True)
        self._thread.start()

    def want(self, topic: str, kind: str, anchor: str) -> None:
        """Have `topic` created like its namespace's `anchor`."""
        self._wanted.put((topic, kind, anchor))

    @property
    def has_ready(self) -> bool:
        """True when `ready` would return something."""
        return not self._ready.empty()

    def ready(self) -> list[str]:
        """Topics that became ready since the last call."""
        found: list[str] = []
        while not self._ready.empty():
            found.append(self._ready.get())
        return found

    def close(self) -> None:
        """End the thread; does not wait for a call that hangs."""
        self._stopped.set()
        self._wanted.put(None)
        self._thread.join(1.0)

    def _run(self) -> None:
        admin = open_admin(self._settings)
        pending: dict[str, tuple[str, str]] = {}
        while not self._stopped.is_set():
            try:
                wanted = self._wanted.get(timeout=RETRY_S if pending else None)
            except queue.Empty:
                pass
            else:
                if wanted is None:
                    return
                pending[wanted[0]] = wanted[1:]
            for topic, (kind, anchor) in list(pending.items()):
                if self._ensure(admin, topic, kind, anchor):
                    del pending[topic]
                    self._ready.put(topic)

    def _ensure(self, admin: Admin, topic: str, kind: str, anchor: str) -> bool:
        try:
            plan = plan_topic(kind, topic, sizes_like(admin, anchor))
            if self._leaders(topic):
                return self._is_large_enough(plan)
            created = create_topic(admin, plan)
        except (KafkaException, KeyError) as error:
            found = error_of(error) if isinstance(error, KafkaException) else None
            why = str(error)
            if found is not None and lacks_right(found):
                why = lacking(self._settings, found, name=topic, operation="Create")
            LOG.warning("cannot create topic %s: %s; trying again", topic, why)
            return False
        if created:
            LOG.info("created topic %s", topic)
        for _ in range(int(CALL_TIMEOUT_S / LEADERS_S)):
            if self._leaders(topic) or self._stopped.wait(LEADERS_S):
                return self._is_large_enough(plan)
        return False

    def _is_large_enough(self, plan: TopicPlan) -> bool:
        """Somebody else may have created it: a broker by itself, with its default of one."""
        count = self._leaders(plan.name)
        if 0 < count < plan.partitions and plan.name not in self._small:
            self._small.add(plan.name)  # Looked at every two seconds, and told once.
            LOG.error("%s", too_small(plan.name, count, plan.partitions))
        return count >= plan.partitions
