"""Queries that wait for a Workflow Task are bounded: in number, for each run, and in bytes."""

from duralog.state.limits import QUERIES_MAX, QUERIES_PER_RUN_MAX, QUERIES_WAITING_BYTES_MAX
from duralog.state.queries import WaitingQueries


def test_one_run_has_its_share_only() -> None:
    waiting = WaitingQueries()
    kept = [waiting.add("r", str(number), b"q") for number in range(QUERIES_PER_RUN_MAX + 1)]
    assert kept == [True] * QUERIES_PER_RUN_MAX + [False]
    assert waiting.add("r", "0", b"q"), "asked again, it keeps its place"
    assert waiting.add("s", "0", b"q")


def test_all_runs_together_are_bounded() -> None:
    waiting = WaitingQueries()
    for number in range(QUERIES_MAX):
        assert waiting.add(str(number), "c", b"q")
    assert not waiting.add("one more", "c", b"q")
    waiting.take("0")
    assert waiting.add("one more", "c", b"q")


def test_their_bytes_are_bounded_and_given_back() -> None:
    waiting, half = WaitingQueries(), bytes(QUERIES_WAITING_BYTES_MAX // 2)
    assert waiting.add("a", "1", half)
    assert waiting.add("b", "1", half)
    assert not waiting.add("c", "1", b"q")
    waiting.drop("a", "1")
    assert waiting.add("c", "1", half)
    waiting.take("b")
    assert waiting.add("d", "1", half)
