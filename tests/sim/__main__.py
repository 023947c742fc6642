"""`python -m sim --seeds n --start k`: the corpus, then the seeds; ends with one line.

A seed that breaks an invariant is told with its faults, the histories concerned and the last steps
of its story; `--shrink` looks for the smallest part of it that breaks the same. Every 50th seed is
run twice and must tell the same story. A thousand seeds or more must have reached every rare path.
"""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from sim import corpus, rare
from sim.running import run_seed, tag_of
from sim.shrink import shrink
from sim.world import Less, Outcome

TWICE_EVERY = 50
TELLS_OF_RARE = 1_000  # With fewer seeds, a rare path may be missed by chance.
CHUNK = 10  # Seeds at a time for one process.


@dataclass(slots=True)
class Summary:
    """What is kept of a seed that all went well with, and more of one that did not."""

    seed: int
    violations: list[str]
    seen: dict[str, int]
    steps: int
    runs: int


@dataclass(slots=True)
class Totals:
    """Of all seeds."""

    seen: Counter[str]
    violations: int = 0
    steps: int = 0
    runs: int = 0


def summary(seed: int) -> Summary:
    """Run one seed; every 50th twice."""
    is_twice = seed % TWICE_EVERY == 0
    outcome = run_seed(seed, trace=is_twice)
    violations = list(outcome.violations)
    if is_twice and hash_of(outcome) != hash_of(run_seed(seed, trace=True)):
        violations.append("I0 the same seed told another story")
    counts = outcome.counts.seen
    return Summary(seed, violations, counts, outcome.steps, len(outcome.runs))


def hash_of(outcome: Outcome) -> str:
    """Of everything that happened."""
    return "" if outcome.trace is None else f"{outcome.trace.hash:08x}"


def main() -> int:
    """Exit status 1 when there was a violation."""
    arguments = parse()
    less = Less(arguments.clients, frozenset(filter(None, arguments.without.split(","))))
    if arguments.hash:
        print(hash_of(run_seed(arguments.start, less=less, trace=True)))
        return 0
    if less != Less() or arguments.loud or arguments.trace or arguments.shrink:
        return look(arguments, less)
    return search(arguments)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="sim")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--loud", action="store_true", help="what the loop logs")
    parser.add_argument("--trace", action="store_true", help="the last steps, also of a good seed")
    parser.add_argument("--shrink", action="store_true", help="the least that breaks the same")
    parser.add_argument("--without", default="", help="kinds of faults to leave out: kill,pause")
    parser.add_argument("--clients", type=int, default=Less().clients, help="no more than these")
    parser.add_argument("--hash", action="store_true", help="print the story's hash, nothing else")
    return parser.parse_args()


def look(arguments: argparse.Namespace, less: Less) -> int:
    """Each seed alone, as its options say."""
    violations = 0
    for seed in range(arguments.start, arguments.start + arguments.seeds):
        outcome = run_seed(seed, loud=arguments.loud, less=less, trace=True)
        if outcome.violations and arguments.shrink:
            least = shrink(seed, tag_of(outcome.violations[0]), less)
            without = ",".join(sorted(least.without))
            print(f"seed {seed} shrinks to --clients {least.clients} --without {without}")
            outcome = run_seed(seed, less=least, trace=True)
        violations += len(outcome.violations)
        tell(outcome, story=arguments.trace)
    print(f"{arguments.seeds} seeds, {violations} violations")
    return 1 if violations else 0


def search(arguments: argparse.Namespace) -> int:
    """The corpus, then the seeds asked for."""
    began_s, cpu_s = time.monotonic(), time.process_time()
    totals = Totals(Counter())
    seeds = range(arguments.start, arguments.start + arguments.seeds)
    with pool(arguments.jobs) as run:
        if arguments.seeds > 1:
            known = [entry.seed for entry in corpus.entries()]
            add(totals, run(known))
            print(f"corpus: {len(known)} seeds, {totals.violations} violations", flush=True)
        totals.seen.clear()
        add(totals, run(seeds))
    for name in sorted(totals.seen):
        print(f"{totals.seen[name]:8} {name}")
    if arguments.seeds >= TELLS_OF_RARE:
        for text in rare.missed(totals.seen, arguments.seeds):
            totals.violations += 1
            print(text)
    took_s, cpu_s = time.monotonic() - began_s, time.process_time() - cpu_s
    pace = arguments.seeds / (took_s * arguments.jobs)
    print(f"{totals.runs} runs, {totals.steps} steps, {took_s:.1f} s, {pace:.1f} seeds/s a process")
    print(f"{arguments.seeds} seeds, {totals.violations} violations")
    return 1 if totals.violations else 0


class pool:  # noqa: N801 - it reads as a function
    """Runs seeds in so many processes, or in this one."""

    def __init__(self, jobs: int) -> None:
        self._pool = ProcessPoolExecutor(min(jobs, os.cpu_count() or 1)) if jobs > 1 else None

    def __enter__(self) -> Callable[[Iterable[int]], Iterator[Summary]]:
        if self._pool is None:
            return lambda seeds: map(summary, seeds)
        processes = self._pool
        return lambda seeds: processes.map(summary, seeds, chunksize=CHUNK)

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def add(totals: Totals, summaries: Iterable[Summary]) -> None:
    """Count, and tell of what went wrong at once."""
    for one in summaries:
        totals.violations += len(one.violations)
        totals.seen.update(one.seen)
        totals.steps += one.steps
        totals.runs += one.runs
        if one.violations:
            tell(run_seed(one.seed, trace=True))


def tell(outcome: Outcome, *, story: bool = False) -> None:
    """Seed, invariants, faults, the histories concerned, the last steps."""
    for violation in outcome.violations:
        print(f"seed {outcome.seed}: {violation}")
    if outcome.violations:
        print(f"  {outcome.clients} clients; faults: {', '.join(outcome.armed)}")
        text = " ".join(outcome.violations)
        for run_id, events in outcome.runs.items():
            if run_id in text or events[0].workflow_id + ":" in text:
                print(f"  {events[0].workflow_id} {run_id}")
                for event in events:
                    print(f"    {event.event_id:3} {event.event_time_ms} {type(event).__name__}")
    if outcome.trace is not None and (outcome.violations or story):
        print("\n".join(outcome.trace.lines), flush=True)


if __name__ == "__main__":
    sys.exit(main())
