"""The table of scenarios."""

from dataclasses import dataclass
from typing import Final

TASK_QUEUE: Final = "bench"


@dataclass(slots=True, frozen=True, kw_only=True)
class Scenario:
    """One way to load the engine.

    workflow_type: of `bench.worker`. in_flight: open workflows at a time.
    warm_up_s, window_s: what is measured begins after the first and takes the second.
    pause_s: between a workflow's end and the next start; 0 in a closed loop.
    """

    name: str
    workflow_type: str
    in_flight: int
    warm_up_s: float
    window_s: float
    pause_s: float = 0.0


SCENARIOS: Final = {
    s.name: s
    for s in (
        # One workflow at a time on a machine at rest: what a user waits for.
        Scenario(
            name="idle",
            workflow_type="BenchK1",
            in_flight=1,
            warm_up_s=3,
            window_s=20,
            pause_s=0.05,
        ),
        # As many as 300 at once: by Little's law, below 0.75 s in the system at 400 a second.
        Scenario(
            name="closed-k1", workflow_type="BenchK1", in_flight=400, warm_up_s=15, window_s=20
        ),
        Scenario(
            name="closed-k5", workflow_type="BenchK5", in_flight=400, warm_up_s=15, window_s=20
        ),
    )
}
