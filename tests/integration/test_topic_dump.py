"""A failed test leaves what its topics hold; nothing in them can spoil that."""

import json
from pathlib import Path

import pytest

from duralog.connectors.embedded import EmbeddedKafka
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.schemas.codec import encode
from duralog.schemas.requests import SignalWorkflowExecution
from duralog.schemas.topics import TopicNames
from integration.records import publish
from integration.topic_dump import dump_topics
from integration.toy_engine import create_topics


def test_every_record_is_a_line(kafka: EmbeddedKafka, topic_prefix: str, tmp_path: Path) -> None:
    settings = KafkaSettings({"bootstrap.servers": kafka.bootstrap_servers})
    names = TopicNames(prefix=topic_prefix, namespace="default")
    create_topics(settings, names)
    record = encode(SignalWorkflowExecution(workflow_id="w", signal_name="s"))
    values = [("w", record, {"id": "7"}), (None, b"text", {}), ("x", b"\xff\x00", {})]
    publish(kafka.bootstrap_servers, names.of("requests"), values)
    path = tmp_path / "dump.jsonl"
    told = dump_topics(kafka.bootstrap_servers, topic_prefix, path)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert told.startswith(f"{path}: 3 records of ")
    assert {line["topic"] for line in lines} == {names.of("requests")}
    shown = {line["key"]: line["value"] for line in lines}
    assert shown["w"]["type"] == "SignalWorkflowExecution"
    assert (shown[None], shown["x"]) == ("text", "/wA=")
    assert next(x["headers"] for x in lines if x["key"] == "w") == {"id": "7"}


def test_a_broker_that_is_gone_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integration.topic_dump.DUMP_S", 0.5)
    told = dump_topics("127.0.0.1:1", "t", tmp_path / "dump.jsonl")
    assert told.startswith("no dump of t.*: ")
