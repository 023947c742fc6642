"""The local broker, started for real."""

import socket
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from duralog.connectors.embedded import EmbeddedKafka, EmbeddedKafkaError

USER, PASSWORD = "ada", 'a "quoted" word'


def create_topic(bootstrap_servers: str, topic: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap_servers})
    admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])[topic].result(30)


def produce(configuration: dict[str, str | int | float | bool], topic: str, value: bytes) -> None:
    producer = Producer(configuration)
    errors = list[KafkaError]()
    producer.produce(
        topic, value, on_delivery=lambda error, _message: errors.append(error) if error else None
    )
    assert producer.flush(30) == 0
    assert errors == []


def consume(bootstrap_servers: str, topic: str, *, count: int) -> list[bytes | None]:
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": topic,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe([topic])
    try:
        return [message.value() for message in consumer.consume(count, timeout=30)]
    finally:
        consumer.close()


def test_a_record_goes_in_and_comes_out(kafka: EmbeddedKafka, topic_prefix: str) -> None:
    topic = f"{topic_prefix}.records"
    create_topic(kafka.bootstrap_servers, topic)
    produce({"bootstrap.servers": kafka.bootstrap_servers}, topic, b"one")
    assert consume(kafka.bootstrap_servers, topic, count=1) == [b"one"]


def test_a_topic_is_never_created_by_a_typing_error(
    kafka: EmbeddedKafka, topic_prefix: str
) -> None:
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
    admin.list_topics(f"{topic_prefix}.mistyped", timeout=30)
    assert f"{topic_prefix}.mistyped" not in admin.list_topics(timeout=30).topics


def test_data_and_port_survive_a_stop_and_a_kill(tmp_path: Path) -> None:
    with EmbeddedKafka(data_dir=tmp_path) as kafka:
        servers = kafka.bootstrap_servers
        create_topic(servers, "kept")
        produce({"bootstrap.servers": servers}, "kept", b"one")
        kafka.stop()
        kafka.start()
        produce({"bootstrap.servers": servers}, "kept", b"two")
        kafka.kill()
        assert not kafka.is_running()
        kafka.start()
        assert kafka.bootstrap_servers == servers
        assert consume(servers, "kept", count=2) == [b"one", b"two"]


def test_scram_lets_in_who_knows_the_password(tmp_path: Path) -> None:
    with EmbeddedKafka(data_dir=tmp_path, scram_users={USER: PASSWORD}) as kafka:
        create_topic(kafka.bootstrap_servers, "guarded")
        produce(_sasl(kafka, PASSWORD), "guarded", b"one")
        assert consume(kafka.bootstrap_servers, "guarded", count=1) == [b"one"]
        refused = list[KafkaError]()
        stranger = Producer({**_sasl(kafka, "wrong"), "error_cb": refused.append, "log_level": 0})
        with pytest.raises(KafkaException):
            stranger.list_topics(timeout=3)
        stranger.poll(0)
        assert KafkaError._AUTHENTICATION in {error.code() for error in refused}
        assert PASSWORD not in kafka.log_path.read_text()


def test_a_broker_that_ends_at_its_start_says_why(tmp_path: Path) -> None:
    kafka = EmbeddedKafka(data_dir=tmp_path, server_properties={"num.io.threads": "none"})
    with pytest.raises(EmbeddedKafkaError, match=r"num\.io\.threads"):
        kafka.start()
    assert not kafka.is_running()


def test_a_taken_port_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        kafka = EmbeddedKafka(data_dir=tmp_path, port=taken.getsockname()[1])
        with pytest.raises(EmbeddedKafkaError, match="is in use"):
            kafka.start()


def test_a_second_broker_on_a_directory_is_refused_and_the_first_goes_on(
    kafka: EmbeddedKafka, topic_prefix: str
) -> None:
    second = EmbeddedKafka(data_dir=kafka.log_path.parent)
    with pytest.raises(EmbeddedKafkaError, match=r"a broker runs on .* already"):
        second.start()
    create_topic(kafka.bootstrap_servers, f"{topic_prefix}.still-there")


def test_a_temporary_directory_goes_with_the_broker() -> None:
    kafka = EmbeddedKafka()
    directory = kafka.log_path.parent
    assert directory.exists()
    kafka.stop()
    assert not directory.exists()


def _sasl(kafka: EmbeddedKafka, password: str) -> dict[str, str | int | float | bool]:
    return {
        "bootstrap.servers": kafka.sasl_bootstrap_servers,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-256",
        "sasl.username": USER,
        "sasl.password": password,
    }
