"""Runs a story against the core: text in, text out.

A story is blocks with an empty line between them. The first line of a block is the input: a Request
and its fields (`ask` before it: with a reply; `ingress`: from there; `repeat 9`: nine times;
`poison`: the engine breaks on it), or `now +ms`, `queue <kind> <queue> ready|gone`, `restart`,
`retention ms`, `transfers` (those on their way arrive: one round; `lost`: they do not; `again`:
all that ever were sent).
Further lines are the Commands of an answer. What follows `----` is told by the core: events with
their ids (@: ms since the story began), other changelog records, tasks (>), replies (<), topics
that are missing (!), transfers (>>). Answers belong to the newest task of their kind, or to
`task=w1`, `task=a2`.
"""

import re
import shlex
import typing
from dataclasses import fields
from itertools import groupby, takewhile
from typing import Any, Final

from duralog.orchestrator.context import Context
from duralog.orchestrator.due import QueueReady, due
from duralog.orchestrator.outbox import Change, Outbox
from duralog.orchestrator.process import process, set_aside
from duralog.orchestrator.queues import Queues
from duralog.schemas import commands, requests
from duralog.schemas.changelog import SOURCE_INGRESS, SOURCE_REQUESTS, SOURCE_TRANSFERS, Source
from duralog.schemas.codec import decode, encode
from duralog.schemas.events import Event
from duralog.schemas.render import render
from duralog.schemas.replies import Reply
from duralog.schemas.requests import AcknowledgeTransfer, DeliverTransfer
from duralog.schemas.tasks import ActivityTask, QueryTask, WorkflowTask
from duralog.state.digest import digest
from duralog.state.folding import fold
from duralog.state.memory import MemoryStore
from duralog.state.partition import PartitionState
from scenario_words import parse

SEPARATOR: Final = "----"
START_MS: Final = 1000
_TASK_FIELDS: Final = frozenset(
    {"workflow_id", "run_id", "partition", "events", "workflow_type", "task_queue"}
    | {"dispatch_time_ms", "started_time_ms", "scheduled_time_ms", "retry_policy", "full"}
    | {"previous_started_event_id", "activity_type", "start_to_close_timeout_ms", "input"}
    | {"schedule_to_close_timeout_ms", "schedule_to_start_timeout_ms", "heartbeat_timeout_ms"}
    | {"queries", "query", "updates"}
)
_TRANSFER_FIELDS: Final = frozenset(
    {"workflow_id", "run_id", "identity", "input", "workflow_task_timeout_ms", "task_queue"}
    | {"close_event", "first_execution_run_id", "workflow_type", "request_id", "text"}
)
_REPLY_FIELDS: Final = frozenset(
    {"recipient", "workflow_id", "first_execution_run_id", "engine_time_ms", "body", "code"}
    | {"correlation_id"}
)
_NESTED_IN_BODY: Final = ("workflow_task", "activities", "children")
_BODY_FIELDS: Final = frozenset({"workflow_id", "first_execution_run_id", "history_size_bytes"})
_EVENT_FIELDS: Final = frozenset(
    {"workflow_id", "run_id", "event_id", "event_time_ms", "history_size_bytes", "completion_id"}
    | {"task_queue", "retry_policy", "activity_type"}
    | {"original_execution_run_id", "first_execution_run_id", "workflow_task_timeout_ms"}
    | {"start_to_close_timeout_ms"}
)


_LETTERS: Final = {WorkflowTask: "w", ActivityTask: "a", QueryTask: "q"}


class Story:
    """One partition, its log, and the tasks that workers have seen."""

    def __init__(self, *, restart: bool = False) -> None:
        self.restart = restart
        self.now_ms = START_MS
        self.known: set[tuple[str, str]] = {("activities", "q"), ("workflow-tasks", "q")}
        self.log: list[Change] = []
        self.seq = 0
        self.tasks: dict[str, WorkflowTask | ActivityTask | QueryTask] = {}
        self.runs: dict[str, str] = {}
        self.transfers: list[bytes] = []
        self.sent: list[bytes] = []
        self.retention_ms = 0
        self.store = MemoryStore()
        self.partition = PartitionState(self.store, "default", 0)
        self.queues = self._queues()

    def _queues(self) -> Queues:
        return Queues(partition=0, partitions=1, activity_copies=4, known=self.known)

    # Inputs.

    def play(self, block: list[str]) -> list[str]:
        """One transaction, or as many as are asked for: the lines of its outputs."""
        words = shlex.split(block[0])
        if words[0] == "repeat":
            again = [" ".join(words[2:]), *block[1:]]
            lines = [line for _ in range(int(words[1])) for line in self.play(again)]
            return shortened(lines)
        return shortened(self._play(words.pop(0), words, block))

    def _play(self, verb: str, words: list[str], block: list[str]) -> list[str]:
        out = Outbox()
        directives = {"now": self._now, "queue": self._queue, "poison": self._poison}
        directives["transfers"] = self._transfers
        if verb == "restart":
            self.reopen()
        elif verb == "retention":
            self.partition.retention_ms = self.retention_ms = int(words[0])
        elif verb in directives:
            directives[verb](out, words, block[1:])
        else:
            self._request(out, verb, words, block[1:])
        return self._finish(out)

    def _context(self, out: Outbox, kind: int = SOURCE_REQUESTS) -> Context:
        self.seq += 1
        return Context(
            now_ms=self.now_ms,
            source=Source(kind, 0, self.seq),
            out=out,
            queues=self.queues,
        )

    def _request(self, out: Outbox, verb: str, words: list[str], more: list[str]) -> None:
        kind = SOURCE_REQUESTS
        ask = False
        while verb in ("ask", "ingress"):
            ask = ask or verb == "ask"
            kind = SOURCE_INGRESS if verb == "ingress" else kind
            verb = words.pop(0)
        process(self.partition, self._parse(verb, words, more, ask=ask), self._context(out, kind))

    def _now(self, out: Outbox, words: list[str], _: list[str]) -> None:
        self.now_ms += int(words[0].removeprefix("+"))
        for _round in range(50):
            found = due(self.partition, self.now_ms, 100)
            if not found:
                return
            for one in found:
                process(self.partition, one, self._context(out))
        raise AssertionError("what is due never ends")

    def _transfers(self, out: Outbox, words: list[str], _: list[str]) -> None:
        arriving, self.transfers = self.transfers, []
        arriving = {"lost": [], "again": self.sent[:]}.get("".join(words), arriving)
        for data in arriving:
            process(self.partition, decode(data), self._context(out, SOURCE_TRANSFERS))

    def _queue(self, out: Outbox, words: list[str], _: list[str]) -> None:
        kind, queue, change = words
        if change == "gone":
            self.known.discard((kind, queue))
            return
        self.known.add((kind, queue))
        process(self.partition, QueueReady(kind, queue), self._context(out))

    def _poison(self, out: Outbox, words: list[str], more: list[str]) -> None:
        request = self._parse(words[0], words[1:], more, ask=False)
        context, mark = self._context(out), out.mark()
        process(self.partition, request, context)
        if not set_aside(self.partition, request, context, mark=mark, cause="it raised"):
            out.replies.clear()

    def _parse(self, verb: str, words: list[str], more: list[str], *, ask: bool) -> Any:
        cls = getattr(requests, verb)
        values: dict[str, Any] = {"workflow_id": "w"}
        names = {f.name for f in fields(cls)}
        if "scheduled_event_id" in names:
            kind = "w" if "WorkflowTask" in verb else "a"
            label = next((w[5:] for w in words if w.startswith("task=")), "")
            label = label or next(k for k in reversed(self.tasks) if k[0] == kind)
            task = self.tasks[label]
            assert not isinstance(task, QueryTask)
            for name in ("workflow_id", "run_id", "scheduled_event_id", "attempt"):
                values[name] = getattr(task, name)
            values["dispatch_time_ms"] = task.dispatch_time_ms
            if "started_event_id" in names:
                values["started_event_id"] = getattr(task, "started_event_id", 0)
        if ask:
            values |= {"reply_partition": 0, "recipient": "me", "correlation_id": "c"}
        named = {label: run_id for run_id, label in self.runs.items()}
        values |= parse(cls, [w for w in words if not w.startswith("task=")])
        values["run_id"] = named.get(values.get("run_id", ""), values.get("run_id", ""))
        if more:
            results = [line for line in more if line.startswith("Respond")]
            values["commands"] = [self._command(line) for line in more if line not in results]
            if results:
                values["query_results"] = [self._result(line) for line in results]
        return cls(**values)

    def _result(self, line: str) -> bytes:
        """The answer to a query that came with a task: to `ask`'s address."""
        verb, *words = shlex.split(line)
        address = {"reply_partition": 0, "recipient": "me", "correlation_id": "c"}
        cls = getattr(requests, verb)
        (run_id,) = self.runs
        return encode(cls(workflow_id="w", run_id=run_id, **(address | parse(cls, words))))

    def _command(self, line: str) -> bytes:
        verb, *words = shlex.split(line)
        cls = getattr(commands, verb)
        defaults: dict[str, Any] = {}
        if verb == "ScheduleActivityTask":
            defaults = {"activity_type": "A"}
            if not any("_to_close_" in w for w in words):
                defaults["start_to_close_timeout_ms"] = 10_000
        values = defaults | parse(cls, words)
        if "run_id" in values:
            values["run_id"] = self._named(values["run_id"])
        return encode(cls(**values))

    def _named(self, label: str) -> str:
        return next((run_id for run_id, known in self.runs.items() if known == label), label)

    # Outputs.

    def _finish(self, out: Outbox) -> list[str]:
        lines = [self._change(c) for c in out.changelog]
        for message in out.messages:
            task = decode(message.value)
            if message.kind == "transfers":
                lines.append(self._transfer(message.value, task))
                continue
            letter = _LETTERS[type(task)]
            label = f"{letter}{1 + sum(1 for k in self.tasks if k[0] == letter)}"
            self.tasks[label] = task
            lines.append(self._task(label, message.queue, task))
        lines += [self._answer(decode(a.value), a.key.decode()) for a in out.replies]
        lines += [f"  ! needs topic {kind} {queue}" for kind, queue in sorted(out.ensure_topics)]
        self.log += out.changelog
        self.partition.write()
        self.check()
        if self.restart:
            self.reopen()
        return lines

    def reopen(self) -> None:
        """As a new process finds it: soft state is gone."""
        self.partition = PartitionState(self.store, "default", 0, retention_ms=self.retention_ms)
        self.queues = self._queues()

    def _change(self, change: Change) -> str:
        if change.value is None:
            return f"  {change.kind} {self._short(change.key.decode())} ends"
        record = decode(change.value)
        if change.kind == "history":
            event = render(record, payloads=True, skipped=_EVENT_FIELDS)
            when = record.event_time_ms - START_MS
            return self._short(f"  {record.event_id:3} {event}" + (f" @{when}" if when else ""))
        key = self._short(change.key.decode())
        return self._short(f"  {change.kind} {key} {render(record, payloads=True)}")

    def _task(self, label: str, queue: str, task: WorkflowTask | ActivityTask | QueryTask) -> str:
        text = render(task, payloads=True, skipped=_TASK_FIELDS)
        assert task.dispatch_time_ms == self.now_ms
        if isinstance(task, WorkflowTask | QueryTask):
            ids = [decode(e).event_id for e in task.events]
            assert task.full == (ids[:1] == [1])
            text += f" events={ids[0]}-{ids[-1]}" if ids else " events=none"
            assert ids == list(range(ids[0], ids[-1] + 1)) if ids else True
            asked = task.queries if isinstance(task, WorkflowTask) else [task.query]
            updates = task.updates if isinstance(task, WorkflowTask) else []
            text += "".join(f" update={decode(u).update_id}" for u in updates)
            text += "".join(f" query={decode(q).query_type}" for q in asked)
        return self._short(f"  > {label} {queue} {text}")

    def _transfer(self, data: bytes, record: DeliverTransfer | AcknowledgeTransfer) -> str:
        self.transfers.append(data)
        self.sent.append(data)
        if isinstance(record, AcknowledgeTransfer):
            text = render(record, skipped=_TRANSFER_FIELDS)
            return self._short(f"  >> {record.workflow_id} {text}")
        inner = decode(record.request)
        only = " child_workflow_only" if record.child_workflow_only else ""
        text = render(inner, payloads=True, skipped=_TRANSFER_FIELDS)
        return self._short(f"  >> {inner.workflow_id} {text}{only}")

    def _answer(self, record: Any, recipient: str) -> str:
        if not isinstance(record, Reply):
            return self._short(f"  < {recipient}: {render(record)}")
        lines = [f"  < {record.code} {render(record, skipped=_REPLY_FIELDS)}".replace("Reply ", "")]
        for data in record.body:
            lines += self._body(decode(data), "      ")
        return self._short("\n".join(lines))

    def _body(self, record: Any, indent: str) -> list[str]:
        if isinstance(record, typing.get_args(Event)):
            return [f"{indent}{record.event_id} {type(record).__name__}"]
        nested = [f.name for f in fields(record) if f.name in _NESTED_IN_BODY]
        text = render(record, payloads=True, skipped=_BODY_FIELDS | frozenset(nested))
        lines = [indent + text]
        for name in nested:
            for data in getattr(record, name):
                lines += self._body(decode(data), indent + "  ")
        return lines

    def _short(self, text: str) -> str:
        """Run ids by their order: R1, R2, …."""
        for change in self.log:
            self._name(change.key.decode().split("/")[0])
        for execution in list(self.partition._runs):
            self._name(execution)
        for run_id, label in self.runs.items():
            text = text.replace(run_id, label)
        return text

    def _name(self, run_id: str) -> None:
        if run_id and run_id not in self.runs:
            self.runs[run_id] = f"R{len(self.runs) + 1}"

    # What holds after every transaction.

    def check(self) -> None:
        """The log, whole or compacted, folds to the state; event ids have no gaps."""
        expected = digest(self.partition)
        for log in (self.log, *compacted(self.log)):
            assert folded(log) == expected, "the log does not fold to the state"
        self._check_histories()

    def _check_histories(self) -> None:
        fresh = PartitionState(self.store, "default", 0)
        for key, _ in self.store.scan(b"r", b"s"):
            execution = fresh.run(key[1:].decode())
            assert execution is not None
            events = [decode(e).event_id for e in fresh.events(execution, 1)]
            assert events == list(range(1, execution.state.next_event_id)), "event ids"


def shortened(lines: list[str]) -> list[str]:
    """Of many lines that differ in numbers only, the first and the last."""
    result: list[str] = []
    for _, group in groupby(lines, key=lambda line: re.sub(r" *\d+", "0", line)):
        alike = list(group)
        if len(alike) > 4:
            alike = [alike[0], f"  … {len(alike) - 2} more", alike[-1]]
        result += alike
    return result


def folded(log: list[Change]) -> str:
    """The digest of a new partition that read `log`."""
    fresh = PartitionState(MemoryStore(), "default", 0)
    for change in log:
        fold(fresh, change.kind, change.key, change.value)
    assert not fresh.holes, fresh.holes
    fresh.write()
    return digest(fresh)


def compacted(log: list[Change]) -> tuple[list[Change], list[Change]]:
    """The log as a compaction leaves it: with tombstones, and after they are dropped as well."""
    last = {(c.kind, c.key): i for i, c in enumerate(log)}
    kept = [c for i, c in enumerate(log) if last[c.kind, c.key] == i]
    return kept, [c for c in kept if c.value is not None]


def blocks(text: str) -> list[tuple[list[str], list[str]]]:
    """Comments and inputs of every block of a story."""
    found: list[tuple[list[str], list[str]]] = []
    for block in text.strip("\n").split("\n\n"):
        lines = block.split("\n")
        comments = [line for line in lines if line.startswith("#")]
        inputs = list(takewhile(lambda line: line != SEPARATOR, lines[len(comments) :]))
        found.append((comments, inputs))
    return found


def run(text: str, *, restart: bool = False) -> str:
    """The story with its outputs as they are."""
    story, result = Story(restart=restart), list[str]()
    for comments, inputs in blocks(text):
        result += comments
        if inputs:
            result += [*inputs, SEPARATOR, *story.play(inputs)]
        result.append("")
    return "\n".join(result)
