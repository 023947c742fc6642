"""The soak's verdict: a flat line passes, a rising one fails, and both can be drawn."""

import xml.etree.ElementTree as ET

import pytest

from bench.soak import NOISE_MB, SLOPE_MAX, plot, slope_per_minute, verdict


def line(rise_per_minute: float, minutes: int = 60) -> list[tuple[float, dict[str, float]]]:
    """A sample every 5 s; all roles rise alike, on a saw of 3 MB."""
    samples: list[tuple[float, dict[str, float]]] = []
    for number in range(minutes * 12):
        at_s = 5.0 * number
        mb = 100.0 + rise_per_minute * at_s / 60.0 + number % 4
        samples.append((at_s, dict.fromkeys(SLOPE_MAX, mb)))
    return samples


def test_the_slope_of_a_line_is_its_rise_in_a_minute() -> None:
    assert slope_per_minute([(0.0, 5.0), (30.0, 6.0), (60.0, 7.0)]) == pytest.approx(2.0)
    assert slope_per_minute([(0.0, 5.0)]) == 0.0
    assert slope_per_minute([(1.0, 5.0), (1.0, 9.0)]) == 0.0


@pytest.mark.parametrize("role", SLOPE_MAX)
def test_what_grows_faster_than_its_limit_is_not_flat(role: str) -> None:
    assert verdict(line(0.0))[role]["flat"]
    assert verdict(line(SLOPE_MAX[role] * 0.9))[role]["flat"]
    assert not verdict(line(SLOPE_MAX[role] * 1.1))[role]["flat"]


def test_a_step_at_the_start_of_a_short_soak_is_no_growth() -> None:
    rise = NOISE_MB / 10
    assert all(one["flat"] for one in verdict(line(rise * 2, minutes=5)).values())


def test_the_plot_has_a_line_for_each_role() -> None:
    root = ET.fromstring(plot(line(1.0, minutes=2)))
    lines = [node for node in root.iter() if node.tag.endswith("polyline")]
    assert len(lines) == len(SLOPE_MAX)
    assert all(len(node.attrib["points"].split()) == 24 for node in lines)
