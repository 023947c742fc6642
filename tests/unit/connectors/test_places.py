"""How many tasks are handed over at once, and how fast."""

from duralog.connectors.clock import VirtualClock
from duralog.connectors.places import FixedPlaces, PacedPlaces


def test_as_many_as_there_are() -> None:
    places = FixedPlaces(2)
    first, second = places.reserve(), places.reserve()
    assert first is not None
    assert second is not None
    assert places.reserve() is None
    places.release(first, None)
    assert places.reserve() is not None


def test_never_more_than_a_rate() -> None:
    clock = VirtualClock()
    places = PacedPlaces(FixedPlaces(1000), 20, clock.now_ms)
    taken = 0
    for _ in range(1000):  # Ten seconds, looked at every 10 ms.
        taken += places.reserve() is not None
        clock.advance(10)
    assert taken - 200 in (0, 1)


def test_an_idle_time_is_not_made_up_for() -> None:
    clock = VirtualClock()
    places = PacedPlaces(FixedPlaces(1000), 10, clock.now_ms)
    clock.advance(60_000)
    taken = [places.reserve() for _ in range(10)]
    assert sum(permit is not None for permit in taken) <= 2


def test_a_rate_needs_a_free_place_too() -> None:
    clock = VirtualClock()
    places = PacedPlaces(FixedPlaces(1), 10, clock.now_ms)
    permit = places.reserve()
    assert permit is not None
    clock.advance(1000)
    assert places.reserve() is None
    places.release(permit, None)
    assert places.reserve() is not None
