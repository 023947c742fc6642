"""Asking the engine through Kafka, from threads and from asyncio."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from duralog.connectors.channel import (
    Channel,
    ChannelError,
    ReplyTimeoutError,
    RequestTooLargeError,
)
from duralog.connectors.clock import now_ms
from duralog.connectors.embedded import EmbeddedKafka
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.schemas.replies import Reply
from duralog.schemas.requests import (
    DescribeWorkflowExecution,
    Ping,
    SignalWorkflowExecution,
    StartWorkflowExecution,
)
from duralog.schemas.topics import TopicNames
from integration.toy_engine import PARTITIONS, ToyEngine, create_topics


def answer(request: Any) -> list[Reply]:
    """Three parts to every question but a start, which nobody answers."""
    if isinstance(request, StartWorkflowExecution):
        return []
    return [
        Reply(recipient="", correlation_id="", code="OK", part=i, parts=3, body=[b"%d" % i])
        for i in (2, 0, 1)
    ]


@pytest.fixture
def settings(kafka: EmbeddedKafka) -> KafkaSettings:
    return KafkaSettings({"bootstrap.servers": kafka.bootstrap_servers})


@pytest.fixture
def names(settings: KafkaSettings, topic_prefix: str) -> TopicNames:
    names = TopicNames(prefix=topic_prefix, namespace="default")
    create_topics(settings, names)
    return names


@pytest.fixture
def engine(settings: KafkaSettings, names: TopicNames) -> Iterator[ToyEngine]:
    with ToyEngine(settings, names, answer) as engine:
        yield engine


@pytest.fixture
def channel(settings: KafkaSettings, names: TopicNames) -> Iterator[Channel]:
    channel = Channel(settings, names=names, identity="tester")
    channel.start()
    yield channel
    channel.close()


def test_a_reply_in_parts_comes_back_whole(channel: Channel, engine: ToyEngine) -> None:
    reply = channel.call(DescribeWorkflowExecution(workflow_id="w"), timeout_ms=30_000).result()
    assert reply.body == [b"0", b"1", b"2"]
    request = engine.seen.get()
    assert (request.identity, request.recipient) == ("tester", channel.recipient)


async def test_many_calls_from_asyncio(channel: Channel, engine: ToyEngine) -> None:
    calls = [channel.call(Ping(workflow_id=f"w{i}"), timeout_ms=30_000) for i in range(200)]
    replies = await asyncio.gather(*(asyncio.wrap_future(call) for call in calls))
    assert [r.body for r in replies] == [[b"0", b"1", b"2"]] * 200


def test_no_answer_is_told_with_what_is_known(channel: Channel, engine: ToyEngine) -> None:
    start = StartWorkflowExecution(workflow_id="w", workflow_type="t", task_queue="q")
    with pytest.raises(ReplyTimeoutError) as error:
        channel.call(start, timeout_ms=6_000).result()
    requests = channel.names.of("requests")
    assert str(error.value).startswith(f"the start is on {requests}[")
    assert "no engine answered in 6 s: is 'duralog engine' running?" in str(error.value)


def test_the_engines_clock_becomes_known(channel: Channel, engine: ToyEngine) -> None:
    # The first waits for the engine to join its group, which tells no time.
    for partition in (0, *range(PARTITIONS)):
        channel.call(Ping(workflow_id="w"), timeout_ms=30_000, partition=partition).result()
    for partition in range(PARTITIONS):
        time_ms = channel.engine_time_ms(partition)
        assert time_ms is not None
        assert abs(time_ms - now_ms()) < 250


def test_asking_for_a_clock_measures_it(channel: Channel, engine: ToyEngine) -> None:
    assert channel.clock(1) is None
    while not isinstance(engine.seen.get(timeout=30), Ping):
        pass
    pinged = channel.call(Ping(workflow_id="w"), timeout_ms=30_000, partition=1)
    pinged.result()
    assert channel.clock(1) is not None


def test_a_sent_request_is_acknowledged(channel: Channel, engine: ToyEngine) -> None:
    request = SignalWorkflowExecution(workflow_id="w", signal_name="s")
    channel.send(request).result(30)
    assert engine.seen.get(timeout=30).identity == "tester"


def test_a_request_too_large_is_refused_at_once(channel: Channel) -> None:
    request = SignalWorkflowExecution(workflow_id="w", signal_name="s" * 5_000_000)
    with pytest.raises(RequestTooLargeError, match="the signal has 50000"):
        channel.call(request, timeout_ms=1_000)


def test_an_unreachable_broker_is_one_line(names: TopicNames) -> None:
    settings = KafkaSettings({"bootstrap.servers": "127.0.0.1:1"})
    channel = Channel(settings, names=names, identity="tester")
    with pytest.raises(ChannelError, match=r"no Kafka broker answered at 127\.0\.0\.1:1"):
        channel.start()


def test_a_missing_topic_says_how_to_make_it(settings: KafkaSettings) -> None:
    names = TopicNames(prefix="nowhere", namespace="default")
    channel = Channel(settings, names=names, identity="tester")
    with pytest.raises(ChannelError, match="run 'duralog topics apply'"):
        channel.start()


def test_closing_fails_what_is_open(channel: Channel) -> None:
    call = channel.call(DescribeWorkflowExecution(workflow_id="w"), timeout_ms=60_000)
    channel.close()
    with pytest.raises(ChannelError, match="the channel was closed"):
        call.result(0)
