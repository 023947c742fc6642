"""Custody on a real Kafka: what runs unasked, what is claimed, committed, revoked."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from confluent_kafka import Consumer
from confluent_kafka import TopicPartition as KafkaPartition

from duralog.connectors.channel import Channel
from duralog.connectors.clock import monotonic_ms
from duralog.connectors.embedded import EmbeddedKafka
from duralog.connectors.kafka.clients import consumer_config, open_client
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.connectors.task_source import TaskHandle, TaskSource
from duralog.schemas.replies import Reply
from duralog.schemas.requests import (
    Ping,
    RecordActivityTaskHeartbeat,
    RecordActivityTaskStarted,
    RecordWorkflowTaskStarted,
    ReleaseActivityTask,
    RespondActivityTaskCompleted,
)
from duralog.schemas.tasks import ActivityTask, WorkflowTask
from duralog.schemas.topics import TopicNames
from integration.toy_engine import PARTITIONS, ToyEngine, create_topics

WAIT_S = 30
Activity = TaskHandle[ActivityTask]
Activities = TaskSource[ActivityTask]


class Answers:
    """Accepts claims, or refuses them."""

    def __init__(self) -> None:
        self.code = "OK"
        self.body: list[bytes] = []

    def __call__(self, request: Any) -> list[Reply]:
        code = "OK" if isinstance(request, Ping) else self.code
        return [Reply(recipient="", correlation_id="", code=code, body=self.body)]


@pytest.fixture
def settings(kafka: EmbeddedKafka) -> KafkaSettings:
    return KafkaSettings({"bootstrap.servers": kafka.bootstrap_servers})


@pytest.fixture
def names(settings: KafkaSettings, topic_prefix: str) -> TopicNames:
    names = TopicNames(prefix=topic_prefix, namespace="default")
    create_topics(settings, names)
    return names


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def engine(settings: KafkaSettings, names: TopicNames, answers: Answers) -> Iterator[ToyEngine]:
    with ToyEngine(settings, names, answers) as engine:
        yield engine


@pytest.fixture
def channel(settings: KafkaSettings, names: TopicNames, engine: ToyEngine) -> Iterator[Channel]:
    channel = Channel(settings, names=names, identity="worker")
    channel.start()
    for partition in range(PARTITIONS):  # So that its clock is known.
        channel.call(Ping(workflow_id="w"), timeout_ms=30_000, partition=partition).result()
        assert isinstance(engine.seen.get(timeout=WAIT_S), Ping)
    yield channel
    channel.close()


class Worker:
    """An activity source whose handles a test takes one by one."""

    def __init__(self, channel: Channel, engine: ToyEngine, tasks_max: int) -> None:
        self.handles: SimpleQueue[Activity] = SimpleQueue()
        self.source: Activities = TaskSource(
            channel, ActivityTask, task_queue="q", tasks_max=tasks_max, deliver=self.handles.put
        )
        self.source.start()
        self._engine = engine
        self._topic = engine.names.of("activities", "q")

    def give(self, partition: int = 0, **changes: Any) -> None:
        """Have the engine dispatch a task."""
        self._engine.dispatch(self._topic, partition, lambda now: activity(now, **changes))

    def next(self) -> Activity:
        return self.handles.get(timeout=WAIT_S)

    def warm(self, partition: int = 0) -> None:
        """Return when the group has settled and a new task would be fresh."""
        self.give(partition)
        finish(self.next())
        seen(self._engine, RespondActivityTaskCompleted)


@contextmanager
def working(channel: Channel, engine: ToyEngine, tasks_max: int = 10) -> Generator[Worker]:
    worker = Worker(channel, engine, tasks_max)
    try:
        yield worker
    finally:
        worker.source.close()


def activity(now_ms: int, **changes: Any) -> ActivityTask:
    values: dict[str, Any] = {
        "workflow_id": "w",
        "run_id": "r",
        "workflow_type": "t",
        "task_queue": "q",
        "partition": 0,
        "activity_id": "1",
        "activity_type": "a",
        "scheduled_event_id": 5,
        "attempt": 1,
        "dispatch_time_ms": now_ms,
    }
    return ActivityTask(**(values | changes))


def completed(handle: Activity) -> RespondActivityTaskCompleted:
    task = handle.task
    return RespondActivityTaskCompleted(
        workflow_id=task.workflow_id,
        run_id=task.run_id,
        scheduled_event_id=task.scheduled_event_id,
        attempt=task.attempt,
        dispatch_time_ms=task.dispatch_time_ms,
    )


def finish(handle: Activity) -> None:
    assert handle.begin().result(WAIT_S) is not None
    handle.answer(completed(handle)).result(WAIT_S)


def seen(engine: ToyEngine, kind: type[Any]) -> Any:
    """The next request of that kind; others are skipped."""
    while True:
        request = engine.seen.get(timeout=WAIT_S)
        if isinstance(request, kind):
            return request


def committed(settings: KafkaSettings, names: TopicNames, partition: int = 0) -> int:
    """The worker group's next offset."""
    group = f"{names.prefix}.default.workers.activities.q"
    reader = open_client(
        Consumer, consumer_config(settings, group=group, read_committed=True, owned={})
    )
    try:
        (found,) = reader.committed([KafkaPartition(names.of("activities", "q"), partition)], 10)
        return found.offset
    finally:
        reader.close()


def until(condition: Callable[[], bool]) -> None:
    deadline_ms = monotonic_ms() + WAIT_S * 1000
    while not condition():
        assert monotonic_ms() < deadline_ms, "it did not happen in time"


def test_a_fresh_task_runs_unasked_and_a_quick_one_reports_no_start(
    channel: Channel, engine: ToyEngine
) -> None:
    with working(channel, engine) as worker:
        worker.warm()
        worker.give()
        handle = worker.next()
        start = handle.begin().result(WAIT_S)
        assert start is not None
        assert not start.claimed
        handle.answer(completed(handle)).result(WAIT_S)
        request = engine.seen.get(timeout=WAIT_S)
        assert isinstance(request, RespondActivityTaskCompleted)
        assert request.delivery_id == handle.delivery_id
        assert request.started_time_ms == start.started_time_ms >= handle.task.dispatch_time_ms
        assert worker.source.open_handles == 0


def test_a_fresh_task_that_runs_on_reports_its_start_and_is_committed(
    channel: Channel, engine: ToyEngine, settings: KafkaSettings
) -> None:
    with working(channel, engine) as worker:
        worker.warm()
        worker.give()
        handle = worker.next()
        assert handle.begin().result(WAIT_S) is not None
        report = seen(engine, RecordActivityTaskStarted)
        assert not report.claim
        assert report.recipient == channel.recipient
        until(lambda: committed(settings, channel.names) >= 3)
        assert worker.source.open_handles == 1


@pytest.mark.parametrize("changes", [{"copy": 1}, {"claim_first": True}, {"dispatch_time_ms": 1}])
def test_other_tasks_are_claimed(
    channel: Channel, engine: ToyEngine, changes: dict[str, Any]
) -> None:
    with working(channel, engine) as worker:
        worker.warm()
        worker.give(**changes)
        handle = worker.next()
        start = handle.begin().result(WAIT_S)
        assert start is not None
        assert start.claimed
        claim = seen(engine, RecordActivityTaskStarted)
        assert (claim.claim, claim.delivery_id) == (True, handle.delivery_id)


def test_a_refused_claim_drops_the_task(
    channel: Channel, engine: ToyEngine, answers: Answers, settings: KafkaSettings
) -> None:
    with working(channel, engine) as worker:
        worker.warm()
        answers.code = "REFUSED"
        worker.give(copy=1)
        assert worker.next().begin().result(WAIT_S) is None
        until(lambda: worker.source.open_handles == 0)
        until(lambda: committed(settings, channel.names) >= 3)


def test_an_accept_that_finds_no_runner_is_released(channel: Channel, engine: ToyEngine) -> None:
    with working(channel, engine) as worker:
        worker.warm()
        worker.give(copy=1)
        handle = worker.next()
        begun = handle.begin()
        handle.release()
        assert begun.result(WAIT_S) is None
        assert seen(engine, ReleaseActivityTask).delivery_id == handle.delivery_id


def test_no_more_than_tasks_max_are_open(channel: Channel, engine: ToyEngine) -> None:
    with working(channel, engine, tasks_max=3) as worker:
        for _ in range(200):
            worker.give()
        for _ in range(200):
            assert worker.source.open_handles <= 3
            finish(worker.next())


def test_a_heartbeat_is_answered_after_the_start_was_reported(
    channel: Channel, engine: ToyEngine
) -> None:
    with working(channel, engine) as worker:
        worker.warm()
        worker.give()
        handle = worker.next()
        start = handle.begin().result(WAIT_S)
        assert start is not None
        assert handle.heartbeat([]).result(WAIT_S).code == "OK"
        if not start.claimed:
            assert not seen(engine, RecordActivityTaskStarted).claim
        seen(engine, RecordActivityTaskHeartbeat)


def test_a_second_worker_takes_over_and_running_tasks_are_reported(
    channel: Channel, engine: ToyEngine
) -> None:
    with working(channel, engine) as first:
        for partition in range(PARTITIONS * 4):
            first.warm(partition)
        for partition in range(PARTITIONS * 4):
            first.give(partition)
        handles = [first.next() for _ in range(PARTITIONS * 4)]
        for handle in handles:
            assert handle.begin().result(WAIT_S) is not None
        with working(channel, engine) as second:
            tasks = 0
            while second.handles.empty():
                for partition in range(PARTITIONS * 4):
                    first.give(partition, workflow_id=f"later-{tasks}")
                    tasks += 1
                deadline_ms = monotonic_ms() + 500
                until(lambda end=deadline_ms: monotonic_ms() > end)  # type: ignore[misc]
                while not first.handles.empty():
                    handle = first.next()
                    # A commit may fail in the rebalance: what comes again then is refused.
                    if handle.begin().result(WAIT_S) is not None:
                        finish(handle)
            taken = second.next()
            # What ran when its partition went was reported before, so nobody gets it again.
            assert taken.task.workflow_id.startswith("later-")


def test_a_workflow_tasks_claim_brings_the_history(
    channel: Channel, engine: ToyEngine, answers: Answers
) -> None:
    handles: SimpleQueue[TaskHandle[WorkflowTask]] = SimpleQueue()
    answers.body = [b"history"]
    source: TaskSource[WorkflowTask] = TaskSource(
        channel, WorkflowTask, task_queue="q", tasks_max=5, deliver=handles.put
    )
    source.start()
    topic = channel.names.of("workflow-tasks", "q")
    until(lambda: channel.line.partitions(topic) > 0)
    engine.dispatch(topic, 1, workflow_task)
    handle = handles.get(timeout=WAIT_S)
    start = handle.begin(reset_sticky=True).result(WAIT_S)
    assert start is not None
    assert (start.claimed, start.full, start.events) == (True, True, [b"history"])
    assert seen(engine, RecordWorkflowTaskStarted).reset_sticky
    source.close()


def workflow_task(now_ms: int) -> WorkflowTask:
    return WorkflowTask(
        workflow_id="w",
        run_id="r",
        workflow_type="t",
        task_queue="q",
        partition=1,
        scheduled_event_id=2,
        started_event_id=3,
        started_time_ms=now_ms,
        attempt=1,
        dispatch_time_ms=now_ms,
        events=[b"delta"],
    )


def test_channel_source_and_engine_outlive_a_broker_that_is_killed(tmp_path: Path) -> None:
    with EmbeddedKafka(data_dir=tmp_path) as own:
        settings = KafkaSettings({"bootstrap.servers": own.bootstrap_servers})
        names = TopicNames(prefix="restart", namespace="default")
        create_topics(settings, names)
        with ToyEngine(settings, names, Answers()) as engine:
            channel = Channel(settings, names=names, identity="worker")
            channel.start()
            with working(channel, engine) as worker:
                worker.warm()
                own.kill()
                asked = channel.call(Ping(workflow_id="w"), timeout_ms=60_000)
                own.start()
                assert asked.result().code == "OK"
                worker.warm()
            channel.close()
