"""The one checker: each invariant by its number, as a pure function of the evidence.

The chaos test fills `Evidence` from real topics, ledgers and journals. The simulator may fill it
from its own, or use the functions of `evidence.histories` and `evidence.transactions` one by one.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from evidence import calls, effects, histories, transactions
from evidence.model import Evidence

Check = Callable[[Evidence], list[str]]


@dataclass(slots=True, frozen=True, kw_only=True)
class Violation:
    """What must not be, by the number of the invariant."""

    invariant: str
    text: str


def check(evidence: Evidence) -> list[Violation]:
    """All violations of I1 to I14."""
    return [
        Violation(invariant=name, text=text)
        for name, (_, run) in INVARIANTS.items()
        for text in run(evidence)
    ]


def _of_each_history(one: Callable[..., list[str]]) -> Check:
    """A check of one history, for all of them."""

    def run(evidence: Evidence) -> list[str]:
        pairs = evidence.histories.items()
        return [text for run_id, events in pairs for text in one(run_id, events)]

    return run


def _starts(evidence: Evidence) -> list[str]:
    return [
        *calls.starts_made_one_run(evidence.calls, evidence.histories),
        *calls.results_are_recorded(evidence.calls, evidence.histories),
    ]


def _numbers_and_times(evidence: Evidence) -> list[str]:
    return [
        *_of_each_history(histories.is_gapless)(evidence),
        *(
            text
            for run_id, events in evidence.histories.items()
            for text in histories.is_of_its_time(run_id, events, evidence.written)
        ),
    ]


def _attempts(evidence: Evidence) -> list[str]:
    found, _ = effects.attempts_ran_once(evidence.histories, evidence.effects, evidence.faults)
    return [*_of_each_history(histories.nothing_twice)(evidence), *found]


def _messages(evidence: Evidence) -> list[str]:
    return [
        *calls.signals_came_once(evidence.calls, evidence.histories),
        *calls.updates_are_a_register(evidence.calls),
    ]


def _equal(evidence: Evidence) -> list[str]:
    return [
        f"{same.what}: expected {same.expected}, found {same.found}"
        for same in evidence.same
        if same.expected != same.found
    ]


def _nothing_open(evidence: Evidence) -> list[str]:
    if not evidence.quiet_ms:
        return []
    return [
        f"{run_id}: workflow {events[0].workflow_id} is still open, its last event is "
        f"{events[-1].event_id} {type(events[-1]).__name__}"
        for run_id, events in evidence.histories.items()
        if not histories.is_closed(events)
    ]


def _dead_letters(evidence: Evidence) -> list[str]:
    planted, letters = Counter(evidence.planted), Counter(evidence.letters)
    return [
        f"dead letter {text[:80]}: planted {planted[text]} times, found {letters[text]} times"
        for text in sorted({*planted, *letters})
        if planted[text] != letters[text]
    ]


def _bounds(evidence: Evidence) -> list[str]:
    return [
        *(
            f"{usage.process}: {usage.what} {usage.most:g}, at most {usage.limit:g}"
            for usage in evidence.usage
            if usage.most > usage.limit
        ),
        *(f"an error without a name: {line}" for line in evidence.errors),
    ]


INVARIANTS: Final[dict[str, tuple[str, Check]]] = {
    "I1": ("an acknowledged start has one first run, and ends as its client was told", _starts),
    "I2": ("a run closes once, with its last event", _of_each_history(histories.closes_once)),
    "I3": ("event ids have no gap; times never go back, nor ahead", _numbers_and_times),
    "I4": (
        "each recorded result was done at that attempt",
        lambda known: effects.results_were_done(known.histories, known.effects),
    ),
    "I5": (
        "no acknowledged answer is lost",
        lambda known: effects.reports_were_taken(known.histories, known.reports),
    ),
    "I6": ("nothing is recorded twice; no attempt runs twice unexplained", _attempts),
    "I7": ("each timer fires once, never early", _of_each_history(histories.timers_fire)),
    "I8": ("signals and updates once, in their order; updates are linearizable", _messages),
    "I9": (
        "transactions have no gap, and none is torn",
        lambda known: transactions.whole(known.writes),
    ),
    "I10": (
        "each input is applied once, in order",
        lambda known: transactions.applied_once(known.writes),
    ),
    "I11": ("fold, disk and lists are the same", _equal),
    "I12": ("nothing is open when all is quiet", _nothing_open),
    "I13": ("dead-letters holds the planted poison, each once", _dead_letters),
    "I14": ("memory, files, threads and logs stay within bounds", _bounds),
}
