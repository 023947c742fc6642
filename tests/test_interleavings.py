"""Every case of interleavings.md names tests that exist."""

import re
from pathlib import Path

from sim import rare
from sim.mutants import MUTANTS

TESTS = Path(__file__).parent
CASES = 39
ROW = re.compile(r"^\| (\d+) \| (.+) \| (.+) \|$", re.MULTILINE)


def rows() -> dict[int, str]:
    text = (TESTS / "interleavings.md").read_text(encoding="utf-8")
    return {int(case): tests for case, _, tests in ROW.findall(text)}


def is_there(name: str) -> bool:
    """A test function, a scenario, a planted bug or a rare path of this name."""
    kind, _, what = name.partition(": ")
    if kind == "mutant":
        return what in {mutant.plant.__name__ for mutant in MUTANTS}
    if kind == "rare":
        return what in rare.MINIMUMS
    path, _, test = name.partition("::")
    file = TESTS / path
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    return bool(text) and (not test or f"def {test}(" in text)


def test_every_case_is_listed() -> None:
    assert sorted(rows()) == list(range(1, CASES + 1))


def test_every_test_that_is_named_exists() -> None:
    named = {
        (case, name) for case, tests in rows().items() for name in re.findall(r"`([^`]+)`", tests)
    }
    assert {case for case, _ in named} == set(range(1, CASES + 1))
    assert [one for one in sorted(named) if not is_there(one[1])] == []
