"""The SQLite file behind lists and counts: one row a run, rebuilt at will from `history`.

Every transaction writes rows and the offsets they come from together, so a process may die at any
instant. Several processes may share a file: each takes the write lock, and leaves out what
another has indexed meanwhile. Deleting the file loses nothing but time.
"""

import json
import sqlite3
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, Self, cast

from duralog.connectors.broker import Record
from duralog.connectors.visibility.filter import Filter, Tree
from duralog.connectors.visibility.sql import condition
from duralog.connectors.visibility.values import INT64_MAX, time_ms
from duralog.schemas.changelog import SETTLED_KEY
from duralog.schemas.codec import decode, encode
from duralog.schemas.events import (
    UpsertWorkflowSearchAttributes,
    WorkflowExecutionStarted,
    WorkflowPropertiesModified,
)
from duralog.schemas.payloads import Payload
from duralog.schemas.runs import (
    RUNNING,
    STATUS_OF_EVENT,
    RunRow,
    merge,
    projected,
    row_of,
    run_of_key,
)
from duralog.schemas.states import RunProperties
from duralog.schemas.transitions import WorkflowExecutionStalled

APPLICATION_ID: Final = 0x4475724C  # "DurL": a file of another program is never written to.
VERSION: Final = 2  # Of the tables; another one is rebuilt.
BUSY_S: Final = 60.0  # Another process writes a batch in milliseconds.
OPEN_ORDER: Final = 1 << 62  # An open run's place among those ordered by close time.
_TABLES: Final = """
DROP TABLE IF EXISTS runs; DROP TABLE IF EXISTS attributes;
DROP TABLE IF EXISTS positions; DROP TABLE IF EXISTS source;
CREATE TABLE runs (
    run_id TEXT PRIMARY KEY, workflow_id TEXT NOT NULL, workflow_type TEXT NOT NULL,
    task_queue TEXT NOT NULL, status TEXT NOT NULL, start_time_ms INTEGER NOT NULL,
    execution_time_ms INTEGER NOT NULL, close_time_ms INTEGER, order_ms INTEGER NOT NULL,
    history_length INTEGER NOT NULL, history_size_bytes INTEGER NOT NULL,
    parent_workflow_id TEXT, parent_run_id TEXT, root_workflow_id TEXT NOT NULL,
    root_run_id TEXT NOT NULL, properties BLOB NOT NULL, stalled TEXT
) WITHOUT ROWID;
CREATE INDEX runs_order ON runs (order_ms DESC, start_time_ms DESC, run_id);
CREATE INDEX runs_workflow_id ON runs (workflow_id);
CREATE INDEX runs_stalled ON runs (stalled) WHERE stalled IS NOT NULL;
CREATE TABLE attributes (run_id TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, value);
CREATE INDEX attributes_value ON attributes (name, value);
CREATE INDEX attributes_run ON attributes (run_id, name);
CREATE TABLE positions (partition INTEGER PRIMARY KEY, next_offset INTEGER NOT NULL);
CREATE TABLE source (topic_id TEXT NOT NULL, read_ms INTEGER NOT NULL);
"""
_COLUMNS: Final = (
    "workflow_id, run_id, workflow_type, task_queue, status, start_time_ms, execution_time_ms,"
    " close_time_ms, history_length, history_size_bytes, parent_workflow_id, parent_run_id,"
    " root_workflow_id, root_run_id, properties, stalled"
)
_BY_PAGE: Final = "ORDER BY order_ms DESC, start_time_ms DESC, run_id LIMIT ?"


class IndexFileError(Exception):
    """The file cannot be used; the text says what to do."""


class IndexReplacedError(Exception):
    """Another process rebuilt the index meanwhile: begin again."""


class Place(NamedTuple):
    """Where a page ended: the order of its last run."""

    order_ms: int
    start_time_ms: int
    run_id: str


class Index:
    """An open index. Belongs to the thread that opened it."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    @classmethod
    def open(cls, path: Path | None) -> Self:
        """The index at `path`, made if it is missing; None: in memory. Raises IndexFileError."""
        try:
            if path is not None:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            database = sqlite3.connect(path or ":memory:", timeout=BUSY_S, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise IndexFileError(f"cannot write the index {path}: {error}") from None
        index = cls(database)
        try:
            index._prepare(path)
        except BaseException as error:
            database.close()
            if isinstance(error, sqlite3.Error):
                text = f"the index {path} cannot be read ({error}); delete it, it is made anew"
                raise IndexFileError(text) from None
            raise
        return index

    def close(self) -> None:
        """Give the file back."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # What it has read.

    def source(self) -> tuple[str, int]:
        """The id of the topic it was made from, and when it was last read to its end, in ms."""
        found = self._database.execute("SELECT topic_id, read_ms FROM source").fetchone()
        return ("", 0) if found is None else (found[0], found[1])

    def positions(self) -> dict[int, int]:
        """The next offset by partition."""
        return dict(self._database.execute("SELECT partition, next_offset FROM positions"))

    def rebuild(self, topic_id: str, starts: Mapping[int, int], now_ms: int) -> None:
        """Forget all rows; read `topic_id` from `starts`."""
        with self._writing():
            for statement in _TABLES.split(";")[:-1]:
                self._database.execute(statement)
            self._database.execute("INSERT INTO source VALUES (?, ?)", (topic_id, now_ms))
            self._database.executemany("INSERT INTO positions VALUES (?, ?)", starts.items())

    def caught_up(self, topic_id: str, now_ms: int) -> None:
        """Note that it was read to the end."""
        with self._writing():
            self._same(topic_id)
            self._database.execute("UPDATE source SET read_ms = max(read_ms, ?)", (now_ms,))

    def apply(
        self,
        topic_id: str,
        records: Sequence[Record],
        *,
        begin: Mapping[int, int],
        end: Mapping[int, int],
    ) -> None:
        """Index `records`, in offset order within a partition: all from `begin` up to `end`.

        Raises IndexReplacedError.
        """
        with self._writing():
            self._same(topic_id)
            known = self.positions()
            if any(known.get(partition, -1) < offset for partition, offset in begin.items()):
                raise IndexReplacedError  # There would be a gap.
            lengths: dict[str, tuple[int, int, bool]] = {}
            for record in records:
                if record.offset >= known[record.partition]:
                    self._record(record, lengths)
            self._database.executemany(
                "UPDATE runs SET history_length = ?,"
                " history_size_bytes = history_size_bytes + ? WHERE run_id = ?",
                [(length, size, run_id) for run_id, (length, size, _) in lengths.items()],
            )
            # Its close was part of a torn transaction, which counts for nothing.
            self._database.executemany(
                "UPDATE runs SET status = ?, close_time_ms = NULL, order_ms = ?"
                " WHERE run_id = ? AND close_time_ms IS NOT NULL",
                [(RUNNING, OPEN_ORDER, run_id) for run_id, (*_, open_) in lengths.items() if open_],
            )
            self._database.executemany(
                "UPDATE positions SET next_offset = max(next_offset, ?) WHERE partition = ?",
                [(offset, partition) for partition, offset in end.items()],
            )

    # What it answers.

    def search(self, tree: Tree | None, *, limit: int, after: Place | None = None) -> list[RunRow]:
        """Rows that match: open ones first, then the last closed. `after`: where a page ended."""
        sql, values = condition(tree)
        if after is not None:
            sql = f"({sql}) AND (-order_ms, -start_time_ms, run_id) > (?, ?, ?)"
            values = [*values, -after.order_ms, -after.start_time_ms, after.run_id]
        # Columns and conditions are texts of ours; what users wrote are parameters.
        query = f"SELECT {_COLUMNS} FROM runs WHERE {sql} {_BY_PAGE}"  # noqa: S608
        return [_row(found) for found in self._database.execute(query, [*values, limit])]

    def count(self, query: Filter) -> list[tuple[str, int]]:
        """How many match: by status if grouped, else under an empty text."""
        sql, values = condition(query.tree)
        column = "status" if query.grouped else "''"
        group = "GROUP BY status ORDER BY status" if query.grouped else ""
        statement = f"SELECT {column}, count(*) FROM runs WHERE {sql} {group}"  # noqa: S608
        return list(self._database.execute(statement, values))

    # One record.

    def _record(self, record: Record, lengths: dict[str, tuple[int, int, bool]]) -> None:
        if record.key in (None, SETTLED_KEY):
            return  # A stranger's, or one that says nothing.
        run_id, event_id = run_of_key(record.key)
        if record.value is None:
            self._remove(run_id)
            return
        event = projected(record.value)
        if isinstance(event, WorkflowExecutionStalled):
            self._database.execute(
                "UPDATE runs SET stalled = ? WHERE run_id = ? AND close_time_ms IS NULL",
                (event.cause or None, run_id),
            )
        if not event_id:
            return  # Beside the history: it does not make it longer.
        if isinstance(event, WorkflowExecutionStarted):
            self._insert(row_of(event))
        elif isinstance(event, UpsertWorkflowSearchAttributes):
            self._modify(run_id, {}, event.search_attributes)
        elif isinstance(event, WorkflowPropertiesModified):
            self._modify(run_id, event.upserted_memo, {})
        elif event is not None:
            time = event.event_time_ms
            self._database.execute(
                "UPDATE runs SET status = ?, close_time_ms = ?, order_ms = ?, stalled = NULL"
                " WHERE run_id = ?",
                (STATUS_OF_EVENT[type(event)], time, time, run_id),
            )
        size = lengths[run_id][1] if run_id in lengths else 0
        is_close = event is not None and type(event) in STATUS_OF_EVENT
        lengths[run_id] = (event_id, size + len(record.value), not is_close)

    def _remove(self, run_id: str) -> None:
        """Its retention is over."""
        self._database.execute("DELETE FROM runs WHERE run_id = ?", (run_id,))
        self._database.execute("DELETE FROM attributes WHERE run_id = ?", (run_id,))

    def _insert(self, row: RunRow) -> None:
        self._remove(row.run_id)
        properties = RunProperties(memo=row.memo, search_attributes=row.search_attributes)
        values = (
            row.workflow_id, row.run_id, row.workflow_type, row.task_queue, row.status,
            row.start_time_ms, row.execution_time_ms, None, 0, 0, row.parent_workflow_id or None,
            row.parent_run_id or None, row.root_workflow_id, row.root_run_id, encode(properties),
            None, OPEN_ORDER,
        )  # fmt: skip
        holes = ", ".join("?" * len(values))
        self._database.execute(
            f"INSERT INTO runs ({_COLUMNS}, order_ms) VALUES ({holes})",  # noqa: S608 (ours)
            values,
        )
        self._attributes(row.run_id, row.search_attributes)

    def _modify(
        self, run_id: str, memo: dict[str, Payload], attributes: dict[str, Payload]
    ) -> None:
        found = self._database.execute(
            "SELECT properties FROM runs WHERE run_id = ?", (run_id,)
        ).fetchone()
        if found is None:
            return  # Its first event is gone: its tombstones follow.
        properties: RunProperties = decode(found[0])
        merge(properties.memo, memo)
        merge(properties.search_attributes, attributes)
        self._database.execute(
            "UPDATE runs SET properties = ? WHERE run_id = ?", (encode(properties), run_id)
        )
        self._attributes(run_id, properties.search_attributes)

    def _attributes(self, run_id: str, attributes: Mapping[str, Payload]) -> None:
        self._database.execute("DELETE FROM attributes WHERE run_id = ?", (run_id,))
        self._database.executemany(
            "INSERT INTO attributes VALUES (?, ?, ?, ?)",
            [
                (run_id, _unicode(name), kind, value)
                for name, payload in attributes.items()
                for kind, value in _values(payload)
            ],
        )

    # The file.

    def _prepare(self, path: Path | None) -> None:
        found = self._database.execute("PRAGMA application_id").fetchone()[0]
        is_empty = not self._database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if found != APPLICATION_ID and not is_empty:
            raise IndexFileError(f"{path} is no index of Duralog; name another file")
        version = self._database.execute("PRAGMA user_version").fetchone()[0]
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")  # What is lost is read again.
        if is_empty or version != VERSION:
            self._database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            self.rebuild("", {}, 0)
            self._database.execute(f"PRAGMA user_version = {VERSION}")

    def _same(self, topic_id: str) -> None:
        if self.source()[0] != topic_id:
            raise IndexReplacedError

    @contextmanager
    def _writing(self) -> Generator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")


def place_of(row: RunRow) -> Place:
    """Where a page ends whose last run is `row`."""
    return Place(row.close_time_ms or OPEN_ORDER, row.start_time_ms, row.run_id)


def _row(found: tuple[Any, ...]) -> RunRow:
    names = _COLUMNS.split(", ")
    values = {name: value for name, value in zip(names, found, strict=True) if value is not None}
    properties: RunProperties = decode(values.pop("properties"))
    memo, attributes = properties.memo, properties.search_attributes
    return RunRow(**values, memo=memo, search_attributes=attributes)


def _values(payload: Payload) -> list[tuple[str, str | int | float]]:
    """Kind and value of a search attribute, as it is compared; empty when it cannot be."""
    try:
        value: object = json.loads(payload.data)
    except ValueError:
        return []
    kind = payload.metadata.get("type", b"").decode(errors="replace")
    items = cast(list[object], value) if isinstance(value, list) else [value]
    found = [_value(kind, item) for item in items]
    return [item for item in found if item is not None]


def _value(kind: str, value: object) -> tuple[str, str | int | float] | None:
    if isinstance(value, bool):
        return "Bool", int(value)
    if isinstance(value, int):
        return (kind or "Int", value) if abs(value) <= INT64_MAX else None
    if isinstance(value, float):
        return kind or "Double", value
    if not isinstance(value, str):
        return None
    if kind == "Datetime":
        moment = time_ms(value)
        return None if moment is None else (kind, moment)
    return kind or "Keyword", _unicode(value)


def _unicode(text: str) -> str:
    """`text` without halves of characters, which SQLite refuses."""
    return text.encode(errors="replace").decode()
