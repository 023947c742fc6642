"""What people choose among dead letters, and what a replay puts where."""

from typing import Any

import pytest

from duralog.connectors.broker import Record
from duralog.connectors.dead_letter import dead_letter
from duralog.connectors.dead_letter_book import (
    Choice,
    Decided,
    Filed,
    NotReplayableError,
    first_place,
    headers_of,
    kind_of,
    replay_record,
    workflow_id_of,
)
from duralog.schemas.codec import encode
from duralog.schemas.requests import SignalWorkflowExecution
from duralog.schemas.topics import TOPICS, TopicNames
from duralog.schemas.transitions import DeadLetter, DeadLetterDecision

NAMES = TopicNames(prefix="t", namespace="default")
JSON = ("content-type", b"application/json")
SIGNAL = encode(SignalWorkflowExecution(workflow_id="w", signal_name="s"))


def letter_from(kind: str, queue: str = "", **changes: Any) -> DeadLetter:
    values: dict[str, Any] = {"key": b"k", "value": SIGNAL, "headers": None, **changes}
    record = Record(NAMES.of(kind, queue), 1, 7, 99, **values)
    return dead_letter(record, code="FAILED", cause="a bug", now_ms=1_000)


def filed(letter: DeadLetter, decision: str = "") -> Filed:
    found = Decided()
    if decision:
        said = DeadLetterDecision(letter_partition=2, letter_offset=5, decision=decision)
        found.note(said)
    return Filed(partition=2, offset=5, letter=letter, decision=found.of(2, 5))


@pytest.mark.parametrize("kind", TOPICS)
def test_the_kind_of_every_topic_is_known_by_its_name(kind: str) -> None:
    queue = "my.Queue" if TOPICS[kind].per_queue else ""
    assert kind_of(NAMES.of(kind, queue), NAMES) == kind
    assert kind_of(TopicNames(prefix="t", namespace="x").of(kind, queue), NAMES) == ""


@pytest.mark.parametrize(
    ("choice", "taken"),
    [
        ({}, True),
        ({"ids": frozenset({"2-5"})}, True),
        ({"ids": frozenset({"2-6"})}, False),
        ({"code": "FAILED"}, True),
        ({"code": "POISON"}, False),
        ({"source": "requests"}, True),
        ({"source": "t.default.requests"}, True),
        ({"source": "ingress"}, False),
        ({"workflow_id": "w"}, True),
        ({"workflow_id": "k"}, True),
        ({"workflow_id": "x"}, False),
        ({"since_ms": 1_000, "until_ms": 1_001}, True),
        ({"since_ms": 1_001}, False),
        ({"until_ms": 1_000}, False),
    ],
)
def test_a_choice_takes_what_it_names(choice: dict[str, Any], taken: bool) -> None:
    assert Choice(**choice).takes(filed(letter_from("requests")), NAMES) is taken
    assert Choice(**choice).is_everything is (choice == {})


@pytest.mark.parametrize("source", ["ingress", "transfers", "t.default.ingress"])
def test_what_was_forwarded_came_by_either_topic(source: str) -> None:
    forwarded = letter_from("transfers", headers=[("origin", b"ingress/3/4")])
    assert Choice(source=source).takes(filed(forwarded), NAMES)


def test_what_is_decided_is_chosen_on_request_only() -> None:
    one = filed(letter_from("requests"), "REPLAYED")
    assert (one.id, one.state) == ("2-5", "replayed")
    assert not Choice().takes(one, NAMES)
    assert Choice(states=frozenset({"replayed"})).takes(one, NAMES)


def test_the_first_decision_counts() -> None:
    decided = Decided()
    for decision in ("REPLAYED", "DISCARDED"):
        decided.note(DeadLetterDecision(letter_partition=0, letter_offset=0, decision=decision))
    found = decided.of(0, 0)
    assert found is not None
    assert found.decision == "REPLAYED"


def test_a_letter_has_every_header_also_those_of_one_name_and_without_a_value() -> None:
    headers = [("h", b"1"), ("h", None), ("h", b"2")]
    letter = letter_from("ingress", headers=headers)
    assert headers_of(letter) == headers
    letter.header_list = []  # As version 1 has it.
    assert headers_of(letter) == [("h", b"2")]


def test_the_workflow_id_is_that_of_the_request_or_none() -> None:
    assert workflow_id_of(letter_from("requests"), NAMES) == "w"
    body = b'{"workflow_type": "T", "task_queue": "q"}'
    assert workflow_id_of(letter_from("ingress", value=body, headers=[JSON]), NAMES) == "k"
    assert workflow_id_of(letter_from("ingress", value=b"{"), NAMES) == ""
    assert workflow_id_of(letter_from("requests", value=None), NAMES) == ""


def test_a_record_of_ingress_returns_as_it_was_with_its_place() -> None:
    letter = letter_from("ingress", headers=[("origin", b"mine"), ("id", b"7")])
    out = replay_record(letter, NAMES, letter.value)
    assert out[:4] == ("t.default.ingress", 1, b"k", SIGNAL)
    assert out.headers == [
        ("origin", b"mine"),
        ("id", b"7"),
        ("duralog-replay-of", b"t.default.ingress[1]@7"),
    ]


def test_what_came_through_requests_returns_through_transfers_and_claims_no_origin() -> None:
    letter = letter_from("requests", headers=[("origin", b"ingress/0/3"), ("a", b"1")])
    out = replay_record(letter, NAMES, letter.value)
    assert out[:2] == ("t.default.transfers", 1)
    assert out.headers == [("a", b"1"), ("duralog-replay-of", b"t.default.requests[1]@7")]


def test_what_was_forwarded_from_ingress_returns_there() -> None:
    headers = [("origin", b"ingress/2/40"), ("origin", b"a stranger's"), JSON]
    letter = letter_from("transfers", headers=headers)
    out = replay_record(letter, NAMES, letter.value)
    assert out[:2] == ("t.default.ingress", 2)
    place = ("duralog-replay-of", b"t.default.ingress[2]@40")
    assert out.headers == [("origin", b"a stranger's"), JSON, place]


def test_a_replay_that_failed_keeps_the_first_place() -> None:
    headers = [("duralog-replay-of", b"t.default.ingress[1]@2")]
    letter = letter_from("ingress", headers=headers)
    assert replay_record(letter, NAMES, letter.value).headers == headers
    assert first_place(letter, NAMES) == "t.default.ingress[1]@2"


@pytest.mark.parametrize(
    ("kind", "origin"), [("requests", []), ("transfers", [("origin", b"requests/1/7")])]
)
def test_a_client_cannot_say_that_its_request_was_a_transfer(
    kind: str, origin: list[tuple[str, bytes | None]]
) -> None:
    headers = [*origin, ("duralog-replay-of", b"t.default.transfers[0]@1")]
    letter = letter_from(kind, headers=headers)
    out = replay_record(letter, NAMES, letter.value)
    assert out.headers == [("duralog-replay-of", b"t.default.requests[1]@7")]


def test_a_task_returns_to_its_queue_and_a_reply_to_nobody() -> None:
    task = letter_from("workflow-tasks", "q")
    assert replay_record(task, NAMES, b"").topic == "t.default.workflow-tasks.q"
    with pytest.raises(NotReplayableError, match="asked again"):
        replay_record(letter_from("inbox"), NAMES, b"")
    stranger = TopicNames(prefix="other", namespace="default")
    with pytest.raises(NotReplayableError, match="no topic of other"):
        replay_record(task, stranger, b"")
