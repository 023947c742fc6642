"""Evidence as plain data: what activities, clients and topics say, and what was done to the system.

Whoever gathers it (the chaos test from real topics, the simulator from its own) fills in what it
has; a part that is left empty is a part that is not checked. Times are ms since the epoch.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

Histories = dict[str, list[Any]]  # Run id -> its events, in the order of the log.

BEGIN, DONE, FAILED = "begin", "done", "failed"


@dataclass(slots=True, frozen=True, kw_only=True)
class Effect:
    """One line of the ledger: an activity began, was done, or failed.

    execution: random per execution; pid: of the worker. digest: of the result, of `done` only.
    """

    what: str
    execution: str
    workflow_id: str
    run_id: str
    activity_id: str
    attempt: int
    pid: int
    time_ms: int
    digest: str = ""


@dataclass(slots=True, frozen=True, kw_only=True)
class Call:
    """One request of a client, from a client's journal.

    kind: start, signal, update, result, … outcome: `ok` (acknowledged), `unknown` (no answer came),
    `fail` (refused). sender, number: of signals, whose order per sender counts. argument, answer:
    in words; of updates, operation and result. run_id: what an acknowledged start was told.
    """

    kind: str
    workflow_id: str
    outcome: Literal["ok", "unknown", "fail"]
    begin_ms: int
    end_ms: int
    run_id: str = ""
    sender: str = ""
    number: int = 0
    argument: str = ""
    answer: str = ""


@dataclass(slots=True, frozen=True, kw_only=True)
class Fault:
    """Something that was done to the system.

    kind: as the nemesis calls it. pid: the process that was hit, 0 when it was no worker: a
    worker's end explains its own executions only, everything else whatever was under way.
    """

    kind: str
    target: str
    begin_ms: int
    end_ms: int
    pid: int = 0


@dataclass(slots=True, frozen=True, kw_only=True)
class Write:
    """One record of a changelog topic, by its mark. void: the (incarnation, seq) that it voids.

    source: kind, partition and offset of the input that caused it; None: no input did.
    """

    partition: int
    topic: str
    offset: int
    incarnation: int
    seq: int
    index: int
    count: int
    source: tuple[int, int, int] | None
    void: tuple[int, int] | None = None


@dataclass(slots=True, frozen=True, kw_only=True)
class Report:
    """An answer of an activity worker as it stands on `requests`: it was acknowledged."""

    run_id: str
    scheduled_event_id: int
    attempt: int
    time_ms: int
    digest: str


@dataclass(slots=True, frozen=True, kw_only=True)
class Same:
    """Two things that must be equal, each in words: a fold and a disk, a history and a list."""

    what: str
    expected: str
    found: str


@dataclass(slots=True, frozen=True, kw_only=True)
class Usage:
    """The most that one process took of something, and what it may take."""

    process: str
    what: str
    most: float
    limit: float


@dataclass(slots=True, kw_only=True)
class Evidence:
    """All that is known of one run.

    written: when the record of an event (run id, event id) was produced, by its producer's clock.
    quiet_ms: when the last fault was over for long enough; 0: nothing is expected to be closed.
    planted, letters: poison by its content; letters are what `dead-letters` holds.
    errors: lines of logs at level ERROR whose cause has no name.
    """

    histories: Histories = field(default_factory=dict[str, list[Any]])
    written: dict[tuple[str, int], int] = field(default_factory=dict[tuple[str, int], int])
    effects: list[Effect] = field(default_factory=list[Effect])
    calls: list[Call] = field(default_factory=list[Call])
    faults: list[Fault] = field(default_factory=list[Fault])
    writes: list[Write] = field(default_factory=list[Write])
    reports: list[Report] = field(default_factory=list[Report])
    same: list[Same] = field(default_factory=list[Same])
    usage: list[Usage] = field(default_factory=list[Usage])
    planted: list[str] = field(default_factory=list[str])
    letters: list[str] = field(default_factory=list[str])
    errors: list[str] = field(default_factory=list[str])
    quiet_ms: int = 0
