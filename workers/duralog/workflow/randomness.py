"""More random sources, all the same at every replay; `random` and `uuid4` stand in `context`."""

from collections.abc import Callable
from random import Random  # noqa: TID251 # seeded by the Run ID: the same at every replay
from uuid import UUID

from duralog.workflow.context import random, time_ns
from duralog.workflow.runtime import current


def uuid7() -> UUID:
    """A UUID of RFC 9562's version 7: the Workflow's time, then `random`; not for secrets.

    Those of one Workflow Task share the time, and are in no order among themselves.
    """
    source = random()
    time_ms = (time_ns() // 1_000_000) & (1 << 48) - 1
    head = time_ms << 16 | 7 << 12 | source.getrandbits(12)
    return UUID(int=head << 64 | 0b10 << 62 | source.getrandbits(62))


def random_seed() -> int:
    """The seed of `random`: `Random(random_seed())` gives the same numbers."""
    return current().random_seed


def new_random(name: str | None = None) -> Random:
    """A generator of one's own, seeded as `random` is; with a name, one with other numbers."""
    seed = random_seed()
    return Random(seed if name is None else f"{seed}:{name}")  # noqa: S311 # not for secrets


def register_random_seed_callback(callback: Callable[[int], None]) -> None:
    """Told when the seed of this run changes: never, since no run of Duralog is reset in place."""
    current()
    assert callable(callback)
