"""Golden histories: what the reference server recorded, this engine writes as well.

One situation a file in `histories/`: requests as in a scenario, then `====`, then the events that
Temporal's server 1.31.2 recorded for them, in this project's names. All events are compared by
type, order, id and attributes; `make golden` prints how many.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from duralog.schemas.codec import decode
from duralog.schemas.render import render
from scenario import Story, blocks

HISTORIES: Final = Path(__file__).parent / "histories"
EXPECTED: Final = "\n====\n"

# What is not compared, and why. Everything else is.
IGNORED: Final[dict[str, str]] = {
    "workflow_id": "a name of ours",
    "run_id": "stands in the file's order, as R1 and R2",
    "event_id": "compared beside the attributes",
    "event_time_ms": "when it ran",
    "identity": "who ran it",
    "request_id": "random",
    "completion_id": "ours alone: names the answer that a cached run follows",
    "history_size_bytes": "our encoding",
    "workflow_type": "left out of the recording",
    "activity_type": "left out of the recording",
    "task_queue": "left out of the recording",
    "input": "left out of the recording",
    "header": "left out of the recording",
}
IGNORED_OF: Final[dict[str, frozenset[str]]] = {
    # The recording is cut off in the middle of them; unit tests of the SDK compare them.
    "MarkerRecorded": frozenset({"details"}),
    # The SDK makes it of the run id, and the recording is cut off in the middle of it.
    "RequestCancelExternalWorkflowExecutionInitiated": frozenset({"reason"}),
}


def told(text: str) -> list[str]:
    """The events of the first run, once all requests were made."""
    story = Story()
    for _, inputs in blocks(text):
        if inputs:
            story.play(inputs)
    run_id = next(iter(story.runs))
    execution = story.partition.run(run_id)
    assert execution is not None
    return [_line(story, decode(data)) for data in story.partition.events(execution, 1)]


def _line(story: Story, event: Any) -> str:
    skipped = frozenset(IGNORED) | IGNORED_OF.get(type(event).__name__, frozenset())
    text = f"{event.event_id:3} {render(event, payloads=True, skipped=skipped)}"
    for run_id, label in story.runs.items():
        text = text.replace(run_id, label)
    return text


@pytest.mark.parametrize("path", sorted(HISTORIES.glob("*.txt")), ids=lambda path: path.stem)
def test_the_engine_writes_what_the_reference_server_wrote(
    path: Path, record_property: Callable[[str, object], None]
) -> None:
    requests, _, recorded = path.read_text(encoding="utf-8").partition(EXPECTED)
    expected = recorded.rstrip("\n").split("\n")
    assert told(requests) == expected
    record_property("events compared", len(expected))


def test_a_changed_attribute_is_noticed() -> None:
    requests, _, recorded = (HISTORIES / "terminate.txt").read_text("utf-8").partition(EXPECTED)
    assert told(requests) == recorded.rstrip("\n").split("\n")
    assert told(requests.replace("reason='terminated", "reason='ended")) != recorded.split("\n")
