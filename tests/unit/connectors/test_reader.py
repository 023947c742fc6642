"""What brokers answer about offsets, as recovery may believe it."""

import pytest
from confluent_kafka import OFFSET_INVALID, KafkaError, KafkaException
from confluent_kafka.admin import ListOffsetsResultInfo  # type: ignore[attr-defined]

from duralog.connectors.kafka.clients import error_of
from duralog.connectors.kafka.reader import offset_in


def test_an_offset_is_what_was_listed() -> None:
    assert offset_in(ListOffsetsResultInfo(7, -1, -1)) == 7
    assert offset_in(ListOffsetsResultInfo(0, -1, -1)) == 0


def test_no_offset_is_no_answer_and_never_the_end_of_a_log() -> None:
    with pytest.raises(KafkaException) as raised:
        offset_in(ListOffsetsResultInfo(OFFSET_INVALID, -1, -1))
    assert error_of(raised.value).code() == KafkaError._NOENT
