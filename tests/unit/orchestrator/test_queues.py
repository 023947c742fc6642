"""The dispatch window: how many tasks of a queue may be out, and where activities go."""

from duralog.orchestrator.queues import Queues
from duralog.state.limits import WINDOW_FIRST, WINDOW_FORGET_MS, WINDOW_MIN, WINDOW_MS

A = "activities"


def new(known: set[tuple[str, str]] | None = None) -> Queues:
    return Queues(partition=1, partitions=4, activity_copies=4, known=known or {(A, "q")})


def send(queues: Queues, count: int, now_ms: int, first: int = 0) -> int:
    """Dispatch up to `count` tasks; how many went."""
    for number in range(count):
        if not queues.has_place(A, "q", now_ms):
            return number
        queues.dispatched(A, "q", "run", first + number, now_ms, 1)
    return count


def test_a_queue_whose_workers_keep_up_is_bounded_by_the_first_window() -> None:
    assert send(new(), WINDOW_FIRST + 5, 0) == WINDOW_FIRST


def test_a_queue_that_falls_behind_gets_what_was_taken_lately() -> None:
    queues = new()
    send(queues, 200, 0)
    for number in range(20):
        queues.taken(A, "q", "run", number, WINDOW_MS)
    assert send(queues, 100, WINDOW_MS, 200) == 0, "180 are out, 20 were taken"
    for number in range(20, 170):
        queues.taken(A, "q", "run", number, WINDOW_MS)
    assert send(queues, 500, WINDOW_MS, 300) == 170 - 30


def test_a_queue_without_workers_keeps_the_smallest_window() -> None:
    queues = new()
    send(queues, 4, 0)
    assert send(queues, 50, WINDOW_MS, 100) == WINDOW_MIN - 4


def test_a_place_whose_task_vanished_is_free_again_after_a_while() -> None:
    queues = new()
    send(queues, WINDOW_FIRST, 0)
    assert not queues.has_place(A, "q", WINDOW_FORGET_MS)
    assert queues.has_place(A, "q", WINDOW_FORGET_MS + 1)


def test_a_dropped_task_frees_its_place_and_tells_nothing_about_workers() -> None:
    queues = new()
    send(queues, WINDOW_FIRST, 5)
    queues.dropped(A, "q", "run", 0)
    assert queues.has_place(A, "q", 5)
    assert not queues.overtook(A, "q", 4)
    assert queues.take_freed() == [(A, "q")]
    assert queues.take_freed() == []


def test_what_was_taken_is_forgotten_also_when_few_tasks_are_out() -> None:
    queues = new()
    for number in range(10_000):
        queues.dispatched(A, "q", "run", number, number)
        queues.taken(A, "q", "run", number, number)
    assert queues.remembered(A, "q") <= WINDOW_MS


def test_a_task_is_overtaken_by_a_later_one_only() -> None:
    queues = new()
    queues.dispatched(A, "q", "run", 1, 10)
    queues.dispatched(A, "q", "run", 2, 20)
    queues.taken(A, "q", "run", 1, 30)
    assert not queues.overtook(A, "q", 10)
    queues.taken(A, "q", "run", 2, 30)
    assert queues.overtook(A, "q", 10)


def test_activities_go_in_turn_to_own_partitions_that_are_least_loaded() -> None:
    queues = new()
    chosen: dict[str, tuple[int, int]] = {}
    first = [queues.activity_partition("q", chosen) for _ in range(64)]
    assert set(first) == {1}
    for number in range(64):
        queues.dispatched(A, "q", "run", number, 0, 1)
    assert queues.activity_partition("q", chosen) == 5
    assert [queues.activity_partition("q", {}) for _ in range(4)] == [9, 13, 5, 9]
    for number in range(64):
        queues.taken(A, "q", "run", number, 0)
    assert [queues.activity_partition("q", {}) for _ in range(4)] == [1, 13, 5, 9]


def test_queues_are_known_by_kind_and_name() -> None:
    known = {(A, "q")}
    queues = new(known)
    assert queues.known(A, "q")
    assert not queues.known("workflow-tasks", "q")
    known.add(("workflow-tasks", "q"))
    assert queues.known("workflow-tasks", "q")
