"""The index behind lists: what a history leaves in it, over restarts, rebuilds and neighbours."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from duralog.connectors.broker import OutRecord, Record, TopicPartition, settling_records
from duralog.connectors.memory import MemoryBroker, MemoryLine
from duralog.connectors.transport import Bystander, TransportError
from duralog.connectors.visibility import IndexFileError, Lists, place_of
from duralog.connectors.visibility.catch_up import STALE_MS, catch_up
from duralog.connectors.visibility.index import Index, IndexReplacedError
from duralog.connectors.visibility.lists import default_path
from duralog.schemas import events
from duralog.schemas.changelog import history_key
from duralog.schemas.codec import encode
from duralog.schemas.payloads import Payload
from duralog.schemas.transitions import WorkflowExecutionStalled

TOPIC = "duralog.default.history"


def attribute(data: bytes, kind: str = "Keyword") -> Payload:
    return Payload(metadata={"encoding": b"json/plain", "type": kind.encode()}, data=data)


class History:
    """The topic, written by hand."""

    def __init__(self) -> None:
        self.broker = MemoryBroker()
        self.broker.create_topic(TOPIC, 2)

    def write(self, run_id: str, event_id: int, event: Any, partition: int = 0) -> None:
        value = None if event is None else encode(event)
        self.broker.append(OutRecord(TOPIC, partition, history_key(run_id, event_id), value, None))

    def start(self, run_id: str, *, time_ms: int = 1_000, partition: int = 0, **more: Any) -> None:
        head: dict[str, Any] = {"workflow_id": f"w-{run_id}", "run_id": run_id, "event_id": 1}
        started = events.WorkflowExecutionStarted(
            **head, event_time_ms=time_ms, workflow_type="T", task_queue="q", **more
        )
        self.write(run_id, 1, started, partition)

    def complete(self, run_id: str, event_id: int, time_ms: int, partition: int = 0) -> None:
        head: dict[str, Any] = {
            "workflow_id": f"w-{run_id}",
            "run_id": run_id,
            "event_id": event_id,
        }
        event = events.WorkflowExecutionCompleted(**head, event_time_ms=time_ms)
        self.write(run_id, event_id, event, partition)

    def bystander(self) -> Bystander:
        return MemoryLine(self.broker).bystander()

    def lists(self, path: Path | None = None) -> Lists:
        return Lists(bystander=self.bystander, topic=TOPIC, path=path)


@pytest.fixture
def history() -> History:
    return History()


@pytest.fixture
def index() -> Iterator[Index]:
    with Index.open(None) as index:
        yield index


def ids(lists: Lists, query: str = "") -> list[str]:
    return [row.run_id for row in lists.page(query, limit=100)]


def test_a_run_is_followed_to_its_end(history: History) -> None:
    history.start(
        "r",
        first_workflow_task_backoff_ms=50,
        search_attributes={"City": attribute(b'"Rome"'), "N": attribute(b"1", "Int")},
        memo={"note": attribute(b'"a"')},
    )
    head: dict[str, Any] = {"workflow_id": "w-r", "run_id": "r", "event_time_ms": 1_001}
    changes = {"City": attribute(b"[]"), "At": attribute(b'"2026-11-01"', "Datetime")}
    upsert = events.UpsertWorkflowSearchAttributes(**head, event_id=2, search_attributes=changes)
    history.write("r", 2, upsert)
    memo = {"note": Payload(metadata={"encoding": b"binary/null"}, data=b"")}
    modified = events.WorkflowPropertiesModified(**head, event_id=3, upserted_memo=memo)
    history.write("r", 3, modified)
    lists = history.lists()
    (row,) = lists.page("N = 1 AND At < '2026-11-02' AND City IS NULL", limit=9)
    assert (row.status, row.close_time_ms, row.execution_time_ms) == ("RUNNING", 0, 1_050)
    assert (row.workflow_id, row.root_workflow_id, row.root_run_id) == ("w-r", "w-r", "r")
    assert (row.history_length, row.memo, set(row.search_attributes)) == (3, {}, {"N", "At"})
    history.complete("r", 4, 2_000)
    (row,) = lists.page("ExecutionStatus = 'Completed' AND CloseTime > '1970-01-01'", limit=9)
    assert (row.status, row.close_time_ms, row.history_length) == ("COMPLETED", 2_000, 4)
    assert row.history_size_bytes > 0


def test_open_runs_come_first_then_the_last_closed_and_pages_join(history: History) -> None:
    for number in range(6):
        partition = number % 2
        history.start(f"r{number}", time_ms=number, partition=partition)
        if number < 4:
            history.complete(f"r{number}", 2, 100 + number // 2, partition)
    lists = history.lists()
    assert ids(lists) == ["r5", "r4", "r3", "r2", "r1", "r0"]
    paged: list[str] = []
    after = None
    while page := lists.page("", limit=2, after=after):
        paged += [row.run_id for row in page]
        after = place_of(page[-1])
    assert paged == ids(lists)
    assert lists.count("GROUP BY ExecutionStatus") == [("COMPLETED", 4), ("RUNNING", 2)]
    assert lists.count("CloseTime IS NULL") == [("", 2)]


def test_a_run_leaves_with_its_tombstones_and_what_has_no_start_never_comes(
    history: History,
) -> None:
    history.start("kept")
    history.start("gone", search_attributes={"City": attribute(b'"Rome"')})
    history.complete("gone", 2, 5)
    history.complete("headless", 7, 5)  # Its first events are compacted away already.
    lists = history.lists()
    assert ids(lists) == ["kept", "gone"]
    history.write("gone", 1, None)
    history.write("gone", 2, None)
    assert ids(lists) == ["kept"]
    assert ids(lists, "City = 'Rome'") == []


@pytest.mark.parametrize("looks", [True, False], ids=["seen closed", "read at once"])
def test_a_run_whose_close_was_torn_runs_again(
    history: History, tmp_path: Path, looks: bool
) -> None:
    """What counts of several events of one id is the last: the others are void."""
    lists = history.lists(tmp_path / "index")
    history.start("torn")
    history.start("other")
    history.complete("torn", 2, 2_000)
    if looks:
        (row,) = lists.page("ExecutionStatus = 'Completed'", limit=9)
        assert row.run_id == "torn"
    head: dict[str, Any] = {"workflow_id": "w-torn", "run_id": "torn", "event_time_ms": 3_000}
    history.write("torn", 2, events.WorkflowExecutionSignaled(**head, event_id=2, signal_name="s"))
    (row,) = lists.page("RunId = 'torn'", limit=9)
    assert (row.status, row.close_time_ms, row.history_length) == ("RUNNING", 0, 2)
    assert set(ids(lists, "CloseTime IS NULL")) == {"torn", "other"}
    history.complete("torn", 3, 4_000)
    (row,) = lists.page("RunId = 'torn'", limit=9)
    assert (row.status, row.close_time_ms, row.history_length) == ("COMPLETED", 4_000, 3)
    assert ids(lists) == ["other", "torn"]


def test_a_history_that_a_torn_transaction_made_longer_has_its_length_again(
    history: History, tmp_path: Path
) -> None:
    lists = history.lists(tmp_path / "index")
    history.start("r")
    head: dict[str, Any] = {"workflow_id": "w-r", "run_id": "r", "event_time_ms": 3_000}
    for event_id in (2, 3, 2):
        signal = events.WorkflowExecutionSignaled(**head, event_id=event_id, signal_name="s")
        history.write("r", event_id, signal)
        (row,) = lists.page("", limit=9)
        assert row.history_length == event_id
    (row,) = history.lists().page("", limit=9)  # All of it is read at once.
    assert row.history_length == 2


def test_a_record_that_says_nothing_changes_nothing(history: History) -> None:
    history.start("a")
    (settled,) = settling_records([TopicPartition(TOPIC, 0)])
    history.broker.append(settled)
    history.start("b")
    assert set(ids(history.lists())) == {"a", "b"}


def test_what_stalls_a_run_is_a_column_and_no_event_of_it(history: History) -> None:
    lists = history.lists()
    history.start("a")
    history.start("b")
    (before,) = lists.page("RunId = 'a'", limit=1)
    for cause, found in (("NO_WORKER", ["a"]), ("QUARANTINED", ["a"]), ("", [])):
        stalled = WorkflowExecutionStalled(workflow_id="w-a", run_id="a", cause=cause)
        history.write("a", 0, stalled)
        assert ids(lists, "Stalled IS NOT NULL") == found
        (row,) = lists.page("RunId = 'a'", limit=1)
        assert row.stalled == cause
    assert row == before
    assert ids(lists, "Stalled IS NULL") == ["a", "b"]
    history.write("b", 0, WorkflowExecutionStalled(workflow_id="w-b", run_id="b", cause="NO_QUEUE"))
    assert ids(lists, "Stalled = 'NO_QUEUE'") == ["b"]
    history.complete("b", 2, 5)
    assert ids(lists, "Stalled IS NOT NULL") == []


def test_it_goes_on_where_it_ended_and_reads_nothing_twice(
    history: History, tmp_path: Path
) -> None:
    lists = history.lists(tmp_path / "deep" / "index")
    history.start("a")
    assert ids(lists) == ["a"]
    size = lists.page("", limit=1)[0].history_size_bytes
    history.start("b", partition=1)
    assert set(ids(lists)) == {"a", "b"}
    assert lists.page("RunId = 'a'", limit=1)[0].history_size_bytes == size


@pytest.mark.parametrize("spoil", ["topic", "age", "beyond", "version"])
def test_it_is_made_anew_when_it_cannot_go_on(history: History, tmp_path: Path, spoil: str) -> None:
    path = tmp_path / "index"
    lists = history.lists(path)
    history.start("a")
    assert ids(lists) == ["a"]
    statements = {
        "topic": "UPDATE source SET topic_id = 'another'",
        "age": f"UPDATE source SET read_ms = read_ms - {STALE_MS + 60_000}",
        "beyond": "UPDATE positions SET next_offset = 99",
        "version": "PRAGMA user_version = 99",
    }
    database = sqlite3.connect(path)
    database.execute(
        "INSERT INTO runs SELECT 'ghost', workflow_id, workflow_type, task_queue,"
        " status, 0, 0, NULL, 0, 0, 0, NULL, NULL, '', '', properties, NULL FROM runs"
    )
    database.execute(statements[spoil])
    database.commit()
    database.close()
    assert ids(lists) == ["a"]


def test_neighbours_share_the_work_without_a_gap(history: History, index: Index) -> None:
    history.start("a")
    history.start("b")
    records = history.broker.records(TOPIC, 0)
    index.rebuild("t", {0: 0, 1: 0}, 0)
    index.apply("t", records[:1], begin={0: 0, 1: 0}, end={0: 1, 1: 0})
    # A neighbour that began before us brings what we have, and more.
    index.apply("t", records, begin={0: 0, 1: 0}, end={0: 2, 1: 0})
    rows = index.search(None, limit=9)
    assert {row.run_id: row.history_size_bytes for row in rows} == {
        record.key.decode().partition("/")[0]: len(record.value or b"")
        for record in records
        if record.key
    }
    index.rebuild("t", {0: 0, 1: 0}, 0)
    with pytest.raises(IndexReplacedError):
        index.apply("t", records[1:], begin={0: 1, 1: 0}, end={0: 2, 1: 0})
    with pytest.raises(IndexReplacedError):
        index.apply("other", records, begin={0: 0, 1: 0}, end={0: 2, 1: 0})
    assert index.search(None, limit=9) == []


def test_events_of_a_newer_version_only_lengthen(history: History, index: Index) -> None:
    history.start("a")
    started = history.broker.records(TOPIC, 0)[0]
    newer = Record(TOPIC, 0, 1, 0, b"a/2", b"\x00\x7f\x00\x00\x00?", None)
    index.rebuild("t", {0: 0}, 0)
    index.apply("t", [started, newer], begin={0: 0}, end={0: 2})
    assert index.search(None, limit=1)[0].history_length == 2


def test_progress_is_told(history: History, index: Index) -> None:
    history.start("a")
    history.start("b", partition=1)
    told: list[tuple[int, int]] = []
    catch_up(index, history.bystander(), TOPIC, progress=lambda *said: told.append(said))
    assert told[-1] == (2, 2)
    catch_up(index, history.bystander(), TOPIC, progress=lambda *said: told.append(said))
    assert len(told) == 1


def test_a_file_of_somebody_else_is_left_alone(history: History, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    database = sqlite3.connect(foreign)
    database.execute("CREATE TABLE mine (x)")
    database.close()
    with pytest.raises(IndexFileError, match="is no index of Duralog; name another file"):
        ids(history.lists(foreign))
    broken = tmp_path / "broken"
    broken.write_bytes(b"not a database" * 100)
    with pytest.raises(IndexFileError, match="delete it, it is made anew"):
        ids(history.lists(broken))
    assert broken.read_bytes() == b"not a database" * 100
    with pytest.raises(IndexFileError, match="cannot write the index"):
        ids(history.lists(broken / "below"))


def test_the_cache_is_the_users(tmp_path: Path) -> None:
    path = default_path("cluster", TOPIC, {"XDG_CACHE_HOME": str(tmp_path)})
    assert path == tmp_path / "duralog" / "index" / "cluster" / f"{TOPIC}.sqlite3"
    assert default_path("", TOPIC, {}) is None
    assert str(default_path("c", TOPIC, {"XDG_CACHE_HOME": "relative"})).startswith("/")


def test_a_topic_that_is_replaced_again_and_again_is_told(history: History, index: Index) -> None:
    class Restless:
        """Its topic is another at each look, and somebody else makes the index anew."""

        def __init__(self) -> None:
            self.number = 0

        def topic_id(self, _topic: str) -> str:
            self.number += 1
            return str(self.number)

        def extents(self, topic: str) -> dict[int, tuple[int, int]]:
            return history.bystander().extents(topic)

        def reader(self, _offsets: object) -> Any:
            index.rebuild("stranger", {0: 0, 1: 0}, 0)
            return history.bystander().reader({})

    history.start("a")
    bystander: Any = Restless()
    with pytest.raises(TransportError, match="again and again"):
        catch_up(index, bystander, TOPIC)
