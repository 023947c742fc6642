"""A run comes to a table for people and JSON for machines."""

import json
from pathlib import Path

from chaos import report
from evidence.checker import INVARIANTS, Violation
from evidence.model import Evidence, Fault


def test_a_report_is_a_table_and_json_with_all_violations(tmp_path: Path) -> None:
    violations = [Violation(invariant="I8", text=f"signal {n}") for n in range(20)]
    kill = Fault(kind="engine-kill", target="slot 0", begin_ms=200, end_ms=201)
    figures = report.summary(
        Evidence(faults=[kill]), violations, {0: [100, 400]}, (0, 500), {"seed": 7}
    )
    text = report.table(figures, violations)
    assert all(f"  {name}" in text for name in INVARIANTS)
    assert "I8   20 VIOLATIONS" in text
    assert text.count("signal ") == report.SHOWN_MAX
    report.write(tmp_path / "report.json", figures)
    kept = json.loads((tmp_path / "report.json").read_text())
    assert kept["takeover_ms"] == {"kills": 1, "p50": 200, "p99": 200}
    assert kept["longest_stall_ms"] == 300
    assert len(kept["violations"]) == 20
