"""Health and metrics of a real engine; no payload is in them, in logs or in record keys."""

import json
import logging
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from prometheus_client.parser import text_string_to_metric_families

from duralog.connectors.embedded import EmbeddedKafka
from integration.programs import Echo, echo
from integration.stack import READY_S, Child, Stack, new_id, working

Headers = list[tuple[str, bytes | None]]
CANARY = "canary-6f1d0c2ab9e4"


@pytest.fixture
def own(kafka: EmbeddedKafka, topic_prefix: str, tmp_path: Path) -> Stack:
    """An engine of its own."""
    stack = Stack(address=kafka.bootstrap_servers, prefix=topic_prefix, directory=tmp_path)
    stack.create_topics()
    return stack


def get(url: str) -> tuple[int, str]:
    """Status and body."""
    try:
        with urlopen(url, timeout=10) as response:
            return response.status, response.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def until(url: str, holds: Callable[[int, str], bool]) -> str:
    """The body, once it is as wanted; the slot tells its figures once a second."""
    deadline_s = time.monotonic() + READY_S
    while True:
        status, body = get(url)
        if holds(status, body):
            return body
        assert time.monotonic() < deadline_s, (url, status, body)
        time.sleep(0.2)


def total(text: str, name: str) -> float:
    """The sum of all samples of a metric."""
    families = text_string_to_metric_families(text)
    return sum(s.value for family in families for s in family.samples if s.name == name)


def all_keys_and_headers(stack: Stack) -> list[bytes]:
    """Of every record in the stack's topics."""
    consumer = Consumer(
        {
            "bootstrap.servers": stack.address,
            "group.id": "aside",
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
        }
    )
    topics: Any = consumer.list_topics(timeout=10).topics
    places = [
        TopicPartition(name, partition, 0)
        for name in topics
        if name.startswith(f"{stack.prefix}.")
        for partition in topics[name].partitions
    ]
    consumer.assign(places)
    found, ended = list[bytes](), 0
    while ended < len(places):
        message = consumer.poll(10)
        assert message is not None
        if message.error() is not None:
            ended += 1
            continue
        found.append(message.key() or b"")
        found += [header[1] or b"" for header in cast(Headers, message.headers() or ())]
    consumer.close()
    return found


async def test_an_engine_tells_how_it_stands_and_nothing_of_payloads(
    own: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    address = ("--http-address", "127.0.0.1:0")
    engine = own.start_engine(*address, environment={"DURALOG_LOG_LEVEL": "DEBUG"}, ready=False)
    try:
        url = engine.wait_for("monitoring")["url"]
        assert get(f"{url}/healthz")[0] == 200
        until(f"{url}/readyz", lambda status, _: status == 200)
        client = await own.client()
        async with working(client, workflows=[Echo], activities=[echo]) as worker:
            done = await client.execute_workflow(
                Echo.run, CANARY, id=new_id(), task_queue=worker.task_queue
            )
            assert CANARY in done
            await client.start_workflow(Echo.run, CANARY, id=new_id(), task_queue="nobody")
        await client.close()
        text = until(f"{url}/metrics", lambda _, body: total(body, "duralog_open_runs") == 1)
        assert total(text, "duralog_transactions_total") > 0
        assert total(text, "duralog_partition_ready") == 2
        assert total(text, "duralog_partition_restored_ratio") == 2
        _blocked(own, url)
        _restarts(own, engine, url)
        log = engine.log.read_text()
        assert "partition ready" in log
        keys = all_keys_and_headers(own)
        assert keys
        for said in (text, get(f"{url}/readyz")[1], log, caplog.text, *map(repr, keys)):
            assert CANARY not in said
    finally:
        own.end()


def _blocked(own: Stack, url: str) -> None:
    """A transaction on `ingress` that does not end is told, and when it has ended that is told."""
    service = Producer({"bootstrap.servers": own.address, "transactional.id": f"{own.prefix}.late"})
    service.init_transactions(10)
    service.begin_transaction()
    service.produce(f"{own.prefix}.default.ingress", value=b"not yet")
    service.flush(10)
    name = "duralog_input_blocked_seconds"
    until(f"{url}/metrics", lambda _, body: total(body, name) >= 2)
    service.abort_transaction(10)
    until(f"{url}/metrics", lambda _, body: total(body, name) == 0)


def _restarts(own: Stack, engine: Child, url: str) -> None:
    """A slot that is killed stays in sight, and its open run is counted again."""
    pid = engine.wait_for("engine_ready")["pid"]
    os.kill(pid, signal.SIGKILL)
    until(f"{url}/metrics", lambda _, body: total(body, "duralog_slot_restarts_total") == 1)
    found = json.loads(until(f"{url}/readyz", lambda status, _: status == 200))
    served = [p["status"] for p in found["slots"][0]["partitions"]]
    assert served == ["ready", "ready"]
    until(f"{url}/metrics", lambda _, body: total(body, "duralog_open_runs") == 1)
