"""A log that a released version wrote folds to the same state for ever.

`golden_logs.json` holds, by story, changelog records and the digest of their fold. `--rewrite` adds
stories and never replaces one: a difference means that an applier or a record has changed meaning.
"""

import json
from pathlib import Path

import pytest

from duralog.orchestrator.outbox import Change
from duralog.schemas.changelog import NO_SOURCE
from scenario import Story, blocks, folded

GOLDEN = Path(__file__).parent / "golden_logs.json"
SCENARIOS = Path(__file__).parents[2] / "scenarios"
STORIES = (
    "activity_cancel_started_is_noticed",
    "activity_heartbeat_timeout",
    "activity_retry",
    "cancel_request",
    "describe",
    "quarantine_freezes_timers",
    "queue_without_topic_for_an_activity",
    "start_conflict_terminate_existing",
    "start_delay",
    "timer_fires_while_task_out",
    "workflow_task_goes_cold",
    "workflow_task_timeout",
    "workflow_task_unhandled_command",
)


def told(name: str) -> list[Change]:
    """The log of a story as the core writes it now."""
    story = Story()
    for _, inputs in blocks((SCENARIOS / f"{name}.txt").read_text(encoding="utf-8")):
        story.play(inputs)
    return story.log


def stored() -> dict[str, dict[str, object]]:
    return json.loads(GOLDEN.read_text(encoding="utf-8")) if GOLDEN.exists() else {}


@pytest.mark.parametrize("name", STORIES)
def test_an_old_log_folds_to_the_same_state(name: str, request: pytest.FixtureRequest) -> None:
    golden = stored()
    if request.config.getoption("--rewrite") and name not in golden:
        log = told(name)
        lines = [[c.kind, c.key.decode(), c.value.hex() if c.value else None] for c in log]
        golden[name] = {"digest": folded(log), "log": lines}
        GOLDEN.write_text(json.dumps(golden, indent=0, sort_keys=True) + "\n", encoding="utf-8")
    entry = golden[name]
    log = []
    lines_of: list[tuple[str, str, str | None]] = entry["log"]  # type: ignore[assignment]
    for kind, key, value in lines_of:
        data = None if value is None else bytes.fromhex(value)
        log.append(Change(kind, key.encode(), data, NO_SOURCE))
    assert folded(log) == entry["digest"], (
        "an applier or a record has changed meaning: add a version, and keep the old one readable"
    )
