"""When cron schedules come, against what robfig/cron (the server's library) documents."""

from datetime import UTC, datetime

import pytest

from duralog.orchestrator.cron import CronError, backoff_ms, problem


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000


def following(schedule: str, now: str) -> str:
    """The time after `now` at which it comes, as text."""
    now_ms = at(now)
    next_ms = now_ms + backoff_ms(schedule, begun_ms=now_ms, now_ms=now_ms)
    return datetime.fromtimestamp(next_ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("schedule", "now", "expected"),
    [
        ("* * * * *", "2026-03-01 10:00:00", "2026-03-01 10:01:00"),
        ("*/15 * * * *", "2026-03-01 10:07:30", "2026-03-01 10:15:00"),
        ("5/20 * * * *", "2026-03-01 10:26:00", "2026-03-01 10:45:00"),
        ("0 9-17/4 * * mon-fri", "2026-03-06 17:00:00", "2026-03-09 09:00:00"),
        ("30 8 1,15 * *", "2026-03-02 00:00:00", "2026-03-15 08:30:00"),
        ("0 0 29 2 *", "2026-03-01 00:00:00", "2028-02-29 00:00:00"),
        ("0 0 13 * fri", "2026-03-01 00:00:00", "2026-03-06 00:00:00"),  # Either day.
        ("0 0 */2 * mon", "2026-03-02 12:00:00", "2026-03-03 00:00:00"),  # A step restricts.
        ("0 0 ? DEC *", "2026-03-01 00:00:00", "2026-12-01 00:00:00"),
        ("@hourly", "2026-03-01 10:00:01", "2026-03-01 11:00:00"),
        ("@weekly", "2026-03-04 10:00:00", "2026-03-08 00:00:00"),
        ("@yearly", "2026-03-04 10:00:00", "2027-01-01 00:00:00"),
        ("@every 1h30m", "2026-03-01 10:00:00", "2026-03-01 11:30:00"),
        ("@every 500ms", "2026-03-01 10:00:00", "2026-03-01 10:00:01"),
        ("CRON_TZ=Asia/Tokyo 0 9 * * *", "2026-03-01 00:00:00", "2026-03-02 00:00:00"),
        # The clocks go from 2 to 3 on the 29th: this time is skipped.
        ("TZ=Europe/Rome 30 2 * * *", "2026-03-28 12:00:00", "2026-03-30 00:30:00"),
        ("TZ=Europe/Rome 30 2 * * *", "2026-10-24 12:00:00", "2026-10-25 00:30:00"),
    ],
)
def test_it_comes_when_the_servers_library_says(schedule: str, now: str, expected: str) -> None:
    assert following(schedule, now) == expected


def test_times_that_a_long_run_missed_are_skipped_and_waits_are_whole_seconds() -> None:
    begun_ms = at("2026-03-01 10:00:00")
    assert backoff_ms("@every 2s", begun_ms=begun_ms, now_ms=begun_ms + 5_300) == 1_000
    assert backoff_ms("@every 2s", begun_ms=begun_ms, now_ms=begun_ms + 4_000) == 0
    assert backoff_ms("* * * * *", begun_ms=begun_ms, now_ms=begun_ms + 150_500) == 30_000


@pytest.mark.parametrize(
    "schedule",
    [
        "* * * *",
        "60 * * * *",
        "* * 0 * *",
        "* * * * 7",
        "5-3 * * * *",
        "*/0 * * * *",
        "x * * * *",
        "@every soon",
        "@every 2",
        "@never",
        "CRON_TZ=Nowhere/Land * * * * *",
        "0 0 30 2 *",
    ],
)
def test_what_cannot_be_read_or_never_comes_is_refused(schedule: str) -> None:
    assert problem(schedule, 0).startswith(f"cron_schedule {schedule!r}: ")
    with pytest.raises(CronError):
        backoff_ms(schedule, begun_ms=0, now_ms=0)
