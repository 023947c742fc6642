"""Open calls ask again, merge parts, give up; replies tell the engine's time."""

from duralog.connectors.broker import OutRecord
from duralog.connectors.calls import (
    ASK,
    CALLS_BYTES_MAX,
    CALLS_MAX,
    CLOCK_AGE_MAX_MS,
    Call,
    Calls,
    Clocks,
    Repeat,
)
from duralog.schemas.replies import Reply

RECORD = OutRecord("requests", 3, b"w", b"request")


def call(*, timeout_ms: int = 0, repeat: Repeat = ASK) -> Call:
    return Call(
        record=RECORD,
        noun="start",
        repeat=repeat,
        sent_ms=0,
        next_ms=repeat.first_ms,
        wait_ms=repeat.first_ms,
        deadline_ms=timeout_ms or None,
        timeout_ms=timeout_ms,
    )


def reply(part: int = 0, parts: int = 1, *, time_ms: int = 1, body: bytes = b"") -> Reply:
    return Reply(
        recipient="r",
        correlation_id="c",
        code="OK",
        engine_time_ms=time_ms,
        part=part,
        parts=parts,
        body=[body],
    )


def test_it_asks_again_after_5_s_doubling_to_60_s() -> None:
    calls = Calls()
    calls.add("c", call())
    asked = [now for now in range(0, 400_000, 100) if calls.due(now)[0]]
    waits = [b - a for a, b in zip([0, *asked], asked, strict=False)]
    assert waits == [5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000, 60_000, 60_000]


def test_it_gives_up_at_the_deadline_and_says_what_is_known() -> None:
    calls, mine = Calls(), call(timeout_ms=10_000)
    calls.add("c", mine)
    assert calls.due(9_999)[1] == []
    assert calls.due(10_000)[1] == [mine]
    assert len(calls) == 0
    assert mine.timeout_text() == (
        "the start could not be handed to requests[3] in 10 s: is Kafka reachable?"
    )
    mine.delivered = "requests[3]@1042"
    assert mine.timeout_text() == (
        "the start is on requests[3]@1042, no engine answered in 10 s: is 'duralog engine' running?"
    )


def test_a_cancelled_call_is_forgotten() -> None:
    calls, mine = Calls(), call()
    calls.add("c", mine)
    mine.future.cancel()
    assert calls.due(5_000) == ([], [])
    assert len(calls) == 0


def test_parts_come_in_any_order_and_become_one_reply() -> None:
    calls = Calls()
    calls.add("c", call())
    assert calls.accept(reply(2, 3, body=b"c")) is None
    assert calls.accept(reply(0, 3, body=b"a")) is None
    assert calls.accept(reply(0, 3, body=b"a")) is None
    whole = calls.accept(reply(1, 3, body=b"b"))
    assert whole is not None
    assert whole[1].body == [b"a", b"b", b"c"]


def test_parts_of_two_answers_are_never_mixed() -> None:
    calls = Calls()
    calls.add("c", call())
    assert calls.accept(reply(0, 2, time_ms=1, body=b"old")) is None
    assert calls.accept(reply(1, 2, time_ms=2, body=b"new")) is None
    whole = calls.accept(reply(0, 2, time_ms=2, body=b"newer"))
    assert whole is not None
    assert whole[1].body == [b"newer", b"new"]


def test_a_reply_nobody_waits_for_is_left_alone() -> None:
    assert Calls().accept(reply()) is None


def test_open_calls_are_bounded_in_number_and_bytes() -> None:
    calls = Calls()
    for number in range(CALLS_MAX):
        assert calls.refusal(call()) == ""
        calls.add(str(number), call())
    assert "wait for some of them" in calls.refusal(call())
    calls.drop("0")
    assert calls.refusal(call()) == ""
    big = call()
    big.record = RECORD._replace(value=bytes(CALLS_BYTES_MAX))
    assert "bytes" in calls.refusal(big)
    list(calls.clear())
    assert calls.refusal(big) == ""


def test_a_clock_is_known_to_half_the_round_trip() -> None:
    clocks = Clocks()
    clocks.observe(0, engine_time_ms=1_010, sent_ms=0, received_ms=20)
    clock = clocks.get(0, 20)
    assert clock is not None
    assert (clock.offset_ms, clock.uncertainty_ms) == (1_000, 10)
    assert clocks.get(1, 20) is None


def test_a_slow_reply_tells_no_time_and_a_worse_one_changes_nothing() -> None:
    clocks = Clocks()
    clocks.observe(0, engine_time_ms=1_000, sent_ms=0, received_ms=600)
    assert clocks.get(0, 600) is None
    clocks.observe(0, engine_time_ms=1_010, sent_ms=0, received_ms=20)
    clocks.observe(0, engine_time_ms=5_000, sent_ms=20, received_ms=320)
    clock = clocks.get(0, 320)
    assert clock is not None
    assert clock.offset_ms == 1_000


def test_a_clock_is_measured_again_and_forgotten_when_old() -> None:
    clocks = Clocks()
    assert clocks.is_due(0, 0)
    clocks.observe(0, engine_time_ms=1_010, sent_ms=0, received_ms=20)
    assert not clocks.is_due(0, 100)
    assert clocks.is_due(0, CLOCK_AGE_MAX_MS // 2 + 100)
    assert clocks.get(0, CLOCK_AGE_MAX_MS + 21) is None
