"""Keys of the Store: a letter for the kind, then the parts; numbers sort (big-endian).

Identifiers are UTF-8; a zero byte ends the ones that something follows (validated away at the
door).
"""

from typing import Final

LETTERS: Final[dict[bytes, str]] = {
    b"a": "pending activity: run id, scheduled event id -> ActivityEntry",
    b"c": "current run: workflow id -> run id",
    b"d": "signal or cancel seen: run id, request id -> empty",
    b"e": "held event: run id, index -> event",
    b"f": "feature level, when it was raised: one FeatureLevel",
    b"h": "history: run id, event id -> event",
    b"i": "activity id in use: run id, activity id -> scheduled event id",
    b"k": "child that has not closed: run id, initiated event id -> ChildEntry",
    b"l": "transfer not acknowledged: run id, transfer id -> PendingTransfer",
    b"m": "meta: one PartitionMeta",
    b"n": "numbers of runs: one entry, three counts",
    b"o": "properties, when the run has changed them: run id -> RunProperties",
    b"p": "parked request: run id, index -> ParkedRequest",
    b"q": "start seen: workflow id, request id -> run id",
    b"r": "run: run id -> RunState",
    b"t": "pending timer: run id, timer id -> TimerEntry",
    b"u": "admitted update: run id, index -> AdmittedUpdate",
    b"v": "update: run id, update id -> UpdateEntry",
    b"x": "deadline: due time, kind, run id, event id -> empty",
    b"z": "waits for its queue: kind, queue, time, run id, event id -> empty",
}
META: Final = b"m"
STAMP: Final = b"ms"  # Which record versions the Store may hold; no part of the state.
LEVEL: Final = b"f"
TALLY: Final = b"n"

DUE_RUN: Final = b"1"  # Sorts first: a run that timed out has no other deadlines.
DUE_ACTIVITY: Final = b"2"
DUE_TIMER: Final = b"3"
DUE_TRANSFER: Final = b"4"


def number(value: int) -> bytes:
    """Eight bytes that sort as the number."""
    return value.to_bytes(8, "big")


def run(run_id: str) -> bytes:
    """RunState."""
    return b"r" + run_id.encode()


def properties(run_id: str) -> bytes:
    """RunProperties."""
    return b"o" + run_id.encode()


def current(workflow_id: str) -> bytes:
    """The run id of the newest run."""
    return b"c" + workflow_id.encode()


def start(workflow_id: str, request_id: str) -> bytes:
    """The run that a start request opened."""
    return b"q%b\x00%b" % (workflow_id.encode(), request_id.encode())


def seen(run_id: str, request_id: str) -> bytes:
    """A signal or cancel request that had its effect."""
    return b"d%b\x00%b" % (run_id.encode(), request_id.encode())


def history(run_id: str, event_id: int) -> bytes:
    """One event."""
    return b"h%b\x00%b" % (run_id.encode(), event_id.to_bytes(8, "big"))


def held(run_id: str, index: int) -> bytes:
    """One held event."""
    return b"e%b\x00%b" % (run_id.encode(), index.to_bytes(8, "big"))


def parked(run_id: str, index: int) -> bytes:
    """One parked request."""
    return b"p%b\x00%b" % (run_id.encode(), index.to_bytes(8, "big"))


def activity(run_id: str, scheduled_event_id: int) -> bytes:
    """ActivityEntry."""
    return b"a%b\x00%b" % (run_id.encode(), scheduled_event_id.to_bytes(8, "big"))


def activity_id(run_id: str, name: str) -> bytes:
    """The pending activity of this Activity ID."""
    return b"i%b\x00%b" % (run_id.encode(), name.encode())


def timer(run_id: str, timer_id: str) -> bytes:
    """TimerEntry."""
    return b"t%b\x00%b" % (run_id.encode(), timer_id.encode())


def child(run_id: str, initiated_event_id: int) -> bytes:
    """ChildEntry."""
    return b"k%b\x00%b" % (run_id.encode(), initiated_event_id.to_bytes(8, "big"))


def transfer(run_id: str, transfer_id: int) -> bytes:
    """PendingTransfer."""
    return b"l%b\x00%b" % (run_id.encode(), transfer_id.to_bytes(8, "big"))


def admitted(run_id: str, index: int) -> bytes:
    """One AdmittedUpdate."""
    return b"u%b\x00%b" % (run_id.encode(), index.to_bytes(8, "big"))


def update(run_id: str, update_id: str) -> bytes:
    """UpdateEntry."""
    return b"v%b\x00%b" % (run_id.encode(), update_id.encode())


def deadline(due_ms: int, kind: bytes, run_id: str, event_id: int) -> bytes:
    """One entry of the deadline index; `kind` is DUE_*."""
    return b"x%b%b%b%b" % (
        due_ms.to_bytes(8, "big"),
        kind,
        event_id.to_bytes(8, "big"),
        run_id.encode(),
    )


def parse_deadline(key: bytes) -> tuple[int, bytes, str, int]:
    """Due time, kind, run id and event id of a deadline key."""
    return (
        int.from_bytes(key[1:9], "big"),
        key[9:10],
        key[18:].decode(),
        int.from_bytes(key[10:18], "big"),
    )


def waiting(kind: str, queue: str, time_ms: int, run_id: str, event_id: int) -> bytes:
    """A task that waits for its queue, or for a place in it."""
    return b"%b%b%b%b" % (
        waiting_prefix(kind, queue),
        time_ms.to_bytes(8, "big"),
        event_id.to_bytes(8, "big"),
        run_id.encode(),
    )


def waiting_prefix(kind: str, queue: str) -> bytes:
    """All tasks that wait for one queue."""
    return b"z%b\x00%b\x00" % (kind.encode(), queue.encode())


def parse_waiting(key: bytes) -> tuple[str, str, int, str, int]:
    """Kind, queue, time, run id and event id of a waiting key."""
    kind, queue, rest = key[1:].split(b"\x00", 2)
    time_ms, event_id = int.from_bytes(rest[:8], "big"), int.from_bytes(rest[8:16], "big")
    return kind.decode(), queue.decode(), time_ms, rest[16:].decode(), event_id


def of_run(letter: bytes, run_id: str) -> bytes:
    """The prefix of all keys of `letter` that belong to a run."""
    return b"%b%b\x00" % (letter, run_id.encode())


def end_of(prefix: bytes) -> bytes:
    """The first key behind all keys with `prefix`."""
    return prefix + b"\xff" * 9
