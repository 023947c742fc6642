"""Signs of trouble in librdkafka's log, and what our clients are told about themselves."""

import logging
from concurrent.futures import Future
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from duralog.connectors.kafka.clients import (
    LogHook,
    answer_of,
    consumer_config,
    error_of,
    member_config,
    plain_config,
    transactional_config,
)
from duralog.connectors.kafka.settings import OWNED, KafkaSettings

FORM = "%s [%s] %s"
SETTINGS = KafkaSettings()


@pytest.mark.parametrize("facility", ["FAIL", "REQTMOUT", "TXNERR", "GETPID", "ERROR"])
def test_trouble_with_a_connection_is_noticed(facility: str) -> None:
    hook = LogHook()
    hook.log(logging.ERROR, FORM, facility, "producer-1", "Disconnected")
    assert hook.trouble


def test_other_lines_are_no_trouble(caplog: pytest.LogCaptureFixture) -> None:
    hook = LogHook()
    hook.log(logging.WARNING, FORM, "CONFWARN", "producer-1", "a consumer's setting")
    hook.log(logging.WARNING, FORM, "SOMETHING", "producer-1", "said")
    assert not hook.trouble
    assert caplog.messages == ["producer-1: SOMETHING said"]


def test_a_line_said_again_and_again_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    hook = LogHook()
    for _ in range(5):
        hook.log(logging.ERROR, FORM, "FAIL", "producer-1", "Connection refused")
    assert caplog.messages == ["producer-1: FAIL Connection refused"]


def test_a_broker_that_has_just_started_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    text = "Failed to acquire PID from broker 1: Broker: Coordinator load in progress: retrying"
    hook = LogHook()
    hook.log(logging.WARNING, FORM, "GETPID", "producer-1", text)
    assert hook.trouble
    assert [record.levelname for record in caplog.records] == ["INFO"]


@pytest.mark.parametrize(
    "config",
    [
        consumer_config(SETTINGS, group="g", read_committed=True, owned={}),
        member_config(SETTINGS, group="g", instance="i"),
        transactional_config(SETTINGS, transactional_id="t"),
        plain_config(SETTINGS, client_id="c", reliable=True),
    ],
)
def test_no_client_makes_topics_and_none_commits_by_itself(config: dict[str, Any]) -> None:
    assert config["allow.auto.create.topics"] is False
    assert config.get("enable.auto.commit") in (None, False)


def test_a_transaction_outlives_its_messages_and_requests() -> None:
    config = transactional_config(SETTINGS, transactional_id="t")
    assert config["message.timeout.ms"] < config["transaction.timeout.ms"]
    assert config["socket.timeout.ms"] < config["transaction.timeout.ms"]


def test_what_makes_us_correct_cannot_be_set_by_users() -> None:
    correctness = {
        "transactional.id",
        "enable.idempotence",
        "isolation.level",
        "group.id",
        "group.instance.id",
        "enable.auto.commit",
        "enable.auto.offset.store",
        "partitioner",
        "acks",
    }
    assert correctness <= OWNED.keys()


def test_a_call_that_is_not_answered_has_timed_out_as_librdkafka_says_it() -> None:
    with pytest.raises(KafkaException) as raised:
        answer_of(Future(), -1.0)
    assert error_of(raised.value).code() == KafkaError._TIMED_OUT


def test_an_answer_is_what_the_call_came_to() -> None:
    done: Future[int] = Future()
    done.set_result(7)
    assert answer_of(done) == 7
