"""What a slot has told becomes health, readiness and metrics."""

from dataclasses import asdict

from duralog.connectors.monitor import METRICS
from duralog.orchestrator.health import SETTLED_S, SILENT_S_MAX, EngineProbe, Standing
from duralog.orchestrator.meter import Figures, UnitFigures


def standing(
    *units: UnitFigures, running: bool = True, silent_s: float = 0.5, age_s: float = 1.0
) -> Standing:
    figures = Figures(transactions=5, aborts=1, inputs=9, dead_letters=2, units=list(units))
    return Standing(
        slot=3,
        is_running=running,
        restarts=4,
        age_s=age_s,
        silent_s=silent_s,
        figures=asdict(figures),
    )


READY = UnitFigures(
    namespace="orders",
    partition=0,
    status="ready",
    restored=100.0,
    backlog=6,
    blocked_ms=2500,
    late_ms=1500,
    open=10,
    stalled=2,
    quarantined=1,
)
RESTORING = UnitFigures(namespace="orders", partition=1, status="recovering", restored=41.5)
REFUSED = UnitFigures(namespace="orders", partition=2, status="refused", cause="log lost: …")


def probe(*standings: Standing) -> EngineProbe:
    return EngineProbe(lambda: standings)


def test_a_slot_that_serves_all_it_has_is_ready() -> None:
    assert probe(standing(READY)).readiness().is_ready


def test_one_without_partitions_waits_for_some_and_is_then_a_spare() -> None:
    assert not probe(standing()).readiness().is_ready
    assert probe(standing(age_s=SETTLED_S + 1)).readiness().is_ready


def test_one_that_restores_or_refuses_is_not_and_says_why() -> None:
    found = probe(standing(READY, RESTORING, REFUSED)).readiness()
    assert not found.is_ready
    (slot,) = found.facts["slots"]
    assert [(u["status"], u["restored"], u["cause"]) for u in slot["partitions"]] == [
        ("ready", 100.0, ""),
        ("recovering", 41.5, ""),
        ("refused", 0.0, "log lost: …"),
    ]


def test_one_that_is_down_or_has_told_nothing_is_not_ready() -> None:
    assert not probe(standing(READY, running=False)).readiness().is_ready
    assert not probe(Standing(slot=0, is_running=True)).readiness().is_ready
    assert not probe().readiness().is_ready


def test_only_silence_of_a_running_slot_is_trouble() -> None:
    long_s = SILENT_S_MAX + 1
    assert probe(standing(RESTORING), standing(REFUSED)).trouble() == ""
    assert probe(standing(running=False, silent_s=long_s)).trouble() == ""
    assert probe(standing(silent_s=long_s)).trouble() == "slot 3 has told nothing for 61 s"


def test_every_metric_has_a_value() -> None:
    samples = list(probe(standing(READY)).samples())
    assert {s.name for s in samples} == set(METRICS)
    values = {s.name: s.value for s in samples}
    assert values["duralog_timer_lateness_seconds"] == 1.5
    assert values["duralog_input_backlog_records"] == 6
    assert values["duralog_input_blocked_seconds"] == 2.5
    assert values["duralog_slot_restarts_total"] == 4
    for sample in samples:
        assert len(sample.labels) == len(METRICS[sample.name].labels)


def test_a_backlog_that_is_not_known_has_no_value() -> None:
    samples = list(probe(standing(RESTORING, REFUSED)).samples())
    assert "duralog_input_backlog_records" not in {s.name for s in samples}
    refused = [s.value for s in samples if s.name == "duralog_partition_refused"]
    assert refused == [False, True]
