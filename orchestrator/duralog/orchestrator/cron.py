"""Cron schedules as Temporal reads them: when a run that was started with one begins, and the next.

Five fields (minute, hour, day of month, month, day of week) with lists, ranges, steps and English
names; `@hourly` and its like; `@every 1h30m`. `CRON_TZ=Europe/Rome ` in front names a time zone,
else it is UTC. With both days restricted, one that matches either counts. A time that a clock
skips, as in spring, is skipped.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

_DAYS_AHEAD_MAX: Final = 5 * 366  # Past this a schedule counts as one that never comes.
_SECOND_MS: Final = 1_000
_UNITS_MS: Final = {"h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_MACROS: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_MONTHS: Final = [
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
]
_WEEKDAYS: Final = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_BOUNDS: Final = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_NAMES: Final[tuple[dict[str, int], ...]] = (
    {},
    {},
    {},
    {name: number for number, name in enumerate(_MONTHS, 1)},
    {name: number for number, name in enumerate(_WEEKDAYS)},
)
_RANGE: Final = re.compile(r"(\*|\?|(\w+)(?:-(\w+))?)(?:/(\d+))?")


class CronError(ValueError):
    """The schedule cannot be read, or never comes."""


@dataclass(slots=True, frozen=True)
class _Fields:
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool
    zone: tzinfo

    def has(self, day: date) -> bool:
        """Whether it comes on `day`."""
        in_month = day.day in self.days
        in_week = day.isoweekday() % 7 in self.weekdays
        either = self.any_day or self.any_weekday
        return day.month in self.months and (
            in_month and in_week if either else in_month or in_week
        )


def problem(schedule: str, now_ms: int) -> str:
    """What is wrong with it; empty: nothing."""
    try:
        backoff_ms(schedule, begun_ms=now_ms, now_ms=now_ms)
    except CronError as error:
        return f"cron_schedule {schedule!r}: {error}"
    return ""


def backoff_ms(schedule: str, *, begun_ms: int, now_ms: int) -> int:
    """How long the next run waits: times missed since `begun_ms` are skipped; whole seconds.

    begun_ms: When the run before began to work. Raises CronError.
    """
    text, zone = _without_zone(schedule.strip())
    if text.startswith("@every "):
        next_ms = _next_of_interval(text.removeprefix("@every "), begun_ms, now_ms)
    else:
        next_ms = _next_of_fields(_fields(_MACROS.get(text, text), zone), max(begun_ms, now_ms))
    return -((now_ms - next_ms) // _SECOND_MS) * _SECOND_MS


def _without_zone(text: str) -> tuple[str, tzinfo]:
    name = ""
    for prefix in ("CRON_TZ=", "TZ="):
        if text.startswith(prefix):
            name, _, text = text.removeprefix(prefix).partition(" ")
    if name in ("", "UTC"):
        return text.strip(), UTC  # Also where no time zones are installed.
    try:
        return text.strip(), ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise CronError(f"unknown time zone {name!r}") from None


def _next_of_interval(text: str, begun_ms: int, now_ms: int) -> int:
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|h|m|s)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text.strip():
        raise CronError(f"{text!r} is no duration such as 1h30m")
    every_ms = int(sum(float(number) * _UNITS_MS[unit] for number, unit in parts))
    every_ms = max(every_ms // _SECOND_MS, 1) * _SECOND_MS
    begun_ms -= begun_ms % _SECOND_MS
    behind = max(now_ms - begun_ms - 1, 0) // every_ms
    return begun_ms + (behind + 1) * every_ms


def _next_of_fields(fields: _Fields, after_ms: int) -> int:
    """The first whole minute behind `after_ms` that matches."""
    after = datetime.fromtimestamp(after_ms // _SECOND_MS, UTC)
    first = after.astimezone(fields.zone).date()
    for ahead in range(_DAYS_AHEAD_MAX):
        day = first + timedelta(days=ahead)
        if not fields.has(day):
            continue
        times = (
            datetime(day.year, day.month, day.day, hour, minute, tzinfo=fields.zone)
            for hour in fields.hours
            for minute in fields.minutes
        )
        # One that the clock skips comes back as another hour.
        found = (t.astimezone(UTC) for t in times if _exists(t))
        later = [time for time in found if time > after]
        if later:
            return int(min(later).timestamp()) * _SECOND_MS
    raise CronError("it never comes")


def _exists(time: datetime) -> bool:
    return time.astimezone(UTC).astimezone(time.tzinfo).replace(fold=0) == time


def _fields(text: str, zone: tzinfo) -> _Fields:
    words = text.lower().split()
    if len(words) != len(_BOUNDS):
        raise CronError(f"{len(words)} fields, not {len(_BOUNDS)}")
    minutes, hours, days, months, weekdays = (
        _numbers(word, bounds, names)
        for word, bounds, names in zip(words, _BOUNDS, _NAMES, strict=True)
    )
    return _Fields(
        minutes=tuple(sorted(minutes)),
        hours=tuple(sorted(hours)),
        days=days,
        months=months,
        weekdays=weekdays,
        any_day=_is_any(words[2]),
        any_weekday=_is_any(words[4]),
        zone=zone,
    )


def _is_any(word: str) -> bool:
    return not {"*", "?"}.isdisjoint(word.split(","))


def _numbers(word: str, bounds: tuple[int, int], names: dict[str, int]) -> frozenset[int]:
    found: set[int] = set()
    low, high = bounds
    for part in word.split(","):
        match = _RANGE.fullmatch(part)
        if match is None:
            raise CronError(f"{part!r} is no number, range or step")
        every, first, last, step = match.groups()
        if every in ("*", "?"):
            start, end = low, high
        else:
            start = _number(first, names)
            # With a step and no end it goes on to the last, as in 5/15.
            end = _number(last, names) if last else high if step else start
        if not low <= start <= end <= high or step == "0":
            raise CronError(f"{part!r} is not within {low}-{high}")
        found.update(range(start, end + 1, int(step or 1)))
    return frozenset(found)


def _number(text: str, names: dict[str, int]) -> int:
    if text in names:
        return names[text]
    if not text.isdecimal():
        raise CronError(f"{text!r} is no number")
    return int(text)
