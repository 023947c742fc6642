"""What a recovery tells of itself while it reads."""

from duralog.orchestrator.progress import TELL_EVERY_MS, Progress


def test_it_tells_how_far_it_is_and_how_long_it_takes() -> None:
    progress = Progress(records=1_000, began_ms=50_000)
    assert progress.facts(50_000) == {"percent": 0.0, "read": 0, "of": 1_000, "left_s": None}
    progress.done = 250
    assert progress.facts(60_000) == {"percent": 25.0, "read": 250, "of": 1_000, "left_s": 30}
    progress.done = 1_010  # The log has grown since.
    assert progress.facts(90_000) == {"percent": 100.0, "read": 1_010, "of": 1_000, "left_s": 0}


def test_it_is_told_every_few_seconds_and_not_at_once() -> None:
    progress = Progress(records=1, began_ms=50_000)
    times = range(50_000, 50_000 + 3 * TELL_EVERY_MS, TELL_EVERY_MS // 5)
    assert [ms - 50_000 for ms in times if progress.is_due(ms)] == [
        TELL_EVERY_MS,
        2 * TELL_EVERY_MS,
    ]


def test_an_empty_log_is_read_whole() -> None:
    assert Progress(records=0, began_ms=0).percent == 100
