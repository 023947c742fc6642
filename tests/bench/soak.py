"""`make soak MINUTES=60`: does memory stay flat? One JSON line a sample, a plot, and a verdict.

The warm-up fills every cache that has a bound: a closed loop, until more workflows have run than
the engine keeps in memory. From then on a steady load, and the resident memory of engine, worker
and broker every few seconds. The slope is that of the line of least squares through the last three
quarters of the samples; a role that grows faster than its limit fails the soak.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from bench.__main__ import Bench, cluster
from bench.overload import Asker
from bench.usage import rss_mb
from duralog.state.limits import CACHED_RUNS_MAX

WARM_UP_WORKFLOWS: Final = CACHED_RUNS_MAX * 5 // 4 * 2  # Of both partitions of the bench.
WARM_UP_S_MAX: Final = 600.0  # On a slow machine; an hour forgives what is left of it.
LOAD_PER_S: Final = 40.0
SAMPLE_S: Final = 5.0
# MB a minute. The JVM takes of its heap, at most 768 MB, when it likes.
SLOPE_MAX: Final = {"engine": 1.0, "worker": 1.0, "broker": 8.0}
NOISE_MB: Final = 8.0  # What a line may rise in all, however short the soak: an allocator's step.
COLORS: Final = {"engine": "#1f77b4", "worker": "#2ca02c", "broker": "#d62728"}

Sample = tuple[float, dict[str, float]]  # Seconds since the start, and MB by role.


def slope_per_minute(points: Sequence[tuple[float, float]]) -> float:
    """Of the line of least squares through (seconds, MB), in MB a minute; 0 of less than two."""
    count = len(points)
    if count < 2:
        return 0.0
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    joint = sum((x - mean_x) * (y - mean_y) for x, y in points)
    return 60.0 * joint / spread if spread else 0.0


def verdict(samples: Sequence[Sample]) -> dict[str, dict[str, float | bool]]:
    """For each role its slope, its limit, its rise in all, and whether that is flat."""
    steady = samples[len(samples) // 4 :]
    seconds = steady[-1][0] - steady[0][0] if steady else 0.0
    found: dict[str, dict[str, float | bool]] = {}
    for role, limit in SLOPE_MAX.items():
        slope = slope_per_minute([(at, mb[role]) for at, mb in steady])
        rise = slope * seconds / 60.0
        flat = slope <= limit or rise <= NOISE_MB
        found[role] = {
            "slope_mb_per_min": round(slope, 3),
            "limit": limit,
            "rise_mb": round(rise, 1),
            "last_mb": steady[-1][1][role] if steady else 0.0,
            "flat": flat,
        }
    return found


def plot(samples: Sequence[Sample]) -> str:
    """The samples as an SVG: minutes against MB, a line for each role."""
    width, height, edge = 900, 420, 60
    last = max(samples[-1][0], 1.0) if samples else 1.0
    top = 1.1 * max((mb for _, roles in samples for mb in roles.values()), default=1.0)

    def place(at: float, mb: float) -> str:
        x = edge + (width - 2 * edge) * at / last
        return f"{x:.1f},{height - edge - (height - 2 * edge) * mb / top:.1f}"

    def text(x: float, y: float, content: str, color: str = "#333") -> str:
        return f'<text x="{x:.0f}" y="{y:.0f}" font-size="13" fill="{color}">{content}</text>'

    lines = [
        f'<polyline fill="none" stroke="{color}" stroke-width="1.5" points="'
        + " ".join(place(at, roles[role]) for at, roles in samples)
        + '"/>'
        for role, color in COLORS.items()
    ]
    legend = [
        text(width - edge + 4, edge + 20 * i, role, color)
        for i, (role, color) in enumerate(COLORS.items())
    ]
    base, grid = height - edge, '<path stroke="#ccc" d="M{} {}H{}"/>'
    marks: list[str] = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = base - (height - 2 * edge) * share
        x = edge + (width - 2 * edge) * share
        marks += [grid.format(edge, f"{y:.0f}", width - edge), text(8, y + 4, f"{top * share:.0f}")]
        marks.append(text(x - 8, base + 18, f"{last * share / 60:.1f}"))
    marks += [text(8, 20, "MB resident"), text(width / 2, height - 14, "minutes")]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
    return "\n".join([head, *marks, *lines, *legend, "</svg>", ""])


def soak(bench: Bench, minutes: float, tell: Callable[[Sample], None]) -> list[Sample]:
    """Warm up, then load and sample for so many minutes."""
    roles = bench.roles()
    asker = Asker(bench.servers)
    until_s = time.monotonic() + min(WARM_UP_S_MAX, 30.0 * minutes)
    warm = 0
    while warm < WARM_UP_WORKFLOWS and time.monotonic() < until_s:
        asker.closed_loop(SAMPLE_S)
        warm += asker.seen.closed
    asker.drain()
    print(f"warm after {warm} workflows", file=sys.stderr, flush=True)
    samples: list[Sample] = []
    begin_s = time.monotonic()
    while time.monotonic() < begin_s + 60.0 * minutes:
        asker.begin()
        asker.paced(LOAD_PER_S, SAMPLE_S)
        if bench.roles() != roles:
            raise SystemExit(f"a process was replaced: {roles}, {bench.roles()}\n{bench.logs()}")
        memory = {role: rss_mb(pids) for role, pids in roles.items()}
        samples.append((round(time.monotonic() - begin_s, 1), memory))
        tell(samples[-1])
    asker.drain()
    if asker.open:
        raise SystemExit(f"{asker.open} workflows did not end")
    return samples


def main() -> int:
    """Exit status 1 when a line is not flat."""
    parser = argparse.ArgumentParser(prog="soak")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--out", type=Path, default=Path(".cache/soak"))
    arguments = parser.parse_args()
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    with cluster() as bench, (out / "soak.jsonl").open("w") as lines:

        def tell(sample: Sample) -> None:
            lines.write(json.dumps({"at_s": sample[0], "rss_mb": sample[1]}) + "\n")
            lines.flush()

        samples = soak(bench, arguments.minutes, tell)
    (out / "soak.svg").write_text(plot(samples))
    found = verdict(samples)
    print(json.dumps({"minutes": arguments.minutes, "samples": len(samples)} | found))
    growing = [role for role, one in found.items() if not one["flat"]]
    print(f"soak: {arguments.minutes:g} minutes, {', '.join(growing) or 'nothing'} grows")
    return 1 if growing else 0


if __name__ == "__main__":
    # The children import `bench` as we do.
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[1])
    sys.exit(main())
