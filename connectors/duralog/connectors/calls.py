"""Open calls of a channel: when to ask again, when to give up, which parts are there. Pure."""

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

from duralog.connectors.broker import OutRecord
from duralog.schemas.replies import Reply

CLOCK_AGE_MAX_MS: Final = 120_000  # Quartz drifts 10 ms in that time.
CLOCK_UNCERTAINTY_MAX_MS: Final = 250  # DESIGN 7.
OF_WORKERS: Final = frozenset({"query", "update"})  # What an engine alone cannot answer.
CALLS_MAX: Final = 10_000  # More waiting callers are a mistake.
CALLS_BYTES_MAX: Final = 256 * 1024 * 1024  # Of their requests, which are kept to be sent again.


@dataclass(slots=True, frozen=True, kw_only=True)
class Repeat:
    """When a request is sent again: after first_ms, then `factor` times later, max_ms at most."""

    first_ms: int
    max_ms: int
    factor: float


ASK: Final = Repeat(first_ms=5_000, max_ms=60_000, factor=2.0)
CLAIM: Final = Repeat(first_ms=1_000, max_ms=10_000, factor=1.3)  # About each second at first.


@dataclass(slots=True, kw_only=True)
class Call:
    """One open call. Times are monotonic.

    deadline_ms: None for as long as it takes. delivered: where the request stands in the log, or
    what failed.
    """

    record: OutRecord
    noun: str
    repeat: Repeat
    sent_ms: int
    next_ms: int
    wait_ms: float
    deadline_ms: int | None
    timeout_ms: int
    future: Future[Reply] = field(default_factory=Future[Reply])
    delivered: str = ""
    parts: dict[tuple[int, int], dict[int, Reply]] = field(
        default_factory=dict[tuple[int, int], dict[int, Reply]]
    )

    def timeout_text(self) -> str:
        """What is known when nobody answered."""
        seconds = f"{self.timeout_ms / 1000:g} s"
        if not self.delivered:
            where = f"{self.record.topic}[{self.record.partition}]"
            return (
                f"the {self.noun} could not be handed to {where} in {seconds}: is Kafka reachable?"
            )
        if self.noun in OF_WORKERS:
            return (
                f"the {self.noun} is on {self.delivered}, no worker answered in {seconds}: does one"
                " poll the Task Queue of the workflow, and is 'duralog engine' running?"
            )
        return (
            f"the {self.noun} is on {self.delivered}, no engine answered in {seconds}: "
            "is 'duralog engine' running?"
        )


class Calls:
    """The table of open calls, by correlation id."""

    def __init__(self) -> None:
        self._open: dict[str, Call] = {}
        self._size_bytes = 0

    def __len__(self) -> int:
        return len(self._open)

    def refusal(self, call: Call) -> str:
        """Why there is no room for `call`; empty: there is."""
        if len(self._open) >= CALLS_MAX:
            return f"{CALLS_MAX} calls are open; wait for some of them"
        if self._size_bytes + _size(call) > CALLS_BYTES_MAX:
            return (
                f"the {len(self._open)} open calls hold {self._size_bytes} bytes, at most "
                f"{CALLS_BYTES_MAX}; wait for some of them"
            )
        return ""

    def add(self, correlation_id: str, call: Call) -> None:
        """Track a call that is being sent."""
        assert correlation_id not in self._open
        self._open[correlation_id] = call
        self._size_bytes += _size(call)

    def get(self, correlation_id: str) -> Call | None:
        """The open call of that id."""
        return self._open.get(correlation_id)

    def accept(self, reply: Reply) -> tuple[Call, Reply] | None:
        """Take in one message; returns the call and its whole reply when the last part is there.

        Parts of different answers to a repeated request are kept apart: by their number and engine
        time.
        """
        call = self._open.get(reply.correlation_id)
        if call is None:
            return None
        if reply.parts > 1:
            parts = call.parts.setdefault((reply.parts, reply.engine_time_ms), {})
            parts[reply.part] = reply
            if len(parts) < reply.parts:
                return None
            first = parts[0]
            first.body = [b for _, part in sorted(parts.items()) for b in part.body]
            reply = first
        self.drop(reply.correlation_id)
        return call, reply

    def drop(self, correlation_id: str) -> Call | None:
        """Forget a call."""
        call = self._open.pop(correlation_id, None)
        if call is not None:
            self._size_bytes -= _size(call)
        return call

    def due(self, monotonic_ms: int) -> tuple[list[tuple[str, Call]], list[Call]]:
        """Calls to send again, and those that timed out. These and cancelled ones are forgotten."""
        again: list[tuple[str, Call]] = []
        expired: list[Call] = []
        for correlation_id, call in list(self._open.items()):
            if call.future.cancelled():
                self.drop(correlation_id)
            elif call.deadline_ms is not None and monotonic_ms >= call.deadline_ms:
                self.drop(correlation_id)
                expired.append(call)
            elif monotonic_ms >= call.next_ms:
                call.wait_ms = min(call.wait_ms * call.repeat.factor, call.repeat.max_ms)
                call.next_ms = monotonic_ms + int(call.wait_ms)
                again.append((correlation_id, call))
        return again, expired

    def clear(self) -> Iterator[Call]:
        """Forget all calls, and return them."""
        calls, self._open, self._size_bytes = list(self._open.values()), {}, 0
        return iter(calls)


def _size(call: Call) -> int:
    return len(call.record.value or b"")


@dataclass(slots=True, frozen=True, kw_only=True)
class EngineClock:
    """What is known of an engine partition's clock: monotonic + offset_ms, give or take."""

    offset_ms: int
    uncertainty_ms: int
    measured_ms: int  # Monotonic.


class Clocks:
    """Clocks of engine partitions, from the round trips of replies."""

    def __init__(self) -> None:
        self._known: dict[int, EngineClock] = {}

    def observe(
        self, partition: int, *, engine_time_ms: int, sent_ms: int, received_ms: int
    ) -> None:
        """Learn from a reply: the engine's time lies between first sending and receiving."""
        half = (received_ms - sent_ms + 1) // 2
        if half > CLOCK_UNCERTAINTY_MAX_MS or engine_time_ms <= 0:
            return
        old = self._known.get(partition)
        is_old = old is None or received_ms - old.measured_ms > CLOCK_AGE_MAX_MS // 4
        if old is None or is_old or half <= old.uncertainty_ms:
            self._known[partition] = EngineClock(
                offset_ms=engine_time_ms - (sent_ms + received_ms) // 2,
                uncertainty_ms=half,
                measured_ms=received_ms,
            )

    def get(self, partition: int, monotonic_ms: int) -> EngineClock | None:
        """The clock of `partition`, unless nothing recent is known."""
        clock = self._known.get(partition)
        if clock is None or monotonic_ms - clock.measured_ms > CLOCK_AGE_MAX_MS:
            return None
        return clock

    def is_due(self, partition: int, monotonic_ms: int) -> bool:
        """True when it should be measured again."""
        clock = self._known.get(partition)
        return clock is None or monotonic_ms - clock.measured_ms > CLOCK_AGE_MAX_MS // 2
