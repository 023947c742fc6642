"""How one seed is run: with its logger, and a crash of the product told as a violation."""

import logging
import traceback
from typing import Any

import structlog

from sim.world import Less, Outcome, World

LOUD = structlog.make_filtering_bound_logger(logging.INFO)


class Tally:
    """A logger that says nothing, and counts what it was warned of: paths of the product."""

    def __init__(self) -> None:
        self.seen: dict[str, int] = {}

    def bind(self, **_: object) -> "Tally":
        """Whose words they are does not matter."""
        return self

    def info(self, event: str, **_: object) -> None:
        """Not worth counting."""

    def warning(self, event: str, **_: object) -> None:
        """One more."""
        name = f"logged: {event}"
        self.seen[name] = self.seen.get(name, 0) + 1

    debug = info
    error = critical = exception = warning


def logger(*, loud: bool = False) -> Any:
    """The loop's logger: one that counts, or prints one line per entry."""
    if not loud:
        return Tally()
    return structlog.wrap_logger(
        structlog.PrintLogger(),
        wrapper_class=LOUD,
        processors=[
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
    )


def run_seed(
    seed: int, *, loud: bool = False, less: Less | None = None, trace: bool = False
) -> Outcome:
    """One seed, or a part of its story."""
    log = logger(loud=loud)
    world = World(seed, log=log, less=less, trace=trace)
    try:
        outcome = world.run()
    except Exception:  # noqa: BLE001 - the shell: the slot's process would end with it
        outcome = Outcome(seed, [f"I14 crashed: {traceback.format_exc(limit=-3)}"], world.counts)
        outcome.armed, outcome.trace = world.armed, world.trace
        outcome.clients = len(world.clients)
    outcome.counts.seen.update(getattr(log, "seen", {}))
    return outcome


def tag_of(violation: str) -> str:
    """The invariant: I1 and so on."""
    return violation.split(" ", 1)[0]
