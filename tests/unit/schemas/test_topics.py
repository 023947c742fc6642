"""Names of topics, keys of changelogs and the owner of a Workflow ID."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duralog.schemas.changelog import NO_SOURCE, Mark, Source, pack_mark, unpack_mark
from duralog.schemas.identifiers import murmur2, partition_of
from duralog.schemas.topics import TOPICS, TopicNames, slug


@pytest.mark.parametrize(
    ("text", "expected"),
    # From the tests of Apache Kafka's Java client.
    [
        ("21", -973932308),
        ("foobar", -790332482),
        ("a-little-bit-long-string", -985981536),
        ("abc", 479470107),
    ],
)
def test_murmur2_is_that_of_the_java_client(text: str, expected: int) -> None:
    assert murmur2(text.encode()) == expected & 0xFFFFFFFF


@given(st.text(), st.integers(1, 64))
def test_every_workflow_id_has_one_partition(workflow_id: str, partitions: int) -> None:
    assert 0 <= partition_of(workflow_id, partitions) < partitions


@given(st.text(min_size=1))
def test_a_slug_is_safe_in_a_topic_name(name: str) -> None:
    safe = slug(name)
    assert 0 < len(safe) <= 80
    assert set(safe) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert slug(safe) == safe


def test_names_that_a_broker_confuses_get_different_topics() -> None:
    names = TopicNames(prefix="duralog", namespace="default")
    topics = {names.of("activities", q) for q in ("my.queue", "my_queue", "my-queue", "My-Queue")}
    assert len(topics) == 4
    assert names.of("activities", "greeting") == "duralog.default.activities.greeting"


def test_recovery_topics_are_compact_only_and_inputs_carry_the_broker_s_time() -> None:
    compact = {name for name, kind in TOPICS.items() if kind.cleanup == "compact"}
    assert compact == {"history", "pending", "retries", "timers"}
    assert {n for n, k in TOPICS.items() if k.log_append_time} == {
        "ingress",
        "requests",
        "transfers",
    }


@given(st.integers(0, 2**62), st.integers(1, 2**62), st.integers(0, 2**31), st.integers(-1, 2**62))
def test_a_mark_survives_the_round_trip(
    incarnation: int, seq: int, index: int, offset: int
) -> None:
    source = Source(1, 7, offset) if offset >= 0 else NO_SOURCE
    mark = Mark(incarnation=incarnation, seq=seq, index=index, count=index + 1, source=source)
    data = pack_mark(incarnation=incarnation, seq=seq, index=index, count=index + 1, source=source)
    assert unpack_mark(data) == mark


def test_a_header_that_is_no_mark_is_refused() -> None:
    with pytest.raises(ValueError, match="has 37 bytes, not 3"):
        unpack_mark(b"abc")
