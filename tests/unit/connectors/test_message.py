"""Messages of confluent-kafka become Records, whatever they hold, in batches that are shared."""

import ctypes
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import confluent_kafka
import pytest
from confluent_kafka import Consumer, Message, TopicPartition

from duralog.connectors.broker import UNREADABLE
from duralog.connectors.kafka.consumer import LATE_MS, headers_of, ingress_room, to_record

LIBRARIES = Path(confluent_kafka.__file__).parents[1] / "confluent_kafka.libs"
NAME = b"\xff\xfe"  # No client of ours can write it, and no broker minds.


@pytest.fixture
def address() -> Iterator[str]:
    """Librdkafka's mock broker, with one record whose header has a name that is not UTF-8."""
    (path,) = LIBRARIES.glob("librdkafka-*.so*")
    library: Any = ctypes.CDLL(str(path))
    for name in ("conf_new", "new", "handle_mock_cluster", "headers_new"):
        getattr(library, f"rd_kafka_{name}").restype = ctypes.c_void_p
    library.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
    error = ctypes.create_string_buffer(512)
    conf = ctypes.c_void_p(library.rd_kafka_conf_new())
    for key, value in ((b"test.mock.num.brokers", b"1"), (b"log_level", b"0")):
        library.rd_kafka_conf_set(conf, key, value, error, len(error))
    client = ctypes.c_void_p(library.rd_kafka_new(0, conf, error, len(error)))
    cluster = ctypes.c_void_p(library.rd_kafka_handle_mock_cluster(client))
    headers = ctypes.c_void_p(library.rd_kafka_headers_new(1))
    library.rd_kafka_header_add(headers, NAME, len(NAME), b"v", 1)
    topic, partition, body, opaque, end = 1, 3, 4, 10, 0  # Of rd_kafka_vtype_t.
    arguments = (topic, b"t", partition, 0, body, b"value", ctypes.c_size_t(5), opaque, headers)
    assert library.rd_kafka_producev(client, *arguments, end) == 0
    assert library.rd_kafka_flush(client, 10_000) == 0
    yield library.rd_kafka_mock_cluster_bootstraps(cluster).decode()
    library.rd_kafka_destroy(client)


def test_a_header_whose_name_is_not_utf_8_stops_nobody(address: str) -> None:
    consumer = Consumer({"bootstrap.servers": address, "group.id": "g", "log_level": 0})
    consumer.assign([TopicPartition("t", 0, 0)])
    message = consumer.poll(20)
    assert message is not None
    assert message.error() is None
    for _ in range(100):  # Until the interpreter has specialised what it can.
        assert headers_of(Message(topic="t", headers=[("a", b"b")])) == [("a", b"b")]
    record = to_record(message)
    consumer.close()
    assert (record.value, record.headers) == (b"value", [UNREADABLE])


def test_ingress_has_half_of_a_batch_and_little_of_it_while_requests_are_late() -> None:
    assert ingress_room(500, 0, 0) == 250
    assert ingress_room(500, 100, LATE_MS) == 250
    assert ingress_room(500, 400, LATE_MS) == 100
    assert ingress_room(500, 400, LATE_MS + 1) == 500 // 16
    assert ingress_room(500, 500, LATE_MS + 1) == 0
    assert ingress_room(1, 0, LATE_MS + 1) == 1
