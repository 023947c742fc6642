"""Bad input of every kind, from a seed: bytes, damaged records, extreme values, hostile JSON.

Whatever decodes shall go deep: Workflow IDs, run ids and tokens are taken from what an engine under
test has, as far as it is told.
"""

import json
import random  # noqa: TID251 every draw comes from the seed
from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from duralog.schemas import codec, commands, requests
from unit.schemas.samples import sample

Headers = list[tuple[str, bytes | None]] | None
INTEGERS: Final = (
    *(0, 1, 2, 3, 5, 7, 1_000, 10**6, 2**31 - 1, 2**31, 2**32, 2**53, 2**62, 2**63 - 1),
    *(-1, -(2**31), -(2**63)),
)
DOUBLES: Final = (0.0, -0.0, 1.0, 2.5, -1.0, 1e-308, 1e308, float("inf"), float("nan"))
TEXTS: Final = (
    *("", "q", "w", "\x00", "a\nb", "é", "\U0001f600", "\u202e", "../..", "a.b", "A" * 1_001),
    *("FAIL", "ALLOW_DUPLICATE", "TERMINATE_IF_RUNNING", "REQUEST_CANCEL", "ABANDON", "1", "-1"),
)
WORKFLOWS: Final = tuple(f"w{i}" for i in range(6))
DEPTH_MAX: Final = 3  # Of nested records and lists that are drawn.
TASKS_MAX: Final = 16  # Remembered: old ones are answered by now.
_TOKEN: Final = (
    *("workflow_id", "run_id", "scheduled_event_id", "attempt", "dispatch_time_ms"),
    *("started_event_id", "started_time_ms", "activity_id"),
)
_PLAUSIBLE: Final = {
    **dict.fromkeys(("workflow_id", "target_workflow_id", "child_workflow_id"), WORKFLOWS),
    "task_queue": ("q",),
    "workflow_type": ("T",),
    "activity_type": ("A",),
    "signal_name": ("s",),
    "run_id": ("",),
    "target_run_id": ("",),
    "workflow_id_reuse_policy": ("ALLOW_DUPLICATE", "TERMINATE_IF_RUNNING"),
    "workflow_id_conflict_policy": ("FAIL", "USE_EXISTING", "TERMINATE_EXISTING"),
    "parent_close_policy": ("TERMINATE", "ABANDON", "REQUEST_CANCEL"),
    "cancellation_type": ("TRY_CANCEL", "WAIT_CANCELLATION_COMPLETED", "ABANDON"),
    "wait_stage": ("ACCEPTED", "COMPLETED"),
}
_ENDING: Final = (
    commands.CompleteWorkflowExecution,
    commands.FailWorkflowExecution,
    commands.CancelWorkflowExecution,
    commands.ContinueAsNewWorkflowExecution,
)
# What moves a run on is drawn more often than the rest.
_OFTEN: Final = (
    *(requests.RespondWorkflowTaskCompleted,) * 20,
    *(requests.RespondActivityTaskCompleted, requests.RespondActivityTaskFailed) * 4,
    *(requests.StartWorkflowExecution, requests.SignalWorkflowExecution) * 3,
)


@dataclass(slots=True)
class Known:
    """What an engine has, for input that goes deep: tasks, whose tokens fit."""

    tasks: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def note(self, task: Any) -> None:
        """Remember a task's token."""
        self.tasks.append({n: getattr(task, n) for n in _TOKEN if hasattr(task, n)})
        del self.tasks[:-TASKS_MAX]

    def token(self, chance: random.Random) -> dict[str, Any]:
        """Fields that fit together; empty as often as not when nothing is known."""
        return chance.choice(self.tasks) if self.tasks and chance.random() < 0.85 else {}


@cache
def _request_samples() -> list[bytes]:
    return [codec.encode(sample(record)) for record in requests.CODECS]


@cache
def _all_samples() -> list[bytes]:
    return [codec.encode(sample(record)) for record in codec.CLASSES.values()]


@cache
def _hints(record: type) -> dict[str, Any]:
    return get_type_hints(record)


def noise(chance: random.Random) -> bytes:
    """Any bytes, mostly few."""
    return chance.randbytes(int(chance.expovariate(1 / 40)))


def framed(chance: random.Random) -> bytes:
    """A frame, of a schema known or unknown, around noise."""
    known = chance.random() < 0.8
    number = chance.choice(_ids()) if known else chance.getrandbits(32)
    return b"\x00" + number.to_bytes(4, "big") + noise(chance)


@cache
def _ids() -> list[int]:
    return sorted(codec.schemas())


def damaged(chance: random.Random, whole: bytes) -> bytes:
    """`whole` with some bytes flipped, left out, doubled, or its end cut off."""
    data = bytearray(whole)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        way = chance.randrange(5)
        if way == 0 and at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        elif way == 1 and at < len(data):
            data[at] = chance.choice((0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF))
        elif way == 2:
            data[at : at + chance.randint(1, 8)] = b""
        elif way == 3:
            data[at:at] = bytes(data[at : at + chance.randint(1, 16)])
        elif chance.random() < 0.3:
            del data[at:]
    return bytes(data)


def any_record(chance: random.Random) -> bytes:
    """Bytes for any decoder."""
    way = chance.random()
    if way < 0.15:
        return noise(chance)
    if way < 0.4:
        return framed(chance)
    return damaged(chance, chance.choice(_all_samples()))


def request(chance: random.Random, known: Known) -> bytes:
    """Bytes for a door that takes requests; well formed ones, mostly, for an engine."""
    way = chance.random() * (1.0 if known.tasks else 0.7)
    if way < 0.07:
        return noise(chance)
    if way < 0.14:
        return framed(chance)
    if way < 0.17:
        return any_record(chance)
    if way < 0.35:
        return damaged(chance, chance.choice(_request_samples()))
    kinds = [*requests.CODECS, *_OFTEN] if known.tasks else list(requests.CODECS)
    token = known.token(chance)
    return codec.encode(draw(chance, chance.choice(kinds), token))


def draw(chance: random.Random, record: type, token: dict[str, Any], depth: int = 0) -> Any:
    """A record whose fields are at their defaults, plausible or extreme; those of `token` fit."""
    assert is_dataclass(record)
    values: dict[str, Any] = {}
    often = chance.choice((0.0, 0.05, 0.3))
    for f in fields(record):
        kind = _hints(record)[f.name]
        required = f.default is f.default_factory  # Both are dataclasses.MISSING.
        if f.name in token and chance.random() < 0.98:
            values[f.name] = token[f.name]
        elif required or f.name == "commands" or chance.random() < often:
            values[f.name] = _value(chance, kind, f.name, depth)
    return record(**values)


def _value(chance: random.Random, kind: Any, name: str, depth: int) -> Any:
    if isinstance(kind, UnionType):
        inner = next(a for a in get_args(kind) if a is not type(None))
        none = depth >= DEPTH_MAX or chance.random() < 0.3
        return None if none else _value(chance, inner, name, depth)
    if get_origin(kind) in (list, dict):
        count = 0 if depth >= DEPTH_MAX else chance.choice((0, 1, 1, 1, 2, 3))
        item = get_args(kind)[-1]
        items = [_value(chance, item, name, depth + 1) for _ in range(count)]
        if get_origin(kind) is list:
            return items
        return {f"{chance.choice(TEXTS)}{i}": value for i, value in enumerate(items)}
    if is_dataclass(kind):
        assert isinstance(kind, type)
        return draw(chance, kind, {}, depth + 1)
    return _PLAIN[kind](chance, name)


def _text(chance: random.Random, name: str) -> str:
    plausible = _PLAUSIBLE.get(name, ())
    if plausible and chance.random() < 0.9:
        return chance.choice(plausible)
    if name.endswith("_id") and chance.random() < 0.5:
        return chance.choice(WORKFLOWS)
    return chance.choice(TEXTS)


def _bytes(chance: random.Random, name: str) -> bytes:
    if name == "commands" and chance.random() < 0.97:
        kind = chance.choice([c for c in commands.CODECS if c not in _ENDING])
        if chance.random() < 0.03:
            kind = chance.choice(_ENDING)
        return codec.encode(draw(chance, kind, {}, 1))
    if chance.random() < 0.3:
        return any_record(chance)
    return noise(chance)


def _integer(chance: random.Random, name: str) -> int:
    pool = INTEGERS if chance.random() < 0.3 else INTEGERS[:8]
    number: int = chance.choice(pool if not name.endswith("_ms") else (*pool, 1_000, 60_000))
    return number


_PLAIN: Final[dict[type, Callable[[random.Random, str], Any]]] = {
    str: _text,
    bytes: _bytes,
    int: _integer,
    float: lambda chance, *_: chance.choice(DOUBLES),
    bool: lambda chance, *_: chance.random() < 0.5,
}

# JSON, as text: what json.dumps would not write is part of it.
_SCALARS: Final = (
    *("null", "true", "0", "-1", "1e999", "-1e999", "NaN", "Infinity", "1" * 400, "9" * 5_000),
    *('""', '"a"', '"\\ud800"', '"\\u0000"', '"w1"', '"q"', "1e-400", "1.5", str(2**63)),
    *("[]", "{}", "[[]]", '{"a": 1}', "", "'a'"),
)
_NAMES: Final = (
    *("action", "workflow_id", "workflow_type", "task_queue", "input", "signal_name", "memo"),
    *("search_attributes", "retry_policy", "start_delay_ms", "workflow_run_timeout_ms", "run_id"),
    *("priority_key", "fairness_weight", "workflow_id_reuse_policy", "workflow_id_conflict_policy"),
    *("request_id", "reason", "details", "signal_input", "user_metadata_summary", "x", ""),
)
_POLICY: Final = ("initial_interval_ms", "backoff_coefficient", "maximum_attempts", "x")
_ACTIONS: Final = ("start", "signal", "signal_with_start", "cancel", "terminate", "x")


def json_body(chance: random.Random) -> bytes:
    """A JSON request of `ingress`, or nearly one."""
    members = {
        "action": json.dumps(chance.choice(_ACTIONS)),
        "workflow_id": json.dumps(chance.choice(WORKFLOWS)),
        "workflow_type": '"T"',
        "task_queue": '"q"',
    }
    if chance.random() < 0.5:
        members["signal_name"] = '"s"'
    for _ in range(chance.randint(0, 4)):
        members[chance.choice(_NAMES)] = _json_value(chance)
    if chance.random() < 0.2:
        members.pop(chance.choice(list(members)))
    text = "{" + ", ".join(f"{json.dumps(k)}: {v}" for k, v in members.items()) + "}"
    encoding = chance.choice(("utf-8",) * 12 + ("utf-16", "utf-32", "utf-8-sig"))
    data = text.encode(encoding)
    return damaged(chance, data) if chance.random() < 0.2 else data


def _json_value(chance: random.Random) -> str:
    way = chance.random()
    if way < 0.02:
        depth = chance.choice((50, 2_000, 100_000))
        opened, closed = chance.choice((("[", "]"), ('{"a":', "}")))
        return opened * depth + "1" + closed * chance.choice((0, depth))
    if way < 0.7:
        return chance.choice(_SCALARS)
    if way < 0.85:
        return "[" + ", ".join(chance.choice(_SCALARS) or "1" for _ in range(3)) + "]"
    names = chance.sample(_POLICY, 2)
    return "{" + ", ".join(f'"{name}": {chance.choice(_SCALARS) or "1"}' for name in names) + "}"


_HEADER_VALUES: Final = (
    *(b"", b"\xff\xfe", b"a", b"ingress/0/1", b"transfers/1/1", b"x/0/0", b"ingress/-1/1"),
    *(b"ingress/0/" + b"9" * 5_000, b"requests/99999999999999999999/1", None, b"r\x00"),
)


def headers(chance: random.Random) -> Headers:
    """Headers that say nothing, too much, or what they should not."""
    if chance.random() < 0.4:
        return None
    names = ("origin", "id", "ce_id", "traceparent", "duralog-replay-of", "content-type", "h", "")
    return [
        (chance.choice(names), chance.choice(_HEADER_VALUES)) for _ in range(chance.randint(0, 4))
    ]


def key(chance: random.Random) -> bytes | None:
    """None, a Workflow ID, or noise."""
    way = chance.random()
    if way < 0.2:
        return None
    return chance.choice(WORKFLOWS).encode() if way < 0.8 else noise(chance)
