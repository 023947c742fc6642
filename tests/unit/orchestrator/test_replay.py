"""A replayed dead letter has its effect once, wherever its record came from."""

from typing import Any

import pytest

from duralog.connectors.broker import OutRecord, TopicPartition
from duralog.connectors.dead_letter_book import replay_record
from duralog.orchestrator import handlers
from duralog.schemas import requests as r
from duralog.schemas.codec import decode, encode
from duralog.schemas.identifiers import partition_of
from duralog.schemas.replies import Description
from duralog.schemas.transitions import DeadLetter
from sim.bench import NAMES, PARTITIONS, Bench

OWNER = partition_of("w", PARTITIONS)
START = r.StartWorkflowExecution(
    workflow_id="w", workflow_type="T", task_queue="q", request_id="w-1"
)


def letters(bench: Bench) -> list[DeadLetter]:
    return [letter for letter in bench.records("dead-letters") if isinstance(letter, DeadLetter)]


def put_again(bench: Bench, letter: DeadLetter, **changes: Any) -> None:
    record = replay_record(letter, NAMES, letter.value)
    bench.broker.append(record._replace(**changes))
    bench.run()


def signals(bench: Bench) -> int:
    """Signals that the run of "w" has had: its Workflow Task is out, so they are held."""
    reply = bench.ask(r.DescribeWorkflowExecution(workflow_id="w"))
    found = decode(reply.body[0])
    assert isinstance(found, Description)
    return found.held_events


def break_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug that no run can be blamed for: there is none when it raises."""

    def planted(partition: Any, request: Any, context: Any) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setitem(handlers.REQUESTS, r.SignalWorkflowExecution, planted)


@pytest.mark.parametrize("kind", ["requests", "ingress"])
@pytest.mark.parametrize("request_id", ["", "mine"])
def test_a_signal_that_failed_has_its_effect_once_however_often_it_is_replayed(
    monkeypatch: pytest.MonkeyPatch, kind: str, request_id: str
) -> None:
    bench = Bench()
    bench.run()
    break_signals(monkeypatch)
    signal = r.SignalWorkflowExecution(workflow_id="w", signal_name="s", request_id=request_id)
    bench.send(signal, kind=kind, partition=OWNER)
    bench.run()
    monkeypatch.undo()
    (letter,) = letters(bench)
    assert letter.code == "FAILED"
    bench.ask(START)
    for _ in range(2):
        put_again(bench, letter)
    assert signals(bench) == 1
    assert len(letters(bench)) == 1


def test_what_was_forwarded_has_its_effect_though_its_origin_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench()
    bench.run()
    break_signals(monkeypatch)
    signal = r.SignalWorkflowExecution(workflow_id="w", signal_name="s")
    bench.send(signal, kind="ingress", partition=1 - OWNER)
    bench.run()
    monkeypatch.undo()
    (letter,) = letters(bench)
    assert letter.source_topic == NAMES.of("transfers")
    bench.ask(START)
    for _ in range(2):
        put_again(bench, letter)
        bench.crash()
        bench.run()
    assert signals(bench) == 1


def test_a_replay_on_the_wrong_partition_finds_its_owner() -> None:
    bench = Bench()
    bench.run()
    bench.broker.append(OutRecord(NAMES.of("requests"), OWNER, b"w", b"bad"))
    bench.run()
    (letter,) = letters(bench)
    # As an engine of a newer version reads what this one could not.
    letter.value = encode(START)
    for _ in range(2):
        put_again(bench, letter, partition=1 - OWNER)
    bench.crash()
    bench.run()
    assert signals(bench) == 0
    events = bench.broker.log(TopicPartition(NAMES.of("history"), OWNER)).committed()
    assert len(list(events)) == 2
    assert not list(bench.broker.log(TopicPartition(NAMES.of("history"), 1 - OWNER)).committed())


def test_a_replay_does_not_give_a_client_what_only_engines_may() -> None:
    bench = Bench()
    bench.ask(START)
    bench.broker.append(OutRecord(NAMES.of("requests"), OWNER, b"w", b"bad"))
    bench.run()
    (letter,) = letters(bench)
    # As an engine of a newer version reads what this one could not.
    signal = r.SignalWorkflowExecution(workflow_id="w", signal_name="s")
    letter.value = encode(
        r.DeliverTransfer(
            workflow_id="w",
            origin_workflow_id="o",
            origin_run_id="r",
            transfer_id=1,
            request=encode(signal),
        )
    )
    put_again(bench, letter)
    assert [one.code for one in letters(bench)] == ["UNDECODABLE", "UNDECODABLE"]
    assert signals(bench) == 0
