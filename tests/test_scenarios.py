"""Every file in tests/scenarios is a story that the core must tell exactly so.

`--rewrite` brings them up to date; commit the difference that you can explain.
"""

from pathlib import Path

import pytest

from scenario import run

FOLDER = Path(__file__).parent / "scenarios"
STORIES = sorted(FOLDER.glob("*.txt"))


@pytest.mark.parametrize("path", STORIES, ids=lambda p: p.stem)
def test_the_story_is_told_exactly_so(path: Path, request: pytest.FixtureRequest) -> None:
    expected = path.read_text(encoding="utf-8")
    told = run(expected)
    if request.config.getoption("--rewrite"):
        path.write_text(told, encoding="utf-8")
        return
    assert told == expected


# Which task was taken last is forgotten by a restart; the minute's sweep finds the lost one then.
SOFT = {
    "activity_swept_when_overtaken",
    "stalled_ends_with_the_run",
    "stalled_no_worker",
    "workflow_task_swept_when_overtaken",
}


@pytest.mark.parametrize("path", [p for p in STORIES if p.stem not in SOFT], ids=lambda p: p.stem)
def test_the_story_is_the_same_when_the_process_restarts_after_every_step(path: Path) -> None:
    expected = path.read_text(encoding="utf-8")
    assert durable(run(expected, restart=True)) == durable(expected)


def durable(told: str) -> list[str]:
    """What does not hang on soft state: notices, waiting clients and their queries are left out."""
    lines = [line for line in told.split("\n") if not line.startswith(("  <", "      ", "  > q"))]
    return [line.split(" query=")[0] for line in lines]
