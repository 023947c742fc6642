"""`python -m sim --seeds n --start k`: run seeds, print violations, end with one line."""

import argparse
import logging
import sys
import time
from typing import Any

import structlog

from sim.world import Outcome, World

QUIET = structlog.make_filtering_bound_logger(logging.CRITICAL)
LOUD = structlog.make_filtering_bound_logger(logging.INFO)


def logger(*, loud: bool) -> Any:
    """The loop's logger: silent, or one line per entry."""
    return structlog.wrap_logger(
        structlog.PrintLogger(),
        wrapper_class=LOUD if loud else QUIET,
        processors=[
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
    )


def run_seed(seed: int, *, loud: bool = False) -> Outcome:
    """One seed."""
    return World(seed, log=logger(loud=loud)).run()


def main() -> int:
    """Exit status 1 when there was a violation."""
    parser = argparse.ArgumentParser(prog="sim")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--loud", action="store_true")
    arguments = parser.parse_args()
    began_s, violations, totals, steps, runs = time.process_time(), 0, dict[str, int](), 0, 0
    for seed in range(arguments.start, arguments.start + arguments.seeds):
        outcome = run_seed(seed, loud=arguments.loud)
        violations += len(outcome.violations)
        steps += outcome.steps
        runs += len(outcome.runs)
        for name, count in outcome.counts.seen.items():
            totals[name] = totals.get(name, 0) + count
        report(outcome)
    for name in sorted(totals):
        print(f"{totals[name]:8} {name}")
    took_s = time.process_time() - began_s
    print(f"{runs} runs, {steps} steps, {took_s:.1f} s of CPU")
    print(f"{arguments.seeds} seeds, {violations} violations")
    return 1 if violations else 0


def report(outcome: Outcome) -> None:
    """Seed, invariant, and the histories concerned."""
    for violation in outcome.violations:
        print(f"seed {outcome.seed}: {violation}")
    if outcome.violations:
        text = " ".join(outcome.violations)
        for run_id, events in outcome.runs.items():
            if run_id in text or events[0].workflow_id + ":" in text:
                print(f"  {events[0].workflow_id} {run_id}")
                for event in events:
                    print(f"    {event.event_id:3} {type(event).__name__}")


if __name__ == "__main__":
    sys.exit(main())
